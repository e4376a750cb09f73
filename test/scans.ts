/** What scans are by definition: each element from all before it. What both backends' kernels are tested with. */
import { contiguousStrides, type Shape } from '../src/core/shape.ts';

export type ScanOp = 'cumsum' | 'cumprod' | 'cummax' | 'cummin' | 'logcumsumexp' | 'linearScan';
export const scanOps: readonly ScanOp[] = ['cumsum', 'cumprod', 'cummax', 'cummin', 'logcumsumexp', 'linearScan'];
export const hasPlaces = (op: ScanOp): boolean => op === 'cummax' || op === 'cummin';

/** The last result for a line `x` and (linearScan) the terms `b`. */
type Definition = (x: readonly number[], b: readonly number[]) => number;
const lastPlace = (x: readonly number[], of: number): number =>
  Number.isNaN(of) ? x.findLastIndex(Number.isNaN) : x.lastIndexOf(of === 0 ? x.findLast((v) => v === 0)! : of);
const definitions: Record<ScanOp, Definition> = {
  cumsum: (x) => x.reduce((a, b) => a + b, 0),
  cumprod: (x) => x.reduce((a, b) => a * b, 1),
  cummax: (x) => (x.some(Number.isNaN) ? Number.NaN : x.reduce((a, b) => Math.max(a, b))),
  cummin: (x) => (x.some(Number.isNaN) ? Number.NaN : x.reduce((a, b) => Math.min(a, b))),
  logcumsumexp: (x) => {
    const top = x.reduce((a, b) => Math.max(a, b), -Infinity);
    return Number.isFinite(top) ? top + Math.log(x.reduce((total, v) => total + Math.exp(v - top), 0)) : top;
  },
  linearScan: (a, b) => b.reduce((y, term, k) => a[k]! * y + term, 0),
};

/** Results and places of a scan of row-major elements along `dim`. */
export function scanned(
  op: ScanOp,
  shape: Shape,
  dim: number,
  x: readonly number[],
  b: readonly number[] = x,
): { values: number[]; places: number[] } {
  const step = contiguousStrides(shape)[dim]!;
  const size = shape[dim]!;
  const values = new Array<number>(x.length);
  const places = new Array<number>(x.length);
  for (let e = 0; e < x.length; e++) {
    const place = Math.floor(e / step) % size;
    const line = (of: readonly number[]): number[] =>
      Array.from({ length: place + 1 }, (_, k) => of[e + (k - place) * step]!);
    const own = line(x);
    values[e] = definitions[op](own, line(b));
    places[e] = hasPlaces(op) ? lastPlace(own, values[e]!) : 0;
  }
  return { values, places };
}

/** Numbers whose running results are exact in float32, so that the order of combination does not matter; for extrema hard ones. */
export function exactNumbers(op: ScanOp, random: () => number): () => number {
  const factors = [1, -1, 2, 0.5, -2, -0.5];
  if (op === 'cumprod') return () => factors[Math.floor(random() * factors.length)]!;
  if (op === 'logcumsumexp') return () => Math.fround(random() * 8 - 4);
  return () => Math.floor(random() * 9) - 4;
}
