/** Sorting, the greatest elements, the k-th. */
import { argsort, kthvalue, msort, type SortOptions, sort, type TopkOptions, topk } from '../../../src/index.ts';
import { bool, f, int, type OpCase, op, vec } from './kit.ts';

/** NaN, infinities, zeros of either sign, and numbers that occur twice. */
const special = vec([1, Number.NaN, -0, 0, Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY, Number.NaN, -2]);
const ties = { shape: [2, 6], values: [3, 1, 3, 2, 1, 3, 0, 0, 0, 5, 5, 0] };

export const sortingOps: readonly OpCase[] = [
  op<SortOptions>({
    name: 'sort',
    call: (o, x) => {
      const { values, indices } = sort(x, o);
      return [values, indices];
    },
    samples: [
      { inputs: [f([7])] },
      { inputs: [f([3, 4, 5])], options: { dim: 1, descending: true } },
      { inputs: [f([4, 3], { view: 'transposed' })], options: { dim: -2 } },
      { inputs: [f([])], options: { dim: -1 } },
      { inputs: [f([2, 0])], options: { dim: 1 } },
      { inputs: [f([1, 2])], options: { dim: 0, stable: true } },
      { inputs: [special], options: { stable: true }, extreme: true },
      { inputs: [special], options: { stable: true, descending: true }, extreme: true },
      { inputs: [ties], options: { stable: true, descending: true }, extreme: true },
      { inputs: [vec([3, -2147483648, 2147483647, -1, 3, 0], 'int32')], options: { stable: true, dim: 0 } },
      { inputs: [bool([9])], options: { stable: true } },
    ],
    parity: [
      { inputs: [f([3, 130])], options: { dim: 1 } },
      { inputs: [int([300, 2])], options: { dim: 0, descending: true } },
    ],
    errors: [
      {
        inputs: [f([3])],
        options: { dim: 1 },
        error: 'ShapeError',
        message: /^Dimension out of range \(expected to be in range of \[-1, 0\], but got 1\)/,
      },
    ],
  }),
  op<SortOptions>({
    name: 'argsort',
    call: (o, x) => argsort(x, o),
    samples: [
      { inputs: [f([2, 5])] },
      { inputs: [f([3, 4])], options: { dim: 0, descending: true } },
      { inputs: [ties], options: { dim: 1, stable: true } },
    ],
  }),
  op({
    name: 'msort',
    call: (_, x) => msort(x),
    samples: [{ inputs: [f([4, 3])] }, { inputs: [f([])] }, { inputs: [int([5])] }],
  }),
  op<TopkOptions & { k: number }>({
    name: 'topk',
    call: ({ k, ...o }, x) => {
      const { values, indices } = topk(x, k, o);
      return [values, indices];
    },
    samples: [
      { inputs: [f([7])], options: { k: 3 } },
      { inputs: [f([3, 6])], options: { k: 2, dim: 0, largest: false } },
      { inputs: [f([3, 6], { view: 'sliced' })], options: { k: 6, dim: -1, largest: true, sorted: true } },
      { inputs: [f([4])], options: { k: 0 } },
      { inputs: [f([])], options: { k: 1 } },
      { inputs: [vec([1, Number.NaN, 3])], options: { k: 2 }, extreme: true },
      { inputs: [vec([5, 1, 4], 'int32')], options: { k: 2 } },
    ],
    errors: [{ inputs: [f([3])], options: { k: 4 }, error: 'ShapeError', message: /^selected index k out of range/ }],
  }),
  op<{ k: number; dim?: number; keepdim?: boolean }>({
    name: 'kthvalue',
    call: ({ k, ...o }, x) => {
      const { values, indices } = kthvalue(x, k, o);
      return [values, indices];
    },
    samples: [
      { inputs: [f([7])], options: { k: 3 } },
      { inputs: [f([3, 4])], options: { k: 1, dim: 0, keepdim: true } },
      { inputs: [f([2, 3, 4], { view: 'transposed' })], options: { k: 2, dim: 1 } },
      { inputs: [f([])], options: { k: 1, keepdim: true } },
      { inputs: [vec([1, Number.NaN, 3])], options: { k: 3 }, extreme: true },
      { inputs: [f([0, 2])], options: { k: 2, dim: 1 } },
    ],
    errors: [
      {
        inputs: [f([3])],
        options: { k: 4 },
        error: 'ShapeError',
        message: /^kthvalue\(\): selected number k out of range for dimension 0/,
      },
      {
        inputs: [f([2, 0])],
        options: { k: 1 },
        error: 'ShapeError',
        message: /^kthvalue\(\): Expected reduction dim 1 to have non-zero size\./,
      },
    ],
  }),
];
