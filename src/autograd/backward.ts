/** The backward pass: walks the tape from results to leaves. Records ops only; numbers wait as everywhere. */
import { GradError } from '../core/errors.ts';
import { formatShape, numel, sameShape } from '../core/shape.ts';
import type { Recorder, Storage } from '../graph/node.ts';
import { inScope } from '../graph/scope.ts';
import type { Meta } from '../ops/types.ts';
import { apply, commonDevice, gradientEdge } from './apply.ts';
import { isInference, withGradMode } from './grad-mode.ts';
import { anomalyMode, BackwardNode, type Edge, type LeafState, Var } from './var.ts';

/** Options of backward(). */
export interface BackwardOptions {
  /** Keep what was saved, so that backward can run again. Default: createGraph. */
  readonly retainGraph?: boolean;
  /** Record the backward pass itself, so that gradients can be differentiated. */
  readonly createGraph?: boolean;
}

/** Collects the gradient of a leaf into `leaf.grad`. */
export class AccumulateGrad extends BackwardNode {
  readonly name = 'AccumulateGrad';
  readonly edges: readonly Edge[] = [];
  readonly outputs: readonly Meta[];
  readonly variable: Var;

  constructor(variable: Var) {
    super();
    this.variable = variable;
    this.outputs = [{ shape: variable.shape, dtype: variable.dtype }];
  }

  apply([grad]: readonly (Var | null)[], differentiable: boolean): readonly Var[] {
    const leaf = this.variable.leaf;
    if (!grad || !leaf) return [];
    leaf.grad = differentiable ? addGraph(leaf.grad, grad) : accumulate(leaf, grad);
    for (const hook of leaf.afterwards ?? []) hook();
    return [];
  }

  release(): void {}
}

/** Makes `v` a leaf that collects a gradient. */
export function requireGrad(v: Var): void {
  if (v.inference && !isInference())
    throw new GradError(
      'Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.\n  clone() it first',
    );
  const state: LeafState = {
    accumulate: { node: new AccumulateGrad(v), index: 0 },
    grad: null,
    home: null,
    afterwards: null,
  };
  v.leaf = state;
  v.base = null;
}

// Storages that are some leaf's gradient already: their memory must not become another's.
const claimed = new WeakSet<Storage>();

function accumulate(leaf: LeafState, grad: Var): Var {
  if (leaf.grad) {
    const [sum] = apply('add', [leaf.grad, grad]);
    leaf.grad.storage.replace(sum!.storage.value);
    return leaf.grad;
  }
  const { value } = grad.storage;
  const fresh =
    grad.isWhole &&
    value.node?.pending === true &&
    !claimed.has(grad.storage) &&
    !value.kept &&
    value.home === null &&
    value.takesOver === null;
  const own = fresh ? grad : apply('copy', [grad])[0]!;
  const stored = new Var(own.storage, own.storage.value.layout);
  const result = sameShape(stored.shape, grad.shape) ? stored : apply('reshape', [stored], { shape: grad.shape })[0]!;
  result.base = null;
  claimed.add(own.storage);
  own.storage.value.kept = true;
  own.storage.value.settleIn(leaf.home);
  return result;
}

function addGraph(old: Var | null, grad: Var): Var {
  const sum = old ? apply('add', [old, grad])[0]! : grad;
  sum.storage.value.kept = true;
  return sum;
}

/** Runs the tape backward from `roots`. `capture`: edges whose gradients are returned instead of accumulated into leaves. */
export function runBackward(
  roots: readonly { readonly v: Var; readonly grad: Var | null }[],
  options: BackwardOptions,
  capture?: readonly (Edge | null)[],
): (Var | null)[] {
  const createGraph = options.createGraph ?? false;
  const retainGraph = options.retainGraph ?? createGraph;
  return inScope(() =>
    withGradMode(
      createGraph,
      () => {
        roots.forEach(({ v, grad }, n) => {
          if (grad) checkGiven(v, grad, n);
        });
        const starts = roots.map(({ v, grad }) => ({
          edge: rootEdge(v),
          grad: grad ? spread(asDtype(grad, v.dtype), v) : seed(v),
        }));
        return walk(starts, { createGraph, retainGraph }, capture ?? null);
      },
      'backward',
    ),
  );
}

function checkGiven(v: Var, grad: Var, n: number): void {
  if (!sameShape(grad.shape, v.shape)) {
    throw new GradError(
      `Mismatch in shape: grad_output[${n}] has a shape of torch.Size(${formatShape(grad.shape)}) and output[${n}] has a shape of torch.Size(${formatShape(v.shape)}).`,
    );
  }
  commonDevice('backward', [v, grad]);
  // It is the caller's: no leaf may take it for its own.
  claimed.add(grad.storage);
}

/** The gradient for all samples of a vmap(), also where it is the same for each. */
function spread(grad: Var, { whole }: Var): Var {
  const all = grad.whole;
  return sameShape(all.shape, whole.shape) ? all : apply('expand', [all], { shape: whole.shape })[0]!;
}

const asDtype = (grad: Var, dtype: Var['dtype']): Var =>
  grad.dtype === dtype ? grad : apply('cast', [grad], { dtype })[0]!;

function rootEdge(v: Var): Edge {
  const edge = gradientEdge(v);
  if (!edge)
    throw new GradError(
      'element 0 of tensors does not require grad and does not have a grad_fn\n  in backward(): no operand of this result was made with { requiresGrad: true }',
    );
  return edge;
}

function seed(v: Var): Var {
  if (numel(v.shape) !== 1) {
    throw new GradError(
      `grad can be implicitly created only for scalar outputs\n  backward() of a tensor of shape ${formatShape(v.shape)}: reduce it with .sum() or .mean(), or give backward(gradient)`,
    );
  }
  return ones(v.whole, v.engine);
}

function ones(like: Meta, engine: Recorder): Var {
  return apply('fill', [{ scalar: 1, dtype: like.dtype }], { shape: like.shape, dtype: like.dtype }, engine)[0]!;
}

function walk(
  starts: readonly { edge: Edge; grad: Var }[],
  { createGraph, retainGraph }: { createGraph: boolean; retainGraph: boolean },
  capture: readonly (Edge | null)[] | null,
): (Var | null)[] {
  const roots = starts.map((s) => s.edge.node);
  const needed = capture && nodesTowards(roots, new Set(capture.flatMap((edge) => edge?.node ?? [])));
  const passes = (edge: Edge | null): edge is Edge => edge !== null && (needed === null || needed.has(edge.node));
  const waiting = countUses(
    roots.filter((node) => needed === null || needed.has(node)),
    passes,
  );
  const grads = new Map<BackwardNode, (Var | null)[]>();
  const captured = capture?.map((): Var | null => null) ?? [];
  // A node runs once all its users have. Users come later on the tape, so the largest sequence number is always ready.
  const ready: BackwardNode[] = [];
  const deliver = (edge: Edge, grad: Var | null): void => {
    const slots = grads.get(edge.node) ?? edge.node.outputs.map(() => null);
    grads.set(edge.node, slots);
    if (!grad) return;
    const old = slots[edge.index];
    slots[edge.index] = old ? apply('add', [old, grad])[0]! : grad;
  };
  for (const { edge, grad } of starts) deliver(edge, grad);
  for (const node of new Set(roots)) if ((waiting.get(node) ?? 0) === 0) ready.push(node);
  while (ready.length > 0) {
    ready.sort((a, b) => a.sequence - b.sequence);
    const node = ready.pop()!;
    const slots = grads.get(node) ?? [];
    grads.delete(node);
    if (node.hooks) runHooks(node, node.hooks, slots);
    capture?.forEach((edge, n) => {
      if (edge?.node === node) captured[n] = slots[edge.index] ?? null;
    });
    const arrived = slots.some((g) => g !== null);
    // With a capture list nothing else is computed, and leaves are read, not written.
    const runs = arrived && (capture === null || node.edges.some(passes));
    const results = runs ? node.apply(slots, createGraph) : [];
    if (!retainGraph && runs) node.release();
    if (anomalyMode()?.checkNan)
      results.forEach((g, n) => {
        if (g) refuseNan(node, n, g);
      });
    node.edges.forEach((edge, n) => {
      if (!passes(edge)) return;
      deliver(edge, results[n] ?? null);
      const left = waiting.get(edge.node)! - 1;
      waiting.set(edge.node, left);
      if (left === 0) ready.push(edge.node);
    });
  }
  return captured;
}

function runHooks(node: BackwardNode, hooks: NonNullable<BackwardNode['hooks']>, slots: (Var | null)[]): void {
  for (const [index, list] of hooks) {
    for (const hook of list) {
      const grad = slots[index];
      if (!grad) continue;
      const changed = hook(grad);
      if (!changed) continue;
      if (!sameShape(changed.shape, grad.shape) || changed.dtype !== grad.dtype) {
        throw new GradError(
          `hook has changed the ${changed.dtype === grad.dtype ? 'size' : 'type'} of value\n  a hook of ${node.name} was given ${grad.dtype} ${formatShape(grad.shape)} and returned ${changed.dtype} ${formatShape(changed.shape)}`,
        );
      }
      claimed.add(changed.storage);
      slots[index] = changed;
    }
  }
}

/** Has the next read throw if a gradient holds NaN, naming the op and the call that made it. */
function refuseNan(node: BackwardNode, index: number, grad: Var): void {
  const [unequal] = apply('ne', [grad, grad]);
  const [flag] = apply('any', [unequal!], { dims: grad.shape.map((_, i) => i) });
  const made = node.madeAt ? `\n  it was recorded\n${node.madeAt.replace(/^Error\n/, '')}` : '';
  grad.engine.assertFalse(
    flag!.storage.value,
    () => new GradError(`Function '${node.name}' returned nan values in its ${index}th output.${made}`),
  );
}

/** How many edges of those that pass, within what they reach, lead to each node. */
function countUses(
  roots: readonly BackwardNode[],
  passes: (edge: Edge | null) => edge is Edge,
): Map<BackwardNode, number> {
  const uses = new Map<BackwardNode, number>();
  const seen = new Set<BackwardNode>(roots);
  for (const node of seen) {
    for (const edge of node.edges) {
      if (!passes(edge)) continue;
      uses.set(edge.node, (uses.get(edge.node) ?? 0) + 1);
      seen.add(edge.node);
    }
  }
  return uses;
}

/** The nodes through which gradients flow from `roots` to `targets`. */
function nodesTowards(roots: readonly BackwardNode[], targets: ReadonlySet<BackwardNode>): Set<BackwardNode> {
  const reached = new Set<BackwardNode>(roots);
  for (const node of reached) for (const edge of node.edges) if (edge) reached.add(edge.node);
  const towards = new Set<BackwardNode>();
  // A node's operands were there before it, so they have been looked at when it is its turn.
  for (const node of [...reached].sort((a, b) => a.sequence - b.sequence)) {
    if (targets.has(node) || node.edges.some((edge) => edge !== null && towards.has(edge.node))) towards.add(node);
  }
  return towards;
}
