/** Sequences of different lengths, as one block with padding or as rows without. */
import { describe, OptionError, ShapeError } from '../../core/errors.ts';
import { numel } from '../../core/shape.ts';
import { arange, fromArray, full } from '../../tensor/create.ts';
import { where } from '../../tensor/functions/core.ts';
import { enableGrad, Tensor } from '../../tensor/tensor.ts';

/** Integers that are needed here and now: in a list, or in an int32 tensor that was made of numbers. */
export type HostIntegers = Tensor | ArrayLike<number>;

/**
 * Numbers that shapes depend on. PyTorch takes them from CPU tensors; here a tensor remembers what it was made of, if that was a
 * few thousand int32 elements at most.
 */
export function hostIntegers(given: HostIntegers, complain: (got: string) => string): number[] {
  if (!(given instanceof Tensor)) {
    const isList = Array.isArray(given) || ArrayBuffer.isView(given);
    if (!isList) throw new OptionError(`${complain(describe(given))}\n  give a list of numbers`);
    return Array.from(given, Math.trunc);
  }
  const { storage, layout } = given.impl;
  const { range } = storage.value;
  if (given.ndim !== 1) throw new ShapeError(complain(`${given.ndim}D ${given.device} ${given.dtype} tensor`));
  if (layout.shape[0] === 0) return [];
  if (!range?.exact || !range.elements) {
    throw new OptionError(
      `${complain(`1D ${given.device} ${given.dtype} tensor`)}\n  the numbers are needed now, but only the device has them: give a list, as await t.tolist() returns`,
    );
  }
  const { elements } = range;
  return Array.from({ length: layout.shape[0]! }, (_, i) => elements[layout.offset + i * layout.strides[0]!]!);
}

/** An int32 tensor of numbers. */
export const integers = (list: readonly number[], { device }: Tensor): Tensor<'int32'> =>
  fromArray(Int32Array.from(list), [list.length], { device, dtype: 'int32' });

/** The inverse of a permutation. */
export function inverse(order: readonly number[]): number[] {
  const result = new Array<number>(order.length);
  for (const [rank, n] of order.entries()) result[n] = rank;
  return result;
}

/** How many sequences have a step 0, 1, …: each number is at most the one before. */
export function batchSizesOf(lengths: readonly number[]): number[] {
  return Array.from({ length: Math.max(0, ...lengths) }, (_, t) => lengths.filter((n) => n > t).length);
}

/**
 * N sequences of at most T steps, as a block (T, N, *) in which each sequence's steps are followed by zeros, or as rows (Σ lengths, *)
 * step after step, longest sequence first. One is made of the other when it is first asked for: layers work on blocks, whose
 * shape does not depend on each single length, so that the same plan serves for other lengths, and a sequence that is
 * packed, goes through a layer and is padded again is never rearranged.
 */
export class Ragged {
  /** Of each sequence, in the order of the block. */
  readonly lengths: readonly number[];
  /** Which sequence is the longest, the second longest, …; null where they stand in that order already. */
  readonly order: readonly number[] | null;
  private readonly block: Tensor | null;
  private rows: Tensor | null;
  /** The block that has the same numbers as this value of the rows. */
  private made: { readonly block: Tensor; readonly from: unknown } | null = null;
  private counts: Tensor<'int32'> | null = null;

  constructor(
    of: { readonly block: Tensor } | { readonly rows: Tensor },
    lengths: readonly number[],
    order: readonly number[] | null,
  ) {
    this.block = 'block' in of ? of.block : null;
    this.rows = 'rows' in of ? of.rows : null;
    this.lengths = lengths;
    this.order = order;
  }

  /** Whichever form there is: its dtype and device, and its shape beyond the dims of steps and sequences. */
  get some(): Tensor {
    return (this.rows ?? this.block)!;
  }
  /** The shape of one step of one sequence. */
  get stepShape(): readonly number[] {
    return this.rows ? this.rows.shape.slice(1) : this.block!.shape.slice(2);
  }
  /** T. */
  get steps(): number {
    return Math.max(0, ...this.lengths);
  }
  /** The lengths as an int32 tensor (N). */
  get lengthTensor(): Tensor<'int32'> {
    this.counts ??= integers(this.lengths, this.some);
    return this.counts;
  }
  /** The tensors that it holds. */
  get tensors(): Tensor[] {
    return [this.block, this.rows, this.made?.block, this.counts].filter((t) => t instanceof Tensor);
  }

  /** The same sequences, and other steps: a block (T, N, *), zero beyond each length. */
  withBlock(block: Tensor): Ragged {
    return new Ragged({ block }, this.lengths, this.order);
  }

  /** (Σ lengths, *). */
  get data(): Tensor {
    if (this.rows === null) {
      const block = this.block!;
      // It belongs to the block's history also where it is first asked for with gradients off.
      this.rows = enableGrad(() => this.gathered(block)).keep();
      this.made = { block, from: this.rows.impl.storage.value };
    }
    return this.rows;
  }
  private gathered(block: Tensor): Tensor {
    const { lengths } = this;
    const order = this.order ?? lengths.map((_, n) => n);
    const places = batchSizesOf(lengths).flatMap((size, t) => order.slice(0, size).map((n) => t * lengths.length + n));
    return block.reshape([-1, ...this.stepShape]).indexSelect(0, integers(places, block));
  }

  /** (T, N, *). */
  get padded(): Tensor {
    const { rows } = this;
    if (rows === null) return this.block!;
    // The rows were handed out, and may have been written to since.
    const from = rows.impl.storage.value;
    if (this.made?.from === from) return this.made.block;
    const block = this.spread(rows);
    if (!rows.requiresGrad) this.made = { block: block.keep(), from };
    return block;
  }
  private spread(rows: Tensor): Tensor {
    const { lengths, steps } = this;
    const starts = [0];
    for (const size of batchSizesOf(lengths)) starts.push(starts.at(-1)! + size);
    const rank = this.order ? inverse(this.order) : lengths.map((_, n) => n);
    const places = starts
      .slice(0, steps)
      .flatMap((start, t) => lengths.map((length, n) => (t < length ? start + rank[n]! : 0)));
    const spread = rows.indexSelect(0, integers(places, rows)).reshape([steps, lengths.length, ...this.stepShape]);
    return within(spread, this.lengthTensor, 0);
  }
}

/** (T, N, *) with `value` beyond the lengths (N). A new tensor always. */
export function within(block: Tensor, lengths: Tensor, value: number): Tensor {
  const [steps = 0, batch = 0] = block.shape;
  const { device, dtype } = block;
  const mask = arange(steps, { device }).unsqueeze(1).lt(lengths);
  const aligned = mask.reshape([steps, batch, ...block.shape.slice(2).map(() => 1)]);
  return where(aligned, block, full([], value, { device, dtype }));
}

/** Whether there is anything to pack. */
export const isEmpty = (x: Tensor): boolean => numel(x.shape) === 0;
