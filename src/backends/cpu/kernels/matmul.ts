import type { CpuKernel } from '../kernel.ts';
import { tensorAt } from '../operands.ts';
import { forEachPosition } from '../strided.ts';
import type { Simd } from '../wasm/simd.ts';
import { gemm } from './gemm.ts';

/** [.., M, K] @ [.., K, N], any strides; batch dims are equal. */
const matmul =
  (simd: Simd | null): CpuKernel =>
  (inputs, [out]) => {
    const a = tensorAt(inputs, 0);
    const b = tensorAt(inputs, 1);
    const rank = a.layout.shape.length;
    const batch = a.layout.shape.slice(0, -2);
    const [m, k] = a.layout.shape.slice(-2) as [number, number];
    const n = b.layout.shape[rank - 1]!;
    const [aRow, aColumn] = a.layout.strides.slice(-2) as [number, number];
    const [bRow, bColumn] = b.layout.strides.slice(-2) as [number, number];
    const bAt: number[] = [];
    forEachPosition({ shape: batch, strides: b.layout.strides.slice(0, -2), offset: b.layout.offset }, (p) =>
      bAt.push(p),
    );
    forEachPosition({ shape: batch, strides: a.layout.strides.slice(0, -2), offset: a.layout.offset }, (aAt, i) => {
      gemm(
        m,
        n,
        k,
        { data: a.data, at: aAt, row: aRow, column: aColumn },
        { data: b.data, at: bAt[i]!, row: bRow, column: bColumn },
        { data: out!.data, at: i * m * n, row: n, column: 1 },
        simd,
      );
    });
  };

export const matmulKernels = (simd: Simd | null) => ({ matmul: matmul(simd) }) satisfies Record<string, CpuKernel>;
