import { posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { filesIn, textOf } from './files.ts';

interface Import {
  /** Repository path of the target, or a package's name. */
  readonly to: string;
  readonly typeOnly: boolean;
  /** `import('…')`: loaded later, so it cannot be part of a cycle at start-up. */
  readonly dynamic: boolean;
}

/** Layers of src/, lowest first, and what each may import. `(types)` allows `import type` alone, `(later)` import() alone. */
const BELOW_THE_WAIST = ['core', 'ops'];
const RECORDING = [...BELOW_THE_WAIST, 'backend.ts (types)', 'registry.ts'];
const TENSOR = [...RECORDING, 'graph', 'autograd', 'tensor'];
const ORDINARY = ['core', 'ops', 'graph', 'autograd', 'tensor', 'func'];

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ops: ['core'],
  'backend.ts': ['core (types)', 'ops (types)'],
  cpu: [...BELOW_THE_WAIST, 'backend.ts'],
  webgpu: [...BELOW_THE_WAIST, 'backend.ts'],
  'registry.ts': ['core', 'backend.ts', 'cpu', 'webgpu'],
  graph: RECORDING,
  autograd: [...BELOW_THE_WAIST, 'graph'],
  // It loads the surface with the device.
  tensor: [...RECORDING, 'graph', 'autograd', 'surface.ts (later)'],
  'surface.ts': [...ORDINARY, 'nn', 'optim', 'data', 'io'],
  func: TENSOR,
  data: ORDINARY,
  distributions: ORDINARY,
  nn: ORDINARY,
  optim: [...ORDINARY, 'nn'],
  amp: [...ORDINARY, 'optim'],
  io: [...ORDINARY, 'nn', 'optim'],
  models: [...ORDINARY, 'nn', 'data', 'optim', 'io'],
  // The profiler hands on what the interface says of times.
  vis: [...ORDINARY, 'backend.ts (types)', 'nn'],
  'index.ts': [...ORDINARY, 'backend.ts (types)', 'registry.ts', 'nn', 'optim', 'amp', 'data', 'io', 'models', 'vis'],
};

/** Layers that work on any backend, and so never speak of one. */
const BACKEND_FREE = ['nn', 'optim', 'amp', 'data', 'distributions', 'io', 'models', 'vis'];

/** The layer of a path in src/: `src/graph/plan.ts` is of `graph`, `src/backends/cpu/index.ts` of `cpu`. */
function layerOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  return first === 'backends' ? second : first;
}

function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return posix.join(posix.dirname(from), specifier.replace(/\?.*/, ''));
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, textOf(path), ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
}

function importsOf(file: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, dynamic = false): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) {
      found.push({ to: resolve(file.fileName, specifier.text), typeOnly, dynamic });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const names = node.importClause?.namedBindings;
      const listed = names && ts.isNamedImports(names) && !node.importClause?.name ? [...names.elements] : [];
      const allTypes = listed.length > 0 && listed.every((element) => element.isTypeOnly);
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || allTypes);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Names in code that speak of WebGPU's own objects. */
function gpuNames(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && /^GPU[A-Z]/.test(node.text)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Why `from` may not import `{ to, typeOnly }`, or null. */
function objection(from: string, { to, typeOnly, dynamic }: Import): string | null {
  if (!to.startsWith('src/')) return null;
  const [here, there] = [layerOf(from), layerOf(to)];
  const allowed = MAY_IMPORT[here];
  if (!allowed) return `${from}: its folder is in no layer`;
  const only = typeOnly ? 'types' : dynamic ? 'later' : 'nothing';
  const fine = here === there || allowed.includes(there) || allowed.includes(`${there} (${only})`);
  return fine ? null : `${from} imports ${typeOnly ? 'types of ' : ''}${to}`;
}

/** Cycles in a graph of names, each as `a > b > a`. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    const start = path.indexOf(name);
    if (start >= 0) found.push([...path.slice(start), name].join(' > '));
    if (start >= 0 || done.has(name)) return;
    path.push(name);
    for (const next of graph.get(name) ?? []) visit(next);
    path.pop();
    done.add(name);
  };
  for (const name of graph.keys()) visit(name);
  return found;
}

const sources = filesIn('src', '.ts')
  .filter((path) => !path.endsWith('.d.ts'))
  .map(parse);
const imports = new Map(sources.map((file) => [file.fileName, importsOf(file)]));
const problems = (): string[] =>
  [...imports].flatMap(([from, list]) => list.map((item) => objection(from, item)).filter((text) => text !== null));

describe('imports', () => {
  test('are read correctly', () => {
    const text = `import type { A } from './a.ts'; import { type B } from '../ops/b.ts'; import { c, type D } from 'lib';
      export * from './e.ts'; export type { F } from './f.ts'; type G = import('./g.ts').G; const h = import('./h.ts');
      import i from './i.wgsl?raw';`;
    const file = ts.createSourceFile('src/graph/x.ts', text, ts.ScriptTarget.Latest);
    const seen = importsOf(file).map(
      ({ to, typeOnly, dynamic }) => `${to}${typeOnly ? ' T' : ''}${dynamic ? ' D' : ''}`,
    );
    expect(seen).toEqual([
      'src/graph/a.ts T',
      'src/ops/b.ts T',
      'lib',
      'src/graph/e.ts',
      'src/graph/f.ts T',
      'src/graph/g.ts T',
      'src/graph/h.ts D',
      'src/graph/i.wgsl',
    ]);
    expect(cycles(new Map(Object.entries({ a: ['b'], b: ['c'], c: ['b'] })))).toEqual(['b > c > b']);
    const bad = { to: 'src/nn/module.ts', typeOnly: true, dynamic: false };
    expect(objection('src/backends/cpu/index.ts', bad)).toBe(
      'src/backends/cpu/index.ts imports types of src/nn/module.ts',
    );
    const types = { to: 'src/backends/backend.ts', typeOnly: true, dynamic: false };
    expect(objection('src/graph/x.ts', types)).toBeNull();
    expect(objection('src/graph/x.ts', { ...types, typeOnly: false })).not.toBeNull();
    const later = { to: 'src/surface.ts', typeOnly: false, dynamic: true };
    expect(objection('src/tensor/x.ts', later)).toBeNull();
    expect(objection('src/tensor/x.ts', { ...later, dynamic: false })).not.toBeNull();
  });

  test('lead from each layer only to layers below it', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(problems()).toEqual([]);
  });

  test('of the layers themselves form no cycle, types included', () => {
    const layers = new Map(Object.keys(MAY_IMPORT).map((layer): [string, string[]] => [layer, []]));
    for (const [from, list] of imports) {
      for (const { to } of list) {
        const [here, there] = [layerOf(from), layerOf(to)];
        const later = MAY_IMPORT[here]?.includes(`${there} (later)`);
        if (to.startsWith('src/') && here !== there && !later) layers.get(here)?.push(there);
      }
    }
    expect(cycles(layers)).toEqual([]);
  });

  test('of files form no cycle', () => {
    const loaded = new Map(
      [...imports].map(([from, list]) => [
        from,
        list.filter(({ typeOnly, dynamic }) => !typeOnly && !dynamic).map(({ to }) => to),
      ]),
    );
    expect(cycles(loaded)).toEqual([]);
  });

  test('and names of WebGPU stay out of the layers that work on any backend', () => {
    const named = sources
      .filter((file) => BACKEND_FREE.includes(layerOf(file.fileName)))
      .flatMap((file) => gpuNames(file).map((name) => `${file.fileName}: ${name}`));
    expect(named).toEqual([]);
  });

  test('of demos, notebooks and benchmarks reach the library by its public entry points', () => {
    const entry = /^src\/(?:(?:nn|optim|data|distributions|io|func|models|vis)\/)?index\.ts$/;
    const outside = ['demos', 'notebooks', 'bench'].flatMap((folder) => filesIn(folder, '.ts').map(parse));
    const inner = outside.flatMap((file) =>
      importsOf(file)
        .filter(({ to }) => (to.startsWith('src/') || to.startsWith('shaders/')) && !entry.test(to))
        .map(({ to }) => `${file.fileName} imports ${to}`),
    );
    expect(inner).toEqual([]);
  });
});
