/** Sorting by merging, and binary search. */
import type { TypedArray } from '../../../core/dtype.ts';
import type { CpuKernel, CpuOutput } from '../kernel.ts';
import { scratch } from '../memory.ts';
import { around, tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

/** Runs of this length are sorted by insertion before anything is merged. */
const shortRun = 16;

/** One line while it is sorted: the elements and where each stood, and room for both. */
interface Line {
  values: Float64Array;
  places: Int32Array;
  otherValues: Float64Array;
  otherPlaces: Int32Array;
}

/** Sorts [0, n) in increasing order; equal elements keep theirs. None is NaN. */
function mergeSort(line: Line, n: number): void {
  for (let start = 0; start < n; start += shortRun) insertionSort(line, start, Math.min(start + shortRun, n));
  for (let run = shortRun; run < n; run *= 2) {
    for (let start = 0; start < n; start += 2 * run) {
      mergeRuns(line, start, Math.min(start + run, n), Math.min(start + 2 * run, n));
    }
    [line.values, line.otherValues] = [line.otherValues, line.values];
    [line.places, line.otherPlaces] = [line.otherPlaces, line.places];
  }
}

function insertionSort({ values, places }: Line, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const value = values[i]!;
    const place = places[i]!;
    let j = i;
    for (; j > start && values[j - 1]! > value; j--) {
      values[j] = values[j - 1]!;
      places[j] = places[j - 1]!;
    }
    values[j] = value;
    places[j] = place;
  }
}

function mergeRuns(
  { values, places, otherValues, otherPlaces }: Line,
  start: number,
  middle: number,
  end: number,
): void {
  for (let to = start, a = start, b = middle; to < end; to++) {
    const left = b === end || (a < middle && values[a]! <= values[b]!);
    const from = left ? a++ : b++;
    otherValues[to] = values[from]!;
    otherPlaces[to] = places[from]!;
  }
}

const sort: CpuKernel = (inputs, outputs, attrs) => {
  const x = tensorAt(inputs, 0);
  const data = dense(x);
  const [out, index] = outputs as [CpuOutput, CpuOutput];
  const { outer, size, inner } = around(out.shape, attrs.dim as number);
  const line: Line = {
    values: scratch('float64', size),
    places: scratch('int32', size),
    otherValues: scratch('float64', size),
    otherPlaces: scratch('int32', size),
  };
  // Descending order is the increasing order of what is negated, in which NaN then comes first.
  const sign = attrs.descending ? -1 : 1;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * size * inner + i;
      let n = 0;
      for (let k = 0; k < size; k++) {
        const value = data[start + k * inner]!;
        if (Number.isNaN(value)) continue;
        line.values[n] = sign * value;
        line.places[n++] = k;
      }
      mergeSort(line, n);
      const nans = size - n;
      const put = (at: number, place: number): void => {
        out.data[start + at * inner] = data[start + place * inner]!;
        index.data[start + at * inner] = place;
      };
      const first = sign < 0 ? nans : 0;
      for (let k = 0; k < n; k++) put(first + k, line.places[k]!);
      if (nans === 0) continue;
      let at = sign < 0 ? 0 : n;
      for (let k = 0; k < size; k++) if (Number.isNaN(data[start + k * inner]!)) put(at++, k);
    }
  }
};

const unsort: CpuKernel = (inputs, [out], attrs) => {
  const data = dense(tensorAt(inputs, 0));
  const index = dense(tensorAt(inputs, 1));
  const { outer, size, inner } = around(out!.shape, attrs.dim as number);
  for (let o = 0; o < outer; o++) {
    const start = o * size * inner;
    for (let e = 0; e < size * inner; e++) {
      const to = index[start + e]!;
      if (to >= 0 && to < size) out!.data[start + to * inner + (e % inner)] = data[start + e]!;
    }
  }
};

/** Is a before b, NaN being the greatest? */
const below = (a: number, b: number): boolean => a < b || (Number.isNaN(b) && !Number.isNaN(a));

/** How many of the n elements from `start` on are below the value, or (right) not above it. */
function search(boundaries: TypedArray, start: number, n: number, value: number, right: boolean): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const boundary = boundaries[start + middle]!;
    if (right ? !below(value, boundary) : below(boundary, value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const searchsorted: CpuKernel = (inputs, [out], attrs) => {
  const boundaries = tensorAt(inputs, 0);
  const rows = dense(boundaries);
  const values = dense(tensorAt(inputs, 1));
  const { shape } = boundaries.layout;
  const n = shape.at(-1)!;
  const perRow = shape.length === 1 ? values.length : out!.shape.at(-1)!;
  for (let e = 0; e < values.length; e++) {
    out!.data[e] = search(rows, Math.floor(e / perRow) * n, n, values[e]!, attrs.right as boolean);
  }
};

export const sortKernels = { sort, unsort, searchsorted } satisfies Record<string, CpuKernel>;
