import type { PointwiseOp } from '../../../ops/index.ts';
import type { PointwiseKernel } from '../lane.ts';
import { arithmeticKernels } from './arithmetic.ts';
import { binaryKernels } from './binary.ts';
import { randomKernels } from './random.ts';
import { sourceKernels } from './source.ts';
import { specialKernels } from './special-functions.ts';
import { unaryKernels } from './unary.ts';

/** One entry per pointwise op: a missing one is a compile error. */
export const pointwise = {
  ...unaryKernels,
  ...binaryKernels,
  ...arithmeticKernels,
  ...specialKernels,
  ...randomKernels,
  ...sourceKernels,
} satisfies Record<PointwiseOp, PointwiseKernel>;
