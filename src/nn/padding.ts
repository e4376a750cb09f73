/** Padding layers. */
import { checkNumbers, ShapeError } from '../core/errors.ts';
import type { PaddingMode, Sizes } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, integers } from './checks.ts';
import { Module } from './module.ts';
import { pythonNumber, pythonTuple } from './repr.ts';

/** What padding layers are in any number of dims. */
abstract class PadNd extends Module {
  /** How much the last dim grows at its start and end, then the one before it, and so on. */
  readonly padding: readonly number[];

  constructor(dims: number, padding: Sizes) {
    super();
    this.padding = integers(this.constructor.name, 'padding', padding, Number.NEGATIVE_INFINITY, 2 * dims);
  }
  override extraRepr(): string {
    return pythonTuple(this.padding);
  }
}

interface PadLayer extends PadNd {
  forward(input: Tensor): Tensor;
}

/** The padding layers of `dims` dims that take what they pad with from the input. */
/* @__NO_SIDE_EFFECTS__ */
function padOfInput(dims: number, mode: PaddingMode): new (padding: Sizes) => PadLayer {
  return class extends PadNd {
    constructor(padding: Sizes) {
      super(dims, padding);
    }
    override forward(input: Tensor): Tensor {
      checkInput(this.constructor.name, input);
      // Circular padding says itself which ranks it takes.
      if (mode === 'circular' && input.ndim !== dims + 1 && input.ndim !== dims + 2)
        throw new ShapeError(`expected ${dims + 1}D or ${dims + 2}D input (got ${input.ndim}D input)`);
      return functional.pad(input, this.padding, mode);
    }
  };
}

/** What layers that pad with one value are in any number of dims. */
abstract class ConstantPadNd extends PadNd {
  readonly value: number;

  constructor(dims: number, padding: Sizes, value: number) {
    super(dims, padding);
    checkNumbers(this.constructor.name, { value });
    this.value = value;
  }
  override forward(input: Tensor): Tensor {
    checkInput(this.constructor.name, input);
    return functional.pad(input, this.padding, { value: this.value });
  }
  override extraRepr(): string {
    return `padding=${pythonTuple(this.padding)}, value=${pythonNumber(this.value)}`;
  }
}
/* @__NO_SIDE_EFFECTS__ */
function constantPad(dims: number): new (padding: Sizes, value: number) => ConstantPadNd {
  return class extends ConstantPadNd {
    constructor(padding: Sizes, value: number) {
      super(dims, padding, value);
    }
  };
}
/* @__NO_SIDE_EFFECTS__ */
function zeroPad(Pad: new (padding: Sizes, value: number) => ConstantPadNd): new (padding: Sizes) => ConstantPadNd {
  return class extends Pad {
    constructor(padding: Sizes) {
      super(padding, 0);
    }
    override extraRepr(): string {
      return pythonTuple(this.padding);
    }
  };
}

/**
 * Pads the last dim of `(N, C, L)` or `(C, L)` with `value`: one number for all sides, or [left, right];
 * negative numbers crop.
 * Source: torch.nn.ConstantPad1d.
 *
 * @throws ShapeError for a padding that crops more than there is.
 * @example
 * await new nn.ConstantPad1d([1, 2], 3.5).forward(tensor([[1.5, 2]])).tolist(); // [[3.5, 1.5, 2, 3.5, 3.5]]
 */
export class ConstantPad1d extends constantPad(1) {}

/**
 * Pads the last 2 dims of `(N, C, H, W)` or `(C, H, W)` with `value`: one number for all sides, or [left, right, top, bottom];
 * negative numbers crop.
 * Source: torch.nn.ConstantPad2d.
 *
 * @throws ShapeError for a padding that crops more than there is.
 * @example
 * new nn.ConstantPad2d(2, 3.5).forward(randn([1, 3, 4, 4])).shape; // [1, 3, 8, 8]
 */
export class ConstantPad2d extends constantPad(2) {}

/**
 * Pads the last 3 dims of `(N, C, D, H, W)` or `(C, D, H, W)` with `value`: one number for all sides, or [left, right, top, bottom, front, back];
 * negative numbers crop.
 * Source: torch.nn.ConstantPad3d.
 *
 * @throws ShapeError for a padding that crops more than there is.
 * @example
 * new nn.ConstantPad3d([1, 1, 0, 0, 2, 0], 0.5).forward(randn([1, 3, 4, 4, 4])).shape; // [1, 3, 6, 4, 6]
 */
export class ConstantPad3d extends constantPad(3) {}

/**
 * Pads the last dim of `(N, C, L)` or `(C, L)` with zeros; see {@link ConstantPad1d}.
 * Source: torch.nn.ZeroPad1d.
 *
 * @throws ShapeError for a padding that crops more than there is.
 * @example
 * await new nn.ZeroPad1d([1, 2]).forward(tensor([[1.5, 2]])).tolist(); // [[0, 1.5, 2, 0, 0]]
 */
export class ZeroPad1d extends zeroPad(ConstantPad1d) {}

/**
 * Pads the last 2 dims of `(N, C, H, W)` or `(C, H, W)` with zeros; see {@link ConstantPad2d}.
 * Source: torch.nn.ZeroPad2d.
 *
 * @throws ShapeError for a padding that crops more than there is.
 * @example
 * new nn.ZeroPad2d([1, 1, 2, 0]).forward(randn([1, 3, 4, 4])).shape; // [1, 3, 6, 6]
 */
export class ZeroPad2d extends zeroPad(ConstantPad2d) {}

/**
 * Pads the last 3 dims of `(N, C, D, H, W)` or `(C, D, H, W)` with zeros; see {@link ConstantPad3d}.
 * Source: torch.nn.ZeroPad3d.
 *
 * @throws ShapeError for a padding that crops more than there is.
 * @example
 * new nn.ZeroPad3d(1).forward(randn([1, 3, 4, 4, 4])).shape; // [1, 3, 6, 6, 6]
 */
export class ZeroPad3d extends zeroPad(ConstantPad3d) {}

/**
 * Pads the last dim of `(N, C, L)` or `(C, L)` with its mirror image, without the edge: one number for all sides, or
 * [left, right].
 * Source: torch.nn.ReflectionPad1d.
 *
 * @throws ShapeError for a padding that is not smaller than the input.
 * @example
 * await new nn.ReflectionPad1d(2).forward(tensor([[1.5, 2, 3]])).tolist(); // [[3, 2, 1.5, 2, 3, 2, 1.5]]
 */
export class ReflectionPad1d extends padOfInput(1, 'reflect') {}

/**
 * Pads the last 2 dims of `(N, C, H, W)` or `(C, H, W)` with its mirror image, without the edge: one number for all sides, or
 * [left, right, top, bottom].
 * Source: torch.nn.ReflectionPad2d.
 *
 * @throws ShapeError for a padding that is not smaller than the input.
 * @example
 * await new nn.ReflectionPad2d([1, 0, 0, 1]).forward(tensor([[[1.5, 2], [3, 4]]])).tolist(); // [[[2, 1.5, 2], [4, 3, 4], [2, 1.5, 2]]]
 */
export class ReflectionPad2d extends padOfInput(2, 'reflect') {}

/**
 * Pads the last 3 dims of `(N, C, D, H, W)` or `(C, D, H, W)` with its mirror image, without the edge: one number for all sides, or
 * [left, right, top, bottom, front, back].
 * Source: torch.nn.ReflectionPad3d.
 *
 * @throws ShapeError for a padding that is not smaller than the input.
 * @example
 * new nn.ReflectionPad3d(1).forward(randn([1, 3, 4, 4, 4])).shape; // [1, 3, 6, 6, 6]
 */
export class ReflectionPad3d extends padOfInput(3, 'reflect') {}

/**
 * Pads the last dim of `(N, C, L)` or `(C, L)` with its edge, repeated: one number for all sides, or
 * [left, right].
 * Source: torch.nn.ReplicationPad1d.
 *
 * @throws ShapeError for an input of the wrong rank, or a padding that crops all of it.
 * @example
 * await new nn.ReplicationPad1d([1, 2]).forward(tensor([[1.5, 2]])).tolist(); // [[1.5, 1.5, 2, 2, 2]]
 */
export class ReplicationPad1d extends padOfInput(1, 'replicate') {}

/**
 * Pads the last 2 dims of `(N, C, H, W)` or `(C, H, W)` with its edge, repeated: one number for all sides, or
 * [left, right, top, bottom].
 * Source: torch.nn.ReplicationPad2d.
 *
 * @throws ShapeError for an input of the wrong rank, or a padding that crops all of it.
 * @example
 * new nn.ReplicationPad2d([1, 1, 2, 0]).forward(randn([1, 3, 4, 4])).shape; // [1, 3, 6, 6]
 */
export class ReplicationPad2d extends padOfInput(2, 'replicate') {}

/**
 * Pads the last 3 dims of `(N, C, D, H, W)` or `(C, D, H, W)` with its edge, repeated: one number for all sides, or
 * [left, right, top, bottom, front, back].
 * Source: torch.nn.ReplicationPad3d.
 *
 * @throws ShapeError for an input of the wrong rank, or a padding that crops all of it.
 * @example
 * new nn.ReplicationPad3d(1).forward(randn([1, 3, 4, 4, 4])).shape; // [1, 3, 6, 6, 6]
 */
export class ReplicationPad3d extends padOfInput(3, 'replicate') {}

/**
 * Pads the last dim of `(N, C, L)` or `(C, L)` with its other end: one number for all sides, or
 * [left, right].
 * Source: torch.nn.CircularPad1d.
 *
 * @throws ShapeError for a padding that is larger than the input.
 * @example
 * await new nn.CircularPad1d([1, 2]).forward(tensor([[1.5, 2, 3]])).tolist(); // [[3, 1.5, 2, 3, 1.5, 2]]
 */
export class CircularPad1d extends padOfInput(1, 'circular') {}

/**
 * Pads the last 2 dims of `(N, C, H, W)` or `(C, H, W)` with its other end: one number for all sides, or
 * [left, right, top, bottom].
 * Source: torch.nn.CircularPad2d.
 *
 * @throws ShapeError for a padding that is larger than the input.
 * @example
 * new nn.CircularPad2d([1, 1, 2, 0]).forward(randn([1, 3, 4, 4])).shape; // [1, 3, 6, 6]
 */
export class CircularPad2d extends padOfInput(2, 'circular') {}

/**
 * Pads the last 3 dims of `(N, C, D, H, W)` or `(C, D, H, W)` with its other end: one number for all sides, or
 * [left, right, top, bottom, front, back].
 * Source: torch.nn.CircularPad3d.
 *
 * @throws ShapeError for a padding that is larger than the input.
 * @example
 * new nn.CircularPad3d(1).forward(randn([1, 3, 4, 4, 4])).shape; // [1, 3, 6, 6, 6]
 */
export class CircularPad3d extends padOfInput(3, 'circular') {}
