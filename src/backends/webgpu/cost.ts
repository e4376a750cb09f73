/** How much work one submit may hold. */
import { numel } from '../../core/shape.ts';
import { row } from '../../ops/index.ts';
import type { Kernel, Program } from '../backend.ts';

/**
 * Operations per submit: 50 ms at 1 TFLOP/s. Beyond that a plan is split, so that the page can draw and no watchdog takes the
 * GPU for hung. A training step of a small model is far below it: one submit.
 */
export const defaultSubmitBudget = 5e10;

const programCost = (program: Program): number => numel(program.shape) * (program.args.length + program.instrs.length);

/**
 * A rough count of a kernel's operations. For a contraction M·N·K is the square root of M·K × K·N × M·N, the sizes of its
 * operands and result; other ops look at each element a few times.
 */
export function estimate(kernel: Kernel): number {
  if (kernel.kind === 'pointwise') return programCost(kernel.program);
  let cost = kernel.epilogue === undefined ? 0 : programCost(kernel.epilogue.program);
  const sizes: number[] = [];
  for (const input of kernel.inputs) {
    if (input.kind === 'program') cost += programCost(input.program);
    if (input.kind !== 'scalar') sizes.push(numel(input.layout.shape));
  }
  for (const { shape } of kernel.outputs) sizes.push(numel(shape));
  cost += sizes.reduce((sum, n) => sum + n, 0);
  if (row(kernel.op).kind !== 'contraction') return cost;
  const [a = 0, b = 0, c = 0] = sizes.sort((x, y) => y - x);
  return cost + 2 * Math.sqrt(a * b * c);
}
