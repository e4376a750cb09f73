/** Invertible functions with the logarithms of their derivatives. */
import { wrongType } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { full, zerosLike } from '../tensor/create.ts';
import { softplus } from '../tensor/functional/index.ts';
import { atanh } from '../tensor/functions/elementary.ts';
import { broadcastShapes } from '../tensor/functions/views.ts';
import { scope } from '../tensor/scope.ts';
import { checkTensor, Tensor, type TensorOrNumber } from '../tensor/tensor.ts';
import { type Constraint, independent, interval, positive, real, unitInterval } from './constraints.ts';
import { epsilonOf, sumRightmost, tinyOf } from './parameters.ts';

/** Options of every transform. */
export interface TransformOptions {
  /** 1: remember the last value and its image, so that the inverse of that image is exactly that value. Default 0. */
  readonly cacheSize?: number;
}
/** Their optional argument. */
export type TransformArgs = OptionalArgs<[cacheSize: number], TransformOptions>;

/**
 * An invertible function, with the logarithm of the size of its derivative. Of your own you write `apply`, `invert` and `logSlope`, and
 * say `domain` and `codomain`. Source: torch.distributions.transforms.Transform.
 *
 * @example
 * const t = new distributions.ExpTransform();
 * const x = tensor([0, 1]).float();
 * const y = t.forward(x);
 * await t.inv.forward(y).tolist(); // [0, 1]
 * await t.logAbsDetJacobian(x, y).tolist(); // [0, 1]
 */
export abstract class Transform {
  private readonly remembers: boolean;
  private last: readonly [x: Tensor, y: Tensor] | null = null;

  protected constructor(cacheSize = 0) {
    if (cacheSize !== 0 && cacheSize !== 1) wrongType('Transform', 'cacheSize', '0 or 1', cacheSize);
    this.remembers = cacheSize === 1;
  }
  /** Where x lies. Its `eventDim` says how many dims of x make one value. */
  abstract get domain(): Constraint;
  /** Where y lies. */
  abstract get codomain(): Constraint;
  /** Does it keep the order of numbers (1), or turn it round (−1)? A tensor where that depends on the element. */
  get sign(): TensorOrNumber {
    return 1;
  }
  /** The inverse. */
  get inv(): Transform {
    return new InverseTransform(this);
  }

  /** y, the image of x. */
  forward(x: Tensor): Tensor {
    checkTensor('Transform', x);
    if (this.last?.[0] === x) return this.last[1];
    const y = scope(() => this.apply(x));
    if (this.remembers) this.last = [x, y];
    return y;
  }
  /** The x whose image y is. @internal */
  inverse(y: Tensor): Tensor {
    checkTensor('Transform', y);
    if (this.last?.[1] === y) return this.last[0];
    const x = scope(() => this.invert(y));
    if (this.remembers) this.last = [x, y];
    return x;
  }
  /** log |dy/dx|, without the dims of an event. */
  logAbsDetJacobian(x: Tensor, y: Tensor): Tensor {
    return scope(() => this.logSlope(x, y));
  }
  /** The shape of what becomes of values of this shape. */
  forwardShape(shape: Shape): Shape {
    return shape;
  }
  /** Do both do the same, as far as the host can tell? */
  equals(other: Transform): boolean {
    return this === other;
  }
  /** PyTorch's text. */
  toString(): string {
    return 'Transform()';
  }
  /** What leaves a scope with the transform. @internal */
  heldTensors(): Iterable<unknown> {
    return Object.values(this);
  }
  protected abstract apply(x: Tensor): Tensor;
  protected abstract invert(y: Tensor): Tensor;
  protected abstract logSlope(x: Tensor, y: Tensor): Tensor;
}

const cacheSizeOf = (name: string, rest: readonly unknown[]): number =>
  optionalArgs<TransformOptions>(name, ['cacheSize'], rest).cacheSize ?? 0;

/** The inverse of another. */
class InverseTransform extends Transform {
  private readonly of: Transform;

  constructor(of: Transform) {
    super();
    this.of = of;
  }
  override get domain(): Constraint {
    return this.of.codomain;
  }
  override get codomain(): Constraint {
    return this.of.domain;
  }
  override get sign(): TensorOrNumber {
    return this.of.sign;
  }
  override get inv(): Transform {
    return this.of;
  }
  override forwardShape(shape: Shape): Shape {
    return this.of.forwardShape(shape);
  }
  override forward(x: Tensor): Tensor {
    return this.of.inverse(x);
  }
  override inverse(y: Tensor): Tensor {
    return this.of.forward(y);
  }
  protected override apply(x: Tensor): Tensor {
    return this.of.inverse(x);
  }
  protected override invert(y: Tensor): Tensor {
    return this.of.forward(y);
  }
  protected override logSlope(x: Tensor, y: Tensor): Tensor {
    return this.of.logAbsDetJacobian(y, x).neg();
  }
  override equals(other: Transform): boolean {
    return other instanceof InverseTransform && this.of.equals(other.of);
  }
  override toString(): string {
    return `_InverseTransform(${this.of})`;
  }
}

/**
 * y = loc + scale·x; with `eventDim` of the last dims for one value. Source: torch.distributions.AffineTransform.
 *
 * @example
 * await new distributions.AffineTransform(1, 2).forward(tensor([0, 3])).tolist(); // [1, 7]
 */
export class AffineTransform extends Transform {
  /** Added. */
  readonly loc: TensorOrNumber;
  /** The factor. */
  readonly scale: TensorOrNumber;
  private readonly eventDim: number;

  constructor(
    loc: TensorOrNumber,
    scale: TensorOrNumber,
    ...rest: OptionalArgs<[eventDim: number, cacheSize: number], TransformOptions & { readonly eventDim?: number }>
  ) {
    const names = ['eventDim', 'cacheSize'] as const;
    const options = optionalArgs<TransformOptions & { eventDim?: number }>('AffineTransform', names, rest);
    const { eventDim = 0, cacheSize } = options;
    for (const [name, value] of Object.entries({ loc, scale }))
      if (typeof value !== 'number' && !(value instanceof Tensor))
        wrongType('AffineTransform', name, 'a number or a tensor', value);
    super(cacheSize);
    this.loc = loc;
    this.scale = scale;
    this.eventDim = eventDim;
  }
  override get domain(): Constraint {
    return this.eventDim === 0 ? real : independent(real, this.eventDim);
  }
  override get codomain(): Constraint {
    return this.domain;
  }
  override get sign(): TensorOrNumber {
    return this.scale instanceof Tensor ? this.scale.sign() : Math.sign(+this.scale);
  }
  override forwardShape(shape: Shape): Shape {
    return broadcastShapes(shape, ...[this.loc, this.scale].map((t) => (t instanceof Tensor ? t.shape : [])));
  }
  protected override apply(x: Tensor): Tensor {
    return x.mul(this.scale).add(this.loc);
  }
  protected override invert(y: Tensor): Tensor {
    return y.sub(this.loc).div(this.scale);
  }
  protected override logSlope(x: Tensor): Tensor {
    const { scale } = this;
    const { dtype, device } = x;
    const slope = scale instanceof Tensor ? scale.abs().log() : full([], Math.log(Math.abs(+scale)), { dtype, device });
    return sumRightmost(slope.add(zerosLike(x)), this.eventDim);
  }
  override equals(other: Transform): boolean {
    return other instanceof AffineTransform && other.loc === this.loc && other.scale === this.scale;
  }
  override toString(): string {
    return 'AffineTransform()';
  }
}

/**
 * y = eˣ. Source: torch.distributions.ExpTransform.
 *
 * @example
 * await new distributions.ExpTransform().forward(tensor([0, 1])).tolist(); // [1, 2.7183]
 */
export class ExpTransform extends Transform {
  constructor(...rest: TransformArgs) {
    super(cacheSizeOf('ExpTransform', rest));
  }
  override get domain(): Constraint {
    return real;
  }
  override get codomain(): Constraint {
    return positive;
  }
  protected override apply(x: Tensor): Tensor {
    return x.exp();
  }
  protected override invert(y: Tensor): Tensor {
    return y.log();
  }
  protected override logSlope(x: Tensor): Tensor {
    return x;
  }
  override equals(other: Transform): boolean {
    return other instanceof ExpTransform;
  }
  override toString(): string {
    return 'ExpTransform()';
  }
}

/**
 * y = 1/(1 + e^−x). Source: torch.distributions.SigmoidTransform.
 *
 * @example
 * await new distributions.SigmoidTransform().forward(tensor([0, 2])).tolist(); // [0.5, 0.8808]
 */
export class SigmoidTransform extends Transform {
  constructor(...rest: TransformArgs) {
    super(cacheSizeOf('SigmoidTransform', rest));
  }
  override get domain(): Constraint {
    return real;
  }
  override get codomain(): Constraint {
    return unitInterval;
  }
  protected override apply(x: Tensor): Tensor {
    const y = x.sigmoid();
    return y.clamp(tinyOf(y), 1 - epsilonOf(y));
  }
  protected override invert(y: Tensor): Tensor {
    const inside = y.clamp(tinyOf(y), 1 - epsilonOf(y));
    return inside.log().sub(inside.neg().log1p());
  }
  protected override logSlope(x: Tensor): Tensor {
    return softplus(x.neg()).add(softplus(x)).neg();
  }
  override equals(other: Transform): boolean {
    return other instanceof SigmoidTransform;
  }
  override toString(): string {
    return 'SigmoidTransform()';
  }
}

/**
 * y = tanh x. Far from 0 the inverse is imprecise, and at ±1 infinite: with `{ cacheSize: 1 }` that of what was just drawn is exact.
 * Source: torch.distributions.TanhTransform.
 *
 * @example
 * const squashed = new distributions.TransformedDistribution(
 *   new distributions.Normal(zeros([2]), 5),
 *   new distributions.TanhTransform({ cacheSize: 1 }),
 * );
 * const action = squashed.rsample();
 * await squashed.logProb(action).isfinite().tolist(); // [true, true]
 */
export class TanhTransform extends Transform {
  constructor(...rest: TransformArgs) {
    super(cacheSizeOf('TanhTransform', rest));
  }
  override get domain(): Constraint {
    return real;
  }
  override get codomain(): Constraint {
    return interval(-1, 1);
  }
  protected override apply(x: Tensor): Tensor {
    return x.tanh();
  }
  protected override invert(y: Tensor): Tensor {
    return atanh(y);
  }
  protected override logSlope(x: Tensor): Tensor {
    // log(1 - tanh²x), which is exact for large x, too.
    return softplus(x.mul(-2)).add(x).sub(Math.LN2).mul(-2);
  }
  override equals(other: Transform): boolean {
    return other instanceof TanhTransform;
  }
  override toString(): string {
    return 'TanhTransform()';
  }
}

/**
 * One transform after another. Source: torch.distributions.ComposeTransform.
 *
 * @example
 * const t = new distributions.ComposeTransform([new distributions.AffineTransform(0, 2), new distributions.ExpTransform()]);
 * await t.forward(tensor([0, 1])).tolist(); // [1, 7.3891]
 */
export class ComposeTransform extends Transform {
  /** The transforms, first to last. */
  readonly parts: readonly Transform[];

  constructor(parts: readonly Transform[], ...rest: TransformArgs) {
    if (!Array.isArray(parts) || parts.some((part) => !(part instanceof Transform)))
      wrongType('ComposeTransform', 'parts', 'a list of transforms', parts);
    super(cacheSizeOf('ComposeTransform', rest));
    this.parts = parts;
  }
  /** Of how many dims one value is, before all and after all. */
  private get dims(): { before: number; after: number } {
    let before = this.parts.at(-1)?.domain.eventDim ?? 0;
    for (const { domain, codomain } of this.parts.toReversed())
      before = Math.max(before + domain.eventDim - codomain.eventDim, domain.eventDim);
    const after = this.parts.reduce((dim, { domain, codomain }) => dim + codomain.eventDim - domain.eventDim, before);
    return { before, after };
  }
  override get domain(): Constraint {
    const { domain } = this.parts[0] ?? { domain: real };
    const more = this.dims.before - domain.eventDim;
    return more > 0 ? independent(domain, more) : domain;
  }
  override get codomain(): Constraint {
    const { codomain } = this.parts.at(-1) ?? { codomain: real };
    const more = this.dims.after - codomain.eventDim;
    return more > 0 ? independent(codomain, more) : codomain;
  }
  override get sign(): TensorOrNumber {
    return this.parts.reduce<TensorOrNumber>((all, { sign }) => timesSign(all, sign), 1);
  }
  override forwardShape(shape: Shape): Shape {
    return this.parts.reduce((wide, part) => part.forwardShape(wide), shape);
  }
  protected override apply(x: Tensor): Tensor {
    return this.parts.reduce((value, part) => part.forward(value), x);
  }
  protected override invert(y: Tensor): Tensor {
    return this.parts.reduceRight((value, part) => part.inverse(value), y);
  }
  protected override logSlope(x: Tensor, y: Tensor): Tensor {
    let dim = this.dims.before;
    let value = x;
    let sum: Tensor | null = null;
    for (const [i, part] of this.parts.entries()) {
      const { domain, codomain } = part;
      const next = i === this.parts.length - 1 ? y : part.forward(value);
      const slope = sumRightmost(part.logAbsDetJacobian(value, next), dim - domain.eventDim);
      sum = sum ? sum.add(slope) : slope;
      dim += codomain.eventDim - domain.eventDim;
      value = next;
    }
    return sum ?? zerosLike(x);
  }
  override equals(other: Transform): boolean {
    if (!(other instanceof ComposeTransform) || other.parts.length !== this.parts.length) return false;
    return this.parts.every((part, i) => part.equals(other.parts[i]!));
  }
  override toString(): string {
    return `ComposeTransform(\n    ${this.parts.join(',\n    ')}\n)`;
  }
}

/** The product of two signs. */
export function timesSign(a: TensorOrNumber, b: TensorOrNumber): TensorOrNumber {
  if (a instanceof Tensor) return a.mul(b);
  return b instanceof Tensor ? b.mul(a) : +a * +b;
}
