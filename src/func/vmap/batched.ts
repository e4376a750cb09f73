/** One sample of a batch: what a function under vmap() computes with. */
import { Var } from '../../autograd/var.ts';
import { GradError } from '../../core/errors.ts';
import type { Layout } from '../../core/shape.ts';
import type { Operand } from '../../graph/node.ts';

/** Has the shape of one sample, and stands for all of them: `whole`, with the batch as its first dim. Histories are whole's. */
export class Batched extends Var {
  readonly level: number;
  private readonly all: Var;

  constructor(all: Var, level: number) {
    super(all.storage, sampleOf(all.layout));
    this.all = all;
    this.level = level;
    this.inference = all.inference;
    const history = (key: 'edge' | 'leaf') => ({
      get: () => all[key],
      set: (value: never) => {
        all[key] = value;
      },
    });
    Object.defineProperties(this, { edge: history('edge'), leaf: history('leaf') });
  }

  override get whole(): Var {
    return this.all.whole;
  }
  /** Whole of this level: under nested maps it may itself be a sample of an outer batch. */
  get batch(): Var {
    return this.all;
  }
  override partOf(whole: Var): Var {
    return new Batched(this.all.partOf(whole), this.level);
  }
  override detached(): Var {
    return new Batched(this.all.detached(), this.level);
  }
  override get requiresGrad(): boolean {
    return this.all.requiresGrad;
  }
  override get operand(): Operand {
    throw new GradError(
      'vmap: a tensor was read inside of the mapped function, or used after it had returned\n  one sample has no values of its own: return it from the function',
    );
  }
}

const sampleOf = ({ shape, strides, offset }: Layout): Layout => ({
  shape: shape.slice(1),
  strides: strides.slice(1),
  offset,
});
