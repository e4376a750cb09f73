/** What all distributions have in common. */
import { isFloat } from '../core/dtype.ts';
import { describe, OptionError, ShapeError, wrongType } from '../core/errors.ts';
import { formatShape, numel, type Shape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { full } from '../tensor/create.ts';
import { reportAny } from '../tensor/report.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad, Tensor, type TensorOrNumber } from '../tensor/tensor.ts';
import { type Constraint, pythonNumber } from './constraints.ts';

/** Options of sample() and rsample(). */
export interface SampleOptions {
  /** How many to draw. Default `[]`: one. */
  readonly sampleShape?: Shape;
}
/** Their arguments. */
export type SampleArgs = OptionalArgs<[sampleShape: Shape], SampleOptions>;
/** Options of enumerateSupport(). */
export interface SupportOptions {
  /** Give each value the batch's shape? Default true; else its dims have size 1. */
  readonly expand?: boolean;
}

/** What a distribution tells of itself. */
export interface Setup {
  readonly name: string;
  readonly batchShape: Shape;
  readonly eventShape?: Shape;
  /** A parameter, for dtype and device. */
  readonly like: Tensor;
  /** Parameters as they were given, and where they may lie. */
  readonly parameters?: Readonly<Record<string, readonly [given: TensorOrNumber, allowed: Constraint]>>;
  readonly validateArgs: boolean | null;
}

let validatesByDefault = true;
const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const size = (shape: Shape): string => `torch.Size([${shape.join(', ')}])`;
const tuple = (shape: Shape): string => `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;

/**
 * A probability distribution, or a batch of them: `batchShape` says how many distributions there are, `eventShape` what a single draw
 * of one looks like. Draws have the shape (…sampleShape, …batchShape, …eventShape), and logProb() of them the same without the event's
 * dims. Parameters are numbers or tensors, which broadcast; gradients reach them through logProb(), entropy(), and the draws of
 * rsample(). Source: torch.distributions.Distribution.
 *
 * @example
 * const d = new distributions.Normal(tensor([0, 10]), 1);
 * d.sample([5]).shape; // [5, 2]
 * await d.logProb(tensor([0, 0])).tolist(); // [-0.9189, -50.9189]
 */
export abstract class Distribution {
  /** The shape of the batch. */
  readonly batchShape: Shape;
  /** The shape of one draw from one distribution. */
  readonly eventShape: Shape;
  private validates: boolean;
  private readonly name: string;
  private readonly told: readonly string[];
  /** A parameter, for dtype and device. @internal */
  readonly like: Tensor;

  protected constructor({ name, batchShape, eventShape = [], like, parameters = {}, validateArgs }: Setup) {
    this.name = name;
    this.batchShape = batchShape;
    this.eventShape = eventShape;
    this.like = like;
    this.validates = validateArgs ?? validatesByDefault;
    const given = Object.entries(parameters);
    this.told = given.map(
      ([key, [value, { eventDim }]]) =>
        `${snake(key)}: ${
          value instanceof Tensor && eventDim > 0
            ? size(value.shape)
            : value instanceof Tensor || batchShape.length > 0
              ? size(batchShape)
              : pythonNumber(+value)
        }`,
    );
    if (this.validates) for (const [key, [value, allowed]] of given) this.checkParameter(key, value, allowed);
  }

  /** Whether distributions check what they are given unless told otherwise. Source: Distribution.set_default_validate_args. */
  static setDefaultValidateArgs(value: boolean): void {
    if (typeof value !== 'boolean') wrongType('setDefaultValidateArgs', 'value', 'true or false', value);
    validatesByDefault = value;
  }

  // ---- what a distribution is ---------------------------------------------------------------------------------------

  /** Do the draws of rsample() follow the parameters? */
  get hasRsample(): boolean {
    return false;
  }
  /** Can enumerateSupport() list all values? */
  get hasEnumerateSupport(): boolean {
    return false;
  }
  /** Where the values lie. */
  abstract get support(): Constraint;

  /** The mean: (…batchShape, …eventShape). */
  get mean(): Tensor {
    return scope(() => this.meanOf());
  }
  /** The variance of each element. */
  get variance(): Tensor {
    return scope(() => this.varianceOf());
  }
  /** The standard deviation of each element. */
  get stddev(): Tensor {
    return scope(() => this.stddevOf());
  }
  /** The likeliest value. */
  get mode(): Tensor {
    return scope(() => this.modeOf());
  }

  /**
   * Draws, which do not follow the parameters: (…sampleShape, …batchShape, …eventShape).
   *
   * @example
   * new distributions.Categorical(tensor([0.5, 0.5])).sample([3]).dtype; // 'int32'
   */
  sample(...rest: SampleArgs): Tensor {
    return this.drawnBy('sample', rest, (shape, count) => noGrad(() => this.draw(shape, count)));
  }
  /**
   * Draws that follow the parameters: gradients flow through them. Those of gamma distributions, and of what is made of them, by
   * implicit differentiation.
   *
   * @throws OptionError for distributions whose draws cannot follow (see hasRsample).
   */
  rsample(...rest: SampleArgs): Tensor {
    if (!this.hasRsample)
      this.missing('rsample', 'its draws cannot follow the parameters; use sample(), and logProb() of what was drawn');
    return this.drawnBy('rsample', rest, (shape, count) => this.draw(shape, count));
  }
  /**
   * The logarithm of the density, or for discrete values of the probability, at `value`, which broadcasts against
   * (…batchShape, …eventShape).
   *
   * @throws ShapeError for a shape that does not fit, OptionError (for elements of tensors: at the next read) for a value that the
   * distribution cannot have.
   */
  logProb(value: TensorOrNumber): Tensor {
    const checked = this.checkedValue('logProb', value);
    return scope(() => this.logProbOf(checked));
  }
  /** The probability of values up to `value`. */
  cdf(value: TensorOrNumber): Tensor {
    const checked = this.checkedValue('cdf', value);
    return scope(() => this.cdfOf(checked));
  }
  /** The value up to which the probability is `value`: the inverse of cdf(). */
  icdf(value: TensorOrNumber): Tensor {
    const tensor = this.asTensor('icdf', value);
    return scope(() => this.icdfOf(tensor));
  }
  /** The entropy, in nats: (…batchShape). */
  entropy(): Tensor {
    return scope(() => this.entropyOf());
  }
  /** e to the entropy. */
  perplexity(): Tensor {
    return scope(() => this.entropyOf().exp());
  }
  /**
   * All values, along a new first dim: (values, …batchShape, …eventShape).
   *
   * @throws OptionError where there is no end of them (see hasEnumerateSupport).
   * @example
   * const d = new distributions.Bernoulli(tensor([0.2, 0.7]));
   * await d.enumerateSupport().tolist(); // [[0, 0], [1, 1]]
   * await d.enumerateSupport({ expand: false }).tolist(); // [[0], [1]]
   */
  enumerateSupport(...rest: OptionalArgs<[expand: boolean], SupportOptions>): Tensor {
    if (!this.hasEnumerateSupport) this.missing('enumerate_support');
    const { expand = true } = optionalArgs<SupportOptions>('enumerateSupport', ['expand'], rest);
    if (typeof expand !== 'boolean') wrongType('enumerateSupport', 'expand', 'true or false', expand);
    return scope(() => {
      const values = this.valuesOf();
      const [count = 0, ...event] = values.shape;
      const narrow = values.reshape([count, ...this.batchShape.map(() => 1), ...event]);
      return expand ? narrow.expand([count, ...this.batchShape, ...event]) : narrow;
    });
  }
  /**
   * The same distributions as a batch of another shape, to which theirs broadcasts.
   *
   * @throws ShapeError when it does not.
   * @example
   * new distributions.Normal(0, 1).expand([2, 3]).sample().shape; // [2, 3]
   */
  expand(batchShape: Shape): this {
    if (!Array.isArray(batchShape)) wrongType('expand', 'batchShape', 'a list of ints', batchShape);
    const wide = this.expanded(batchShape);
    wide.validates = this.validates;
    return wide as this;
  }
  /** The name of its class, as messages have it. */
  get kind(): string {
    return this.name;
  }
  /** PyTorch's text; of parameters that are tensors it shows the shape. */
  toString(): string {
    return `${this.kind}(${this.told.join(', ')})`;
  }
  /** What leaves a scope with the distribution. @internal */
  heldTensors(): Iterable<unknown> {
    return Object.values(this);
  }

  // ---- what each distribution says ----------------------------------------------------------------------------------

  /** Draws of `shape`, which is (…sampleShape, …batchShape, …eventShape). */
  protected abstract draw(shape: Shape, sampleShape: Shape): Tensor;
  protected abstract expanded(batchShape: Shape): Distribution;
  protected abstract logProbOf(value: Tensor): Tensor;
  protected cdfOf(_value: Tensor): Tensor {
    return this.missing('cdf');
  }
  protected icdfOf(_value: Tensor): Tensor {
    return this.missing('icdf');
  }
  protected entropyOf(): Tensor {
    return this.missing('entropy');
  }
  protected meanOf(): Tensor {
    return this.missing('mean');
  }
  protected varianceOf(): Tensor {
    return this.missing('variance');
  }
  protected stddevOf(): Tensor {
    return this.varianceOf().sqrt();
  }
  protected modeOf(): Tensor {
    return this.missing('mode');
  }
  /** All values: (values, …eventShape). */
  protected valuesOf(): Tensor {
    return this.missing('enumerate_support');
  }

  // ---- for these ----------------------------------------------------------------------------------------------------

  protected missing(what: string, why = 'there is no closed form'): never {
    throw new OptionError(`NotImplementedError: ${what}\n  in ${this}: ${why}`);
  }
  /** A number as a tensor, and integers as floating ones, of the dtype and on the device of the parameters. */
  protected asTensor(method: string, value: TensorOrNumber): Tensor {
    const { dtype, device } = this.like;
    if (typeof value === 'number') return full([], value, { dtype, device });
    if (!(value instanceof Tensor))
      throw new OptionError(
        `The value argument to ${snake(method)} must be a Tensor\n  in ${this.kind}.${method}: got ${describe(value)}`,
      );
    return isFloat(value.dtype) ? value : value.to(dtype);
  }
  /** {@link asTensor}, once shape and values are checked. */
  protected checkedValue(method: string, given: TensorOrNumber): Tensor {
    const value = this.asTensor(method, given);
    if (!this.validates) return value;
    this.checkValueShape(method, value.shape);
    const { support } = this;
    const complaint = () =>
      `Expected value argument (Tensor of shape ${tuple(value.shape)}) to be within the support (${support}) of the distribution ${this}, but found invalid values`;
    const odd = hostValues(given).find((v) => !support.holds(v));
    if (odd !== undefined) throw new OptionError(`${complaint()}:\n${pythonNumber(odd)}`);
    const text = complaint();
    const held = value.detach();
    if (numel(held.shape) > 0)
      reportAny(
        () => support.check(held).logicalNot(),
        () =>
          new OptionError(
            `${text}\n  in ${this.kind}.${method}: read the value to see which, or say { validateArgs: false }`,
          ),
      );
    return value;
  }
  private checkValueShape(method: string, shape: Shape): void {
    const wanted = [...this.batchShape, ...this.eventShape];
    const events = this.eventShape.length;
    const last = events === 0 ? [] : shape.slice(-events);
    if (last.some((n, i) => n !== this.eventShape[i]) || last.length < events) {
      throw new ShapeError(
        `The right-most size of value must match event_shape: ${size(shape)} vs ${size(this.eventShape)}.\n  in ${this.kind}.${method}`,
      );
    }
    for (let i = 1; i <= Math.min(shape.length, wanted.length); i++) {
      const [a, b] = [shape.at(-i)!, wanted.at(-i)!];
      if (a !== 1 && b !== 1 && a !== b)
        throw new ShapeError(
          `Value is not broadcastable with batch_shape+event_shape: ${size(shape)} vs ${size(wanted)}.\n  in ${this.kind}.${method}`,
        );
    }
  }
  private checkParameter(key: string, value: TensorOrNumber, allowed: Constraint): void {
    const shape = value instanceof Tensor ? value.shape : [];
    const text = `Expected parameter ${snake(key)} (Tensor of shape ${tuple(shape)}) of distribution ${this} to satisfy the constraint ${allowed}, but found invalid values`;
    if (!(value instanceof Tensor)) {
      if (!allowed.holds(+value)) throw new OptionError(`${text}:\n${pythonNumber(+value)}`);
      return;
    }
    if (numel(shape) === 0) return;
    const held = value.detach();
    reportAny(
      () => allowed.check(held).logicalNot(),
      () => new OptionError(`${text}\n  in ${this.kind}: read ${key} to see which`),
    );
  }
  private drawnBy(method: string, rest: SampleArgs, draw: (shape: Shape, sampleShape: Shape) => Tensor): Tensor {
    const { sampleShape = [] } = optionalArgs<SampleOptions>(method, ['sampleShape'], rest);
    if (!Array.isArray(sampleShape))
      wrongType(
        `${this.kind}.${method}`,
        'sampleShape',
        'a list of ints',
        sampleShape,
        `write ${method}([${sampleShape}])`,
      );
    if (sampleShape.some((n) => !Number.isInteger(n) || n < 0))
      throw new ShapeError(`${this.kind}.${method}: sizes must be integers from 0 on, got ${formatShape(sampleShape)}`);
    return scope(() => draw([...sampleShape, ...this.batchShape, ...this.eventShape], sampleShape));
  }
}

/** The least and the greatest value, where the host knows them: of numbers, and of integers that came from it. */
function hostValues(value: TensorOrNumber): number[] {
  if (!(value instanceof Tensor)) return [+value];
  const { range } = value.impl.storage.value;
  return range?.exact && value.impl.isWhole ? [range.min, range.max] : [];
}

/** Throws unless `value` is a distribution. */
export function checkDistribution(name: string, argument: string, value: unknown): void {
  if (!(value instanceof Distribution)) wrongType(name, argument, 'a distribution', value);
}
