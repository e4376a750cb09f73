/** Writing in place: recorded functionally, seen through every alias, differentiated as PyTorch does. */
import { canCast, type DType } from '../core/dtype.ts';
import { DTypeError, GradError, ShapeError } from '../core/errors.ts';
import { formatShape, mayOverlap, sameShape } from '../core/shape.ts';
import { inScope } from '../graph/scope.ts';
import { apply, commonDevice } from './apply.ts';
import { isGradEnabled, isInference } from './grad-mode.ts';
import { OpNode } from './tape.ts';
import { type Edge, tapeLength, Var } from './var.ts';

/**
 * Replaces the elements of `target` by those of `compute()`, a result of the same shape, cast unless that would lower its
 * category. `forgets`: the result does not depend on the old elements, whose gradient is then zero (and not missing).
 */
export function writeInPlace(op: string, target: Var, compute: () => Var, forgets = false): void {
  const { whole } = target;
  if (whole !== target) {
    writeInPlace(op, whole, () => spread(compute(), whole), forgets);
    return;
  }
  checkWritable(target);
  if (mayOverlap(target.layout)) {
    throw new ShapeError(
      `unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.\n  in ${op} of an expanded or overlapping view`,
    );
  }
  inScope(() => {
    const start = tapeLength();
    const computed = compute();
    checkFits(op, computed.dtype, target.dtype);
    const same = computed.dtype === target.dtype;
    const result = same ? computed : apply('cast', [computed], { dtype: target.dtype })[0]!;
    commonDevice(op, [target, result]);
    if (!sameShape(result.shape, target.shape)) {
      throw new ShapeError(
        `output with shape ${formatShape(target.shape)} doesn't match the broadcast shape ${formatShape(result.shape)}\n  in ${op}`,
      );
    }
    const fresh =
      result.isWhole &&
      result.storage !== target.storage &&
      result.storage.value.node?.pending === true &&
      !result.storage.value.kept;
    const own = fresh ? result : apply('copy', [result])[0]!;
    const nodes = recordedSince(start, own.edge);
    const copies = new Map<Var, Var>();
    const copyOf = (v: Var): Var => copies.get(v) ?? copies.set(v, apply('copy', [v])[0]!).get(v)!;
    for (const node of nodes) node.copySaved(target.storage, copyOf);
    const keepsHistory = forgets && isGradEnabled() && target.requiresGrad;
    if (target.isWhole && !keepsHistory) overwrite(target, own, nodes);
    else overwritePart(target, own);
    return target;
  }, keepWritten);
}

/** The result for all samples of a vmap(), also where it is the same for each. */
function spread(result: Var, target: Var): Var {
  const all = result.whole;
  return sameShape(all.shape, target.shape) ? all : apply('expand', [all], { shape: target.shape })[0]!;
}

/** Throws where a result of dtype `from` may not be written into a tensor of dtype `to`. */
export function checkFits(op: string, from: DType, to: DType): void {
  if (canCast(from, to)) return;
  throw new DTypeError(
    `result type ${from} can't be cast to the desired output type ${to}\n  in ${op}; use the out-of-place form`,
  );
}

/** Written outside any scope: user-level from now on, wherever the tensor was made. */
function keepWritten(target: Var): void {
  target.storage.value.kept = true;
}

function checkWritable(target: Var): void {
  if (target.inference && !isInference())
    throw new GradError(
      'Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a normal tensor before doing inplace update.',
    );
  if (!isGradEnabled()) return;
  if (target.leaf) {
    throw new GradError(
      'a leaf Variable that requires grad is being used in an in-place operation.\n  wrap the update in noGrad(() => …)',
    );
  }
  if (target.owner.leaf) {
    throw new GradError(
      'a view of a leaf Variable that requires grad is being used in an in-place operation.\n  wrap the update in noGrad(() => …)',
    );
  }
}

/** The nodes made since `start` that lead to `edge`: all that a composed function has recorded. */
function recordedSince(start: number, edge: Edge | null, found = new Set<OpNode>()): Set<OpNode> {
  const node = edge?.node;
  if (!node || node.sequence < start || found.has(node as OpNode)) return found;
  if (node instanceof OpNode) found.add(node);
  for (const next of node.edges) recordedSince(start, next, found);
  return found;
}

function overwrite(target: Var, result: Var, nodes: Iterable<OpNode>): void {
  const from = result.storage;
  target.storage.replace(from.value);
  for (const node of nodes) node.movedInto(target.storage, from);
  // Without recording the data changes, not its history: only the version tells.
  if (!isGradEnabled()) return;
  const owner = ownerOf(target);
  owner.edge = owner === target ? result.edge : reshaped(owner, result);
  owner.writes++;
  target.edge = result.edge;
  target.seenWrites = owner.writes;
  owner.retain?.();
  target.retain?.();
}

/** The history of `owner` when all of it was written through a view of another shape. */
function reshaped(owner: Var, result: Var): Var['edge'] {
  return sameShape(owner.shape, result.shape) || !result.edge
    ? result.edge
    : apply('reshape', [result], { shape: owner.shape })[0]!.edge;
}

function overwritePart(target: Var, source: Var): void {
  const { storage } = target;
  const owner = isGradEnabled() ? ownerOf(target) : new Var(storage, storage.value.layout);
  const { strides, offset } = target.layout;
  const next = apply('scatterView', [owner, source, { scalar: offset, dtype: 'uint32' }], { strides })[0]!;
  storage.replace(next.storage.value);
  owner.edge = next.edge;
  owner.writes++;
  owner.retain?.();
  target.retain?.();
}

/** The Var with the history of all of the memory. A detached part of a larger tensor gets one of its own. */
function ownerOf(target: Var): Var {
  const { owner } = target;
  if (owner.isWhole) return owner;
  owner.base = new Var(owner.storage, owner.storage.value.layout);
  return owner.base;
}
