/** Every kernel of this backend. */
import type { KernelOp } from '../../../ops/index.ts';
import type { Kernel } from '../../backend.ts';
import { convKernels } from './conv.ts';
import { indexKernels } from './index-ops.ts';
import { lossKernels } from './loss.ts';
import { matmulKernels } from './matmul.ts';
import { normKernels } from './norm.ts';
import { pointwise } from './pointwise.ts';
import { poolKernels } from './pool.ts';
import { reduceKernels } from './reduce.ts';
import { scatterAddKernels } from './scatter-add.ts';
import { softmaxKernels } from './softmax.ts';
import type { BuiltKernel, Capabilities, KernelBuilder } from './types.ts';
import { updateKernels } from './update.ts';

const builders = {
  ...reduceKernels,
  ...matmulKernels,
  ...convKernels,
  ...poolKernels,
  ...softmaxKernels,
  ...normKernels,
  ...indexKernels,
  ...scatterAddKernels,
  ...lossKernels,
  ...updateKernels,
} satisfies Record<KernelOp, KernelBuilder>;

export function buildKernel(kernel: Kernel, capabilities: Capabilities): BuiltKernel {
  return kernel.kind === 'pointwise' ? pointwise(kernel, capabilities) : builders[kernel.op](kernel, capabilities);
}
