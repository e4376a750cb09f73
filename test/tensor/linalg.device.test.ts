/** What linear algebra learns from the numbers themselves: told by the next read. And what it does not look at. */
import { beforeAll, describe, expect, test } from 'vitest';
import { eye, init, linalg, ones, ormqr, randn, type Tensor, tensor, tril, zeros } from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const floats = (data: Parameters<typeof tensor>[0]): Tensor => tensor(data, { dtype: 'float32' });
const singular = (): Tensor =>
  floats([
    [1, 2],
    [2, 4],
  ]);
const batch = (): Tensor =>
  floats([
    [
      [1, 0],
      [0, 1],
    ],
    [
      [1, 2],
      [2, 4],
    ],
  ]);

describe('matrices without an inverse or a factor', () => {
  const cases: readonly (readonly [string, () => Tensor, string])[] = [
    [
      'inv',
      () => linalg.inv(singular()),
      'linalg.inv: The diagonal element 2 is zero, the inversion could not be completed because the input matrix is singular.',
    ],
    [
      'inv in a batch',
      () => linalg.inv(batch()),
      'linalg.inv: (Batch element 1): The diagonal element 2 is zero, the inversion could not be completed',
    ],
    [
      'solve',
      () => linalg.solve(singular(), ones([2, 1])),
      'torch.linalg.solve: The solver failed because the input matrix is singular.',
    ],
    [
      'cholesky',
      () => linalg.cholesky(eye(3).mul(-1)),
      'linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading minor of order 1 is not positive-definite).',
    ],
    [
      'luFactor',
      () => linalg.luFactor(singular()).LU,
      'torch.linalg.lu_factor: U[2,2] is zero and using it on lu_solve',
    ],
    [
      'svd',
      () =>
        linalg.svdvals(
          floats([
            [1, NaN],
            [0, 1],
          ]),
        ),
      'linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values.',
    ],
    ['invEx', () => linalg.invEx(singular(), { checkErrors: true }).inverse, 'linalg.inv: The diagonal element 2'],
  ];
  test.each(cases)('%s: the next read throws, once', async (_, call, words) => {
    const result = call();
    await expect(result.data()).rejects.toThrow(words);
    await expect(result.data()).resolves.toBeDefined();
  });

  test('the error is a LinAlgError', async () => {
    await expect(linalg.inv(zeros([1, 1])).data()).rejects.toBeInstanceOf(linalg.LinAlgError);
  });

  test('functions named …Ex tell by info alone', async () => {
    expect(await linalg.invEx(batch()).info.tolist()).toEqual([0, 2]);
    expect(await linalg.solveEx(batch(), ones([2, 1])).info.tolist()).toEqual([0, 2]);
    expect(await linalg.luFactorEx(batch()).info.tolist()).toEqual([0, 2]);
    expect(await linalg.choleskyEx(batch()).info.tolist()).toEqual([0, 2]);
  });
});

test('triangular systems and Cholesky read one triangle', async () => {
  const A = floats([
    [2, NaN],
    [1, 3],
  ]);
  expect(await linalg.solveTriangular(A, floats([[2], [4]]), { upper: false }).tolist()).toEqual([[1], [1]]);
  const L = linalg.cholesky(
    floats([
      [4, NaN],
      [2, 5],
    ]),
  );
  expect(await L.tolist()).toEqual([
    [2, 0],
    [1, 2],
  ]);
});

test('one matrix and a batch of right-hand sides is one system', async () => {
  const A = randn([3, 3]).add(eye(3).mul(4));
  const B = randn([2, 5, 3, 2]);
  const X = linalg.solve(A, B);
  expect(X.shape).toEqual([2, 5, 3, 2]);
  expect(await A.matmul(X).sub(B).abs().amax().item()).toBeLessThan(1e-5);
  const T = linalg.solveTriangular(tril(A), B, { upper: false });
  expect(await tril(A).matmul(T).sub(B).abs().amax().item()).toBeLessThan(1e-5);
});

test('a tolerance may be a tensor, one per matrix', async () => {
  const A = floats([
    [
      [2, 0],
      [0, 1],
    ],
    [
      [2, 0],
      [0, 1],
    ],
  ]);
  expect(await linalg.matrixRank(A, { atol: floats([0, 1.5]) }).tolist()).toEqual([2, 1]);
  expect(await linalg.pinv(A, { atol: floats([0, 1.5]) }).tolist()).toEqual([
    [
      [0.5, 0],
      [0, 1],
    ],
    [
      [0.5, 0],
      [0, 0],
    ],
  ]);
});

test('a determinant has a gradient where one direction is lost, and none where two are', async () => {
  const gradient = async (data: number[][]): Promise<unknown> => {
    const A = floats(data).requiresGrad_();
    linalg.det(A).backward();
    return (await A.grad!.data()).map((v) => Math.round(v * 1e4) / 1e4 + 0);
  };
  expect(
    await gradient([
      [1, 2],
      [2, 4],
    ]),
  ).toEqual(Float32Array.of(4, -2, -2, 1));
  expect(
    await gradient([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 3],
    ]),
  ).toEqual(new Float32Array(9));
});

test('eigenvectors are orthonormal where eigenvalues are equal, and NaN ends', async () => {
  const n = 6;
  const column = randn([n, 1]);
  for (const A of [zeros([n, n]), eye(n), column.matmul(column.mT), eye(n).sub(ones([n, n]))]) {
    const { eigenvalues, eigenvectors: V } = linalg.eigh(A);
    expect(await V.mT.matmul(V).sub(eye(n)).abs().amax().item()).toBeLessThan(1e-5);
    expect(await V.mul(eigenvalues).matmul(V.mT).sub(A).abs().amax().item()).toBeLessThan(1e-5);
  }
  const values = await linalg.eigvalsh(ones([n, n]).mul(NaN)).data();
  expect(values.every(Number.isNaN)).toBe(true);
});

test('reflections in a wide matrix are in its first columns (PyTorch has no gradient here)', async () => {
  const [wide, tau, other] = [randn([2, 4]), randn([2]), randn([2, 3])];
  const expected = ormqr(wide.at(':', [0, 2]), tau, other);
  expect(await ormqr(wide, tau, other).sub(expected).abs().amax().item()).toBeLessThan(1e-5);
});
