/** Reductions over some or all dims. */
import type { Tensor } from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { bool, type Exception, f, int, type OpCase, type Operand, op, type Sample, vec } from './kit.ts';

interface Dims {
  readonly dim?: number | readonly number[];
  readonly keepdim?: boolean;
  readonly correction?: number;
}
type OneDim = { readonly dim?: number; readonly keepdim?: boolean };

const outOfRange = {
  error: 'ShapeError',
  message: /^Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)/,
} as const;

interface Spec {
  readonly range?: readonly [number, number];
  readonly extra?: readonly Sample<Dims>[];
  readonly tolerance?: Exception;
  readonly errors?: OpCase<Dims>['errors'];
}

function reduction(name: string, call: (options: Dims, x: Tensor) => Tensor, spec: Spec = {}): OpCase {
  const x = (shape: readonly number[], extra: Omit<Operand, 'shape'> = {}) =>
    f(shape, { ...(spec.range && { range: spec.range }), ...extra });
  return op<Dims>({
    name,
    call,
    samples: [
      { inputs: [x([3, 4])] },
      { inputs: [x([3, 4])], options: { dim: 0 } },
      { inputs: [x([2, 3, 4])], options: { dim: -1, keepdim: true } },
      { inputs: [x([2, 3, 4])], options: { dim: [0, 2] } },
      { inputs: [x([])] },
      { inputs: [x([3, 4], { view: 'transposed' })], options: { dim: 1 } },
      { inputs: [x([3, 4], { view: 'sliced' })], options: { dim: [0, 1], keepdim: true } },
      { inputs: [x([2, 5], { view: 'expanded' })], options: { dim: 0 } },
      { inputs: [x([2, 70])], options: { dim: 1 } },
      ...(spec.extra ?? []),
    ],
    parity: [
      { inputs: [x([3, 1031])], options: { dim: 1 } },
      { inputs: [x([517, 9])], options: { dim: 0 } },
      { inputs: [x([5, 7, 11])], options: { dim: [0, 2] } },
      { inputs: [x([4099])] },
    ],
    ...(spec.tolerance && { tolerance: spec.tolerance }),
    errors: [{ inputs: [f([2, 3])], options: { dim: 2 }, ...outOfRange }, ...(spec.errors ?? [])],
  });
}

const empty: readonly Sample<Dims>[] = [
  { inputs: [f([0, 3])], options: { dim: 0 } },
  { inputs: [f([0, 3])], options: { dim: 1 } },
  { inputs: [f([0])] },
];
const repeated = {
  inputs: [f([2, 3])],
  options: { dim: [0, 0] },
  error: 'ShapeError',
  message: /^dim 0 appears multiple times in the list of dims/,
} as const;
const specials = [vec([1, NaN, 2]), vec([Infinity, 1, -Infinity]), vec([Infinity, 1, 2])].map((x) => ({
  inputs: [x],
  extreme: true as const,
}));
const ties: readonly Sample<Dims>[] = [
  { inputs: [f([3, 4], { values: [1, 3, 3, 2, 5, 5, 5, 5, 0, -1, 0, -1] })], options: { dim: 1 }, extreme: true },
  { inputs: [f([2, 3], { values: [2, 7, 7, 7, -3, -3] })], extreme: true },
  { inputs: [f([2, 3], { values: [2, NaN, 7, 7, -3, NaN] })], options: { dim: 0 }, extreme: true },
];
const noIdentity = {
  inputs: [f([0, 3])],
  options: { dim: 0 },
  error: 'ShapeError',
  message: /Expected reduction dim/,
} as const;

/** A result {values, indices} as a list; without a dim a single tensor. */
const pair = (r: Tensor | { values: Tensor; indices: Tensor }) => ('values' in r ? [r.values, r.indices] : [r]);

function extremum(name: 'max' | 'min'): OpCase {
  return op<OneDim>({
    name,
    call: ({ dim, ...o }, x) => pair(dim === undefined ? x[name]() : x[name](dim, o)),
    samples: [
      { inputs: [f([3, 4])] },
      { inputs: [f([3, 4])], options: { dim: 0 } },
      { inputs: [f([2, 3, 4])], options: { dim: -2, keepdim: true } },
      { inputs: [f([3, 4], { view: 'transposed' })], options: { dim: 1 } },
      { inputs: [f([2, 4], { view: 'sliced' })] },
      { inputs: [f([])] },
      { inputs: [int([2, 5])], options: { dim: 1 }, extreme: true },
      ...(ties as readonly Sample<OneDim>[]),
    ],
    errors: [{ inputs: [f([2, 3])], options: { dim: 2 }, ...outOfRange }],
  });
}
function argument(name: 'argmax' | 'argmin'): OpCase {
  return op<OneDim>({
    name,
    call: ({ dim, ...o }, x) => (dim === undefined ? x[name]() : x[name](dim, o)),
    samples: [
      { inputs: [f([3, 4])] },
      { inputs: [f([3, 4])], options: { dim: 0 } },
      { inputs: [f([2, 3, 4])], options: { dim: -1, keepdim: true } },
      { inputs: [f([3, 4], { view: 'flipped' })], options: { dim: 1 } },
      { inputs: [f([])] },
      { inputs: [int([2, 5])], options: { dim: 1 } },
      ...(ties as readonly Sample<OneDim>[]),
    ],
    parity: [{ inputs: [f([7, 515])], options: { dim: 1 } }, { inputs: [f([2111])] }],
    errors: [{ inputs: [f([0, 3])], options: { dim: 0 }, error: 'ShapeError', message: /Expected reduction dim/ }],
  });
}
function truth(name: 'any' | 'all'): OpCase {
  return op<Dims>({
    name,
    call: ({ dim, ...o }, x) => x[name](dim, o),
    samples: [
      { inputs: [bool([3, 4])] },
      { inputs: [bool([3, 4])], options: { dim: 0 } },
      { inputs: [bool([2, 3, 2])], options: { dim: -1, keepdim: true } },
      { inputs: [bool([0, 2])], options: { dim: 0 } },
      { inputs: [bool([3, 4], 'transposed')], options: { dim: 1 } },
      { inputs: [f([4], { values: [0, 2, -1, NaN] })] },
    ],
  });
}

export const reduceOps: readonly OpCase[] = [
  reduction('sum', ({ dim, ...o }, x) => x.sum(dim, o), {
    extra: [...empty, ...specials, { inputs: [int([3, 4])], options: { dim: 1 } }, { inputs: [bool([3, 4])] }],
    errors: [repeated],
  }),
  reduction('mean', ({ dim, ...o }, x) => x.mean(dim, o), {
    extra: [...empty, ...specials],
    errors: [
      {
        inputs: [int([2, 3])],
        error: 'DTypeError',
        message:
          /^mean\(\): could not infer output dtype\. Input dtype must be either a floating point or complex dtype/,
      },
    ],
  }),
  op<OneDim>({
    name: 'prod',
    call: ({ dim, ...o }, x) => x.prod(dim, o),
    samples: [
      { inputs: [f([3, 4])] },
      { inputs: [f([3, 4])], options: { dim: 0 } },
      { inputs: [f([2, 3, 4])], options: { dim: -1, keepdim: true } },
      { inputs: [f([])] },
      { inputs: [f([3, 4], { view: 'transposed' })], options: { dim: 1 } },
      { inputs: [f([0, 3])], options: { dim: 0 } },
      { inputs: [int([2, 4])], options: { dim: 1 } },
      // No zero, one zero, two zeros in a row: the gradient of each is the product of the others.
      { inputs: [f([3, 3], { values: [1, 2, 3, 4, 0, 5, 0, 0, 6] })], options: { dim: 1 } },
      ...(specials as readonly Sample<OneDim>[]),
    ],
    parity: [{ inputs: [f([3, 131], { range: [0.8, 1.2] })], options: { dim: 1 } }],
  }),
  reduction('amax', ({ dim, ...o }, x) => x.amax(dim, o), { extra: ties, errors: [noIdentity] }),
  reduction('amin', ({ dim, ...o }, x) => x.amin(dim, o), { extra: ties, errors: [noIdentity] }),
  reduction('var', ({ dim, ...o }, x) => x.var(dim, o), {
    extra: [
      { inputs: [f([3, 4])], options: { dim: 1, correction: 0 } },
      { inputs: [f([2, 3, 4])], options: { dim: [0, 2], correction: 2, keepdim: true } },
      { inputs: [f([3, 1])], options: { dim: 1, correction: 0 } },
      { inputs: [f([3, 1])], options: { dim: 1 }, extreme: true },
      // Far from zero: E[x²] − E[x]² would lose everything.
      { inputs: [f([2, 40], { range: [1000, 1001] })], options: { dim: 1 } },
    ],
    tolerance: tolerances.farFromZero,
  }),
  reduction('std', ({ dim, ...o }, x) => x.std(dim, o), {
    extra: [
      { inputs: [f([3, 4])], options: { dim: 1, correction: 0 } },
      { inputs: [f([2, 3, 4])], options: { dim: [0, 2], correction: 2, keepdim: true } },
    ],
  }),
  reduction('logsumexp', ({ dim, ...o }, x) => x.logsumexp(dim ?? [...x.shape.keys()], o), {
    extra: [
      { inputs: [f([2, 3], { values: [100, 100, -100, -100, -100, -100] })], options: { dim: 1 }, extreme: true },
      { inputs: [f([2, 2], { values: [-Infinity, -Infinity, -Infinity, 1] })], options: { dim: 1 }, extreme: true },
    ],
  }),
  extremum('max'),
  extremum('min'),
  argument('argmax'),
  argument('argmin'),
  truth('any'),
  truth('all'),
];
