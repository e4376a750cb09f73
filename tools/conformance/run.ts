/** Runs PyTorch's op database, as export.py wrote it, through Lumigrad: run.ts file [cpu | webgpu] [name,name,…] */
import { readFileSync } from 'node:fs';
import * as lumigrad from '../../src/index.ts';
import { type Call, callArguments, cotangent, difference, flat, leaf, tolerance, type Values } from './values.ts';

const { functional, grad, init, LumigradError, Tensor } = lumigrad;
type Tensor = InstanceType<typeof Tensor>;

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

/** Calls the function; its results as a flat list, those of an object in the order of its fields. */
async function results(fn: Fn, call: Call): Promise<{ out: (Tensor | number | boolean)[]; leaves: Tensor[] }> {
  const leaves = call.inputs.map(leaf);
  const out = await fn(...callArguments(call, leaves));
  return { out: flat(out), leaves };
}
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
