/** What the generated op tests share: making a sample's tensors, reading results, comparing numbers. */
import type { DeviceName, DType, Tensor } from '../../src/index.ts';
import { fromArray } from '../../src/index.ts';
import {
  applyView,
  baseShape,
  baseValues,
  cotangent,
  families,
  type OpCase,
  type OpSamples,
  type Sample,
  seedOf,
} from './db/index.ts';
import { type Tolerance, usual } from './tolerances.ts';

/** A tensor's worth of plain numbers. */
export interface Values {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}
export interface Golden {
  readonly key: string;
  readonly out: readonly Values[];
  readonly grad: readonly (Values | null)[];
}

type Encoded = readonly [dtype: DType, shape: number[], data: readonly (number | string)[]];
interface GoldenFile {
  readonly ops: Readonly<
    Record<string, readonly { key: string; out: readonly Encoded[]; grad: readonly (Encoded | null)[] }[]>
  >;
}
const special: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity };
const decode = ([dtype, shape, data]: Encoded): Values => ({
  dtype,
  shape,
  data: data.map((v) => (typeof v === 'number' ? v : special[v]!)),
});

const files = import.meta.glob<GoldenFile>('../golden/*.json', { eager: true, import: 'default' });

/** PyTorch's answers for a row, one per sample. */
export function goldensOf(family: string, row: OpSamples): readonly Golden[] {
  const entries = files[`../golden/${family}.json`]?.ops[row.name] ?? [];
  return entries.map(({ key, out, grad }) => ({ key, out: out.map(decode), grad: grad.map((g) => g && decode(g)) }));
}

export function toleranceOf(row: OpSamples, sample: Sample): Tolerance {
  const tolerance = row.tolerance ?? usual;
  return sample.atol === undefined ? tolerance : { ...tolerance, atol: sample.atol };
}

/** Calls `body` for every row of the database. */
export function forEachRow(body: (family: string, row: OpCase) => void): void {
  for (const [family, rows] of Object.entries(families)) for (const row of rows) body(family, row);
}

export interface Setting {
  readonly device: DeviceName;
  /** Instead of float32. */
  readonly float?: 'float32' | 'float64';
  /** Other data of the same kind. */
  readonly salt?: number;
  readonly requiresGrad?: boolean;
}

export interface Run {
  readonly sample: Sample;
  readonly index: number;
  /** Contiguous tensors holding the data; the op saw views of them. */
  readonly leaves: readonly Tensor[];
  readonly out: readonly Tensor[];
}

/** A tensor of these elements. */
export function leaf(data: readonly number[], shape: readonly number[], dtype: DType, device: DeviceName): Tensor {
  return fromArray(Float64Array.from(data), shape, { dtype, device });
}

/** Contiguous tensors filled with the data of sample `index`. */
export function leavesOf(row: OpSamples, sample: Sample, index: number, setting: Setting): Tensor[] {
  const { device, float = 'float32', salt = 0, requiresGrad = false } = setting;
  return sample.inputs.map((operand, i) => {
    const dtype = operand.dtype ?? 'float32';
    const base = leaf(
      baseValues(operand, seedOf(row.name, index, i, salt)),
      baseShape(operand),
      dtype === 'float32' ? float : dtype,
      device,
    );
    return requiresGrad && takesGradient(row, sample, i) ? base.requiresGrad_() : base;
  });
}

/** Fills sample `index` with data, calls the op, and with `requiresGrad` runs backward from the fixed cotangent. */
export function runSample(row: OpCase, sample: Sample, index: number, setting: Setting): Run {
  const leaves = leavesOf(row, sample, index, setting);
  const result = row.call(sample.options ?? {}, ...leaves.map((base, i) => applyView(base, sample.inputs[i]!)));
  const out = Array.isArray(result) ? result : [result];
  if (setting.requiresGrad) weigh(out)?.backward();
  return { sample, index, leaves, out };
}

export function takesGradient(row: OpSamples, sample: Sample, input: number): boolean {
  return (sample.inputs[input]!.dtype ?? 'float32') === 'float32' && !row.constants?.includes(input);
}

/** Σ result · cotangent over the results that carry a gradient (or those marked), or null where none does. */
export function weigh(out: readonly Tensor[], marked = out.map((t) => t.requiresGrad)): Tensor | null {
  const terms = out.filter((_, i) => marked[i]).map((t) => t.mul(cotangentOf(t)).sum());
  return terms.length === 0 ? null : terms.reduce((a, b) => a.add(b));
}

function cotangentOf(t: Tensor): Tensor {
  const n = t.shape.reduce((p, d) => p * d, 1);
  return leaf(
    Array.from({ length: n }, (_, i) => cotangent(i)),
    t.shape,
    t.dtype,
    t.device,
  );
}

/** Reads many tensors at once; null stays null. */
export function readAll(tensors: readonly (Tensor | null)[]): Promise<(Values | null)[]> {
  return Promise.all(tensors.map(async (t) => t && { dtype: t.dtype, shape: t.shape, data: await t.data() }));
}

/** Why `actual` is not `expected`, or null. NaN equals NaN, infinities must match, 0 equals −0. */
export function difference(
  actual: Values | null,
  expected: Values | null,
  { rtol, atol }: Tolerance,
  { dtypes = true } = {},
): string | null {
  if (actual === null || expected === null)
    return actual === expected ? null : `got ${actual ? 'a value' : 'none'}, expected ${expected ? 'one' : 'none'}`;
  if (actual.shape.join() !== expected.shape.join()) return `shape [${actual.shape}], expected [${expected.shape}]`;
  if (dtypes && actual.dtype !== expected.dtype) return `dtype ${actual.dtype}, expected ${expected.dtype}`;
  let worst = -1;
  let excess = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const a = Number(actual.data[i]);
    const b = Number(expected.data[i]);
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const allowed = Number.isFinite(a) && Number.isFinite(b) ? atol + rtol * Math.abs(b) : 0;
    const over = Number.isFinite(a - b) ? Math.abs(a - b) / allowed : Infinity;
    if (over > 1 && over > excess) [worst, excess] = [i, over];
  }
  if (worst < 0) return null;
  return `element ${worst} of [${expected.shape}] is ${actual.data[worst]}, expected ${expected.data[worst]} (${excess.toPrecision(3)} times the tolerance)`;
}

/** A sample, for people. */
export function describeSample(row: OpSamples, sample: Sample, index: number): string {
  const inputs = sample.inputs.map((x) => `${x.dtype ?? 'float32'}[${x.shape}]${x.view ? ` ${x.view}` : ''}`);
  return `${row.name} #${index} (${inputs.join(', ')}) ${sample.options ? JSON.stringify(sample.options) : ''} seed ${seedOf(row.name, index, 0)}`;
}

/** Collects what went wrong with a row's samples, so that one test reports all of it. */
export class Problems {
  private readonly list: string[] = [];
  private readonly row: OpSamples;

  constructor(row: OpSamples) {
    this.row = row;
  }
  add(sample: Sample, index: number, what: string | null): void {
    if (what !== null) this.list.push(`${describeSample(this.row, sample, index)}: ${what}`);
  }
  /** Runs `body`; a throw is one more problem. */
  attempt<T>(sample: Sample, index: number, body: () => T): T | null {
    try {
      return body();
    } catch (error) {
      this.add(sample, index, `threw ${String(error)}`);
      return null;
    }
  }
  throwIfAny(): void {
    if (this.list.length > 0) throw new Error(this.list.join('\n'));
  }
}
