/** Losses. Formulas: the PyTorch page of each. */
import { apply } from '../../autograd/apply.ts';
import type { Var } from '../../autograd/var.ts';
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { broadcastShapes, formatShape, numel, sameShape } from '../../core/shape.ts';
import { cast, named, op, type Reduction, scalar, scoped } from './common.ts';
import { checkWithin } from './indexing.ts';
import { mean, sum } from './reduce.ts';

export function reduceLoss(loss: Var, reduction: Reduction): Var {
  return reduction === 'none' ? loss : reduction === 'sum' ? sum(loss, null) : mean(loss, null);
}

export function mseLoss(input: Var, target: Var, reduction: Reduction): Var {
  broadcastShapes('mseLoss', input.shape, target.shape);
  const result = scoped(() => {
    const d = op('sub', [input, cast(target, input.dtype)]);
    return reduceLoss(op('mul', [d, d]), reduction);
  });
  return named(result, 'MseLossBackward0');
}

export interface ClassLossArgs {
  readonly weight: Var | null;
  readonly ignoreIndex: number;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
}

/** (N, C, d1, …) as rows (N·d1·…, C). */
function asRows(x: Var): Var {
  const rank = x.shape.length;
  if (rank === 1) return op('reshape', [x], { shape: [1, x.shape[0]!] });
  if (rank === 2) return x;
  const moved = op('permute', [x], { dims: [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1] });
  const c = x.shape[1]!;
  return op('reshape', [moved], { shape: [numel(x.shape) / Math.max(c, 1), c] });
}

const classesOf = ({ shape }: Var): number => (shape.length === 1 ? shape[0]! : shape[1]!);

function checkClasses(name: string, input: Var, target: Var, weight: Var | null): void {
  if (!isFloat(input.dtype))
    throw new DTypeError(`${name}: expected floating-point input, got ${input.dtype}; cast it with .to('float32')`);
  const rank = input.shape.length;
  if (rank === 0) throw new ShapeError(`${name}: input should have at least one dimension`);
  const expected = labelShape(input);
  if (!sameShape(target.shape, expected)) {
    if (rank > 1 && target.shape.length > 0 && target.shape[0] !== input.shape[0]) {
      throw new ShapeError(
        `Expected input batch_size (${input.shape[0]}) to match target batch_size (${target.shape[0]}).\n  in ${name} of ${formatShape(input.shape)} and ${formatShape(target.shape)}`,
      );
    }
    throw new ShapeError(
      `Expected target size ${formatShape(expected)}, got ${formatShape(target.shape)}\n  in ${name} of ${formatShape(input.shape)}`,
    );
  }
  const c = classesOf(input);
  if (weight && !sameShape(weight.shape, [c])) {
    throw new ShapeError(
      `weight tensor should be defined either for all ${c} classes or no classes but got weight tensor of shape: ${formatShape(weight.shape)}\n  in ${name}`,
    );
  }
}

/** Labels checked against [0, classes), but for ignoreIndex. */
function checkLabels(
  name: string,
  target: Var,
  classes: number,
  ignoreIndex: number,
): { labels: Var; watch: () => void } {
  if (target.dtype !== 'int32' && target.dtype !== 'uint32') wrongLabels(name, target);
  if (!Number.isInteger(ignoreIndex)) wrongType(name, 'ignoreIndex', 'int', ignoreIndex);
  const labels = cast(target, 'int32');
  const { range } = labels.storage.value;
  const complain = (bad: number | null): string =>
    `Target ${bad === null ? 'computed on the device' : bad} is out of bounds.\n  in ${name}: labels must be in [0, ${classes - 1}] for ${classes} classes`;
  if (range && range.min >= 0 && range.max < classes) return { labels, watch: () => {} };
  if (range?.exact && labels.isWhole) {
    const bad = [range.min, range.max].find((v) => (v < 0 || v >= classes) && v !== ignoreIndex);
    if (bad !== undefined) throw new ShapeError(complain(bad));
  }
  const watch = (): void => {
    scoped(() => {
      checkWithin(
        op('where', [op('eq', [labels, scalar(ignoreIndex, 'int32')]), scalar(0, 'int32'), labels]),
        0,
        classes,
        complain,
      )();
      return [];
    });
  };
  return { labels, watch };
}
function wrongLabels(name: string, target: Var): never {
  throw new DTypeError(
    `expected target dtype to be int32, but got ${target.dtype}\n  in ${name}; cast it with .to('int32')`,
  );
}
const labelShape = ({ shape }: Var): number[] => (shape.length === 1 ? [] : [shape[0]!, ...shape.slice(2)]);

/** Class indices as targets. */
export function crossEntropy(input: Var, target: Var, args: ClassLossArgs): Var {
  if (isFloat(target.dtype)) {
    // Labels that are floats by mistake, and not probabilities.
    if (target.shape.length < input.shape.length && sameShape(target.shape, labelShape(input)))
      wrongLabels('crossEntropy', target);
    return softCrossEntropy(input, target, args);
  }
  const { weight, ignoreIndex, reduction, labelSmoothing } = args;
  checkClasses('crossEntropy', input, target, weight);
  checkSmoothing(labelSmoothing);
  const { labels, watch } = checkLabels('crossEntropy', target, classesOf(input), ignoreIndex);
  const result = scoped(() => {
    const rows = asRows(input);
    const [n] = rows.shape as [number];
    const t = op('reshape', [labels], { shape: [n] });
    if (weight || labelSmoothing > 0) return smoothed(op('logSoftmax', [rows], { dim: 1 }), t, args, target);
    const loss = apply('crossEntropy', [rows, t], { ignoreIndex })[0]!;
    if (reduction === 'none') return op('reshape', [loss], { shape: target.shape });
    const total = op('sum', [loss], { dims: [0] });
    const { range } = target.storage.value;
    const allCount = ignoreIndex < 0 && range !== null && range.min >= 0;
    if (reduction === 'sum') return op('reshape', [total], { shape: [] });
    const count = allCount
      ? scalar(n, input.dtype)
      : op('sum', [cast(op('ne', [t, scalar(ignoreIndex, 'int32')]), input.dtype)], { dims: [0] });
    return op('reshape', [op('div', [total, count])], { shape: [] });
  });
  watch();
  return named(result, labelSmoothing > 0 ? 'AddBackward0' : likelihoodName(input));
}

const likelihoodName = (input: Var): string => (input.shape.length > 2 ? 'NllLoss2DBackward0' : 'NllLossBackward0');

function checkSmoothing(labelSmoothing: number): void {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new OptionError(`label_smoothing must be between 0.0 and 1.0. Got: ${labelSmoothing}`);
}

/** −w[t]·logp[t], zero in ignored rows, and the weights for the mean. */
function negativeLogLikelihood(
  logp: Var,
  t: Var,
  weight: Var | null,
  ignoreIndex: number,
): { loss: Var; weights: Var; kept: Var } {
  const n = logp.shape[0]!;
  const kept = op('ne', [t, scalar(ignoreIndex, 'int32')]);
  const safe = op('where', [kept, t, scalar(0, 'int32')]);
  const picked = op('reshape', [op('gather', [logp, op('reshape', [safe], { shape: [n, 1] })], { dim: 1 })], {
    shape: [n],
  });
  const own = weight
    ? op('indexSelect', [weight, safe], { dim: 0 })
    : op('fill', [scalar(1, logp.dtype)], { shape: [n], dtype: logp.dtype }, logp.engine);
  const weights = op('where', [kept, own, scalar(0, logp.dtype)]);
  return { loss: op('where', [kept, op('neg', [op('mul', [picked, weights])]), scalar(0, logp.dtype)]), weights, kept };
}

function weightedReduce(loss: Var, weights: Var, reduction: Reduction, shape: readonly number[]): Var {
  if (reduction === 'none') return op('reshape', [loss], { shape });
  const total = sum(loss, null);
  return reduction === 'sum' ? total : op('div', [total, sum(weights, null)]);
}

function smoothed(
  logp: Var,
  t: Var,
  { weight, ignoreIndex, reduction, labelSmoothing }: ClassLossArgs,
  target: Var,
): Var {
  const { loss, weights, kept } = negativeLogLikelihood(logp, t, weight, ignoreIndex);
  const hard = weightedReduce(loss, weights, reduction, target.shape);
  if (labelSmoothing === 0) return hard;
  const c = logp.shape[1]!;
  const spread = op('neg', [sum(weight ? op('mul', [logp, weight]) : logp, 1)]);
  const smoothLoss = op('where', [kept, spread, scalar(0, logp.dtype)]);
  const smooth = weightedReduce(smoothLoss, weights, reduction, target.shape);
  return op('add', [
    op('mul', [hard, scalar(1 - labelSmoothing, logp.dtype)]),
    op('mul', [smooth, scalar(labelSmoothing / c, logp.dtype)]),
  ]);
}

/** Class probabilities as targets. */
function softCrossEntropy(input: Var, target: Var, { weight, reduction, labelSmoothing }: ClassLossArgs): Var {
  if (target.shape.length < input.shape.length)
    throw new DTypeError(
      `expected scalar type int32 but found ${target.dtype}\n  in crossEntropy: class indices must be integers, cast them with .int(); class probabilities need the input's shape ${formatShape(input.shape)}`,
    );
  if (!sameShape(input.shape, target.shape))
    throw new ShapeError(
      `class probabilities need the input's shape ${formatShape(input.shape)}, got ${formatShape(target.shape)}\n  in crossEntropy(input, target)`,
    );
  checkSmoothing(labelSmoothing);
  return scoped(() => {
    const logp = op('logSoftmax', [asRows(input)], { dim: 1 });
    const [n, c] = logp.shape as [number, number];
    const p = asRows(cast(target, input.dtype));
    const q =
      labelSmoothing > 0
        ? op('add', [op('mul', [p, scalar(1 - labelSmoothing, p.dtype)]), scalar(labelSmoothing / c, p.dtype)])
        : p;
    const terms = op('mul', [logp, weight ? op('mul', [q, weight]) : q]);
    const rows = op('neg', [sum(terms, 1)]);
    if (reduction === 'none')
      return op('reshape', [rows], {
        shape: input.shape.length === 1 ? [] : [input.shape[0]!, ...input.shape.slice(2)],
      });
    const total = sum(rows, null);
    return reduction === 'sum' ? total : op('div', [total, scalar(n, p.dtype)]);
  });
}

export function nllLoss(
  input: Var,
  target: Var,
  { weight, ignoreIndex, reduction }: Omit<ClassLossArgs, 'labelSmoothing'>,
): Var {
  checkClasses('nllLoss', input, target, weight);
  const { labels, watch } = checkLabels('nllLoss', target, classesOf(input), ignoreIndex);
  const result = scoped(() => {
    const rows = asRows(input);
    const t = op('reshape', [labels], { shape: [rows.shape[0]!] });
    const { loss, weights } = negativeLogLikelihood(rows, t, weight, ignoreIndex);
    return weightedReduce(loss, weights, reduction, target.shape);
  });
  watch();
  return named(result, likelihoodName(input));
}

/** The loss of a sigmoid and a binary target, in a form that never overflows. */
export function binaryCrossEntropyWithLogits(
  input: Var,
  target: Var,
  args: { weight: Var | null; posWeight: Var | null; reduction: Reduction },
): Var {
  if (!isFloat(input.dtype))
    throw new DTypeError(
      `binaryCrossEntropyWithLogits: expected floating-point input, got ${input.dtype}; cast it with .to('float32')`,
    );
  if (!sameShape(input.shape, target.shape))
    throw new ShapeError(
      `Target size (torch.Size(${formatShape(target.shape)})) must be the same as input size (torch.Size(${formatShape(input.shape)}))\n  in binaryCrossEntropyWithLogits`,
    );
  const result = scoped(() => {
    const t = cast(target, input.dtype);
    const one = scalar(1, input.dtype);
    // (1 − t)·x − c·log σ(x), with −log σ(x) = softplus(−x)
    const tail = op('softplus', [op('neg', [input]), one, scalar(Number.POSITIVE_INFINITY, input.dtype)]);
    const coefficient = args.posWeight ? op('add', [op('mul', [op('sub', [args.posWeight, one]), t]), one]) : null;
    const scaledTail = coefficient ? op('mul', [tail, coefficient]) : tail;
    const loss = op('add', [op('mul', [op('sub', [one, t]), input]), scaledTail]);
    return reduceLoss(args.weight ? op('mul', [loss, args.weight]) : loss, args.reduction);
  });
  return named(result, 'BinaryCrossEntropyWithLogitsBackward0');
}
