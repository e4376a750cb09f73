/** Values and calls as export.py writes them, and their comparison. */
import { type DType, fromArray, Tensor } from '../../src/index.ts';

export type Encoded =
  | number
  | boolean
  | null
  | { readonly tensor: number }
  | { readonly number: string }
  | { readonly text: string }
  | { readonly list: readonly Encoded[] }
  | { readonly slice: readonly (number | null)[] };
export interface Values {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}
export interface Call {
  readonly positional: readonly Encoded[];
  readonly options: Readonly<Record<string, Encoded>>;
  readonly inputs: readonly (Values & { readonly grad: boolean })[];
}
/** float32 results of functions composed in another order than PyTorch's. */
export const tolerance = { result: 1e-4, gradient: 1e-3 };

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
/** On the device chosen by init(). */
export function leaf({ data, shape, dtype, grad: wanted }: Call['inputs'][number]): Tensor {
  const t: Tensor = fromArray(Float64Array.from(data, number), shape, { dtype });
  return wanted ? t.requiresGrad_() : t;
}
/** Positional arguments, then the options object if there are any. */
export function callArguments(call: Call, leaves: readonly Tensor[]): unknown[] {
  const args = call.positional.map((v) => decode(v, leaves));
  const options = Object.fromEntries(Object.entries(call.options).map(([k, v]) => [k, decode(v, leaves)]));
  return Object.keys(options).length > 0 ? [...args, options] : args;
}

/** Results as a flat list, those of an object in the order of its fields. */
export function flat(v: unknown): (Tensor | number | boolean)[] {
  if (v instanceof Tensor || typeof v === 'number' || typeof v === 'boolean') return [v];
  if (typeof v !== 'object' || v === null) return [];
  return (Array.isArray(v) ? v : Object.values(v)).flatMap(flat);
}

/** Why `got` is not `want`, or null. */
export async function difference(
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
/** What PyTorch's gradients were weighed with. */
export const cotangent = (t: Tensor): Tensor => {
  const data = Float64Array.from({ length: t.numel() }, (_, i) => (((i * 37 + 11) % 17) - 8) / 8);
  return fromArray(data, t.shape, { dtype: t.dtype, device: t.device });
};

/** All tensors of a result, in order. */
export const flatTensors = (v: unknown): Tensor[] => flat(v).filter((t) => t instanceof Tensor);
