/** Every kernel of this backend. */
import type { KernelOp } from '../../../ops/index.ts';
import type { Kernel } from '../../backend.ts';
import { convKernels } from './conv.ts';
import { ctcKernels } from './ctc.ts';
import { decompositionKernels } from './decompositions.ts';
import { fftKernels } from './fft.ts';
import { foldKernels } from './fold.ts';
import { indexKernels } from './index-ops.ts';
import { lossKernels } from './loss.ts';
import { matmulKernels } from './matmul.ts';
import { normKernels } from './norm.ts';
import { pointwise } from './pointwise.ts';
import { poolKernels } from './pool.ts';
import { recurrentKernels } from './recurrent.ts';
import { reduceKernels } from './reduce.ts';
import { resampleKernels } from './resample.ts';
import { scanKernels } from './scan.ts';
import { scatterAddKernels, scatterKernels } from './scatter-add.ts';
import { softmaxKernels } from './softmax.ts';
import { sortKernels } from './sort.ts';
import type { BuiltKernel, Capabilities, KernelBuilder } from './types.ts';
import { updateKernels } from './update.ts';

const builders = {
  ...reduceKernels,
  ...matmulKernels,
  ...convKernels,
  ...poolKernels,
  ...resampleKernels,
  ...softmaxKernels,
  ...normKernels,
  ...indexKernels,
  ...ctcKernels,
  ...recurrentKernels,
  ...decompositionKernels,
  ...fftKernels,
  ...foldKernels,
  ...scatterAddKernels,
  ...scanKernels,
  ...scatterKernels,
  ...lossKernels,
  ...updateKernels,
  ...sortKernels,
} satisfies Record<KernelOp, KernelBuilder>;

export function buildKernel(kernel: Kernel, capabilities: Capabilities): BuiltKernel {
  return kernel.kind === 'pointwise' ? pointwise(kernel, capabilities) : builders[kernel.op](kernel, capabilities);
}
