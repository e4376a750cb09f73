/** The tape node of a function whose gradient the user wrote. */
import { GradError } from '../core/errors.ts';
import { formatShape, sameShape } from '../core/shape.ts';
import type { Meta } from '../ops/types.ts';
import { kitFor } from './apply.ts';
import { BackwardNode, type Edge, type Var } from './var.ts';

/** Gradients of the results in, one per argument out. */
export type CustomRule = (grads: readonly (Var | null)[], differentiable: boolean) => readonly (Var | null)[];

export class CustomNode extends BackwardNode {
  readonly name: string;
  readonly edges: readonly (Edge | null)[];
  readonly outputs: readonly Meta[];
  private readonly inputs: readonly (Meta | null)[];
  private readonly rule: CustomRule;
  private readonly letGo: () => void;

  constructor(
    name: string,
    edges: readonly (Edge | null)[],
    inputs: readonly (Meta | null)[],
    outputs: readonly Meta[],
    rule: CustomRule,
    letGo: () => void,
  ) {
    super();
    this.name = name;
    this.edges = edges;
    this.inputs = inputs;
    this.outputs = outputs;
    this.rule = rule;
    this.letGo = letGo;
  }

  apply(grads: readonly (Var | null)[], differentiable: boolean): readonly (Var | null)[] {
    const results = this.rule(grads, differentiable);
    if (results.length !== this.edges.length) {
      throw new GradError(
        `function ${this.name} returned an incorrect number of gradients (expected ${this.edges.length}, got ${results.length})`,
      );
    }
    return this.edges.map((edge, n) => {
      const grad = results[n];
      return edge && grad ? this.fitted(grad, this.inputs[n]!, n, differentiable) : null;
    });
  }

  /** What was broadcast is summed; anything else of another shape is a mistake. */
  private fitted(grad: Var, input: Meta, n: number, differentiable: boolean): Var {
    if (grad.dtype !== input.dtype || !broadcastsTo(input.shape, grad.shape)) {
      throw new GradError(
        `Function ${this.name} returned an invalid gradient at index ${n} - got ${grad.dtype} ${formatShape(grad.shape)} but expected shape compatible with ${input.dtype} ${formatShape(input.shape)}`,
      );
    }
    return kitFor(grad.engine, differentiable).sumTo(grad, input.shape) as Var;
  }

  release(): void {
    this.letGo();
  }
}

function broadcastsTo(small: readonly number[], large: readonly number[]): boolean {
  if (sameShape(small, large)) return true;
  const skipped = large.length - small.length;
  return skipped >= 0 && small.every((d, i) => d === 1 || d === large[skipped + i]);
}
