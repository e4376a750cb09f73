/** Median, mode, quantiles. */
import {
  type Extremum,
  median,
  mode,
  nanmedian,
  nanquantile,
  type QuantileOptions,
  quantile,
  Tensor,
} from '../../../src/index.ts';
import { bool, f, int, type OpCase, op, type Sample, vec } from './kit.ts';

interface Along {
  readonly dim?: number;
  readonly keepdim?: boolean;
}
const listed = (result: Tensor | Extremum): Tensor | Tensor[] =>
  result instanceof Tensor ? result : [result.values, result.indices];

const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;
const holed = { shape: [3, 4], values: [1, nan, 3, 0, nan, nan, nan, nan, 2, -1, 5, 4] };

const medianSamples: readonly Sample<Along>[] = [
  { inputs: [f([7])] },
  { inputs: [f([2, 4], { view: 'transposed' })] },
  { inputs: [f([3, 4])], options: { dim: 1 } },
  { inputs: [f([5, 2])], options: { dim: -2, keepdim: true } },
  { inputs: [f([])] },
  { inputs: [f([])], options: { dim: 0 } },
  { inputs: [f([0])], extreme: true },
  { inputs: [int([0])] },
  { inputs: [vec([2, 1, 2, 3, 2])], extreme: true },
  { inputs: [vec([2, nan, 3, nan])], extreme: true },
  { inputs: [vec([inf, -inf, 1, inf])], extreme: true },
  { inputs: [int([4], [4, 1, 3, 2])], options: { dim: 0 } },
];

const noElements = (name: string) =>
  ({
    inputs: [f([2, 0])],
    options: { dim: 1 },
    error: 'ShapeError',
    message: new RegExp(`^${name}\\(\\): Expected reduction dim 1 to have non-zero size\\.`),
  }) as const;

interface QuantileSample extends QuantileOptions {
  readonly q?: number;
}
const quantileSamples: readonly Sample<QuantileSample>[] = [
  { inputs: [f([7])], options: { q: 0.3 } },
  { inputs: [f([3, 4])], options: { q: 0.25, dim: 0 } },
  { inputs: [f([3, 5], { view: 'transposed' })], options: { q: 0.6, dim: 1, keepdim: true } },
  { inputs: [f([3, 4]), vec([0, 0.4, 1])], options: { dim: 1 } },
  { inputs: [f([2, 3]), vec([0.9, 0.2])], options: { keepdim: true } },
  { inputs: [f([2, 4]), f([], { values: [0.45] })], options: { dim: -1, keepdim: true } },
  { inputs: [f([6])], options: { q: 0.5, interpolation: 'lower' } },
  { inputs: [f([6])], options: { q: 0.5, interpolation: 'higher' } },
  { inputs: [f([6])], options: { q: 0.3, interpolation: 'midpoint' } },
  { inputs: [f([6])], options: { q: 0.5, interpolation: 'nearest' } },
  { inputs: [f([])], options: { q: 0.5, dim: 0 } },
  { inputs: [holed, vec([0, 0.5, 1])], options: { dim: 1 }, extreme: true },
  { inputs: [vec([1, inf, 2, -inf])], options: { q: 0.5 }, extreme: true },
];

const quantileRow = (name: string, fn: typeof quantile): OpCase =>
  op<QuantileSample>({
    name,
    call: ({ q, ...o }, x, levels) => fn(x, q ?? levels!, o),
    samples: quantileSamples,
    constants: [1],
    errors: [
      {
        inputs: [f([3])],
        options: { q: 2 },
        error: 'OptionError',
        message: /^quantile\(\) q must be in the range \[0, 1\] but got 2/,
      },
      {
        inputs: [int([3])],
        options: { q: 0.5 },
        error: 'DTypeError',
        message: /^quantile\(\) input tensor must be either float or double dtype/,
      },
      {
        inputs: [f([0])],
        options: { q: 0.5 },
        error: 'ShapeError',
        message: /^quantile\(\) input tensor must be non-empty/,
      },
      { inputs: [f([3]), f([1, 1])], error: 'ShapeError', message: /^quantile\(\) q must be a scalar or 1D tensor/ },
    ],
  });

export const quantileOps: readonly OpCase[] = [
  op<Along>({
    name: 'median',
    call: ({ dim, keepdim }, x) => (dim === undefined ? median(x) : listed(median(x, dim, keepdim))),
    samples: [...medianSamples, { inputs: [holed], options: { dim: 1 }, extreme: true }],
    parity: [{ inputs: [f([3, 140])], options: { dim: 1 } }],
    errors: [
      noElements('median'),
      { inputs: [bool([3])], error: 'DTypeError', message: /^"median_cpu" not implemented for 'Bool'/ },
    ],
  }),
  op<Along>({
    name: 'nanmedian',
    call: ({ dim, keepdim }, x) => (dim === undefined ? nanmedian(x) : listed(nanmedian(x, dim, keepdim))),
    // Which of several NaN is pointed at where there is nothing else is not said.
    samples: [
      ...medianSamples,
      { inputs: [{ shape: [2, 4], values: [1, nan, 3, 0, nan, 5, nan, 4] }], options: { dim: 1 }, extreme: true },
      { inputs: [vec([nan, nan])], extreme: true },
    ],
    errors: [noElements('median')],
  }),
  op<Along>({
    name: 'mode',
    call: ({ dim, keepdim }, x) =>
      listed(mode(x, { ...(dim !== undefined && { dim }), ...(keepdim !== undefined && { keepdim }) })),
    samples: [
      { inputs: [f([5])] },
      { inputs: [f([3, 4])], options: { dim: 0, keepdim: true } },
      { inputs: [f([])] },
      { inputs: [int([3, 5], [1, 2, 1, 2, 1, 3, 3, 0, 0, 1, 4, 4, 4, 4, 4])] },
      { inputs: [vec([2, 1, 2, 3, 1])], extreme: true },
      { inputs: [bool([4, 2])], options: { dim: 0 } },
    ],
    errors: [noElements('mode')],
  }),
  quantileRow('quantile', quantile),
  quantileRow('nanquantile', nanquantile),
];
