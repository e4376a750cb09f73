/** Counting into bins, extrema. */
import {
  type AminmaxOptions,
  aminmax,
  type CountOptions,
  countNonzero,
  type HistcOptions,
  histc,
  histogram,
  histogramdd,
  type NonzeroStaticOptions,
  nonzeroStatic,
} from '../../../src/index.ts';
import { bool, f, int, type OpCase, op, vec } from './kit.ts';

const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;

export const countingOps: readonly OpCase[] = [
  op<AminmaxOptions>({
    name: 'aminmax',
    call: (o, x) => {
      const { min, max } = aminmax(x, o);
      return [min, max];
    },
    samples: [
      { inputs: [f([2, 3])] },
      { inputs: [f([3, 4])], options: { dim: 0, keepdim: true } },
      { inputs: [f([3, 4], { view: 'transposed' })], options: { dim: -1 } },
      { inputs: [f([])], options: { dim: 0 } },
      { inputs: [vec([1, 3, 1, 3])], extreme: true },
      { inputs: [int([4])] },
      { inputs: [bool([3])] },
    ],
    errors: [
      {
        inputs: [f([0])],
        error: 'ShapeError',
        message: /^aminmax\(\): cannot compute aminmax over an empty dimension/,
      },
      {
        inputs: [f([2, 0])],
        options: { dim: 1 },
        error: 'ShapeError',
        message: /^aminmax: Expected reduction dim 1 to have non-zero size\./,
      },
    ],
  }),
  op<CountOptions>({
    name: 'countNonzero',
    call: (o, x) => countNonzero(x, o),
    samples: [
      { inputs: [int([3, 4])] },
      { inputs: [{ shape: [2, 3], values: [0, -0, nan, 1, 0, inf] }], options: { dim: 1 } },
      { inputs: [bool([2, 3, 2])], options: { dim: [0, -1] } },
      { inputs: [f([0, 2])], options: { dim: 0 } },
    ],
  }),
  op<HistcOptions>({
    name: 'histc',
    call: (o, x) => histc(x, o),
    samples: [
      { inputs: [vec([0, 0.3, 1, 1.9, 2.5, 4, 4, -1, 5])], options: { bins: 4, min: 0, max: 4 } },
      { inputs: [f([2, 7], { view: 'transposed' })], options: { bins: 5 } },
      { inputs: [vec([1, nan, 2, inf, 3])], options: { bins: 2, min: 1, max: 3 } },
      { inputs: [vec([2, 2])], options: { bins: 3 } },
      { inputs: [f([0])], options: { bins: 3 } },
    ],
    constants: [0],
    errors: [
      {
        inputs: [f([3])],
        options: { bins: 0 },
        error: 'OptionError',
        message: /^torch.histogram\(\): bins must be > 0, but got 0 for dimension 0/,
      },
      {
        inputs: [f([3])],
        options: { bins: 2, min: 3, max: 1 },
        error: 'OptionError',
        message: /^torch.histc: max must be larger than min/,
      },
      {
        inputs: [f([3])],
        options: { bins: 2, min: 0, max: inf },
        error: 'OptionError',
        message: /^torch.histc: range of \[0, inf\] is not finite/,
      },
      { inputs: [int([3])], error: 'DTypeError', message: /^"histogram_cpu" not implemented for/ },
    ],
  }),
  op<{ bins?: number; range?: [number, number]; density?: boolean; hasWeight?: true }>({
    name: 'histogram',
    call: ({ bins, hasWeight, ...o }, x, ...rest) => {
      const { hist, binEdges } = histogram(x!, bins ?? rest.shift()!, { ...o, ...(hasWeight && { weight: rest[0]! }) });
      return [hist, binEdges];
    },
    samples: [
      { inputs: [f([9])], options: { bins: 4 } },
      { inputs: [f([2, 5])], options: { bins: 3, range: [-1, 1.5], density: true } },
      { inputs: [vec([0, 1, 3, 0.5, 2]), vec([0, 1, 3])], options: {} },
      { inputs: [vec([0, 1, 3, 0.5, 2]), vec([0, 1, 3]), f([5])], options: { hasWeight: true } },
      { inputs: [vec([nan, 1, 3, 0.5])], options: { bins: 2, range: [0, 2] } },
      { inputs: [vec([2, 2])], options: { bins: 2 } },
    ],
    constants: [0, 1, 2],
    errors: [
      {
        inputs: [f([3])],
        options: { bins: 0 },
        error: 'OptionError',
        message: /^torch.histogram\(\): bins must be > 0/,
      },
      {
        inputs: [f([3]), f([2, 2])],
        error: 'ShapeError',
        message: /^torch.histogramdd: bins tensor should have one dimension, but got 2 dimensions/,
      },
    ],
  }),
  op<{ bins: number | number[]; range?: number[]; density?: boolean; hasWeight?: true }>({
    name: 'histogramdd',
    call: ({ bins, hasWeight, ...o }, x, weight) => {
      const { hist, binEdges } = histogramdd(x!, bins, { ...o, ...(hasWeight && { weight: weight! }) });
      return [hist, ...binEdges];
    },
    samples: [
      { inputs: [f([9, 2])], options: { bins: [2, 3] } },
      {
        inputs: [f([3, 5, 2]), f([3, 5])],
        options: { bins: 2, hasWeight: true, range: [-1, 1, -1.5, 2], density: true },
      },
    ],
    constants: [0, 1],
    errors: [
      {
        inputs: [f([3, 2])],
        options: { bins: [2, 0] },
        error: 'OptionError',
        message: /^torch.histogram\(\): bins must be > 0, but got 0 for dimension 1/,
      },
      {
        inputs: [f([3])],
        options: { bins: 2 },
        error: 'ShapeError',
        message: /^torch.histogramdd: input tensor should have at least 2 dimensions/,
      },
      {
        inputs: [f([3, 2])],
        options: { bins: 2, range: [0, 1] },
        error: 'OptionError',
        message: /^torch.histogramdd: for a 2-dimensional histogram range should have 4 elements, but got 2/,
      },
    ],
  }),
  op<NonzeroStaticOptions>({
    name: 'nonzeroStatic',
    call: (o, x) => nonzeroStatic(x, o),
    samples: [
      { inputs: [int([2, 3], [0, 2, 3, 0, 0, 1])], options: { size: 2 } },
      { inputs: [int([2, 3], [0, 2, 3, 0, 0, 1])], options: { size: 8, fillValue: 7 } },
      { inputs: [bool([2, 3], 'transposed')], options: { size: 4 } },
      { inputs: [f([])], options: { size: 1 } },
      { inputs: [f([0, 2])], options: { size: 1 } },
    ],
  }),
];
