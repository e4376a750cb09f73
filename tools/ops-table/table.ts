/**
 * docs/ops.md: which of PyTorch's functions there are, and what shows that they work. Names come from PyTorch (pytorch.json), what
 * is there from the library itself, what is tested from the op database and its goldens, so that the table cannot say more
 * than the tests do.
 */
import * as lumigrad from '../../src/index.ts';
import { families } from '../../test/ops/db/index.ts';
import { goldensOf } from '../../test/ops/harness.ts';
import { missing } from './missing.ts';
import names from './pytorch.json' with { type: 'json' };

type Space = 'torch' | 'functional' | 'linalg' | 'special' | 'fft' | 'Tensor';

const spaces: readonly { readonly space: Space; readonly title: string; readonly page: (name: string) => string }[] = [
  { space: 'torch', title: 'torch', page: (n) => `torch.${n}` },
  { space: 'functional', title: 'torch.nn.functional', page: (n) => `torch.nn.functional.${n}` },
  { space: 'linalg', title: 'torch.linalg', page: (n) => `torch.linalg.${n}` },
  { space: 'special', title: 'torch.special', page: (n) => `torch.special.${n}` },
  { space: 'fft', title: 'torch.fft', page: (n) => `torch.fft.${n}` },
  { space: 'Tensor', title: 'torch.Tensor', page: (n) => `torch.Tensor.${n}` },
];

/** `index_add_` as Lumigrad spells it. */
export const camelCase = (name: string): string =>
  name.replace(/(?<=[A-Za-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The library's own object of a namespace. */
const home: Readonly<Record<Space, object>> = {
  torch: lumigrad,
  functional: lumigrad.functional,
  linalg: lumigrad.linalg,
  special: lumigrad.special,
  fft: lumigrad.fft,
  Tensor: lumigrad.Tensor.prototype,
};
const has = (space: Space, name: string): boolean => camelCase(name) in home[space];

interface Shown {
  readonly forward: boolean;
  readonly backward: boolean;
  readonly dtypes: ReadonlySet<string>;
}

/** What the goldens of the rows of each function show. A row may be named after a function and a case of it: `conv2dSame`. */
function evidence(known: ReadonlySet<string>): ReadonlyMap<string, Shown> {
  const shown = new Map<string, Shown>();
  for (const [family, rows] of Object.entries(families)) {
    for (const row of rows) {
      const name = functionOf(row.name, known);
      const goldens = goldensOf(family, row);
      if (name === null || goldens.length === 0) continue;
      const before = shown.get(name);
      const taken = goldens.flatMap((_, i) => row.samples[i]!.inputs.map((x) => x.dtype ?? 'float32'));
      shown.set(name, {
        forward: true,
        backward: (before?.backward ?? false) || goldens.some((g) => g.grad.some((x) => x !== null)),
        dtypes: new Set([...(before?.dtypes ?? []), ...taken]),
      });
    }
  }
  return shown;
}
function functionOf(row: string, known: ReadonlySet<string>): string | null {
  for (let end = row.length; end > 0; end--) {
    const name = row.slice(0, end);
    if (known.has(name) && !/^[a-z]/.test(row.slice(end))) return name;
  }
  return null;
}

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
const reasonFor = (space: Space, name: string): string | null =>
  missing[space]?.find(([patterns]) => patterns.split(' ').some((p) => matches(p, name)))?.[1] ?? null;

const order = ['float32', 'int32', 'bool'];
const short: Readonly<Record<string, string>> = { float32: 'f32', int32: 'i32', bool: 'bool' };

export interface OpsTable {
  readonly text: string;
  /** PyTorch's names that are not there, and have no reason. */
  readonly unexplained: readonly string[];
  /** Names with a reason for their absence that are there. */
  readonly present: readonly string[];
}

/** The table, and what is wrong with it. The device must have been loaded. */
export function opsTable(): OpsTable {
  const known = new Set(spaces.flatMap(({ space }) => names[space].map(camelCase)));
  const shown = evidence(known);
  const unexplained: string[] = [];
  const present: string[] = [];
  const parts = spaces.map(({ space, title, page }) => {
    const lines: string[] = [];
    const absent = new Map<string, string[]>();
    for (const name of names[space]) {
      const reason = reasonFor(space, name);
      if (has(space, name)) {
        if (reason !== null) present.push(`${space}.${name}`);
        lines.push(line(space, name, page(name), shown));
      } else if (reason === null) unexplained.push(`${space}.${name}`);
      else absent.set(reason, [...(absent.get(reason) ?? []), name]);
    }
    const left = [...absent].map(([reason, list]) => `- ${reason}: ${list.map((n) => `\`${n}\``).join(', ')}`);
    return [
      `## ${title}: ${lines.length} of ${lines.length + [...absent.values()].flat().length}`,
      '',
      ...(space === 'Tensor'
        ? [methodsText(), '']
        : ['| function | method | forward | backward | dtypes |', '| --- | --- | --- | --- | --- |']),
      ...(space === 'Tensor' ? [lines.join(', ')] : lines),
      '',
      ...(left.length > 0 ? ['Left out:', '', ...left, ''] : []),
    ].join('\n');
  });
  return { text: `${[head, ...parts].join('\n').trimEnd()}\n`, unexplained, present };
}

const methodsText = (): string =>
  'Methods are the functions above with the tensor as first argument; a trailing `_` writes in place. Of PyTorch’s methods there are:';

function line(space: Space, name: string, page: string, shown: ReadonlyMap<string, Shown>): string {
  const own = camelCase(name);
  const link = `[${own}](https://docs.pytorch.org/docs/stable/generated/${page}.html)`;
  if (space === 'Tensor') return link;
  const seen = shown.get(own);
  const method = has('Tensor', name) ? `x.${own}` : '';
  const dtypes = seen ? order.filter((d) => seen.dtypes.has(d)).map((d) => short[d]) : [];
  const everywhere = 'CPU, WebGPU';
  return `| ${link} | ${method} | ${seen ? everywhere : ''} | ${seen?.backward ? everywhere : ''} | ${dtypes.join(' ')} |`;
}

const head = `# PyTorch's functions in Lumigrad

Made by \`npm run docs:ops\`; a test fails when it is not what the library and its tests say. Names are PyTorch ${names.version}'s
in camelCase, and link to its pages. **forward** and **backward** name the devices on which results, and gradients, are compared
with PyTorch's in \`test/ops\` (WebGPU: in Node and in Chromium); an empty cell is a function without such a comparison: it reads
or sets something, is random, or is tested elsewhere. **dtypes** are those that the comparisons use; float64 runs through every
differentiable function on the CPU, in gradcheck.
`;
