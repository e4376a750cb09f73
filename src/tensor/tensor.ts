/** class Tensor: thin documented methods over the functions in ./impl. */

import { type BackwardOptions, requireGrad, runBackward } from '../autograd/backward.ts';
import { withGradMode } from '../autograd/grad-mode.ts';
import { writeInPlace } from '../autograd/in-place.ts';
import { Var } from '../autograd/var.ts';
import type { DeviceName } from '../backends/backend.ts';
import {
  type DType,
  type DTypeArrays,
  dtypes,
  type Floating,
  isFloat,
  type Summed,
  type TypedArray,
} from '../core/dtype.ts';
import {
  checkFunction,
  checkOptions,
  DeviceError,
  DTypeError,
  describe,
  GradError,
  OptionError,
  ShapeError,
  wrongType,
} from '../core/errors.ts';
import { formatShape, isContiguous, normalizeDim, numel, type Shape, sameShape } from '../core/shape.ts';
import { Storage } from '../graph/node.ts';
import {
  type DimArg,
  dimArgs,
  dimOption,
  isOptions,
  type KeepdimOptions,
  type OneDimOptions,
  type OptionalArgs,
  oneDim,
  optionalArgs,
  type ReductionOptions,
  shapeArgs,
  type VarianceArgs,
  varianceArgs,
} from './arguments.ts';
import { engineFor, isReady, loadDevice } from './device.ts';
import { type Extremum, extremum } from './extremum.ts';
import { cast, full, type Operand, op, scoped } from './impl/common.ts';
import * as indexing from './impl/indexing.ts';
import * as nn from './impl/nn.ts';
import * as pointwise from './impl/pointwise.ts';
import * as reduce from './impl/reduce.ts';
import * as shapes from './impl/shape.ts';
import type { ExtendedMethods } from './methods.ts';

/** What arithmetic takes beside a tensor. */
export type TensorOrNumber = Tensor | number | boolean;
/** An index of {@link Tensor.at}. */
export type TensorIndex = number | ':' | '...' | null | readonly (number | null | undefined)[] | Tensor;
/** Nested arrays of numbers or booleans. */
export type NestedArray = number | boolean | readonly NestedArray[];
/** The dtype of arithmetic between D and another operand, as far as the types tell. */
export type Promoted<D extends DType, Other> =
  Other extends Tensor<infer E> ? ([D, E] extends [E, D] ? D : DType) : [D] extends ['float32' | 'float64'] ? D : DType;

type Bound = TensorOrNumber | null | undefined;
/** Which dims flatten() joins. */
export interface FlattenOptions {
  readonly startDim?: number;
  readonly endDim?: number;
}
/** The bounds of clamp, where not given one after the other. */
export interface ClampOptions {
  readonly min?: TensorOrNumber | null;
  readonly max?: TensorOrNumber | null;
}
/** Options of div. */
export interface DivOptions {
  /** Towards zero, down (as Python's `//`), or (default) not at all. */
  readonly roundingMode?: pointwise.RoundingMode;
}
/** Convert to this dtype first. */
type DTypeArgs<E extends DType> = OptionalArgs<[dtype: E | null], { readonly dtype?: E | null }>;
/** The same, or the rounding mode alone. */
export type DivArgs = OptionalArgs<[roundingMode: pointwise.RoundingMode], DivOptions>;
function bounds(op: string, min: Bound | ClampOptions, max: Bound): [min: Operand | null, max: Operand | null] {
  if (isOptions(min) && !(min instanceof Tensor)) {
    checkOptions(op, min, ['min', 'max']);
    return bounds(op, min.min, min.max);
  }
  const bound = (b: Bound, argument: string): Operand | null =>
    b === null || b === undefined ? null : operand(op, b, argument);
  return [bound(min, 'min'), bound(max, 'max')];
}

/** Arguments that are whole numbers or truth values by nature. */
const integral = new Set(['index', 'target', 'mask', 'condition']);

/** Throws, in PyTorch's words, unless `x` is a tensor. */
export function checkTensor(op: string, x: unknown, argument = 'input'): asserts x is Tensor {
  if (x instanceof Tensor) return;
  const isObject = typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype;
  const make = integral.has(argument)
    ? 'make one with tensor(data)'
    : "make one with tensor(data, { dtype: 'float32' })";
  wrongType(op, argument, 'Tensor', x, isObject ? `options come last: give null for '${argument}'` : make);
}
/** The Var of an argument that must be a tensor. */
export function varOf(op: string, x: Tensor, argument = 'input'): Var {
  checkTensor(op, x, argument);
  return x.impl;
}
/** A tensor's Var; a number as it is. */
export function operand(op: string, x: TensorOrNumber, argument = 'other'): Operand {
  return typeof x === 'number' || typeof x === 'boolean' ? x : varOf(op, x, argument);
}

/** Throws, in PyTorch's words, unless what fills a tensor is a single value. */
export function oneValue(value: Tensor): Tensor {
  if (value.ndim === 0) return value;
  throw new ShapeError(
    `fill_ only supports 0-dimension value tensor but got tensor with ${value.ndim} dimensions.\n  where() and copy_() take others`,
  );
}

/** Node's own symbol: nothing of Node is needed to name it. */
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * An n-dimensional array on a device, with automatic differentiation. Ops are recorded and run together when a value is
 * read, after `optimizer.step()` or on `flush()`; errors of use are thrown at the call.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]], { dtype: 'float32', requiresGrad: true });
 * x.mul(x).sum().backward();
 * await x.grad!.tolist(); // [[2, 4], [6, 8]]
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: installed by init(), before which there is no tensor
export class Tensor<D extends DType = DType> {
  /** @internal */
  readonly impl: Var;
  private gradHandle: Tensor | null = null;

  /** @internal Use the factories: tensor(), zeros(), randn() … */
  constructor(impl: Var) {
    this.impl = impl;
  }

  // ---- what it is -------------------------------------------------------------------------------------------------

  /** Sizes of the dims. */
  get shape(): Shape {
    return this.impl.shape;
  }
  /** Type of the elements. */
  get dtype(): D {
    return this.impl.dtype as D;
  }
  /** The device that holds it. */
  get device(): DeviceName {
    return this.impl.engine.backend.name;
  }
  /** Number of dims. */
  get ndim(): number {
    return this.shape.length;
  }
  /** PyTorch's `dim()`. */
  dim(): number {
    return this.shape.length;
  }
  /** Number of elements. */
  numel(): number {
    return numel(this.shape);
  }
  /** The shape, or the size of one dim. */
  size(): Shape;
  size(dim: number): number;
  size(dim?: number): Shape | number {
    if (dim === undefined) return this.shape;
    const at = normalizeDim('size', dim, this.ndim);
    if (this.ndim === 0)
      throw new ShapeError(`Dimension specified as ${dim} but tensor has no dimensions\n  in size()`);
    return this.shape[at]!;
  }
  /** Distance in memory between neighbours along each dim, in elements. */
  stride(): readonly number[] {
    return this.impl.layout.strides;
  }
  /** Do its elements lie in row-major order, without gaps? */
  isContiguous(): boolean {
    return isContiguous(this.impl.layout);
  }
  /** `tensor(shape=[2, 3], dtype=float32, device=webgpu)`; the values need a read: see {@link toStringAsync}. */
  toString(): string {
    const grad = this.impl.leaf ? ', requires_grad=True' : this.gradFn ? `, grad_fn=<${this.gradFn}>` : '';
    return `tensor(shape=[${this.shape.join(', ')}], dtype=${this.dtype}, device=${this.device}${grad})`;
  }
  /** Coercing to a number would need a read: always throws, naming the fix. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new OptionError(
      `a tensor cannot be used as a number: its value is on the ${this.device} device\n  use await x.item(), or x.add(y), x.mul(y) … for arithmetic`,
    );
  }
  /** JSON.stringify() would need a read: always throws, naming the fix. */
  toJSON(): never {
    throw new OptionError(
      `a tensor cannot be written as JSON: its values are on the ${this.device} device\n  use await x.tolist(), or saveSafetensors() for many`,
    );
  }
  get [Symbol.toStringTag](): string {
    return 'Tensor';
  }
  /** What console.log() shows in Node. */
  [inspect](): string {
    return this.toString();
  }

  // ---- reading ----------------------------------------------------------------------------------------------------

  /**
   * The elements in row-major order, as a typed array of their dtype (bool: Uint8Array of 0 and 1). A fresh copy.
   *
   * @throws DeviceLostError if the device goes away, DisposedError if the memory is gone.
   * @example
   * const values = await arange(3).data(); // Int32Array [0, 1, 2]
   */
  async data(): Promise<DTypeArrays[D]> {
    return (await this.impl.engine.read(this.impl.operand)) as DTypeArrays[D];
  }
  /**
   * The value of a one-element tensor.
   *
   * @throws ShapeError for any other number of elements.
   * @example
   * await tensor(3.5).item(); // 3.5
   */
  async item(): Promise<number> {
    if (this.numel() !== 1)
      throw new ShapeError(
        `a Tensor with ${this.numel()} elements cannot be converted to Scalar\n  in item() of shape ${formatShape(this.shape)}; use data() or tolist()`,
      );
    return (await this.data())[0]!;
  }
  /** Nested arrays of numbers (booleans for bool); a number for a 0-d tensor. */
  async tolist(): Promise<NestedArray> {
    const data = (await this.data()) as TypedArray;
    const values = this.dtype === 'bool' ? Array.from(data, (v) => v !== 0) : Array.from(data as Float32Array);
    let at = 0;
    const build = (dim: number): NestedArray => {
      if (dim === this.ndim) return values[at++]!;
      return Array.from({ length: this.shape[dim]! }, () => build(dim + 1));
    };
    return build(0);
  }
  /** The text PyTorch prints. */
  async toStringAsync(): Promise<string> {
    // Loaded when first needed: what trains seldom prints.
    const [{ formatTensor }, data] = await Promise.all([import('./print.ts'), this.data()]);
    return formatTensor(data as TypedArray, {
      shape: this.shape,
      dtype: this.dtype,
      gradFn: this.gradFn,
      requiresGrad: this.impl.leaf !== null,
    });
  }

  // ---- memory -----------------------------------------------------------------------------------------------------

  /** Keeps an interior value (made inside a module or scope()) in memory. Returns this. See docs/memory.md. */
  keep(): this {
    const { value } = this.impl.storage;
    if (!value.buffer) this.impl.engine.ensure(value);
    value.kept = true;
    return this;
  }
  /** Frees the memory now. Never needed: it is freed anyway once the tensor is unreachable. */
  dispose(): void {
    this.impl.engine.dispose(this.impl.storage.value);
  }
  /** For `using x = …`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  // ---- autograd ---------------------------------------------------------------------------------------------------

  /** Does backward() compute a gradient for it, or pass through it? */
  get requiresGrad(): boolean {
    return this.impl.requiresGrad;
  }
  set requiresGrad(on: boolean) {
    this.requiresGrad_(on);
  }
  /** True for tensors that were not computed from others that require grad. */
  get isLeaf(): boolean {
    return this.impl.leaf !== null || !this.impl.requiresGrad;
  }
  /** Name of the tape node that made it, such as `AddBackward0`, or null. */
  get gradFn(): string | null {
    return this.impl.leaf ? null : (this.impl.edge?.node.name ?? null);
  }
  /** The gradient collected by backward(), or null. */
  get grad(): Tensor | null {
    const grad = this.impl.leaf?.grad ?? this.impl.retained;
    if (!grad) return null;
    if (this.gradHandle?.impl !== grad) this.gradHandle = new Tensor(grad);
    return this.gradHandle;
  }
  set grad(value: Tensor | null) {
    const { leaf } = this.impl;
    if (!leaf && value === null) {
      this.impl.retained = null;
      return;
    }
    if (!leaf) throw new GradError('grad can be set on a leaf tensor that requires grad only');
    if (value !== null) this.checkGrad(value);
    if (leaf.grad && leaf.grad !== value?.impl) this.letGoOfGrad(leaf.grad);
    leaf.grad = value?.impl ?? null;
    this.gradHandle = value;
  }
  private checkGrad(value: Tensor): void {
    if (!(value instanceof Tensor))
      throw new OptionError(
        `assigned grad expected to be a Tensor or None but got grad of type ${describe(value)}\n  use null for none`,
      );
    if (!sameShape(value.shape, this.shape)) {
      throw new ShapeError(
        `attempting to assign a gradient of size '${formatShape(value.shape)}' to a tensor of size '${formatShape(this.shape)}'. Please ensure that the gradient and the tensor are the same size`,
      );
    }
    if ((value.dtype as DType) !== this.dtype)
      throw new DTypeError(
        `attempting to assign a gradient with dtype '${value.dtype}' to a tensor with grad_dtype '${this.dtype}'. The gradient must match the tensor's grad_dtype\n  cast it with .to('${this.dtype}')`,
      );
    if (value.impl.engine !== this.impl.engine) {
      throw new DeviceError(
        `attempting to assign a gradient with device type '${value.device}' to a tensor with device type '${this.device}'. Please ensure that the gradient and the tensor are on the same device\n  move it with await grad.to('${this.device}')`,
      );
    }
  }
  /** The old gradient moves out of the arena before the next one moves in, or is forgotten where the user does not hold it. */
  private letGoOfGrad(grad: Var): void {
    const { value } = grad.storage;
    const held = this.gradHandle?.impl === grad;
    if (!value.home || value.home !== this.impl.leaf!.home) return;
    if (!value.buffer) {
      value.home = null;
      value.kept = held;
      return;
    }
    if (!held) return;
    const copy = scoped(() => op('copy', [grad]));
    copy.storage.value.kept = true;
    grad.storage.value = copy.storage.value;
  }
  /** Makes this leaf collect a gradient, or stop. Returns this. */
  requiresGrad_(on = true): this {
    if (typeof on !== 'boolean') wrongType('requiresGrad_', 'requiresGrad', 'true or false', on);
    if (!on) {
      if (this.impl.edge)
        throw new GradError(
          'you can only change requires_grad flags of leaf variables.\n  use detach() for a tensor that does not require grad',
        );
      this.impl.leaf = null;
      return this;
    }
    if (!isFloat(this.dtype))
      throw new GradError(
        `only Tensors of floating point dtype can require gradients\n  got ${this.dtype}; make it with { dtype: 'float32' }, for whole numbers become int32, or cast it with .float()`,
      );
    if (!this.impl.requiresGrad) requireGrad(this.impl);
    return this;
  }
  /** The same memory outside the tape: gradients do not flow through it. */
  detach(): Tensor<D> {
    return new Tensor(this.impl.detached());
  }
  /**
   * Computes gradients of this tensor with respect to all leaves that require grad, adding to their `grad`.
   *
   * @param gradient the gradient of something with respect to this tensor; may be left out for one element.
   * @throws GradError if nothing requires grad, if it is not a scalar, or if the graph was freed by an earlier backward().
   * @example
   * const w = tensor([1, 2], { dtype: 'float32', requiresGrad: true });
   * w.square().sum().backward();
   * await w.grad!.tolist(); // [2, 4]
   */
  backward(gradient?: Tensor | null, options: BackwardOptions = {}): void {
    checkOptions('backward', options, ['retainGraph', 'createGraph']);
    if (gradient !== null && gradient !== undefined && !(gradient instanceof Tensor)) {
      throw new OptionError(
        `gradients can be either Tensors or None, but got ${describe(gradient)}\n  options come second: backward(null, { retainGraph: true })`,
      );
    }
    runBackward([{ v: this.impl, grad: gradient?.impl ?? null }], options);
  }

  // ---- copies, dtypes, devices ------------------------------------------------------------------------------------

  /** Another dtype (a differentiable copy), or — awaited — another device (a copy outside the tape). */
  to<E extends DType>(dtype: E): Tensor<E>;
  to(device: DeviceName): Promise<Tensor<D>>;
  to(target: DType | DeviceName): Tensor | Promise<Tensor<D>> {
    if (target === 'cpu' || target === 'webgpu') return this.toDevice(target);
    if (!dtypes.includes(target)) {
      const hint = String(target) === 'cuda' || String(target) === 'mps' ? "; the GPU here is 'webgpu'" : '';
      throw new OptionError(
        `to: expected a dtype (${dtypes.join(', ')}) or a device ('cpu', 'webgpu'), got ${describe(target)}${hint}`,
      );
    }
    return new Tensor(cast(this.impl, target));
  }
  private async toDevice(device: DeviceName): Promise<Tensor<D>> {
    if (!isReady(device)) await loadDevice(device);
    const engine = engineFor(device);
    if (engine === this.impl.engine) return this;
    const data = await this.data();
    return new Tensor(leafOf(engine.upload(data as TypedArray, this.shape, this.dtype)));
  }
  /** As float32, differentiable. */
  float(): Tensor<'float32'> {
    return this.to('float32');
  }
  /** As float16: half precision, rounded to nearest even. */
  half(): Tensor<'float16'> {
    return this.to('float16');
  }
  /** As float64, on the CPU only. */
  double(): Tensor<'float64'> {
    return this.to('float64');
  }
  /** As int32: towards zero, to the nearest end of the range where it does not fit; NaN gives 0. */
  int(): Tensor<'int32'> {
    return this.to('int32');
  }
  /** As bool: everything but 0 is true, NaN too. */
  bool(): Tensor<'bool'> {
    return this.to('bool');
  }
  /** A differentiable copy with memory of its own. */
  clone(): Tensor<D> {
    return new Tensor(shapes.clone(this.impl));
  }
  /** This tensor, or a copy of it in row-major order. */
  contiguous(): Tensor<D> {
    const out = shapes.contiguous(this.impl);
    return out === this.impl ? this : new Tensor(out);
  }

  // ---- element-wise -----------------------------------------------------------------------------------------------

  /** −x */
  neg(): Tensor<D> {
    return new Tensor(pointwise.unaryNumeric('neg', this.impl));
  }
  /** |x| */
  abs(): Tensor<D> {
    return new Tensor(pointwise.unaryNumeric('abs', this.impl));
  }
  /** e^x */
  exp(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('exp', this.impl));
  }
  /** e^x − 1, accurate near 0 */
  expm1(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('expm1', this.impl));
  }
  /** Natural logarithm: −∞ at 0, NaN below. */
  log(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('log', this.impl));
  }
  /** log(1 + x), accurate near 0 */
  log1p(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('log1p', this.impl));
  }
  /** √x: NaN below 0 */
  sqrt(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('sqrt', this.impl));
  }
  /** 1/√x */
  rsqrt(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('rsqrt', this.impl));
  }
  /** 1/x */
  reciprocal(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('reciprocal', this.impl));
  }
  /** x² */
  square(): Tensor<Summed<D>> {
    return new Tensor(pointwise.square(this.impl));
  }
  /** Sine of radians: NaN of infinities */
  sin(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('sin', this.impl));
  }
  /** Cosine of radians: NaN of infinities */
  cos(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('cos', this.impl));
  }
  /** (e^x − e^−x)/(e^x + e^−x) */
  tanh(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('tanh', this.impl));
  }
  /** 1/(1 + e^−x) */
  sigmoid(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('sigmoid', this.impl));
  }
  /** max(x, 0); NaN stays NaN. */
  relu(): Tensor<D> {
    return new Tensor(pointwise.unaryNumeric('relu', this.impl));
  }
  /** The error function 2/√π ∫₀ˣ e^−t² dt */
  erf(): Tensor<Floating<D>> {
    return new Tensor(pointwise.unary('erf', this.impl));
  }
  /** The greatest integer not above x */
  floor(): Tensor<D> {
    return new Tensor(pointwise.unaryNumeric('floor', this.impl));
  }
  /** The least integer not below x */
  ceil(): Tensor<D> {
    return new Tensor(pointwise.unaryNumeric('ceil', this.impl));
  }
  /** To the nearest integer, or multiple of 10^−decimals, halves to even. */
  round(...rest: OptionalArgs<[decimals: number], { decimals?: number }>): Tensor<D> {
    const { decimals = 0 } = optionalArgs<{ decimals: number }>('round', ['decimals'], rest);
    return new Tensor(pointwise.round(this.impl, decimals));
  }
  /** −1, 0 or 1 */
  sign(): Tensor<D> {
    return new Tensor(pointwise.sign(this.impl));
  }
  /**
   * Limits to [min, max]; either may be left out, either may be a tensor. The gradient passes within and at the bounds.
   *
   * @throws OptionError when both are missing.
   * @example
   * await tensor([-2, 1, 5]).clamp(0, 3).tolist(); // [0, 1, 3]
   * await tensor([-2, 1, 5]).clamp({ max: 3 }).tolist(); // [-2, 1, 3]
   */
  clamp(min?: Bound | ClampOptions, max?: Bound): Tensor {
    return new Tensor(pointwise.clamp(this.impl, ...bounds('clamp', min, max)));
  }

  /**
   * this + alpha·other, broadcast.
   *
   * @throws ShapeError when the shapes do not broadcast.
   * @example
   * await tensor([1, 2]).add(10).tolist(); // [11, 12]
   */
  add<O extends TensorOrNumber>(other: O, options: { alpha?: number } = {}): Tensor<Promoted<D, O>> {
    checkOptions('add', options, ['alpha']);
    return new Tensor(pointwise.add(this.impl, operand('add', other), options.alpha));
  }
  /** this − alpha·other, broadcast. */
  sub<O extends TensorOrNumber>(other: O, options: { alpha?: number } = {}): Tensor<Promoted<D, O>> {
    checkOptions('sub', options, ['alpha']);
    return new Tensor(pointwise.sub(this.impl, operand('sub', other), options.alpha));
  }
  /** this·other, broadcast. */
  mul<O extends TensorOrNumber>(other: O): Tensor<Promoted<D, O>> {
    return new Tensor(pointwise.mul(this.impl, operand('mul', other)));
  }
  /** this/other, broadcast; integers give floats, unless rounded with `{ roundingMode: 'trunc' }` or `'floor'`. */
  div<O extends TensorOrNumber>(other: O): Tensor<Floating<Promoted<D, O>>>;
  div(other: TensorOrNumber, rounding: DivOptions | pointwise.RoundingMode): Tensor;
  div(other: TensorOrNumber, ...rest: DivArgs): Tensor {
    const { roundingMode } = optionalArgs<DivOptions>('div', ['roundingMode'], rest);
    return new Tensor(pointwise.div(this.impl, operand('div', other), roundingMode));
  }
  /** this^exponent, broadcast. */
  pow<O extends TensorOrNumber>(exponent: O): Tensor<Promoted<D, O>> {
    return new Tensor(pointwise.pow(this.impl, operand('pow', exponent, 'exponent')));
  }
  /** The larger of each pair; NaN if either is. */
  maximum(other: Tensor): Tensor {
    return new Tensor(pointwise.maximum(this.impl, varOf('maximum', other, 'other')));
  }
  /** The smaller of each pair; NaN if either is. */
  minimum(other: Tensor): Tensor {
    return new Tensor(pointwise.minimum(this.impl, varOf('minimum', other, 'other')));
  }
  /** this = other, element by element, broadcast. Never true of NaN. */
  eq(other: TensorOrNumber): Tensor<'bool'> {
    return new Tensor(pointwise.compare('eq', this.impl, operand('eq', other)));
  }
  /** this ≠ other. Always true of NaN. */
  ne(other: TensorOrNumber): Tensor<'bool'> {
    return new Tensor(pointwise.compare('ne', this.impl, operand('ne', other)));
  }
  /** this < other. Never true of NaN, like all comparisons below. */
  lt(other: TensorOrNumber): Tensor<'bool'> {
    return new Tensor(pointwise.compare('lt', this.impl, operand('lt', other)));
  }
  /** this ≤ other */
  le(other: TensorOrNumber): Tensor<'bool'> {
    return new Tensor(pointwise.compare('le', this.impl, operand('le', other)));
  }
  /** this > other */
  gt(other: TensorOrNumber): Tensor<'bool'> {
    return new Tensor(pointwise.compare('gt', this.impl, operand('gt', other)));
  }
  /** this ≥ other */
  ge(other: TensorOrNumber): Tensor<'bool'> {
    return new Tensor(pointwise.compare('ge', this.impl, operand('ge', other)));
  }
  /** Both non-zero? */
  logicalAnd(other: Tensor): Tensor<'bool'> {
    return new Tensor(pointwise.logical('logicalAnd', this.impl, varOf('logicalAnd', other, 'other')));
  }
  /** Either non-zero? */
  logicalOr(other: Tensor): Tensor<'bool'> {
    return new Tensor(pointwise.logical('logicalOr', this.impl, varOf('logicalOr', other, 'other')));
  }
  /** Exactly one of them non-zero? */
  logicalXor(other: Tensor): Tensor<'bool'> {
    return new Tensor(pointwise.logical('logicalXor', this.impl, varOf('logicalXor', other, 'other')));
  }
  /** Zero? */
  logicalNot(): Tensor<'bool'> {
    return new Tensor(pointwise.logicalNot(this.impl));
  }
  /**
   * `value` where the bool mask is true, this elsewhere.
   *
   * @throws DTypeError when the mask is not bool.
   * @example
   * const x = tensor([-1, 2]);
   * await x.maskedFill(x.lt(0), 0).tolist(); // [0, 2]
   */
  maskedFill(mask: Tensor, value: TensorOrNumber): Tensor<D> {
    return new Tensor(
      pointwise.maskedFill(this.impl, varOf('maskedFill', mask, 'mask'), operand('maskedFill', value, 'value')),
    );
  }
  /** this where the condition is true, `other` elsewhere. */
  where<O extends TensorOrNumber>(condition: Tensor, other: O): Tensor<Promoted<D, O>> {
    return new Tensor(pointwise.where(varOf('where', condition, 'condition'), this.impl, operand('where', other)));
  }

  // ---- reductions -------------------------------------------------------------------------------------------------

  /**
   * Sum over `dim` (a number, a list, or all). bool gives int32 (PyTorch: int64).
   *
   * @example
   * await ones([2, 3]).sum(1).tolist(); // [3, 3]
   */
  sum<E extends DType = Summed<D>>(
    dim?: DimArg | ReductionOptions<E>,
    keepdim?: boolean | ReductionOptions<E>,
    options?: ReductionOptions<E>,
  ): Tensor<E> {
    const a = dimArgs('sum', dim, keepdim, ['dtype'], options);
    return new Tensor(reduce.sum(this.impl, a.dim, a.keepdim, a.options.dtype));
  }
  /** Product over `dim` (a number, a list, or all). bool gives int32. */
  prod<E extends DType = Summed<D>>(
    dim?: DimArg | ReductionOptions<E>,
    keepdim?: boolean | ReductionOptions<E>,
    options?: ReductionOptions<E>,
  ): Tensor<E> {
    const a = dimArgs('prod', dim, keepdim, ['dtype'], options);
    return new Tensor(reduce.prod(this.impl, a.dim, a.keepdim, a.options.dtype));
  }
  /**
   * Mean over `dim` (a number, a list, or all); NaN for no elements.
   *
   * @throws DTypeError for integers and bool.
   * @example
   * await tensor([[1, 2], [3, 5]]).float().mean(0).tolist(); // [2, 3.5]
   */
  mean<E extends DType = D>(
    dim?: DimArg | ReductionOptions<E>,
    keepdim?: boolean | ReductionOptions<E>,
    options?: ReductionOptions<E>,
  ): Tensor<E> {
    const a = dimArgs('mean', dim, keepdim, ['dtype'], options);
    return new Tensor(reduce.mean(this.impl, a.dim, a.keepdim, a.options.dtype));
  }
  /** Variance, unbiased by default (`correction: 1`), in two passes. */
  var(...rest: VarianceArgs): Tensor<D> {
    const a = varianceArgs('var', rest);
    return new Tensor(reduce.variance(this.impl, a.dim, a.correction, a.keepdim));
  }
  /** Standard deviation, unbiased by default. */
  std(...rest: VarianceArgs): Tensor<D> {
    const a = varianceArgs('std', rest);
    return new Tensor(reduce.std(this.impl, a.dim, a.correction, a.keepdim));
  }
  /**
   * The greatest element; along a dim, `{ values, indices }`, also as a pair: `const [values, indices] = x.max(1)`. NaN if there is one.
   *
   * @throws ShapeError for no elements.
   * @example
   * const { values, indices } = tensor([[1, 5], [7, 2]]).max(1);
   * await values.tolist(); // [5, 7]
   * await indices.tolist(); // [1, 0]
   */
  max(): Tensor<D>;
  max(dim: number | OneDimOptions, keepdim?: boolean | KeepdimOptions): Extremum<D>;
  max(dim?: number | OneDimOptions, keepdim?: boolean | KeepdimOptions): Tensor<D> | Extremum<D> {
    return this.extremum('max', dim, keepdim);
  }
  /** The least element; along a dim, `{ values, indices }`. NaN if there is one. */
  min(): Tensor<D>;
  min(dim: number | OneDimOptions, keepdim?: boolean | KeepdimOptions): Extremum<D>;
  min(dim?: number | OneDimOptions, keepdim?: boolean | KeepdimOptions): Tensor<D> | Extremum<D> {
    return this.extremum('min', dim, keepdim);
  }
  private extremum(
    name: 'max' | 'min',
    dim: number | OneDimOptions | undefined,
    keepdim: boolean | KeepdimOptions | undefined,
  ): Tensor<D> | Extremum<D> {
    const a = oneDim(name, dim, keepdim);
    if (a.dim === null) return new Tensor<D>(reduce.extremum(name, this.impl));
    const [values, indices] = reduce.extremumAlong(name, this.impl, a.dim, a.keepdim);
    return extremum(new Tensor<D>(values), new Tensor<'int32'>(indices));
  }
  /** The greatest element over dims; equal ones share the gradient. */
  amax(dim?: DimArg, keepdim?: boolean | KeepdimOptions): Tensor<D> {
    const a = dimArgs('amax', dim, keepdim);
    return new Tensor(reduce.amax(this.impl, a.dim, a.keepdim));
  }
  /** The least element over dims; equal ones share the gradient. */
  amin(dim?: DimArg, keepdim?: boolean | KeepdimOptions): Tensor<D> {
    const a = dimArgs('amin', dim, keepdim);
    return new Tensor(reduce.amin(this.impl, a.dim, a.keepdim));
  }
  /** Position of the greatest element: the first of equal ones, the first NaN if there is one. */
  argmax(dim?: number | null | OneDimOptions, keepdim?: boolean | KeepdimOptions): Tensor<'int32'> {
    const a = oneDim('argmax', dim, keepdim);
    return new Tensor(reduce.argExtremum('argmax', this.impl, a.dim, a.keepdim));
  }
  /** Position of the least element: the first of equal ones, the first NaN if there is one. */
  argmin(dim?: number | null | OneDimOptions, keepdim?: boolean | KeepdimOptions): Tensor<'int32'> {
    const a = oneDim('argmin', dim, keepdim);
    return new Tensor(reduce.argExtremum('argmin', this.impl, a.dim, a.keepdim));
  }
  /** Is any element non-zero? */
  any(dim?: DimArg, keepdim?: boolean | KeepdimOptions): Tensor<'bool'> {
    const a = dimArgs('any', dim, keepdim);
    return new Tensor(reduce.any(this.impl, a.dim, a.keepdim));
  }
  /** Are all elements non-zero? */
  all(dim?: DimArg, keepdim?: boolean | KeepdimOptions): Tensor<'bool'> {
    const a = dimArgs('all', dim, keepdim);
    return new Tensor(reduce.all(this.impl, a.dim, a.keepdim));
  }

  // ---- products and softmax ---------------------------------------------------------------------------------------

  /**
   * Matrix product: 1-d operands are vectors, leading dims broadcast. Transposed operands are not copied.
   *
   * @throws ShapeError `mat1 and mat2 shapes cannot be multiplied (2x3 and 4x8)`
   * @example
   * await ones([2, 3]).matmul(ones([3, 1])).tolist(); // [[3], [3]]
   */
  matmul(other: Tensor): Tensor {
    return new Tensor(nn.matmul(this.impl, varOf('matmul', other, 'other')));
  }
  /**
   * e^x / Σ e^x along `dim`, without overflow.
   *
   * @throws ShapeError when there is no such dim, DTypeError for integers.
   * @example
   * await tensor([0, 0.5]).softmax(0).tolist(); // [0.3775, 0.6225]
   */
  softmax<E extends DType = D>(dim: number, ...rest: DTypeArgs<E>): Tensor<E> {
    return this.normalized('softmax', dim, rest);
  }
  /** log(softmax(x)), without loss of precision */
  logSoftmax<E extends DType = D>(dim: number, ...rest: DTypeArgs<E>): Tensor<E> {
    return this.normalized('logSoftmax', dim, rest);
  }
  private normalized<E extends DType>(name: 'softmax' | 'logSoftmax', dim: number, rest: DTypeArgs<E>): Tensor<E> {
    const { dtype } = optionalArgs<{ dtype?: E | null }>(name, ['dtype'], rest);
    return new Tensor(scoped(() => nn.softmax(name, dtype ? cast(this.impl, dtype) : this.impl, dim)));
  }

  // ---- shape ------------------------------------------------------------------------------------------------------

  /**
   * The same elements with another shape; one size may be −1. A view where possible.
   *
   * @throws ShapeError when the number of elements differs.
   * @example
   * arange(6).reshape(2, -1).shape; // [2, 3]
   */
  reshape(...sizes: readonly (number | readonly number[])[]): Tensor<D> {
    return new Tensor(shapes.reshape(this.impl, shapeArgs(sizes)));
  }
  /** Like reshape, but throws instead of copying. */
  view(...sizes: readonly (number | readonly number[])[]): Tensor<D> {
    return new Tensor(shapes.view(this.impl, shapeArgs(sizes)));
  }
  /**
   * Reorders the dims. A view.
   *
   * @example
   * zeros([2, 3, 4]).permute(2, 0, 1).shape; // [4, 2, 3]
   */
  permute(...dims: readonly (number | readonly number[])[]): Tensor<D> {
    return new Tensor(shapes.permute(this.impl, shapeArgs(dims)));
  }
  /** Swaps two dims. A view. */
  transpose(dim0: number, dim1: number): Tensor<D> {
    return new Tensor(shapes.transpose(this.impl, dim0, dim1));
  }
  /** All dims reversed. A view. */
  get T(): Tensor<D> {
    return this.permute(this.shape.map((_, i) => this.ndim - 1 - i));
  }
  /** The last two dims swapped: each matrix transposed. A view. */
  get mT(): Tensor<D> {
    if (this.ndim < 2)
      throw new ShapeError(
        `tensor.mT is only supported on matrices or batches of matrices. Got ${this.ndim}-D tensor.`,
      );
    return this.transpose(-2, -1);
  }
  /**
   * Repeats size-1 dims (and new leading ones) without copying; −1 keeps a size. The result cannot be written in place.
   *
   * @example
   * await tensor([[1], [2]]).expand(-1, 3).tolist(); // [[1, 1, 1], [2, 2, 2]]
   */
  expand(...sizes: readonly (number | readonly number[])[]): Tensor<D> {
    return new Tensor(shapes.expand(this.impl, shapeArgs(sizes)));
  }
  /** Reverses the order along dims. A view (PyTorch copies). */
  flip(...dims: readonly (number | readonly number[])[]): Tensor<D> {
    return new Tensor(shapes.flip(this.impl, shapeArgs(dims)));
  }
  /** Drops dims of size 1: all, or those named. */
  squeeze(dim?: number | readonly number[] | { readonly dim?: number | readonly number[] }): Tensor<D> {
    if (!isOptions(dim)) return new Tensor(shapes.squeeze(this.impl, dim));
    checkOptions('squeeze', dim, ['dim']);
    return this.squeeze(dim.dim);
  }
  /** Inserts a dim of size 1. */
  unsqueeze(dim: number): Tensor<D> {
    return new Tensor(shapes.unsqueeze(this.impl, dim));
  }
  /** Joins the dims from startDim to endDim (default: all) into one. */
  flatten(...rest: OptionalArgs<[startDim: number, endDim: number], FlattenOptions>): Tensor<D> {
    const { startDim, endDim } = optionalArgs<FlattenOptions>('flatten', ['startDim', 'endDim'], rest);
    return new Tensor(shapes.flatten(this.impl, startDim, endDim));
  }
  /** Parts of `size` elements (the last may be smaller), or of the given sizes, along `dim`. Views. */
  split(size: number | readonly number[], dim: number | { readonly dim?: number } = 0): Tensor<D>[] {
    return shapes.split(this.impl, size, dimOption('split', dim)).map((v) => new Tensor<D>(v));
  }
  /** At most `chunks` equal parts along `dim`. Views. */
  chunk(chunks: number, dim: number | { readonly dim?: number } = 0): Tensor<D>[] {
    return shapes.chunk(this.impl, chunks, dimOption('chunk', dim)).map((v) => new Tensor<D>(v));
  }

  // ---- indexing ---------------------------------------------------------------------------------------------------

  /**
   * PyTorch's `x[…]`: a number picks and drops a dim, `[start, stop?, step?]` slices, `':'` keeps, `'...'` fills, `null`
   * inserts a dim of size 1, an int32 tensor gathers (several broadcast together; where dims lie between them, the result's
   * come first). Views, but for index tensors. Bool masks are for {@link maskedSelect}, and to write for `put_`.
   *
   * @throws ShapeError for an index out of bounds or too many indices.
   * @example
   * const x = arange(6).reshape(2, 3);
   * await x.at(':', [1, 3]).tolist(); // [[1, 2], [4, 5]]
   * await x.at(-1, [null, null, -1]).tolist(); // [5, 4, 3]
   */
  at(...indices: readonly TensorIndex[]): Tensor<D> {
    if (indices.some((i) => i instanceof Tensor)) return this.atTensors(...indices);
    return new Tensor(indexing.at(this.impl, indices as readonly Exclude<TensorIndex, Tensor>[]));
  }
  /**
   * out[i][j][k] = this[index[i][j][k]][j][k] for dim 0, and so on: an element for each of an int32 tensor. Gradients are
   * dense, whatever `sparseGrad` says.
   *
   * @throws ShapeError for an index out of range: at the call, or at the next read if it was computed on the device.
   * @example
   * await tensor([[1, 2], [3, 4]]).gather(1, tensor([[1], [0]])).tolist(); // [[2], [3]]
   */
  gather(dim: number, index: Tensor, options: { sparseGrad?: boolean } = {}): Tensor<D> {
    checkOptions('gather', options, ['sparseGrad']);
    return new Tensor(indexing.gather(this.impl, dim, varOf('gather', index, 'index')));
  }
  /**
   * Slices along `dim` at the positions of a 1-d int32 tensor.
   *
   * @throws ShapeError for an index out of range: at the call, or at the next read if it was computed on the device.
   * @example
   * await tensor([10, 20, 30]).indexSelect(0, tensor([2, 0])).tolist(); // [30, 10]
   */
  indexSelect(dim: number, index: Tensor): Tensor<D> {
    return new Tensor(indexing.indexSelect(this.impl, dim, varOf('indexSelect', index, 'index')));
  }

  // ---- in place ---------------------------------------------------------------------------------------------------

  /**
   * this += alpha·other. Seen through every view of the same memory, like all in-place methods.
   *
   * @throws GradError for a leaf that requires grad, outside noGrad(); ShapeError when the result has another shape.
   * @example
   * const x = zeros([2, 2]);
   * x.at(0).add_(1);
   * await x.tolist(); // [[1, 1], [0, 0]]
   */
  add_(other: TensorOrNumber, options: { alpha?: number } = {}): this {
    checkOptions('add_', options, ['alpha']);
    return this.inPlace('add_', () => pointwise.add(this.impl, operand('add_', other), options.alpha));
  }
  /** this −= alpha·other */
  sub_(other: TensorOrNumber, options: { alpha?: number } = {}): this {
    checkOptions('sub_', options, ['alpha']);
    return this.inPlace('sub_', () => pointwise.sub(this.impl, operand('sub_', other), options.alpha));
  }
  /** this *= other */
  mul_(other: TensorOrNumber): this {
    return this.inPlace('mul_', () => pointwise.mul(this.impl, operand('mul_', other)));
  }
  /** this /= other */
  div_(other: TensorOrNumber, ...rest: DivArgs): this {
    const { roundingMode } = optionalArgs<DivOptions>('div_', ['roundingMode'], rest);
    return this.inPlace('div_', () => pointwise.div(this.impl, operand('div_', other), roundingMode));
  }
  /** Overwrites this with `other`, broadcast and cast. */
  copy_(other: Tensor): this {
    const given = varOf('copy_', other, 'other');
    const compute = (): Var =>
      scoped(() => {
        const source = cast(given, this.dtype);
        const wide = sameShape(source.shape, this.shape) ? source : shapes.expand(source, this.shape);
        // Never the memory of `other` itself: the two must not share one value.
        return source === given ? shapes.clone(wide) : wide;
      });
    return this.inPlace('copy_', compute, true);
  }
  /** Overwrites this with zeros. */
  zero_(): this {
    return this.fill_(0);
  }
  /** Overwrites this with one value: a number, or a 0-d tensor. */
  fill_(value: TensorOrNumber): this {
    if (value instanceof Tensor) return this.copy_(oneValue(value));
    if (typeof value !== 'number' && typeof value !== 'boolean') wrongType('fill_', 'value', 'a number', value);
    return this.inPlace('fill_', () => full(this.shape, value, this.dtype, this.impl.engine), true);
  }
  /** Limits this to [min, max]; either may be left out. */
  clamp_(min?: Bound | ClampOptions, max?: Bound): this {
    return this.inPlace('clamp_', () => pointwise.clamp(this.impl, ...bounds('clamp_', min, max)));
  }
  private inPlace(name: string, compute: () => Var, forgets = false): this {
    writeInPlace(name, this.impl, compute, forgets);
    return this;
  }
}

/** Methods that come with init(): the functions of the same names. */
export interface Tensor<D extends DType = DType> extends ExtendedMethods<D> {}

/** A constant Var over a value. */
export function leafOf(value: Storage['value']): Var {
  return new Var(new Storage(value), value.layout);
}

/**
 * Runs `fn` without recording a tape. Synchronous only.
 *
 * @throws GradError when `fn` returns a promise.
 * @example
 * const w = ones([2], { requiresGrad: true });
 * noGrad(() => w.mul(2)).requiresGrad; // false
 */
export function noGrad<T>(fn: () => T): T {
  checkFunction('noGrad', fn);
  return withGradMode(false, fn, 'noGrad');
}
/** Runs `fn` with recording on, inside noGrad(). Synchronous only. */
export function enableGrad<T>(fn: () => T): T {
  checkFunction('enableGrad', fn);
  return withGradMode(true, fn, 'enableGrad');
}
