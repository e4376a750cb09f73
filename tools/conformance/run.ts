/** Runs PyTorch's op database, as export.py wrote it, through Lumigrad: run.ts file [cpu | webgpu] [name,name,…] */
import { readFileSync } from 'node:fs';
import * as lumigrad from '../../src/index.ts';

const { fromArray, functional, grad, init, LumigradError, Tensor } = lumigrad;
type Tensor = InstanceType<typeof Tensor>;

type Encoded =
  | number
  | boolean
  | null
  | { readonly tensor: number }
  | { readonly number: string }
  | { readonly text: string }
  | { readonly list: readonly Encoded[] }
  | { readonly slice: readonly (number | null)[] };
interface Values {
  readonly dtype: lumigrad.DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}
interface Call {
  readonly positional: readonly Encoded[];
  readonly options: Readonly<Record<string, Encoded>>;
  readonly inputs: readonly (Values & { readonly grad: boolean })[];
}
interface Sample extends Call {
  readonly out: readonly Values[];
  readonly grads: readonly (Values | null)[] | null;
}
interface Op {
  readonly name: string;
  readonly variant: string;
  readonly samples: readonly Sample[];
  readonly errors: readonly (Call & { readonly regex: string })[];
}
type Fn = (...args: unknown[]) => unknown;

const [file = '.cache/opinfo.json', device = 'cpu', only] = process.argv.slice(2);
if (device !== 'cpu' && device !== 'webgpu') throw new Error(`the device is cpu or webgpu, not ${device}`);
await init({ device });

/** float32 results of functions composed in another order than PyTorch's. */
const tolerance = { result: 1e-4, gradient: 1e-3 };

const camelCase = (name: string): string =>
  name.replace(/^_+/, '').replace(/_(\w)/g, (_, c: string) => c.toUpperCase());

/** Our function of PyTorch's name: in its namespace, or a method or property of the first argument. */
function find(name: string): Fn | null {
  const parts = name.split('.');
  const own = camelCase(parts.at(-1)!);
  const space = (parts[0] === 'nn' ? functional : parts.length > 1 ? member(lumigrad, parts[0]!) : lumigrad) as object;
  const free = space && member(space, own);
  if (typeof free === 'function') return free as Fn;
  if (parts.length > 1 || !(own in Tensor.prototype)) return null;
  return (x, ...rest) => {
    const found = member(x as object, own);
    return typeof found === 'function' ? (found as Fn).apply(x, rest) : found;
  };
}
const member = (of: object, name: string): unknown => (of as Record<string, unknown>)[name];

const number = (v: number | string): number =>
  v === 'inf' ? Number.POSITIVE_INFINITY : v === '-inf' ? Number.NEGATIVE_INFINITY : Number(v);

function decode(v: Encoded, tensors: readonly Tensor[]): unknown {
  if (v === null || typeof v !== 'object') return v;
  if ('tensor' in v) return tensors[v.tensor];
  if ('number' in v) return number(v.number);
  if ('text' in v) return v.text;
  if ('slice' in v) return v.slice;
  return v.list.map((item) => decode(item, tensors));
}
function leaf({ data, shape, dtype, grad: wanted }: Call['inputs'][number]): Tensor {
  const t: Tensor = fromArray(Float64Array.from(data, number), shape, { dtype, device: device as 'cpu' });
  return wanted ? t.requiresGrad_() : t;
}
/** Calls the function; its results as a flat list, those of an object in the order of its fields. */
async function results(fn: Fn, call: Call): Promise<{ out: (Tensor | number | boolean)[]; leaves: Tensor[] }> {
  const leaves = call.inputs.map(leaf);
  const args = call.positional.map((v) => decode(v, leaves));
  const options = Object.fromEntries(Object.entries(call.options).map(([k, v]) => [k, decode(v, leaves)]));
  const out = await fn(...args, ...(Object.keys(options).length > 0 ? [options] : []));
  return { out: flat(out), leaves };
}
function flat(v: unknown): (Tensor | number | boolean)[] {
  if (v instanceof Tensor || typeof v === 'number' || typeof v === 'boolean') return [v];
  if (typeof v !== 'object' || v === null) return [];
  return (Array.isArray(v) ? v : Object.values(v)).flatMap(flat);
}

async function difference(
  got: Tensor | number | boolean | null,
  want: Values | null,
  allowed: number,
): Promise<string | null> {
  if (want === null || got === null) {
    const there = got ?? want;
    const data = there instanceof Tensor ? Array.from((await there.data()) as Float32Array) : (want?.data ?? []);
    return data.every((v) => v === 0) ? null : `${got === null ? 'no' : 'a'} gradient`;
  }
  if (!(got instanceof Tensor))
    return Number(got) === number(want.data[0]!) ? null : `${got}, expected ${want.data[0]}`;
  if (got.shape.join() !== want.shape.join()) return `shape [${got.shape}], expected [${want.shape}]`;
  if (got.dtype !== want.dtype) return `dtype ${got.dtype}, expected ${want.dtype}`;
  const data = await got.data();
  for (const [i, w] of want.data.entries()) {
    const [a, b] = [Number(data[i]), number(w)];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    if (!(Math.abs(a - b) <= allowed * (1 + Math.abs(b)))) return `element ${i} is ${a}, expected ${b}`;
  }
  return null;
}
const cotangent = (t: Tensor): Tensor => {
  const data = Float64Array.from({ length: t.numel() }, (_, i) => (((i * 37 + 11) % 17) - 8) / 8);
  return fromArray(data, t.shape, { dtype: t.dtype, device: t.device });
};

class Report {
  results = 0;
  gradients = 0;
  refused = 0;
  readonly problems: string[] = [];

  async check(fn: Fn, sample: Sample): Promise<void> {
    const { out, leaves } = await results(fn, sample);
    if (out.length !== sample.out.length) throw new Error(`${out.length} results, expected ${sample.out.length}`);
    for (const [i, want] of sample.out.entries()) {
      const wrong = await difference(out[i]!, want, tolerance.result);
      if (wrong) throw new Error(wrong);
    }
    this.results++;
    if (!sample.grads) return;
    const carriers = out.filter((t): t is Tensor => t instanceof Tensor && t.requiresGrad);
    if (carriers.length === 0) throw new Error('no result requires grad');
    const total = carriers.map((t) => t.mul(cotangent(t)).sum()).reduce((a, b) => a.add(b));
    const grads = grad(
      total,
      leaves.filter((t) => t.requiresGrad),
      { allowUnused: true },
    );
    for (const [i, want] of sample.grads.entries()) {
      const wrong = await difference(grads[i]!, want, tolerance.gradient);
      if (wrong) throw new Error(`gradient: ${wrong}`);
    }
    this.gradients++;
  }
  /** An error at the call, or at the first read for what only the device knows. */
  async checkRefusal(fn: Fn, call: Call, regex: string): Promise<void> {
    try {
      const { out } = await results(fn, call);
      for (const t of out) if (t instanceof Tensor) await t.data();
    } catch (error) {
      if (!(error instanceof LumigradError)) throw error;
      this.refused++;
      return;
    }
    throw new Error(`nothing was thrown, expected /${regex}/`);
  }
}

const ops = (JSON.parse(readFileSync(file, 'utf8')) as Op[]).filter(
  ({ name }) => !only || only.split(',').includes(name),
);
const missing: string[] = [];
const totals = { results: 0, samples: 0, gradients: 0, differentiable: 0, refused: 0, errors: 0 };
for (const op of ops) {
  const fn = find(op.name);
  const label = op.variant ? `${op.name} (${op.variant})` : op.name;
  if (!fn) {
    missing.push(label);
    continue;
  }
  const report = new Report();
  const attempt = async (call: Call, body: () => Promise<void>): Promise<void> => {
    try {
      await body();
    } catch (error) {
      const [first] = String(error).split('\n');
      const inputs = call.inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`);
      report.problems.push(`${first}\n      ${JSON.stringify([call.positional, call.options, inputs])}`);
    }
  };
  for (const sample of op.samples) await attempt(sample, () => report.check(fn, sample));
  for (const error of op.errors) await attempt(error, () => report.checkRefusal(fn, error, error.regex));
  totals.results += report.results;
  totals.samples += op.samples.length;
  totals.gradients += report.gradients;
  totals.differentiable += op.samples.filter(({ grads }) => grads).length;
  totals.refused += report.refused;
  totals.errors += op.errors.length;
  if (report.problems.length === 0) continue;
  console.log(`${label}: ${report.results} of ${op.samples.length} results, ${report.gradients} gradients`);
  for (const problem of report.problems.slice(0, only ? 20 : 2)) console.log(`    ${problem}`);
}
console.log(`not there: ${missing.join(', ')}`);
console.log(
  `${device}: ${totals.results} of ${totals.samples} results, ${totals.gradients} of ${totals.differentiable} gradients, ` +
    `${totals.refused} of ${totals.errors} refusals, of ${ops.length - missing.length} functions`,
);
process.exit(0);
