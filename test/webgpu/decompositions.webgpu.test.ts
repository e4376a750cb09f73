/** Factorisations on one workgroup per matrix: also with many threads, in several dispatches, and with a folded grid. */
import { describe, expect, test } from 'vitest';
import { decompositionKernels } from '../../src/backends/webgpu/kernels/decompositions.ts';
import type { Capabilities } from '../../src/backends/webgpu/kernels/types.ts';
import type { Shape } from '../../src/core/shape.ts';
import { arranged, dense, expectClose, type Operand, operand, runKernel, uniform } from './mini-runner.ts';

type Matrix = number[][];
type Op = keyof typeof decompositionKernels;

const matrix = (data: ArrayLike<number>, m: number, n: number, index = 0): Matrix =>
  Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, j) => data[(index * m + i) * n + j]!));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
const transposed = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!));
const identity = (n: number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => +(i === j)));
const close = (a: Matrix, b: Matrix, tolerance = 2e-5): void => expectClose(a.flat(), b.flat(), tolerance, tolerance);

async function run(
  op: Op,
  inputs: readonly Operand[],
  shapes: readonly Shape[],
  attrs: Record<string, boolean | number>,
  capabilities: Partial<Capabilities>,
) {
  const outputs = shapes.map((shape, i) => ({
    shape,
    dtype: op === 'luFactor' && i === 1 ? ('int32' as const) : ('float32' as const),
  }));
  const { outputs: results, built } = await runKernel(decompositionKernels[op], {
    op,
    inputs,
    outputs,
    attrs,
    capabilities,
  });
  return { results, built };
}

const ways: readonly (readonly [string, Partial<Capabilities>])[] = [
  ['many threads', {}],
  ['few threads', { software: true }],
  ['a folded grid', { maxComputeWorkgroupsPerDimension: 2 }],
];

describe.each(ways)('%s', (_, capabilities) => {
  const batch = 3;
  /** Random matrices, seen through a view that is not contiguous. */
  const random = (m: number, n: number): { x: Operand; at: (i: number) => Matrix } => {
    const x = arranged([batch, m, n], 'permuted', 'float32', uniform(m * 100 + n));
    const values = dense(x);
    return { x, at: (i) => matrix(values, m, n, i) };
  };
  const each = (check: (i: number) => void): void => [0, 1, 2].forEach(check);

  test.each([
    [9, 6],
    [6, 9],
    [40, 40],
  ])('qr of %i by %i', async (m, n) => {
    const { x, at } = random(m, n);
    const size = Math.min(m, n);
    for (const q of [size, m]) {
      const { results } = await run(
        'qr',
        [x],
        [
          [batch, m, q],
          [batch, q, n],
        ],
        { complete: q === m },
        capabilities,
      );
      each((i) => {
        const Q = matrix(results[0]!, m, q, i);
        const R = matrix(results[1]!, q, n, i);
        close(product(Q, R), at(i));
        close(product(transposed(Q), Q), identity(q));
        for (const [row, line] of R.entries()) expect(line.slice(0, row).every((v) => v === 0)).toBe(true);
      });
    }
  });

  test.each([
    [9, 6],
    [6, 9],
    [40, 40],
  ])('LU of %i by %i', async (m, n) => {
    const { x, at } = random(m, n);
    const size = Math.min(m, n);
    const { results } = await run(
      'luFactor',
      [x],
      [
        [batch, m, n],
        [batch, size],
      ],
      {},
      capabilities,
    );
    each((i) => {
      const LU = matrix(results[0]!, m, n, i);
      const L = LU.map((row, r) => Array.from({ length: size }, (_, c) => (c < r ? row[c]! : +(c === r))));
      const U = LU.slice(0, size).map((row, r) => row.map((v, c) => (c < r ? 0 : v)));
      const expected = at(i);
      for (let k = 0; k < size; k++) {
        const pivot = results[1]![i * size + k]! - 1;
        [expected[k], expected[pivot]] = [expected[pivot]!, expected[k]!];
      }
      close(product(L, U), expected);
      expect(L.flat().every((v) => Math.abs(v) <= 1)).toBe(true);
    });
  });

  test('triangular systems with more right-hand sides than a workgroup takes', async () => {
    const [n, columns] = [20, 37];
    const drawn = arranged([batch, n, n], 'contiguous', 'float32', uniform(5, 0.3));
    const values = dense(drawn).map((v, i) => (Math.floor(i / n) % n === i % n ? 2 + v : v));
    const b = arranged([batch, n, columns], 'reversed', 'float32', uniform(6));
    const right = dense(b);
    for (const upper of [true, false]) {
      for (const unit of [true, false]) {
        const a = operand([batch, n, n], Float32Array.from(values));
        const { results } = await run('triangularSolve', [a, b], [[batch, n, columns]], { upper, unit }, capabilities);
        each((i) => {
          const A = matrix(values, n, n, i).map((row, r) =>
            row.map((v, c) => (c === r ? (unit ? 1 : v) : c > r === upper ? v : 0)),
          );
          close(product(A, matrix(results[0]!, n, columns, i)), matrix(right, n, columns, i));
        });
      }
    }
  });

  test('Cholesky', async () => {
    const n = 20;
    const { at } = random(n, n);
    const positive = [0, 1, 2].map((i) =>
      product(at(i), transposed(at(i))).map((row, r) => row.map((v, c) => v + +(r === c))),
    );
    const { results } = await run(
      'cholesky',
      [operand([batch, n, n], Float32Array.from(positive.flat(2)))],
      [[batch, n, n]],
      {},
      capabilities,
    );
    each((i) => {
      const L = matrix(results[0]!, n, n, i);
      close(product(L, transposed(L)), positive[i]!);
    });
  });

  test.each([5, 50])('eigenvalues and eigenvectors of size %i', async (n) => {
    const { x, at } = random(n, n);
    for (const upper of [true, false]) {
      const { results, built } = await run(
        'eigh',
        [x],
        [
          [batch, n],
          [batch, n, n],
        ],
        { upper },
        capabilities,
      );
      expect(built.dispatches.length > 1).toBe(n === 50);
      each((i) => {
        const given = at(i);
        const A = given.map((row, r) => row.map((v, c) => (c > r === upper || c === r ? v : given[c]![r]!)));
        const values = Array.from(results[0]!.slice(i * n, (i + 1) * n));
        const V = matrix(results[1]!, n, n, i);
        close(
          product(A, V),
          V.map((row) => row.map((v, c) => v * values[c]!)),
        );
        close(product(transposed(V), V), identity(n));
        expect(values).toEqual(values.toSorted((a, b) => a - b));
      });
    }
  });

  test.each([
    [5, 5],
    [7, 4],
    [50, 50],
  ])('orthogonal columns of %i by %i', async (m, n) => {
    const { x, at } = random(m, n);
    const { results } = await run(
      'svdJacobi',
      [x],
      [
        [batch, m, n],
        [batch, n],
        [batch, n, n],
      ],
      {},
      capabilities,
    );
    each((i) => {
      const [W, V] = [matrix(results[0]!, m, n, i), matrix(results[2]!, n, n, i)];
      const lengths = Array.from(results[1]!.slice(i * n, (i + 1) * n));
      close(product(W, transposed(V)), at(i));
      close(
        product(transposed(W), W),
        identity(n).map((row) => row.map((v, c) => v * lengths[c]! ** 2)),
        // Squares of lengths up to ten.
        1e-4,
      );
      expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    });
  });
});

test('eigenvalues that are NaN come last, each with its vector', async () => {
  const a = operand([3, 3], Float32Array.of(NaN, 0, 0, 0, 2, 0, 0, 0, 1));
  const { results } = await run('eigh', [a], [[3], [3, 3]], { upper: false }, {});
  expect(Array.from(results[0]!)).toEqual([1, 2, NaN]);
  expect(Array.from(results[1]!)).toEqual([0, 0, 1, 0, 1, 0, 1, 0, 0]);
});

test('qr of a column whose head is far larger than the rest', async () => {
  const a = operand([2, 1], Float32Array.of(1e10, 1e-20));
  const shapes = [
    [2, 1],
    [1, 1],
  ];
  const { results } = await run('qr', [a], shapes, { complete: false }, {});
  expectClose(results[0]!, [-1, 0]);
  expectClose(results[1]!, [-1e10]);
});

test('LU takes the first of equal pivots', async () => {
  const a = operand([5, 1], Float32Array.of(1, -1, 1, 1, 1));
  const { results } = await run('luFactor', [a], [[5, 1], [1]], {}, { maxComputeInvocationsPerWorkgroup: 2 });
  expect(Array.from(results[1]!)).toEqual([1]);
});

test('eigenvalues of a matrix of small numbers: rounding is measured by its largest', async () => {
  const small = 2 ** -30;
  const a = operand([2, 2], Float32Array.of(2 * small, small, small, 2 * small));
  const { results } = await run('eigh', [a], [[2], [2, 2]], { upper: false }, {});
  expectClose(results[0]!, [small, 3 * small], 1e-6, 0);
});

test('lengths of orthogonal columns, the ones far longer than the others', async () => {
  const a = operand([2, 2], Float32Array.of(1e15, 1e-6, 1e15, 0));
  const { results } = await run('svdJacobi', [a], [[2, 2], [2], [2, 2]], {}, {});
  expectClose(results[1]!, [Math.SQRT2 * 1e15, Math.SQRT1_2 * 1e-6], 1e-5, 0);
});
