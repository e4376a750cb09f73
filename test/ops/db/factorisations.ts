/** Factorisations of matrices. What is unique only up to signs is compared without them: squares of vectors. */
import {
  cholesky,
  eye,
  linalg,
  lu,
  luSolve,
  luUnpack,
  orgqr,
  ormqr,
  qr,
  svd,
  type Tensor,
  triangularSolve,
} from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { f, int, type OpCase, op } from './kit.ts';

/** c on the diagonal: far from singular. */
export const shifted = (A: Tensor, c = 3): Tensor =>
  A.add(eye(A.shape.at(-2)!, A.shape.at(-1)!, { dtype: A.dtype, device: A.device }).mul(c));
/** Symmetric and positive-definite. */
export const positive = (A: Tensor): Tensor => shifted(A.matmul(A.mT), 1);
const symmetric = (A: Tensor): Tensor => A.add(A.mT);
/** The first columns. */
const columns = (A: Tensor, size: number): Tensor => A.at('...', [0, size]);

/** A matrix that is too long, in PyTorch's words. */
export const notSquare = (name: string) => ({
  inputs: [f([2, 3])],
  error: 'ShapeError' as const,
  message: new RegExp(`^${name}: A must be batches of square matrices, but they are 2 by 3 matrices`),
});
const vector = (name: string) => ({
  inputs: [f([3])],
  error: 'ShapeError' as const,
  message: new RegExp(`^${name}: The input tensor A must have at least 2 dimensions.`),
});
const integers = (name: string) => ({
  inputs: [int([2, 2])],
  error: 'DTypeError' as const,
  message: new RegExp(`^${name}: Expected a floating point or complex tensor as input. Got Int`),
});

const shapes = [
  { inputs: [f([3, 3])] },
  { inputs: [f([4, 2])] },
  { inputs: [f([2, 4])] },
  { inputs: [f([1, 1])] },
  { inputs: [f([2, 3, 2])] },
  { inputs: [f([0, 0])] },
  { inputs: [f([3, 3], { view: 'transposed' })] },
];
const larger = [{ inputs: [f([8, 5])] }, { inputs: [f([2, 5, 8])] }, { inputs: [f([17, 17])] }];

interface SvdOptions {
  fullMatrices?: boolean;
}

export const factorisationOps: readonly OpCase[] = [
  op({
    name: 'linalg.cholesky',
    call: (o: { upper?: boolean }, A) => linalg.cholesky(positive(A), o),
    samples: [
      { inputs: [f([3, 3])] },
      { inputs: [f([3, 3])], options: { upper: true } },
      { inputs: [f([1, 1])] },
      { inputs: [f([2, 2, 2])] },
      { inputs: [f([0, 0])] },
      { inputs: [f([3, 3], { view: 'transposed' })] },
    ],
    parity: [{ inputs: [f([5, 5])] }, { inputs: [f([17, 17])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.choleskyOf',
    call: (_, A) => linalg.cholesky(A),
    samples: [{ inputs: [f([2, 2], { values: [4, 9, 2, 5] })], extreme: true }],
    errors: [notSquare('linalg.cholesky'), vector('linalg.cholesky'), integers('linalg.cholesky')],
  }),
  op({
    name: 'linalg.choleskyEx',
    call: (o: { upper?: boolean }, A) => {
      const { L, info } = linalg.choleskyEx(positive(A), o);
      return [L, info];
    },
    samples: [{ inputs: [f([2, 2])] }, { inputs: [f([2, 2, 2])], options: { upper: true } }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.choleskyInfo',
    call: (_, A) => linalg.choleskyEx(A).info,
    samples: [{ inputs: [f([2, 2, 2], { values: [1, 2, 2, 1, 1, 0, 0, 1] })], extreme: true }],
  }),
  op({
    name: 'linalg.lu',
    call: (_, A) => {
      const { P, L, U } = linalg.lu(A);
      return [P, L, U];
    },
    samples: [...shapes, { inputs: [f([2, 2], { values: [1, 2, -1, 4] })], extreme: true }],
    parity: larger,
    tolerance: tolerances.solving,
    errors: [
      {
        inputs: [f([3])],
        error: 'ShapeError',
        message: /^linalg.lu: Expected tensor with 2 or more dimensions. Got size: \[3\] instead/,
      },
    ],
  }),
  op({
    name: 'linalg.luFactor',
    call: (_, A) => {
      const { LU, pivots } = linalg.luFactor(shifted(A));
      return [LU, pivots];
    },
    samples: [{ inputs: [f([3, 3])] }, { inputs: [f([2, 3, 2])] }, { inputs: [f([2, 3])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.luFactorEx',
    call: (_, A) => {
      const { LU, pivots, info } = linalg.luFactorEx(A);
      return [LU, pivots, info];
    },
    samples: [{ inputs: [f([3, 3])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.luSingular',
    call: (_, A) => {
      const { LU, pivots, info } = linalg.luFactorEx(A);
      return [...Object.values(linalg.lu(A)), LU, pivots, info];
    },
    samples: [
      { inputs: [f([2, 2, 2], { values: [0, 1, 2, 3, 0, 1, 0, 2] })], extreme: true },
      { inputs: [f([3, 3], { values: [0, 1, 2, 0, 3, 4, 0, 5, 6] })], extreme: true },
    ],
    constants: [0],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.qr',
    call: (o: { mode?: linalg.QRMode }, A) => {
      const { Q, R } = linalg.qr(A, o);
      return o.mode === 'r' ? R.detach() : [Q, R];
    },
    samples: [
      ...shapes,
      { inputs: [f([3, 3])], options: { mode: 'complete' } },
      { inputs: [f([2, 3])], options: { mode: 'complete' } },
      { inputs: [f([4, 2])], options: { mode: 'r' } },
      { inputs: [f([2, 2], { values: [0, 1, 0, -2] })], extreme: true },
    ],
    parity: [...larger, { inputs: [f([17, 5], { range: [-1e18, 1e18] })], atol: 1e14 }],
    tolerance: tolerances.solving,
    errors: [
      vector('linalg.qr'),
      integers('linalg.qr'),
      {
        inputs: [f([3, 2])],
        options: { mode: 'complete' },
        requiresGrad: true,
        error: 'GradError',
        message: /^The QR decomposition is not differentiable when mode='complete' and nrows > ncols/,
      },
      {
        inputs: [f([2, 2])],
        options: { mode: 'x' as linalg.QRMode },
        error: 'OptionError',
        message: /^qr received unrecognized mode 'x' but expected one of 'reduced' \(default\), 'r', or 'complete'/,
      },
    ],
  }),
  op({
    name: 'linalg.qrComplete',
    call: (_, A) => {
      const { Q, R } = linalg.qr(A, 'complete');
      return [Q, R];
    },
    samples: [{ inputs: [f([4, 2])] }, { inputs: [f([3, 0])] }].map((s) => ({ ...s, extreme: true as const })),
    constants: [0],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.eigh',
    call: (o: { UPLO?: 'L' | 'U' }, A) => {
      const { eigenvalues, eigenvectors } = linalg.eigh(symmetric(A), o);
      return [eigenvalues, eigenvectors.square()];
    },
    samples: [
      { inputs: [f([3, 3])] },
      { inputs: [f([4, 4])], options: { UPLO: 'U' } },
      { inputs: [f([1, 1])] },
      { inputs: [f([2, 2, 2])] },
      { inputs: [f([0, 0])] },
      { inputs: [f([3, 3], { view: 'flipped' })] },
    ],
    parity: [{ inputs: [f([5, 5])] }, { inputs: [f([2, 6, 6])] }],
    tolerance: tolerances.spectral,
  }),
  op({
    name: 'linalg.eighOf',
    call: (o: { UPLO?: 'L' | 'U' }, A) => linalg.eigh(A, o).eigenvalues,
    samples: [
      { inputs: [f([2, 2], { values: [1, 9, 2, 1] })], extreme: true },
      { inputs: [f([2, 2], { values: [1, 9, 2, 1] })], options: { UPLO: 'U' }, extreme: true },
      { inputs: [f([3, 3], { values: [2, 0, 0, 0, 2, 0, 0, 0, -1] })], extreme: true },
    ],
    constants: [0],
    errors: [
      notSquare('linalg.eigh'),
      {
        inputs: [f([2, 2])],
        options: { UPLO: 'X' as 'L' },
        error: 'OptionError',
        message: /^Expected UPLO argument to be 'L' or 'U', but got X/,
      },
    ],
  }),
  op({
    name: 'linalg.eigvalsh',
    call: (o: { UPLO?: 'L' | 'U' }, A) => linalg.eigvalsh(symmetric(A), o),
    samples: [{ inputs: [f([3, 3])] }, { inputs: [f([2, 2, 2])], options: { UPLO: 'U' } }],
    parity: [{ inputs: [f([33, 33])] }, { inputs: [f([50, 50])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.svd',
    call: (o: SvdOptions, A) => {
      const { U, S, Vh } = linalg.svd(A, o);
      const size = S.shape.at(-1)!;
      return [S, columns(U, size).square(), columns(Vh.mT, size).square()];
    },
    samples: [
      ...shapes.map((sample) => ({ ...sample, options: { fullMatrices: false } })),
      { inputs: [f([3, 2])] },
      { inputs: [f([2, 2, 3])] },
    ],
    parity: [{ inputs: [f([5, 4])] }, { inputs: [f([2, 3, 5])] }],
    tolerance: tolerances.spectral,
    errors: [vector('linalg.svd'), integers('linalg.svd')],
  }),
  op({
    name: 'linalg.svdFull',
    // U·Uᵀ and V·Vᵀ are identities, also where A has few directions of its own.
    call: (_, A) => {
      const { U, S, Vh } = linalg.svd(A);
      return [U.matmul(U.mT), S, Vh.matmul(Vh.mT)];
    },
    samples: [
      { inputs: [f([4, 2])] },
      { inputs: [f([2, 3])] },
      { inputs: [f([3, 0])] },
      { inputs: [f([3, 3], { values: [1, 2, 3, 2, 4, 6, 0, 0, 0] })] },
      { inputs: [f([2, 2], { values: [0, 0, 0, 0] })] },
      { inputs: [f([2, 2], { values: [1e30, 0, 0, 2e30] })] },
    ].map((s) => ({ ...s, extreme: true as const })),
    constants: [0],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.svdvals',
    call: (_, A) => linalg.svdvals(A),
    samples: [{ inputs: [f([3, 3])] }, { inputs: [f([2, 2, 4])] }, { inputs: [f([4, 2], { view: 'sliced' })] }],
    parity: [{ inputs: [f([33, 20])] }, { inputs: [f([50, 50])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.householderProduct',
    call: (_, A, tau) => linalg.householderProduct(A, tau),
    samples: [
      { inputs: [f([3, 2]), f([2])] },
      { inputs: [f([2, 4, 3]), f([2, 2])] },
      { inputs: [f([3, 2], { view: 'transposed' }), f([2], { view: 'flipped' })] },
    ],
    tolerance: tolerances.solving,
    errors: [
      {
        inputs: [f([2, 3]), f([3])],
        error: 'ShapeError',
        message:
          /^torch.linalg.householder_product: input.shape\[-2\] must be greater than or equal to input.shape\[-1\]/,
      },
    ],
  }),
  op({
    name: 'cholesky',
    call: (o: { upper?: boolean }, A) => cholesky(positive(A), o),
    samples: [{ inputs: [f([2, 2])] }, { inputs: [f([2, 2])], options: { upper: true } }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'qr',
    call: (o: { some?: boolean }, A) => {
      const { Q, R } = qr(A, o);
      return [Q, R];
    },
    samples: [{ inputs: [f([3, 2])] }, { inputs: [f([2, 2])], options: { some: false } }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'svd',
    call: (o: { some?: boolean; computeUv?: boolean }, A) => {
      const { U, S, V } = svd(A, o);
      return o.computeUv === false ? [U, S, V] : [S, columns(U, 2).square(), columns(V, 2).square()];
    },
    samples: [
      { inputs: [f([3, 2])] },
      { inputs: [f([3, 2])], options: { some: false } },
      { inputs: [f([2, 3])], options: { computeUv: false }, extreme: true },
    ],
    tolerance: tolerances.spectral,
  }),
  op({
    name: 'lu',
    call: (_, A) => lu(shifted(A), { getInfos: true }),
    samples: [{ inputs: [f([2, 2])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'luSolve',
    call: (_, B, A) => luSolve(B, ...(lu(shifted(A)) as [Tensor, Tensor])),
    samples: [{ inputs: [f([3, 2]), f([3, 3])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'luUnpack',
    call: (_, A) => {
      const { LU, pivots } = linalg.luFactorEx(A);
      return Object.values(luUnpack(LU, pivots));
    },
    samples: [{ inputs: [f([3, 2])] }, { inputs: [f([2, 2, 3])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'luUnpackPart',
    call: (o: { unpackData?: boolean; unpackPivots?: boolean }, A) => {
      const { LU, pivots } = linalg.luFactorEx(A);
      return Object.values(luUnpack(LU, pivots, o));
    },
    samples: [
      { inputs: [f([2, 2])], options: { unpackData: false }, extreme: true },
      { inputs: [f([2, 2])], options: { unpackPivots: false }, extreme: true },
    ],
    constants: [0],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'triangularSolve',
    call: (o: { upper?: boolean; transpose?: boolean; unitriangular?: boolean }, B, A) => {
      const { solution, clonedCoefficient } = triangularSolve(B, shifted(A), o);
      return [solution, clonedCoefficient.detach()];
    },
    samples: [
      { inputs: [f([3, 2]), f([3, 3])] },
      { inputs: [f([2, 1]), f([2, 2])], options: { upper: false, transpose: true } },
      { inputs: [f([2, 1]), f([2, 2])], options: { transpose: true, unitriangular: true } },
    ],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'orgqr',
    call: (_, A, tau) => orgqr(A, tau),
    samples: [{ inputs: [f([3, 2]), f([2])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'ormqr',
    call: (o: { left?: boolean; transpose?: boolean }, A, tau, other) => ormqr(A, tau, other, o),
    samples: [
      { inputs: [f([3, 2]), f([2]), f([3, 2])] },
      { inputs: [f([3, 2]), f([2]), f([2, 3])], options: { left: false } },
      { inputs: [f([3, 2]), f([2]), f([3, 1])], options: { transpose: true } },
      { inputs: [f([3, 2]), f([2]), f([2, 3])], options: { left: false, transpose: true } },
    ],
    tolerance: tolerances.solving,
  }),
];
