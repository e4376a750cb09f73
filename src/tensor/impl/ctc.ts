/** Connectionist temporal classification: checks, and targets as a table. The recursion is a kernel (ops/extended/ctc.ts). */
import { apply } from '../../autograd/apply.ts';
import type { Var } from '../../autograd/var.ts';
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, numel } from '../../core/shape.ts';
import { cast, notImplemented, op, type Reduction, scalar, scoped } from './common.ts';
import { checkWithin } from './indexing.ts';
import { reduceLoss } from './loss.ts';

export interface CtcArgs {
  readonly inputLengths: Var;
  readonly targetLengths: Var;
  /** Where they were given as numbers: the sum and the largest of the target lengths. */
  readonly known: { readonly total: number; readonly longest: number } | null;
  readonly blank: number;
  readonly reduction: Reduction;
  readonly zeroInfinity: boolean;
}
const checking = '(while checking arguments for ctc_loss_allocate_outputs)';
/** Widths of concatenated targets are rounded up to this, so that not every batch needs a kernel of its own. */
const widthStep = 16;

export function ctcLoss(logProbs: Var, targets: Var, args: CtcArgs): Var {
  const { blank, reduction, zeroInfinity } = args;
  const { rank, time, batch, classes } = checkProbabilities(logProbs);
  if (!Number.isInteger(blank) || blank < 0 || blank >= classes)
    throw new OptionError(`blank must be in label range\n  in ctcLoss: got ${blank} for ${classes} classes`);
  const [inputs, lengths] = (['input', 'target'] as const).map((name) =>
    checkLengths(`${name}_lengths`, args[`${name}Lengths`], batch),
  ) as [Var, Var];
  const checks = [checkFrames(inputs, time)];
  const result = scoped(() => {
    const x = rank === 3 ? logProbs : op('reshape', [logProbs], { shape: [time, 1, classes] });
    const table = asTable(targets, lengths, { batch, classes }, args.known, checks);
    const columns = [inputs, lengths].map((v) => op('reshape', [v], { shape: [batch, 1] }));
    const both = op('cat', columns, { dim: 1 });
    const loss = apply('ctcLoss', [x, table, both], { blank, zeroInfinity })[0]!;
    const infinity = scalar(Number.POSITIVE_INFINITY, loss.dtype);
    const finite = zeroInfinity ? op('where', [op('eq', [loss, infinity]), scalar(0, loss.dtype), loss]) : loss;
    if (reduction === 'mean')
      return reduceLoss(op('div', [finite, cast(op('maximum', [lengths, scalar(1, 'int32')]), loss.dtype)]), 'mean');
    return reduction === 'none' && rank === 2 ? op('reshape', [finite], { shape: [] }) : reduceLoss(finite, reduction);
  });
  for (const check of checks) check();
  return result;
}

function checkProbabilities({ shape, dtype }: Var) {
  const rank = shape.length;
  if (rank !== 2 && rank !== 3)
    throw new ShapeError(
      `Expected 3-dimensional tensor, but got ${rank}-dimensional tensor for argument #1 'log_probs' ${checking}\n  in ctcLoss: log-probabilities are (T, N, C) or (T, C)`,
    );
  if (numel(shape) === 0)
    throw new ShapeError(`log_probs tensor must not be empty\n  in ctcLoss of ${formatShape(shape)}`);
  if (!isFloat(dtype)) notImplemented('ctcLoss', 'ctc_loss', dtype);
  return { rank, time: shape[0]!, batch: rank === 3 ? shape[1]! : 1, classes: shape.at(-1)! };
}

function checkLengths(name: string, lengths: Var, batch: number): Var {
  if (lengths.dtype !== 'int32' && lengths.dtype !== 'uint32')
    throw new DTypeError(`${name} must be integral\n  in ctcLoss: got ${lengths.dtype}; cast with .int()`);
  if (numel(lengths.shape) !== batch || lengths.shape.length > 1)
    throw new ShapeError(
      `${name} must be of size batch_size\n  in ctcLoss: got ${formatShape(lengths.shape)} for a batch of ${batch}`,
    );
  return cast(lengths.shape.length === 1 ? lengths : op('reshape', [lengths], { shape: [1] }), 'int32');
}

const bounded = (name: string, lengths: Var, most: number): (() => void) =>
  checkWithin(lengths, 0, most + 1, (bad) => {
    const bound = bad !== null && bad < 0 ? 'at least 0' : `at most ${most}`;
    return `Expected ${name} to have value ${bound}, but got value ${bad ?? 'computed on the device'} ${checking}\n  in ctcLoss`;
  });
const checkFrames = (lengths: Var, time: number): (() => void) => bounded('input_lengths', lengths, time);

/** Targets as (N, S): as given, or cut out of the concatenated ones. Adds to `checks` what only the device can tell. */
function asTable(
  given: Var,
  lengths: Var,
  { batch, classes }: { readonly batch: number; readonly classes: number },
  known: CtcArgs['known'],
  checks: (() => void)[],
): Var {
  const targets = cast(given, 'int32');
  const rank = targets.shape.length;
  if (rank !== 1 && rank !== 2)
    throw new ShapeError(
      `Expected 1 to 2 dimensions, but got ${rank}-dimensional tensor for argument #2 'targets' ${checking}\n  in ctcLoss`,
    );
  const size = targets.shape[rank - 1]!;
  const zeros = (width: number): Var =>
    op('fill', [scalar(0, 'int32')], { shape: [batch, width], dtype: 'int32' }, targets.engine);
  const wrong = (expected: string, dim: number, got: number): string =>
    `Expected tensor to have size ${expected} at dimension ${dim}, but got size ${got} for argument #2 'targets' ${checking}\n  in ctcLoss`;
  if (rank === 2) {
    if (targets.shape[0] !== batch) throw new ShapeError(wrong(`${batch}`, 0, targets.shape[0]!));
    checks.push(
      checkWithin(lengths, 0, size + 1, (bad) =>
        bad !== null && bad < 0
          ? `Expected target_lengths to have value at least 0, but got value ${bad} ${checking}\n  in ctcLoss`
          : wrong(`at least ${bad ?? 'one of target_lengths, computed on the device,'}`, 1, size),
      ),
    );
    if (size === 0) return zeros(1);
    checks.push(checkLabels(() => withoutPadding(targets, lengths), targets, classes));
    return targets;
  }
  checks.push(bounded('target_lengths', lengths, size));
  if (known && known.total !== size) throw new ShapeError(wrong(`${known.total}`, 0, size));
  if (!known) {
    const differs = op('ne', [
      op('reshape', [op('sum', [lengths], { dims: [0] })], { shape: [] }),
      scalar(size, 'int32'),
    ]);
    checks.push(() => {
      differs.engine.assertFalse(
        differs.storage.value,
        () => new ShapeError(wrong('equal to the sum of target_lengths', 0, size)),
      );
    });
  }
  if (size === 0) return zeros(1);
  checks.push(checkLabels(() => targets, targets, classes));
  const longest = known?.longest ?? Math.min(lengths.storage.value.range?.max ?? size, size);
  const width = Math.max(Math.ceil(longest / widthStep), 1) * widthStep;
  const steps = op(
    'arange',
    [scalar(0, 'int32'), scalar(1, 'int32')],
    { shape: [width], dtype: 'int32' },
    lengths.engine,
  );
  const starts = op('reshape', [op('sub', [op('cumsum', [lengths], { dim: 0 }), lengths])], { shape: [batch, 1] });
  const places = op('minimum', [op('add', [starts, steps]), scalar(size - 1, 'int32')]);
  const flat = op('indexSelect', [targets, op('reshape', [places], { shape: [batch * width] })], { dim: 0 });
  return op('reshape', [flat], { shape: [batch, width] });
}

/** Checks labels that are not known to be classes already. */
function checkLabels(labels: () => Var, { storage }: Var, classes: number): () => void {
  const { range } = storage.value;
  if (range && range.min >= 0 && range.max < classes) return () => {};
  return checkWithin(
    labels(),
    0,
    classes,
    (bad) =>
      `label ${bad ?? 'computed on the device'} is out of bounds
  in ctcLoss: labels must be in [0, ${classes - 1}] for ${classes} classes`,
  );
}

/** What pads the targets may be anything: it counts as 0. */
function withoutPadding(targets: Var, lengths: Var): Var {
  const [batch, width] = targets.shape as [number, number];
  const places = op(
    'arange',
    [scalar(0, 'int32'), scalar(1, 'int32')],
    { shape: [width], dtype: 'int32' },
    targets.engine,
  );
  const counts = op('lt', [places, op('reshape', [lengths], { shape: [batch, 1] })]);
  return op('where', [counts, targets, scalar(0, 'int32')]);
}
