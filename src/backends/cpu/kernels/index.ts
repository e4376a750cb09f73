import type { KernelOp } from '../../../ops/index.ts';
import type { CpuKernel } from '../kernel.ts';
import type { Simd } from '../wasm/simd.ts';
import { convKernels } from './conv.ts';
import { ctcKernels } from './ctc.ts';
import { decompositionKernels } from './decompositions.ts';
import { fftKernels } from './fft.ts';
import { foldKernels } from './fold.ts';
import { indexKernels } from './indexing.ts';
import { lossKernels } from './loss.ts';
import { matmulKernels } from './matmul.ts';
import { normKernels } from './norm.ts';
import { poolKernels } from './pool.ts';
import { recurrentKernels } from './recurrent.ts';
import { reduceKernels } from './reduce.ts';
import { resampleKernels } from './resample.ts';
import { rmsNormKernels } from './rms-norm.ts';
import { scanKernels } from './scan.ts';
import { scatterKernels } from './scatter.ts';
import { softmaxKernels } from './softmax.ts';
import { sortKernels } from './sort.ts';
import { updateKernels } from './update.ts';

export { pointwise } from './pointwise.ts';

/** Those whose sums of products run in WebAssembly where there is any. */
const productKernels = (simd: Simd | null) => ({
  ...matmulKernels(simd),
  ...convKernels(simd),
  ...recurrentKernels(simd),
});

/** One entry per kernel op: a missing one is a compile error. */
export const kernels = {
  ...productKernels(null),
  ...reduceKernels,
  ...poolKernels,
  ...resampleKernels,
  ...rmsNormKernels,
  ...softmaxKernels,
  ...normKernels,
  ...indexKernels,
  ...ctcKernels,
  ...decompositionKernels,
  ...fftKernels,
  ...foldKernels,
  ...scanKernels,
  ...scatterKernels,
  ...lossKernels,
  ...updateKernels,
  ...sortKernels,
} satisfies Record<KernelOp, CpuKernel>;
export type Kernels = Readonly<Record<KernelOp, CpuKernel>>;

export const kernelsWith = (simd: Simd | null): Kernels => (simd ? { ...kernels, ...productKernels(simd) } : kernels);
