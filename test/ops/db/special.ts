/** torch.special. Extreme values: ../special-values. */
import { special } from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { rowOf } from './elementary.ts';
import { f, int, type OpCase, op } from './kit.ts';

const unit = { range: [0.05, 0.95] as const };

export const specialOps: readonly OpCase[] = [
  rowOf('entr', special.entr, { range: [0.1, 3], int: [0, 1, 2] }),
  rowOf('erfcx', special.erfcx, { int: [0, 1, -2], tolerance: tolerances.cancellation }),
  rowOf('i0e', special.i0e, { int: [0, 1, -2] }),
  rowOf('i1', special.i1, { int: [0, 1, -2] }),
  rowOf('i1e', special.i1e, { int: [0, 1, -2] }),
  rowOf('logNdtr', special.logNdtr, { range: [-5, 3], int: [0, 1, -2] }),
  rowOf('ndtr', special.ndtr, { int: [0, 1, -2] }),
  rowOf('ndtri', special.ndtri, { ...unit, int: [0, 1] }),
  rowOf<{ p: number }>('multigammaln', (x, o) => special.multigammaln(x, o.p), {
    options: { p: 3 },
    range: [2.1, 5],
    errors: [
      { inputs: [f([2])], options: { p: 0 }, error: 'OptionError', message: /p has to be greater than or equal/ },
    ],
  }),
  rowOf(
    'specialAliases',
    (x) =>
      [
        special.psi,
        special.gammaln,
        special.expit,
        special.expm1,
        special.exp2,
        special.log1p,
        special.erf,
        special.erfc,
        special.digamma,
        special.sinc,
        special.i0,
      ].map((fn) => fn(x)),
    { range: [0.1, 3] },
  ),
  op<{ other?: number }>({
    name: 'xlog1py',
    call: (o, x, y) => special.xlog1py(x!, o.other ?? y!),
    samples: [
      { inputs: [f([2, 3]), f([3], { range: [-0.9, 2] })] },
      { inputs: [f([3, 2], { view: 'transposed' }), f([], { range: [0, 2] })] },
      { inputs: [f([4])], options: { other: 1.5 } },
      { inputs: [int([3]), f([3], { range: [0, 2] })] },
      { inputs: [int([3]), int([3], [0, 1, 2])] },
      { inputs: [f([0]), f([0])] },
    ],
    errors: [{ inputs: [f([2]), f([3])], error: 'ShapeError', message: /must match the size of tensor b/ }],
  }),
  op<{ dim: number; dtype?: 'float32' }>({
    name: 'specialSoftmax',
    call: ({ dim, ...o }, x) => special.softmax(x!, dim, o),
    samples: [{ inputs: [f([2, 3])], options: { dim: -1 } }],
  }),
  op<{ dim: number }>({
    name: 'specialLogSoftmax',
    call: (o, x) => special.logSoftmax(x!, o.dim),
    samples: [{ inputs: [f([2, 3])], options: { dim: 0 } }],
  }),
  op<{ dim: number; keepdim: boolean }>({
    name: 'specialLogsumexp',
    call: (o, x) => special.logsumexp(x!, o.dim, { keepdim: o.keepdim }),
    samples: [{ inputs: [f([2, 3])], options: { dim: 0, keepdim: true } }],
  }),
  op<{ decimals: number }>({
    name: 'specialRound',
    call: (o, x) => special.round(x!, o),
    samples: [{ inputs: [f([2, 3])], options: { decimals: 1 }, extreme: true }],
  }),
];
