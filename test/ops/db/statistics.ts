/** Statistics of samples, norms, differences and integrals; further forms of the core's reductions. */
import {
  type CovOptions,
  corrcoef,
  cov,
  cumulativeTrapezoid,
  type DType,
  diff,
  dist,
  gradient,
  nanmean,
  nansum,
  norm,
  renorm,
  stdMean,
  type TensorNormOptions,
  type TrapezoidOptions,
  trapezoid,
  type VarianceOptions,
  variance,
  varMean,
} from '../../../src/index.ts';
import { bool, f, int, type OpCase, op, vec } from './kit.ts';

const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;

interface Reduced {
  readonly dim?: number | readonly number[];
  readonly keepdim?: boolean;
  readonly dtype?: DType;
}
const withNaN = f([2, 4], { values: [1, nan, -2, 3, nan, 0.5, nan, 4] });

const spread = (name: 'varMean' | 'stdMean'): OpCase =>
  op<VarianceOptions>({
    name,
    call: (o, x) => (name === 'varMean' ? varMean(x, o) : stdMean(x, o)),
    samples: [
      { inputs: [f([3, 4])] },
      { inputs: [f([2, 3, 4])], options: { dim: [0, -1], correction: 0, keepdim: true } },
      { inputs: [f([3, 4], { view: 'transposed' })], options: { dim: 1, unbiased: false } },
      { inputs: [f([3, 4])], options: { dim: 0, correction: null } },
    ],
    errors: [
      {
        inputs: [int([2])],
        error: 'DTypeError',
        message: /^(var|std)_mean only support floating point and complex dtypes/,
      },
    ],
  });

/** One option decides which extremum. */
interface Named extends Reduced {
  readonly name: 'amax' | 'amin' | 'max' | 'min';
}

const integral = (name: 'trapezoid' | 'cumulativeTrapezoid', said: string): OpCase =>
  op<Omit<TrapezoidOptions, 'x'>>({
    name,
    call: (o, y, x) => (name === 'trapezoid' ? trapezoid : cumulativeTrapezoid)(y, { ...o, ...(x && { x }) }),
    samples: [
      { inputs: [f([3, 4])] },
      { inputs: [f([3, 4])], options: { dim: 0, dx: 0.5 } },
      { inputs: [f([3, 4]), f([4])] },
      { inputs: [f([3, 2]), f([3])], options: { dim: 0 } },
      { inputs: [f([2, 3, 2]), f([3, 2])], options: { dim: 1 } },
      { inputs: [int([4])] },
      { inputs: [f([1])] },
      { inputs: [f([2, 0])] },
    ],
    errors: [
      {
        inputs: [f([2, 3]), f([2])],
        error: 'ShapeError',
        message: new RegExp(`^${said}: There must be one \`x\` value for each sample point`),
      },
      { inputs: [bool([3])], error: 'DTypeError', message: new RegExp(`^${said}: received a bool input for \`y\``) },
      {
        inputs: [f([])],
        error: 'ShapeError',
        message:
          /^Dimension specified as -1 but tensor has no dimensions|^slice\(\) cannot be applied to a 0-dim tensor\./,
      },
    ],
  });

export const statisticsOps: readonly OpCase[] = [
  op<Reduced>({
    name: 'sumAs',
    call: (o, x) => x.sum(o),
    samples: [
      { inputs: [int([2, 3])], options: { dim: 1, dtype: 'float32' } },
      { inputs: [bool([2, 3])], options: { dtype: 'int32', keepdim: true, dim: 0 } },
      { inputs: [bool([4])], options: { dtype: 'bool' } },
    ],
  }),
  op<Reduced>({
    name: 'prodAs',
    call: (o, x) => x.prod(o),
    samples: [{ inputs: [int([2, 3])], options: { dim: 1, dtype: 'float32' } }],
  }),
  op<Reduced>({
    name: 'meanAs',
    call: (o, x) => x.mean(o),
    samples: [
      { inputs: [int([2, 3])], options: { dim: 1, dtype: 'float32' } },
      { inputs: [bool([5])], options: { dtype: 'float32' } },
    ],
    errors: [
      {
        inputs: [f([2])],
        options: { dtype: 'int32' },
        error: 'DTypeError',
        message:
          /^mean\(\): could not infer output dtype\. Optional dtype must be either a floating point or complex dtype/,
      },
    ],
  }),
  op<VarianceOptions>({
    name: 'varianceForms',
    call: (o, x) => [variance(x, o), x.std(o)],
    samples: [
      { inputs: [f([3, 4])], options: { unbiased: false } },
      { inputs: [f([3, 4])], options: { dim: 1, unbiased: true, keepdim: true } },
      { inputs: [f([3, 4])], options: { dim: null, correction: null } },
      { inputs: [f([3, 4])], options: { dim: [0, 1], correction: 1.5 } },
    ],
    errors: [
      {
        inputs: [int([2])],
        error: 'DTypeError',
        message: /^std and var only support floating point and complex dtypes/,
      },
      {
        inputs: [f([2])],
        options: { correction: 0, unbiased: true },
        error: 'OptionError',
        message: /received an invalid combination of arguments/,
      },
    ],
  }),
  op<Named>({
    name: 'extremaOfBools',
    call: ({ name, dim, keepdim = false }, x) => {
      if (name === 'amax' || name === 'amin') return x[name](dim, keepdim);
      if (dim === undefined) return x[name]();
      const { values, indices } = x[name](dim as number, keepdim);
      return [values, indices];
    },
    samples: [
      { inputs: [bool([2, 3])], options: { name: 'amax', dim: 1 } },
      { inputs: [bool([2, 3])], options: { name: 'amin', keepdim: true } },
      { inputs: [bool([2, 3])], options: { name: 'max' } },
      { inputs: [bool([2, 3])], options: { name: 'max', dim: 0 } },
      { inputs: [bool([2, 3])], options: { name: 'min', dim: -1, keepdim: true } },
    ],
  }),
  spread('varMean'),
  spread('stdMean'),
  op<Reduced>({
    name: 'nansum',
    call: (o, x) => nansum(x, o),
    samples: [
      { inputs: [withNaN], extreme: true },
      { inputs: [withNaN], options: { dim: 0, keepdim: true }, extreme: true },
      { inputs: [f([2, 3])], options: { dim: [0, 1] } },
      { inputs: [bool([3])] },
      { inputs: [int([3])], options: { dtype: 'float32' } },
    ],
  }),
  op<Reduced>({
    name: 'nanmean',
    call: (o, x) => nanmean(x, o),
    samples: [
      { inputs: [withNaN], extreme: true },
      { inputs: [withNaN], options: { dim: 0 }, extreme: true },
      { inputs: [f([2, 3])], options: { dim: -1, keepdim: true } },
    ],
    errors: [
      {
        inputs: [int([2])],
        error: 'DTypeError',
        message: /^nanmean\(\): expected input to have floating point or complex dtype but got/,
      },
    ],
  }),
  op<TensorNormOptions>({
    name: 'norm',
    call: (o, x) => norm(x, o),
    samples: [
      { inputs: [f([3, 4])] },
      { inputs: [f([3, 4])], options: { p: 3, dim: 1, keepdim: true } },
      { inputs: [f([3, 4])], options: { p: 'fro', dim: [0, 1] } },
      { inputs: [f([2, 3], { values: [1, -2, 3, 0.5, 2, -1] })], options: { p: 'nuc' } },
      { inputs: [f([4])], options: { p: inf } },
    ],
    errors: [
      {
        inputs: [f([2, 2])],
        options: { p: 'nuc', dim: 0 },
        error: 'ShapeError',
        message: /^linalg\.matrix_norm: dim must be a 2-tuple\. Got 0/,
      },
      {
        inputs: [int([2])],
        error: 'DTypeError',
        message: /^linalg\.vector_norm: Expected a floating point or complex tensor as input\. Got/,
      },
    ],
  }),
  op<{ readonly p: number; readonly dim: number; readonly maxnorm: number }>({
    name: 'renorm',
    call: ({ p, dim, maxnorm }, x) => renorm(x, p, dim, maxnorm),
    samples: [
      { inputs: [f([3, 4])], options: { p: 2, dim: 0, maxnorm: 2 } },
      { inputs: [f([2, 3, 2])], options: { p: 1, dim: -2, maxnorm: 3.5 } },
      { inputs: [f([2, 3], { values: [0, 0, 0, 1, 2, 3] })], options: { p: 2, dim: 0, maxnorm: 0 }, extreme: true },
    ],
    errors: [
      {
        inputs: [f([3])],
        options: { p: 2, dim: 0, maxnorm: 1 },
        error: 'ShapeError',
        message: /^renorm: input needs at least 2 dimensions, got 1 dimensions/,
      },
      {
        inputs: [f([3, 2])],
        options: { p: 0, dim: 0, maxnorm: 1 },
        error: 'OptionError',
        message: /^renorm: non-positive-norm not supported/,
      },
      {
        inputs: [f([3, 2])],
        options: { p: 2, dim: 0, maxnorm: -1 },
        error: 'OptionError',
        message: /^renorm: expected maxnorm to be >= 0 but got -1/,
      },
    ],
  }),
  op<{ readonly p?: number }>({
    name: 'dist',
    call: (o, x, y) => dist(x, y, o),
    samples: [
      { inputs: [f([3, 4]), f([4])] },
      { inputs: [f([3]), f([3])], options: { p: 1.5 } },
      { inputs: [f([]), f([])], options: { p: inf } },
      { inputs: [vec([1, 2]), vec([1, 2])], extreme: true },
    ],
    errors: [
      {
        inputs: [int([2]), int([2])],
        error: 'DTypeError',
        message: /^norm\(\): input dtype should be either floating point or complex\. Got/,
      },
    ],
  }),
  op<{ readonly correction?: number; readonly weights?: readonly ('fweights' | 'aweights')[] }>({
    name: 'cov',
    call: ({ correction, weights = [] }, x, ...w) => {
      const given: CovOptions = Object.fromEntries(weights.map((name, i) => [name, w[i]!]));
      return cov(x, { ...given, ...(correction !== undefined && { correction }) });
    },
    constants: [1, 2],
    samples: [
      { inputs: [f([3, 4])] },
      { inputs: [f([5])], options: { correction: 0 } },
      { inputs: [f([3, 4], { view: 'transposed' }), int([4], [1, 2, 0, 3])], options: { weights: ['fweights'] } },
      {
        inputs: [f([2, 3]), int([3], [1, 2, 1]), f([3], { range: [0.5, 2] })],
        options: { weights: ['fweights', 'aweights'] },
      },
      { inputs: [int([2, 4])] },
      { inputs: [f([2, 1])], extreme: true },
    ],
    errors: [
      {
        inputs: [f([2, 2, 2])],
        error: 'ShapeError',
        message: /^cov\(\): expected input to have two or fewer dimensions but got an input with 3 dimensions/,
      },
      { inputs: [bool([2, 2])], error: 'DTypeError', message: /^cov\(\): bool dtype is not supported for input/ },
      {
        inputs: [f([2, 3]), f([3])],
        options: { weights: ['fweights'] },
        error: 'DTypeError',
        message: /^cov\(\): expected fweights to have integral dtype but got fweights with/,
      },
      {
        inputs: [f([2, 3]), f([2])],
        options: { weights: ['aweights'] },
        error: 'ShapeError',
        message:
          /^cov\(\): expected aweights to have the same numel as there are observations in the input but got 2 != 3/,
      },
    ],
  }),
  op({
    name: 'corrcoef',
    call: (_, x) => corrcoef(x),
    samples: [
      { inputs: [f([3, 4])] },
      { inputs: [f([4])], extreme: true },
      { inputs: [int([2, 5], [1, 5, 2, 3, 0, 2, 2, 9, 1, 4])] },
    ],
    errors: [
      {
        inputs: [f([2, 2, 2])],
        error: 'ShapeError',
        message: /^corrcoef\(\): expected input to have two or fewer dimensions/,
      },
    ],
  }),
  op<{ readonly n?: number; readonly dim?: number; readonly ends?: 'prepend' | 'append' | 'both' }>({
    name: 'diff',
    call: ({ ends, ...o }, x, a, b) => {
      if (ends === 'both') return diff(x, { ...o, prepend: a!, append: b! });
      return diff(x, { ...o, ...(ends && { [ends]: a }) });
    },
    samples: [
      { inputs: [f([3, 4])] },
      { inputs: [f([4, 3])], options: { n: 2, dim: 0 } },
      { inputs: [f([2, 3]), f([2, 1]), f([2, 2])], options: { ends: 'both' } },
      { inputs: [f([2, 3]), f([1, 3])], options: { ends: 'append', dim: 0 } },
      { inputs: [f([3])], options: { n: 5 } },
      { inputs: [f([3])], options: { n: 0 } },
      { inputs: [int([4])] },
      { inputs: [bool([5])] },
    ],
    errors: [
      { inputs: [f([])], error: 'ShapeError', message: /^diff expects input to be at least one-dimensional/ },
      { inputs: [f([3])], options: { n: -1 }, error: 'OptionError', message: /^order must be non-negative but got -1/ },
      {
        inputs: [f([2, 3]), f([3])],
        options: { ends: 'prepend' },
        error: 'ShapeError',
        message: /^diff expects prepend or append to be the same dimension as input/,
      },
      {
        inputs: [f([2, 3]), f([1, 1])],
        options: { ends: 'prepend' },
        error: 'ShapeError',
        message:
          /^diff expects the shape of tensor to prepend or append to match that of input except along the differencing dimension; input\.size\(0\) = 2, but got tensor\.size\(0\) = 1/,
      },
    ],
  }),
  op<{
    readonly spacing?: number | readonly number[];
    readonly dim?: number | readonly number[];
    readonly edgeOrder?: 1 | 2;
  }>({
    name: 'gradient',
    call: (o, x, ...coordinates) => gradient(x, { ...o, ...(coordinates.length > 0 && { spacing: coordinates }) }),
    constants: [1, 2],
    samples: [
      { inputs: [f([3, 4])] },
      { inputs: [f([3, 4])], options: { spacing: [2, 0.5], edgeOrder: 2 } },
      { inputs: [f([3, 4])], options: { spacing: 2, dim: -1 } },
      { inputs: [f([3, 5]), vec([0, 1, 3]), vec([-1, 0, 0.5, 2, 5])] },
      { inputs: [f([3, 5]), vec([0, 1, 3, 3.5, 6])], options: { dim: [1], edgeOrder: 2 } },
      { inputs: [int([4])] },
    ],
    errors: [
      {
        inputs: [f([3, 4])],
        options: { spacing: [1, 2, 3] },
        error: 'OptionError',
        message:
          /^torch\.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self\.dim\(\) = 2', since dim argument was not given, but got a list of length 3/,
      },
      {
        inputs: [f([3, 4])],
        options: { spacing: [1, 2], dim: 0 },
        error: 'OptionError',
        message:
          /^torch\.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the same length/,
      },
      {
        inputs: [f([1, 4])],
        error: 'ShapeError',
        message: /^torch\.gradient expected each dimension size to be at least edge_order\+1/,
      },
      {
        inputs: [f([3, 4]), f([3, 1]), f([4])],
        error: 'ShapeError',
        message:
          /^torch\.gradient expected each element of spacing to have one dimension, but got an element with 2 dimensions!/,
      },
    ],
  }),
  integral('trapezoid', 'trapezoid'),
  integral('cumulativeTrapezoid', 'cumulative_trapezoid'),
];
