/** How many multiply-accumulates an op does. */
import { numel } from '../core/shape.ts';
import { isOperand, type NodeInput, type Value } from '../graph/node.ts';

type Shapes = readonly (readonly number[])[];
const last = (shape: readonly number[]): number => shape[shape.length - 1]!;

/**
 * By op, of the shapes of operands and results. All that multiplies matrices ends in one of these: linear and attention
 * layers in matmul, convolutions of every kind in conv2d or matmul, transposed ones in the gradient of conv2d.
 */
const rules: Readonly<Record<string, (inputs: Shapes, outputs: Shapes) => number>> = {
  matmul: ([a], [y]) => numel(y!) * last(a!),
  conv2d: ([, w], [y]) => numel(y!) * numel(w!.slice(1)),
  conv2dBackwardInput: ([dy, w]) => numel(dy!) * numel(w!.slice(1)),
  // The part of each step that waits for the step before; W_ih·x of all steps is a matmul. Projections come after it.
  recurrent: ([x, w, , , , , projection]) => x![0]! * x![1]! * (numel(w!) + numel(projection ?? [0])),
};

/** Multiply-accumulates of one recorded op; 0 of those that do not multiply matrices. */
export function macsOf(op: string, inputs: readonly NodeInput[], outputs: readonly Value[]): number {
  const rule = rules[op];
  if (!rule) return 0;
  // A scalar stands for an operand that is not there.
  const shapes = inputs.map((input) => (isOperand(input) ? input.layout.shape : [0]));
  return rule(
    shapes,
    outputs.map(({ shape }) => shape),
  );
}
