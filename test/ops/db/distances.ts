/** Distances, angles and lengths of vectors. */
import { type CdistOptions, cdist, functional, pdist } from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { f, int, type OpCase, op } from './kit.ts';

const zeros = f([2, 3], { values: [0, 0, 0, 0, 0, 0] });

export const distanceOps: readonly OpCase[] = [
  op<CdistOptions>({
    name: 'cdist',
    call: (o: CdistOptions, a, b) => cdist(a, b, o),
    samples: [
      { inputs: [f([2, 3]), f([4, 3])] },
      ...[0, 1, 3, 1.5, 0.5, Infinity].map((p) => ({ inputs: [f([2, 3]), f([3, 3])], options: { p } })),
      { inputs: [f([2, 3]), f([3, 3])], options: { computeMode: 'use_mm_for_euclid_dist' as const } },
      { inputs: [f([2, 1, 2, 2]), f([2, 3, 2], { view: 'transposed' })] },
      { inputs: [zeros, zeros], extreme: true },
      { inputs: [zeros, zeros], options: { p: 1.5 }, extreme: true },
      { inputs: [f([2, 0]), f([3, 0])] },
    ],
    parity: [
      { inputs: [f([30, 9]), f([27, 9])] },
      { inputs: [f([30, 9]), f([27, 9])], options: { computeMode: 'donot_use_mm_for_euclid_dist' } },
    ],
    tolerance: tolerances.powersAndRoots,
    errors: [
      {
        inputs: [f([3]), f([4, 3])],
        error: 'ShapeError',
        message: /^cdist only supports at least 2D tensors, X1 got: 1D/,
      },
      {
        inputs: [f([2, 3]), f([4, 2])],
        error: 'ShapeError',
        message: /^X1 and X2 must have the same number of columns. X1: 3 X2: 2/,
      },
      {
        inputs: [f([2, 3]), int([4, 3])],
        error: 'DTypeError',
        message: /^cdist only supports floating-point dtypes, X2 got: Int/,
      },
      {
        inputs: [f([2, 3]), f([4, 3])],
        options: { p: -1 },
        error: 'OptionError',
        message: /^cdist only supports non-negative p values/,
      },
      {
        inputs: [f([2, 3]), f([4, 3])],
        options: { computeMode: 'x' as 'use_mm_for_euclid_dist' },
        error: 'OptionError',
        message: /^x is not a valid value for compute_mode/,
      },
    ],
  }),
  op({
    name: 'pdist',
    call: (o: { p?: number }, x) => pdist(x, o),
    samples: [
      { inputs: [f([5, 2])] },
      { inputs: [f([3, 2])], options: { p: 1 } },
      { inputs: [f([3, 2])], options: { p: Infinity } },
      { inputs: [f([1, 2])] },
      { inputs: [f([3, 0])] },
      { inputs: [zeros], extreme: true },
    ],
    tolerance: tolerances.powersAndRoots,
    errors: [
      { inputs: [f([3])], error: 'ShapeError', message: /^pdist only supports 2D tensors, got: 1D/ },
      { inputs: [int([3, 2])], error: 'DTypeError', message: /^pdist only supports floating-point dtypes/ },
      {
        inputs: [f([3, 2])],
        options: { p: -1 },
        error: 'OptionError',
        message: /^pdist only supports non-negative p values/,
      },
    ],
  }),
  op({
    name: 'cosineSimilarity',
    call: (o: functional.CosineOptions, a, b) => functional.cosineSimilarity(a, b, o),
    samples: [
      { inputs: [f([2, 3]), f([2, 3])] },
      { inputs: [f([2, 1, 3]), f([2, 3])], options: { dim: -1 } },
      { inputs: [f([3]), f([3])], options: { dim: 0, eps: 2.5 }, extreme: true },
      { inputs: [f([]), f([])], options: { dim: 0 }, extreme: true },
      { inputs: [zeros, f([2, 3])], extreme: true },
      { inputs: [f([2, 3]), int([2, 3])] },
    ],
    errors: [
      {
        inputs: [int([2, 3]), int([2, 3])],
        error: 'DTypeError',
        message: /^expected common dtype to be floating point, yet common dtype is Int/,
      },
      {
        inputs: [f([3]), f([3])],
        error: 'ShapeError',
        message: /^Dimension out of range \(expected to be in range of \[-1, 0\], but got 1\)/,
      },
      {
        inputs: [f([2, 3]), f([2, 3])],
        options: { eps: -1 },
        error: 'OptionError',
        message: /^eps must be non-negative, got: -1/,
      },
    ],
  }),
  op({
    name: 'pairwiseDistance',
    call: (o: functional.PairwiseOptions, a, b) => functional.pairwiseDistance(a, b, o),
    samples: [
      { inputs: [f([2, 3]), f([2, 3])] },
      { inputs: [f([2, 3]), f([3])], options: { p: 3, keepdim: true } },
      { inputs: [f([3]), f([3])], options: { p: -1, eps: 0.5 } },
      { inputs: [f([]), f([])] },
      { inputs: [zeros, zeros], extreme: true },
      { inputs: [int([2, 3]), int([2, 3])], options: { p: 1 } },
    ],
    tolerance: tolerances.powersAndRoots,
  }),
  op({
    name: 'normalize',
    call: (o: functional.NormalizeOptions, x) => functional.normalize(x, o),
    samples: [
      { inputs: [f([2, 3])] },
      { inputs: [f([2, 3, 2])], options: { p: 1, dim: -1 } },
      { inputs: [f([2, 3], { view: 'transposed' })], options: { p: 3, dim: [0, 1] } },
      { inputs: [f([2, 3])], options: { p: Infinity, eps: 1.5 } },
      { inputs: [zeros], options: { eps: 0.5 }, extreme: true },
      { inputs: [f([0, 3])] },
      { inputs: [f([])], options: { dim: 0 } },
    ],
    tolerance: tolerances.powersAndRoots,
    errors: [
      {
        inputs: [f([3])],
        error: 'ShapeError',
        message: /^Dimension out of range \(expected to be in range of \[-1, 0\], but got 1\)/,
      },
      {
        inputs: [int([2, 3])],
        error: 'DTypeError',
        message: /^linalg.vector_norm: Expected a floating point or complex tensor as input. Got Int/,
      },
    ],
  }),
];
