/** Where values may lie: of parameters, and of what is drawn. torch.distributions.constraints in camelCase. */
import type { DType } from '../core/dtype.ts';
import { isnan } from '../tensor/functions/rounding.ts';
import { choleskyEx } from '../tensor/linalg/index.ts';
import { Tensor, type TensorOrNumber } from '../tensor/tensor.ts';

/** A set of values. `String(constraint)` is PyTorch's text. */
export interface Constraint {
  /** How many of the last dims make one value: 0 for numbers, 1 for vectors. */
  readonly eventDim: number;
  /** Are the values discrete? */
  readonly isDiscrete: boolean;
  /** For each value, whether it lies in the set: bool, of the values' shape without the last `eventDim` dims. */
  check(value: Tensor): Tensor;
  /** Whether a number of the host lies in the set; where only the device can tell, true. */
  holds(value: number): boolean;
  /** PyTorch's text. */
  toString(): string;
}

const isWhole: Partial<Record<DType, true>> = { int32: true, uint32: true, bool: true };
const spoken = (bound: TensorOrNumber, whole: boolean): string =>
  bound instanceof Tensor ? `tensor of shape [${bound.shape.join(', ')}]` : whole ? `${bound}` : pythonNumber(+bound);
/** A float as Python prints it, but for exponents. */
export const pythonNumber = (value: number): string =>
  Number.isInteger(value) ? `${value}.0` : `${value}`.replace('Infinity', 'inf').replace('NaN', 'nan');

interface Bounds {
  /** The least value. */
  readonly from?: TensorOrNumber;
  /** Values lie above this. */
  readonly above?: TensorOrNumber;
  /** The greatest value. */
  readonly to?: TensorOrNumber;
  /** Values lie below this. */
  readonly below?: TensorOrNumber;
  /** Whole numbers alone? */
  readonly whole?: boolean;
}
const sides = [
  ['from', 'ge', (v: number, b: number) => v >= b],
  ['above', 'gt', (v: number, b: number) => v > b],
  ['to', 'le', (v: number, b: number) => v <= b],
  ['below', 'lt', (v: number, b: number) => v < b],
] as const;

/** Numbers between bounds, each of which may be left out. */
class Range implements Constraint {
  readonly eventDim = 0;
  readonly isDiscrete: boolean;
  private readonly bounds: Bounds;
  private readonly text: string;

  constructor(name: string, bounds: Bounds) {
    const { from, above, to, below, whole = false } = bounds;
    const [lower, upper] = [from ?? above, to ?? below];
    const told = [
      ...(lower === undefined ? [] : [`lower_bound=${spoken(lower, whole)}`]),
      ...(upper === undefined ? [] : [`upper_bound=${spoken(upper, whole)}`]),
    ];
    this.bounds = bounds;
    this.isDiscrete = whole;
    this.text = name === 'Boolean' ? 'Boolean()' : `${name}(${told.join(', ')})`;
  }
  check(value: Tensor): Tensor {
    const whole = this.bounds.whole && !isWhole[value.dtype] ? [value.eq(value.floor())] : [];
    const within = sides.flatMap(([side, compare]) => {
      const bound = this.bounds[side];
      return bound === undefined ? [] : [value[compare](bound)];
    });
    const all = [...within, ...whole];
    return all.length === 0 ? isnan(value).logicalNot() : all.reduce((a, b) => a.logicalAnd(b));
  }
  holds(value: number): boolean {
    if (Number.isNaN(value) || (this.bounds.whole && !Number.isInteger(value))) return false;
    return sides.every(([side, , compare]) => {
      const bound = this.bounds[side];
      return bound === undefined || bound instanceof Tensor || compare(value, +bound);
    });
  }
  toString(): string {
    return this.text;
  }
}

/** Vectors or matrices, as a rule on the last dims. */
class Whole implements Constraint {
  readonly eventDim: number;
  readonly isDiscrete: boolean;
  readonly check: (value: Tensor) => Tensor;
  private readonly text: string;

  constructor(text: string, eventDim: number, check: (value: Tensor) => Tensor, isDiscrete = false) {
    this.text = text;
    this.eventDim = eventDim;
    this.check = check;
    this.isDiscrete = isDiscrete;
  }
  holds(): boolean {
    return true;
  }
  toString(): string {
    return this.text;
  }
}

/** Any number but NaN. */
export const real: Constraint = /* @__PURE__ */ new Range('Real', {});
/** Numbers above 0. */
export const positive: Constraint = /* @__PURE__ */ new Range('GreaterThan', { above: 0 });
/** Numbers from 0 on. */
export const nonnegative: Constraint = /* @__PURE__ */ new Range('GreaterThanEq', { from: 0 });
/** Numbers from 0 to 1. */
export const unitInterval: Constraint = /* @__PURE__ */ new Range('Interval', { from: 0, to: 1 });
/** 0 and 1. */
export const boolean: Constraint = /* @__PURE__ */ new Range('Boolean', { from: 0, to: 1, whole: true });
/** 0, 1, 2, … */
export const nonnegativeInteger: Constraint = /* @__PURE__ */ new Range('IntegerGreaterThan', { from: 0, whole: true });
/** Numbers above a bound. */
export const greaterThan = (lowerBound: TensorOrNumber): Constraint => new Range('GreaterThan', { above: lowerBound });
/** Numbers from a bound on. */
export const greaterThanEq = (lowerBound: TensorOrNumber): Constraint =>
  new Range('GreaterThanEq', { from: lowerBound });
/** Numbers below a bound. */
export const lessThan = (upperBound: TensorOrNumber): Constraint => new Range('LessThan', { below: upperBound });
/** Numbers between two bounds, and these. */
export const interval = (lowerBound: TensorOrNumber, upperBound: TensorOrNumber): Constraint =>
  new Range('Interval', { from: lowerBound, to: upperBound });
/** Numbers from one bound to another, without the latter. */
export const halfOpenInterval = (lowerBound: TensorOrNumber, upperBound: TensorOrNumber): Constraint =>
  new Range('HalfOpenInterval', { from: lowerBound, below: upperBound });
/** Whole numbers between two bounds, and these. */
export const integerInterval = (lowerBound: TensorOrNumber, upperBound: TensorOrNumber): Constraint =>
  new Range('IntegerInterval', { from: lowerBound, to: upperBound, whole: true });

/** Values of which `reinterpretedBatchNdims` more of the last dims make one, each of which lies in `base`. */
export function independent(base: Constraint, reinterpretedBatchNdims: number): Constraint {
  const dims = Array.from({ length: reinterpretedBatchNdims }, (_, i) => i - reinterpretedBatchNdims);
  return new Whole(
    `IndependentConstraint(${base}, ${reinterpretedBatchNdims})`,
    base.eventDim + reinterpretedBatchNdims,
    (value) => (dims.length === 0 ? base.check(value) : base.check(value).all(dims)),
    base.isDiscrete,
  );
}
/** Vectors. */
export const realVector: Constraint = /* @__PURE__ */ independent(real, 1);
/** Vectors of numbers from 0 on whose sum is 1. */
export const simplex: Constraint = /* @__PURE__ */ new Whole('Simplex()', 1, (value) =>
  value.ge(0).all(-1).logicalAnd(value.sum(-1).sub(1).abs().lt(1e-6)),
);
/** Vectors of zeros with a 1. */
export const oneHot: Constraint = /* @__PURE__ */ new Whole(
  'OneHot()',
  1,
  (value) => value.eq(0).logicalOr(value.eq(1)).all(-1).logicalAnd(value.sum(-1).eq(1)),
  true,
);
/** Lower triangular matrices with a positive diagonal. */
export const lowerCholesky: Constraint = /* @__PURE__ */ new Whole('LowerCholesky()', 2, (value) =>
  value
    .tril()
    .eq(value)
    .all([-2, -1])
    .logicalAnd(value.diagonal({ dim1: -2, dim2: -1 }).gt(0).all(-1)),
);
/** Symmetric matrices whose eigenvalues are above 0. */
export const positiveDefinite: Constraint = /* @__PURE__ */ new Whole('PositiveDefinite()', 2, (value) =>
  value.sub(value.mT).abs().le(1e-6).all([-2, -1]).logicalAnd(choleskyEx(value).info.eq(0)),
);
