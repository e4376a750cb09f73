/** What the generator of programs knows while it makes one. */
import type { CpuBuffer } from '../../../src/backends/cpu/buffer.ts';
import type { Storage } from '../../../src/graph/node.ts';
import type { Tensor } from '../../../src/index.ts';
import type { CallArgs } from './calls.ts';
import type { LeafDType, Pair } from './language.ts';
import type { Random } from './random.ts';

export class Variable {
  readonly name: string;
  /** The tensor of either variant. */
  readonly tensors: readonly [Tensor, Tensor];
  /** In-place methods may be called on it. */
  readonly writable: boolean;
  readonly isLeaf: boolean;

  constructor(name: string, tensors: readonly [Tensor, Tensor], writable: boolean, isLeaf: boolean) {
    this.name = name;
    this.tensors = tensors;
    this.writable = writable;
    this.isLeaf = isLeaf;
  }
  get tensor(): Tensor {
    return this.tensors[0];
  }
  get shape(): readonly number[] {
    return this.tensor.shape;
  }
  get storage(): Storage {
    return this.tensor.impl.storage;
  }
  /** The elements of both variants. */
  get values(): readonly number[][] {
    return this.tensors.map(peek);
  }
}

/** The elements, in row-major order, without waiting: immediate CPU values are always there. */
export function peek(t: Tensor): number[] {
  const { storage, layout } = t.impl;
  const { data } = (storage.value.buffer as CpuBuffer).memory;
  let positions = [layout.offset];
  layout.shape.forEach((size, d) => {
    positions = positions.flatMap((p) => Array.from({ length: size }, (_, i) => p + i * layout.strides[d]!));
  });
  return positions.map((p) => Number(data[p]));
}

export class CallDraft {
  readonly op: string;
  readonly in: readonly Variable[];
  readonly numbers: readonly Pair[];
  readonly args: CallArgs;
  readonly out: readonly string[];
  /** In-place methods may be called on the result. */
  readonly writable: boolean;
  /** The result may share memory with the operands. */
  readonly isView: boolean;

  constructor(
    op: string,
    operands: readonly Variable[],
    options: {
      numbers?: readonly Pair[];
      args?: CallArgs;
      out?: readonly string[];
      writable?: boolean;
      isView?: boolean;
    } = {},
  ) {
    this.op = op;
    this.in = operands;
    this.numbers = options.numbers ?? [];
    this.args = options.args ?? {};
    this.out = options.out ?? [];
    this.writable = options.writable ?? true;
    this.isView = options.isView ?? false;
  }
}

/** A program in the making, as those that draw calls see it. */
export interface Drawing {
  readonly random: Random;
  /** Leave out what PyTorch does not have. */
  readonly torch: boolean;
  /** A name for a new variable. */
  fresh(): string;
  /** A variable that an instruction may use, newest preferred. */
  pick(accept: (v: Variable) => boolean): Variable | undefined;
  /** A number for each variant. */
  pair(low: number, high: number): Pair;
  /** Keeps a drawn number away from zero, where many functions have a kink or a pole. */
  away(v: number): number;
  leaf(shape: readonly number[], dtype: LeafDType, draw: () => number, requiresGrad?: boolean): Variable;
  /** Runs and records a call. False where its results are not tame: then it is dropped again. */
  call(draft: CallDraft): boolean;
  /** The same for an in-place method, which cannot be taken back. */
  write(draft: CallDraft): boolean;
}
