/** Equations, norms and products of linear algebra. */
import {
  choleskyInverse,
  choleskySolve,
  det,
  inverse,
  linalg,
  logdet,
  matrixExp,
  matrixPower,
  pinverse,
  slogdet,
  type Tensor,
  tril,
  triu,
} from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { notSquare, positive, shifted } from './factorisations.ts';
import { f, int, type OpCase, op, vec } from './kit.ts';

const plain = [
  { inputs: [f([3, 3])] },
  { inputs: [f([1, 1])] },
  { inputs: [f([2, 2, 2])] },
  { inputs: [f([0, 0])] },
  { inputs: [f([3, 3], { view: 'transposed' })] },
];
/** Like a Cholesky factor. */
const triangle = (A: Tensor, { upper = false }): Tensor => (upper ? triu(shifted(A)) : tril(shifted(A)));
const singular = { inputs: [f([3, 3], { values: [1, 2, 3, 4, 5, 6, 5, 7, 9] })], extreme: true } as const;

interface Norm {
  ord?: linalg.MatrixOrder;
  dim?: number[];
  keepdim?: boolean;
}
const of2x3 = (options: Norm) => ({ inputs: [f([2, 3])], options });

export const linalgOps: readonly OpCase[] = [
  op({
    name: 'linalg.inv',
    call: (_, A) => linalg.inv(shifted(A)),
    samples: [...plain, { inputs: [f([0, 2, 2])] }],
    parity: [{ inputs: [f([17, 17], { range: [-1, 1] })] }],
    tolerance: tolerances.solving,
    errors: [
      notSquare('linalg.inv'),
      {
        inputs: [int([2, 2])],
        error: 'DTypeError',
        message: /^linalg.inv: Expected a floating point or complex tensor as input. Got Int/,
      },
    ],
  }),
  op({
    name: 'linalg.invEx',
    call: (_, A) => {
      const { inverse: found, info } = linalg.invEx(shifted(A));
      return [found, info];
    },
    samples: [{ inputs: [f([2, 2, 2])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.invInfo',
    call: (_, A) => linalg.invEx(A).info,
    samples: [{ inputs: [f([2, 2, 2], { values: [1, 2, 2, 4, 0, 0, 0, 0] })], extreme: true }],
  }),
  op({
    name: 'linalg.solve',
    call: (o: { left?: boolean }, A, B) => linalg.solve(shifted(A), B, o),
    samples: [
      { inputs: [f([3, 3]), f([3, 2])] },
      { inputs: [f([3, 3]), f([3])] },
      { inputs: [f([2, 2, 2]), f([2, 2])] },
      { inputs: [f([2, 1, 2, 2]), f([3, 2, 1])] },
      { inputs: [f([2, 2]), f([3, 2, 1])] },
      { inputs: [f([2, 2]), f([3, 2])], options: { left: false } },
      { inputs: [f([0, 0]), f([0, 2])] },
      { inputs: [f([2, 2], { view: 'flipped' }), f([2, 3], { view: 'transposed' })] },
    ],
    parity: [{ inputs: [f([17, 17], { range: [-1, 1] }), f([17, 20])] }],
    tolerance: tolerances.solving,
    errors: [
      { ...notSquare('linalg.solve'), inputs: [f([2, 3]), f([2, 1])] },
      {
        inputs: [f([2, 2]), f([3, 2])],
        error: 'ShapeError',
        message: /^linalg.solve: Incompatible shapes of A and B for the equation AX = B \(2x2 and 3x2\)/,
      },
    ],
  }),
  op({
    name: 'linalg.solveEx',
    call: (_, A, B) => {
      const { result, info } = linalg.solveEx(shifted(A), B);
      return [result, info];
    },
    samples: [{ inputs: [f([2, 2]), f([2, 1])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.solveTriangular',
    call: (o: linalg.SolveTriangularOptions, A, B) => linalg.solveTriangular(shifted(A), B, o),
    samples: [
      { inputs: [f([3, 3]), f([3, 2])], options: { upper: true } },
      { inputs: [f([3, 3]), f([3, 2])], options: { upper: false } },
      { inputs: [f([2, 2]), f([3, 2])], options: { upper: true, left: false } },
      { inputs: [f([2, 2]), f([2, 1])], options: { upper: true, unitriangular: true } },
      { inputs: [f([2, 2]), f([2, 2, 1])], options: { upper: false, unitriangular: true } },
      { inputs: [f([2, 2, 2], { view: 'transposed' }), f([2, 3])], options: { upper: true } },
    ],
    parity: [{ inputs: [f([17, 17], { range: [-0.5, 0.5] }), f([17, 35])], options: { upper: false } }],
    tolerance: tolerances.solving,
    errors: [
      {
        ...notSquare('linalg.solve_triangular'),
        inputs: [f([2, 3]), f([2, 1])],
        options: { upper: true },
      },
    ],
  }),
  op({
    name: 'linalg.luSolve',
    call: (o: linalg.LUSolveOptions, A, B) => {
      const { LU, pivots } = linalg.luFactor(shifted(A));
      return linalg.luSolve(LU, pivots, B, o);
    },
    samples: [
      { inputs: [f([3, 3]), f([3, 2])] },
      { inputs: [f([3, 3]), f([3, 2])], options: { adjoint: true } },
      { inputs: [f([2, 2]), f([3, 2])], options: { left: false } },
      { inputs: [f([2, 2, 2]), f([1, 2, 2])], options: { left: false, adjoint: true } },
    ],
    tolerance: tolerances.solving,
    errors: [
      {
        inputs: [f([2, 2]), f([3, 1])],
        error: 'ShapeError',
        message: /^linalg.lu_solve: Incompatible shapes of A and B for the equation AX = B \(2x2 and 3x1\)/,
      },
    ],
  }),
  op({
    name: 'linalg.pinv',
    call: (o: { hermitian?: boolean; rtol?: number; atol?: number; rcond?: number }, A) =>
      linalg.pinv(o.hermitian ? positive(A) : A, o),
    samples: [
      { inputs: [f([4, 2])] },
      { inputs: [f([2, 3])] },
      { inputs: [f([2, 2, 2])] },
      { inputs: [f([3, 0])] },
      { inputs: [f([3, 3])], options: { hermitian: true } },
      { inputs: [f([3, 3], { values: [2, 0, 0, 0, 1, 0, 0, 0, 0.1] })], options: { rtol: 0.2 }, extreme: true },
      { inputs: [f([2, 2], { values: [2, 0, 0, 0.5] })], options: { atol: 1 }, extreme: true },
      { inputs: [f([2, 2], { values: [1, 2, 2, 4] })], extreme: true },
    ],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.lstsq',
    call: (o: linalg.LstsqOptions, A, B) => {
      const { solution, residuals, rank, singularValues } = linalg.lstsq(A, B, o);
      return o.driver === 'gels' ? [solution, residuals] : [solution, residuals, rank, singularValues.detach()];
    },
    samples: [
      { inputs: [f([4, 2]), f([4, 2])] },
      { inputs: [f([2, 3]), f([2, 1])] },
      { inputs: [f([2, 3, 2]), f([2, 3])] },
      { inputs: [f([4, 2]), f([4, 2])], options: { driver: 'gels' } },
      { inputs: [f([2, 3]), f([2, 1])], options: { driver: 'gels' } },
      { inputs: [f([4, 2]), f([4, 2])], options: { driver: 'gelsd' } },
      {
        inputs: [f([3, 2], { values: [1, 2, 2, 4, 3, 6] }), vec([1, 1, 1])].map((x, i) =>
          i ? { ...x, shape: [3, 1] } : x,
        ),
        extreme: true,
      },
    ],
    tolerance: tolerances.solving,
    errors: [
      {
        inputs: [f([2, 3]), f([3, 3])],
        error: 'ShapeError',
        message: /^torch.linalg.lstsq: input.size\(-2\) should match other.size\(-2\)/,
      },
    ],
  }),
  op({
    name: 'linalg.tensorinv',
    call: (o: { ind?: number }, A) => linalg.tensorinv(shifted(A.reshape(4, 4)).reshape(A.shape), o),
    samples: [{ inputs: [f([2, 2, 4])] }, { inputs: [f([4, 2, 2])], options: { ind: 1 } }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.tensorsolve',
    call: (o: { dims?: number[] }, A, B) => linalg.tensorsolve(shifted(A.reshape(4, 4)).reshape(A.shape), B, o),
    samples: [{ inputs: [f([2, 2, 4]), f([2, 2])] }, { inputs: [f([2, 4, 2]), f([4])], options: { dims: [0] } }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.vectorNorm',
    call: (o: Norm & { ord?: number }, x) => linalg.vectorNorm(x, o),
    samples: [
      { inputs: [f([5])] },
      { inputs: [f([])] },
      ...[1, 3, 0.5, -1, 0, Infinity, -Infinity].map((ord) => ({ inputs: [f([2, 3])], options: { ord } })),
      { inputs: [f([2, 3, 2])], options: { ord: 1.5, dim: [0, -1], keepdim: true } },
      { inputs: [f([2, 3], { view: 'transposed' })], options: { dim: [1] } },
      { inputs: [f([0])] },
      { inputs: [vec([0, 0])], extreme: true },
      { inputs: [vec([0, 3])], options: { ord: 3 }, extreme: true },
      { inputs: [vec([0, 3])], options: { ord: -1 }, extreme: true },
      { inputs: [vec([3, -3])], options: { ord: Infinity }, extreme: true },
      { inputs: [vec([1, NaN])], options: { ord: 0 }, extreme: true },
    ],
    tolerance: tolerances.twoPowers,
    errors: [
      {
        inputs: [f([0])],
        options: { ord: Infinity },
        error: 'ShapeError',
        message:
          /^linalg.vector_norm cannot compute the inf norm on an empty tensor because the operation does not have an/,
      },
      {
        inputs: [int([2])],
        error: 'DTypeError',
        message: /^linalg.vector_norm: Expected a floating point or complex tensor as input. Got Int/,
      },
    ],
  }),
  op({
    name: 'linalg.matrixNorm',
    call: (o: Norm & { dim?: [number, number] }, A) => linalg.matrixNorm(A, o),
    samples: [
      { inputs: [f([2, 3])] },
      ...(['nuc', 1, -1, 2, -2, Infinity, -Infinity] as const).map((ord) => of2x3({ ord })),
      { inputs: [f([2, 3, 2])], options: { ord: 'nuc', dim: [-1, 0], keepdim: true } },
      { inputs: [f([2, 3, 2])], options: { ord: 1, dim: [0, 1] } },
      { inputs: [f([3, 2], { view: 'flipped' })], options: { keepdim: true } },
    ],
    tolerance: tolerances.spectral,
    errors: [
      {
        inputs: [f([2])],
        error: 'ShapeError',
        message: /^linalg.matrix_norm: The input tensor A must have at least 2 dim/,
      },
      {
        inputs: [f([2, 2])],
        options: { ord: 3 },
        error: 'OptionError',
        message: /^linalg.matrix_norm: Order 3 not supported./,
      },
    ],
  }),
  op({
    name: 'linalg.norm',
    call: (o: Norm, A) => linalg.norm(A, o),
    samples: [
      { inputs: [f([2, 3, 2])] },
      { inputs: [f([4])], options: { ord: 3 } },
      of2x3({ ord: 1 }),
      of2x3({ ord: 'nuc' }),
      of2x3({ ord: 2, dim: [0, 1], keepdim: true }),
      of2x3({ ord: 1, dim: [1] }),
    ],
    tolerance: tolerances.spectral,
    errors: [
      {
        inputs: [f([2, 2, 2])],
        options: { ord: 2 },
        error: 'ShapeError',
        message: /^linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got 3D./,
      },
      {
        inputs: [f([2, 2])],
        options: { ord: 'foo' as 'fro' },
        error: 'OptionError',
        message: /^linalg.matrix_norm: Order foo not supported./,
      },
    ],
  }),
  op({
    name: 'linalg.cond',
    call: (o: { p?: linalg.MatrixOrder }, A) => linalg.cond(shifted(A), o),
    samples: [
      { inputs: [f([3, 2])] },
      ...(['fro', 'nuc', 1, -1, -2, Infinity] as const).map((p) => ({ inputs: [f([2, 2])], options: { p } })),
    ],
    tolerance: tolerances.spectral,
    errors: [
      {
        inputs: [f([2, 2])],
        options: { p: 'x' as 'fro' },
        error: 'OptionError',
        message: /^linalg.cond got an invalid norm type: x/,
      },
    ],
  }),
  op({
    name: 'linalg.condSingular',
    call: (_, A) => linalg.cond(A, 1),
    samples: [{ inputs: [f([2, 2], { values: [1, 2, 2, 4] })], extreme: true }],
    constants: [0],
  }),
  op({
    name: 'linalg.matrixRank',
    call: (o: linalg.MatrixRankOptions, A) => linalg.matrixRank(A, o),
    samples: [
      { inputs: [f([4, 2])] },
      { inputs: [f([3, 3], { values: [1, 2, 3, 2, 4, 6, 0, 0, 1] })] },
      { inputs: [f([2, 2], { values: [2, 0, 0, -0.5] })], options: { hermitian: true, atol: 1 } },
      { inputs: [f([2, 2], { values: [2, 0, 0, -0.5] })], options: { rtol: 0.1 } },
      { inputs: [f([2, 2], { values: [2, 0, 0, -0.5] })], options: { tol: 1 } },
      { inputs: [f([3, 0])] },
    ],
    errors: [
      {
        inputs: [f([2])],
        error: 'ShapeError',
        message: /^torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions./,
      },
    ],
  }),
  op({
    name: 'linalg.cross',
    call: (o: { dim?: number }, a, b) => linalg.cross(a, b, o),
    samples: [
      { inputs: [f([3]), f([3])] },
      { inputs: [f([2, 3]), f([1, 3])] },
      { inputs: [f([3, 2]), f([3, 2])], options: { dim: 0 } },
      { inputs: [int([3]), int([3])] },
      { inputs: [f([2, 3], { view: 'transposed' }), f([2, 3], { view: 'flipped' })] },
    ],
    errors: [
      {
        inputs: [f([4]), f([4])],
        error: 'ShapeError',
        message: /^linalg.cross: inputs dimension -1 must have length 3. Got 4 and 4/,
      },
      {
        inputs: [f([3]), f([2, 3])],
        error: 'ShapeError',
        message: /^linalg.cross: inputs must have the same number of dimensions./,
      },
    ],
  }),
  op({
    name: 'linalg.vecdot',
    call: (o: { dim?: number }, a, b) => linalg.vecdot(a, b, o),
    samples: [{ inputs: [f([2, 3]), f([3])] }, { inputs: [f([2, 3]), f([2, 3])], options: { dim: 0 } }],
    errors: [
      {
        inputs: [int([3]), int([3])],
        error: 'DTypeError',
        message: /^linalg.vecdot: Expected a floating point or complex tensor as input. Got Int/,
      },
    ],
  }),
  op({
    name: 'linalg.matmul',
    call: (_, a, b) => linalg.matmul(a, b),
    samples: [{ inputs: [f([2, 3]), f([3, 2])] }],
  }),
  op({
    name: 'linalg.diagonal',
    call: (o: { offset?: number; dim1?: number; dim2?: number }, A) => linalg.diagonal(A, o),
    samples: [
      { inputs: [f([2, 3, 3])] },
      { inputs: [f([2, 3])], options: { offset: 1 } },
      { inputs: [f([2, 3, 2])], options: { dim1: 0, dim2: 2 } },
    ],
  }),
  op({
    name: 'linalg.matrixPower',
    call: ({ n }: { n: number }, A) => linalg.matrixPower(shifted(A), n),
    samples: [
      ...[0, 1, 2, 5, -1, -2].map((n) => ({ inputs: [f([2, 2])], options: { n } })),
      { inputs: [f([2, 2, 2])], options: { n: 3 } },
    ],
    tolerance: tolerances.solving,
    errors: [{ ...notSquare('linalg.matrix_power'), options: { n: 2 } }],
  }),
  op({
    name: 'linalg.multiDot',
    call: (_, ...tensors) => linalg.multiDot(tensors),
    samples: [
      { inputs: [f([2, 3]), f([3, 2])] },
      { inputs: [f([2, 3]), f([3, 4]), f([4, 1]), f([1, 2])] },
      { inputs: [f([3]), f([3, 2]), f([2])] },
    ],
    errors: [
      { inputs: [f([2])], error: 'OptionError', message: /^multi_dot\(\): expected at least 2 tensors but got 1/ },
      {
        inputs: [f([2, 3]), f([2, 3])],
        error: 'ShapeError',
        message: /^multi_dot\(\): tensors 0 and 1 with shapes \[2, 3\] and \[2, 3\] cannot be multiplied/,
      },
      {
        inputs: [f([2, 2]), f([2, 2, 2]), f([2, 2])],
        error: 'ShapeError',
        message: /^multi_dot\(\): tensor 1 must be 2D but got 3D/,
      },
    ],
  }),
  op({
    name: 'linalg.matrixExp',
    call: (_, A) => linalg.matrixExp(A),
    samples: [...plain, { inputs: [f([2, 2], { values: [0, 0, 0, 0] })], extreme: true }],
    parity: [{ inputs: [f([5, 5], { range: [-0.7, 0.7] })] }],
    tolerance: tolerances.solving,
    errors: [notSquare('linalg.matrix_exp')],
  }),
  op({
    name: 'linalg.matrixExpLarge',
    call: (_, A) => linalg.matrixExp(A.mul(100)),
    samples: [{ inputs: [f([2, 2], { values: [-2, 1, -1, -1.5] })], extreme: true, atol: 1e-5 }],
    constants: [0],
  }),
  op({
    name: 'linalg.det',
    call: (_, A) => linalg.det(A),
    samples: plain,
    parity: [{ inputs: [f([5, 5])] }],
    tolerance: tolerances.solving,
    errors: [notSquare('linalg.det')],
  }),
  op({
    name: 'linalg.detSingular',
    call: (_, A) => linalg.det(A),
    samples: [singular, { inputs: [f([3, 3], { values: [0, 0, 0, 0, 0, 0, 0, 0, 1] })], extreme: true }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'linalg.slogdet',
    call: (_, A) => {
      const { sign, logabsdet } = linalg.slogdet(A);
      return [sign, logabsdet];
    },
    samples: plain,
    tolerance: tolerances.solving,
    errors: [notSquare('linalg.slogdet')],
  }),
  op({
    name: 'linalg.slogdetSingular',
    call: (_, A) => {
      const { sign, logabsdet } = linalg.slogdet(A);
      return [sign, logabsdet];
    },
    samples: [{ inputs: [f([2, 2], { values: [1, 2, 2, 4] })], extreme: true }],
    constants: [0],
  }),
  op({
    name: 'linalg.vander',
    call: (o: { N?: number }, x) => linalg.vander(x, o),
    samples: [{ inputs: [f([3])] }, { inputs: [f([2, 2])], options: { N: 4 } }, { inputs: [int([3], [0, -2, 3])] }],
    errors: [{ inputs: [f([])], error: 'OptionError', message: /^N must be greater than 1./ }],
  }),
  op({
    name: 'inverse',
    call: (_, A) => inverse(shifted(A)),
    samples: [{ inputs: [f([2, 2])] }],
    tolerance: tolerances.solving,
  }),
  op({ name: 'det', call: (_, A) => det(A), samples: [{ inputs: [f([2, 2])] }], tolerance: tolerances.solving }),
  op({
    name: 'logdet',
    call: (_, A) => logdet(A),
    samples: [
      { inputs: [f([2, 2], { values: [2, 1, -1, 3] })], extreme: true },
      { inputs: [f([2, 2], { values: [-2, 0, 0, 3] })], extreme: true },
    ],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'slogdet',
    call: (_, A) => {
      const { sign, logabsdet } = slogdet(A);
      return [sign, logabsdet];
    },
    samples: [{ inputs: [f([2, 2])] }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'choleskySolve',
    call: (o: { upper?: boolean }, B, L) => choleskySolve(B, triangle(L, o), o),
    samples: [{ inputs: [f([3, 2]), f([3, 3])] }, { inputs: [f([2, 2, 1]), f([2, 2])], options: { upper: true } }],
    tolerance: tolerances.solving,
    errors: [
      {
        inputs: [f([3, 1]), f([2, 2])],
        error: 'ShapeError',
        message: /^Incompatible matrix sizes for cholesky_solve: each A matrix is 2 by 2 but each b matrix is 3 by 1/,
      },
    ],
  }),
  op({
    name: 'choleskyInverse',
    call: (o: { upper?: boolean }, L) => choleskyInverse(triangle(L, o), o),
    samples: [{ inputs: [f([3, 3])] }, { inputs: [f([2, 2, 2])], options: { upper: true } }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'pinverse',
    call: (o: { rcond?: number }, A) => pinverse(A, o),
    samples: [{ inputs: [f([3, 2])] }, { inputs: [f([2, 2])], options: { rcond: 1e-3 } }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'matrixPower',
    call: ({ n }: { n: number }, A) => matrixPower(A, n),
    samples: [{ inputs: [f([2, 2])], options: { n: 3 } }],
    tolerance: tolerances.solving,
  }),
  op({
    name: 'matrixExp',
    call: (_, A) => matrixExp(A),
    samples: [{ inputs: [f([2, 2])] }],
    tolerance: tolerances.solving,
  }),
];
