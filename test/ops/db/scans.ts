/** Running sums, products and extrema. */
import { cummax, cummin, cumprod, cumsum, type DType, logcumsumexp, type Tensor } from '../../../src/index.ts';
import { bool, f, int, type OpCase, op, type Sample, vec } from './kit.ts';

interface Along {
  readonly dim: number;
  readonly dtype?: DType;
}
const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;

const outOfRange = {
  inputs: [f([2, 3])],
  options: { dim: 2 },
  error: 'ShapeError',
  message: /^Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)/,
} as const;

function scan(
  name: string,
  call: (options: Along, x: Tensor) => Tensor | Tensor[],
  more: readonly Sample<Along>[],
  errors: OpCase<Along>['errors'] = [],
): OpCase {
  return op<Along>({
    name,
    call,
    samples: [
      { inputs: [f([3, 4])], options: { dim: 0 } },
      { inputs: [f([2, 3, 4])], options: { dim: -1 } },
      { inputs: [f([])], options: { dim: 0 } },
      { inputs: [f([1, 3])], options: { dim: 0 } },
      { inputs: [f([2, 0])], options: { dim: 1 } },
      { inputs: [f([3, 4], { view: 'transposed' })], options: { dim: 1 } },
      ...more,
    ],
    parity: [
      { inputs: [f([3, 40], { range: [0.8, 1.2] })], options: { dim: 1 } },
      { inputs: [f([1500], { range: [0.99, 1.01] })], options: { dim: 0 } },
    ],
    errors: [outOfRange, ...errors],
  });
}
const whole: readonly Sample<Along>[] = [
  { inputs: [int([2, 4])], options: { dim: 1 } },
  { inputs: [bool([2, 4])], options: { dim: 1 } },
  { inputs: [int([3])], options: { dim: 0, dtype: 'float32' } },
];
const ties: readonly Sample<Along>[] = [
  { inputs: [vec([1, 3, 3, -2, 3, 4, -2, 4])], options: { dim: 0 }, extreme: true },
  { inputs: [vec([2, nan, 7, nan, inf, -inf])], options: { dim: 0 }, extreme: true },
  { inputs: [vec([-inf, -inf, inf, 1])], options: { dim: 0 }, extreme: true },
  { inputs: [int([2, 4])], options: { dim: 1 }, extreme: true },
  { inputs: [bool([2, 4])], options: { dim: 1 }, extreme: true },
];

export const scanOps: readonly OpCase[] = [
  scan('cumsum', ({ dim, ...o }, x) => cumsum(x, dim, o), [
    ...whole,
    { inputs: [vec([1, inf, 2, -inf, 3])], options: { dim: 0 }, extreme: true },
    { inputs: [vec([1, nan, 2])], options: { dim: 0 }, extreme: true },
  ]),
  scan('cumprod', ({ dim, ...o }, x) => cumprod(x, dim, o), [
    ...whole,
    // No zero, one zero, several: the gradient of each is made of the others.
    { inputs: [f([4, 4], { values: [1, 2, 3, 4, 0, 5, 0.5, 2, 3, 0, 5, 0, 2, 1, 0, 0] })], options: { dim: 1 } },
    { inputs: [vec([0])], options: { dim: 0 } },
  ]),
  scan(
    'cummax',
    ({ dim }, x) => {
      const { values, indices } = cummax(x, dim);
      return [values, indices];
    },
    ties,
  ),
  scan(
    'cummin',
    ({ dim }, x) => {
      const { values, indices } = cummin(x, dim);
      return [values, indices];
    },
    ties,
  ),
  scan(
    'logcumsumexp',
    ({ dim }, x) => logcumsumexp(x, dim),
    [
      { inputs: [vec([10, -80, 9, 12, 11.5])], options: { dim: 0 } },
      { inputs: [vec([-inf, -inf, 1, 2])], options: { dim: 0 }, extreme: true },
      { inputs: [vec([1, nan, 2])], options: { dim: 0 }, extreme: true },
    ],
    [
      {
        inputs: [int([3])],
        options: { dim: 0 },
        error: 'DTypeError',
        message: /^"logcumsumexp_out_cpu" not implemented for 'Int'/,
      },
    ],
  ),
  op<Along>({
    name: 'cumsum_',
    call: ({ dim }, x) => (x.dtype === 'bool' ? x.clone() : x.mul(2)).cumsum_(dim),
    samples: [{ inputs: [f([2, 3])], options: { dim: -1 } }],
    errors: [{ inputs: [bool([3])], options: { dim: 0 }, error: 'DTypeError', message: /'Bool'|can't be cast/ }],
  }),
  op<Along>({
    name: 'cumprod_',
    call: ({ dim }, x) => x.mul(2).cumprod_(dim),
    samples: [{ inputs: [f([2, 3])], options: { dim: 0 } }],
  }),
];
