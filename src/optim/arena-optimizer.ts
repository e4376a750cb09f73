/** Optimizers whose whole update is one dispatch for all parameters that lie side by side. */
import { apply } from '../autograd/apply.ts';
import { withGradMode } from '../autograd/grad-mode.ts';
import { Var } from '../autograd/var.ts';
import { checkFunction, OptionError } from '../core/errors.ts';
import { adjacent, fullInArena, makeHomes } from '../graph/arena.ts';
import { type Recorder, Storage } from '../graph/node.ts';
import { inScope } from '../graph/scope.ts';
import type { UpdateOp } from '../ops/extended/update.ts';
import type { Attrs, Scalar } from '../ops/types.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { byMemory, Optimizer } from './optimizer.ts';

/** What an optimizer counts for a parameter: `step`, and what else changes from step to step and is the same for all elements. */
export type Counts = Record<string, number>;

interface ParamState {
  readonly counts: Counts;
  /** By PyTorch's name: exp_avg, exp_avg_sq, momentum_buffer. */
  readonly buffers: Map<string, Storage>;
}

/** Parameters that lie side by side in all arenas and share their counts: one dispatch's worth. */
interface Run {
  readonly params: Tensor[];
  readonly states: ParamState[];
}

/** An update: its op, and what the op reads. */
export interface Update {
  readonly op: UpdateOp;
  readonly attrs: Attrs;
  readonly scalars: readonly number[];
}

/** Base of the optimizers that are one formula per element. */
export abstract class ArenaOptimizer<O extends object = object> extends Optimizer<O> {
  /** What is known of each parameter; `state(p)` shows it. */
  readonly states = new Map<Tensor, ParamState>();
  /** Whether state dicts hold the counts. PyTorch's SGD has none. */
  readonly counted: boolean = true;

  /** The state tensors of one parameter under these settings, in the op's order, and the number each is full of at first. */
  abstract initial(group: O): Readonly<Record<string, number>>;
  /** The update under these settings. `counts.step` is 1 at the first; what else is counted is to be advanced in place. */
  protected abstract update(group: O, counts: Counts): Update;
  /** What is counted, before the first step. */
  initialCounts(_group: O): Counts {
    return { step: 0 };
  }

  /**
   * One update of all parameters that have a gradient. Records and submits; awaits nothing.
   *
   * @param closure re-evaluates the model and returns the loss, as in PyTorch.
   */
  step(closure?: () => Tensor): Tensor | undefined {
    if (closure !== undefined) checkFunction('step', closure);
    const loss = closure?.();
    if (loss instanceof Promise) {
      loss.catch(() => {});
      throw new OptionError('step() takes a synchronous closure\n  await what it needs first, then call step(() => …)');
    }
    // Settings may have been changed since the last step.
    for (const group of this.paramGroups) this.validate(group);
    const engines = new Set<Recorder>();
    inScope(() =>
      withGradMode(
        false,
        () => {
          for (const group of this.paramGroups) {
            for (const run of this.runsOf(group)) {
              this.advance(group, run);
              engines.add(run.params[0]!.impl.engine);
            }
          }
        },
        'step',
      ),
    );
    for (const engine of engines) engine.flush();
    return loss;
  }

  /** Parameters with gradients, in runs. Creates state where it is missing, and moves stray gradients home. */
  private runsOf(group: O & { params: Tensor[] }): Run[] {
    const active = group.params.filter((p) => p.impl.leaf?.grad);
    for (const p of active) bringHome(p.impl);
    this.createStates(group, active);
    const runs: Run[] = [];
    let previous: Tensor | null = null;
    for (const p of active) {
      const last = runs[runs.length - 1];
      const state = this.states.get(p)!;
      if (last && previous && this.sideBySide(previous, p)) {
        last.params.push(p);
        last.states.push(state);
      } else runs.push({ params: [p], states: [state] });
      previous = p;
    }
    return runs;
  }

  /** Makes what is missing of the state of these parameters. */
  createStates(group: O, active: readonly Tensor[]): void {
    for (const p of active)
      if (!this.states.has(p)) this.states.set(p, { counts: this.initialCounts(group), buffers: new Map() });
    for (const [name, fill] of Object.entries(this.initial(group))) {
      for (const part of byMemory(active.filter((p) => !this.states.get(p)!.buffers.has(name)))) {
        const shapes = part.map((p) => p.shape);
        const values = fullInArena(part[0]!.impl.engine, part[0]!.dtype, shapes, fill);
        part.forEach((p, i) => {
          this.states.get(p)!.buffers.set(name, new Storage(values[i]!));
        });
      }
    }
  }

  private sideBySide(a: Tensor, b: Tensor): boolean {
    const [sa, sb] = [this.states.get(a)!, this.states.get(b)!];
    return (
      a.dtype === b.dtype &&
      adjacent(a.impl.storage.value.buffer, b.impl.storage.value.buffer) &&
      adjacent(a.impl.leaf!.grad!.storage.value.place, b.impl.leaf!.grad!.storage.value.place) &&
      Object.entries(sa.counts).every(([name, count]) => sb.counts[name] === count) &&
      [...sa.buffers].every(([name, storage]) =>
        adjacent(storage.value.buffer, sb.buffers.get(name)?.value.buffer ?? null),
      )
    );
  }

  /** Records what happens to a run. */
  protected advance(group: O, { params, states }: Run): void {
    const names = Object.keys(this.initial(group));
    const counts = { ...states[0]!.counts };
    // Without state there is nothing to count: momentum that is switched on later begins there.
    if (names.length > 0) counts.step!++;
    const { op, attrs, scalars } = this.update(group, counts);
    for (const state of states) Object.assign(state.counts, counts);
    const grads = params.map((p) => p.impl.leaf!.grad!.storage);
    const buffers = names.map((name) => states.map((s) => s.buffers.get(name)!));
    recordUpdate(op, attrs, [params.map((p) => p.impl.storage), ...buffers], grads, scalars);
  }
}

/**
 * Records an update of tensors that lie side by side. `written`: the parameters, then each state; `grads` are only read, in
 * the parameters' shapes (they may come as a view of another shape over the same elements).
 */
export function recordUpdate(
  op: UpdateOp,
  attrs: Attrs,
  written: readonly (readonly Storage[])[],
  grads: readonly Storage[],
  scalars: readonly number[],
): void {
  const params = written[0]!;
  const n = params.length;
  const { dtype, engine } = params[0]!.value;
  const inputs = [params, grads, ...written.slice(1)]
    .flat()
    .map(({ value }, i) => ({ value, layout: params[i % n]!.value.layout }));
  const results = engine.record(op, [...inputs, ...scalars.map((scalar): Scalar => ({ scalar, dtype }))], {
    n,
    ...attrs,
  });
  written.flat().forEach((storage, i) => {
    storage.replace(results[i]!);
  });
}

/** A gradient that was made elsewhere (assigned by hand, or before the optimizer existed) is copied to its place. */
function bringHome(p: Var): void {
  const leaf = p.leaf!;
  const grad = leaf.grad!;
  if (!leaf.home) {
    // requiresGrad was switched on after the optimizer was made.
    [leaf.home] = makeHomes(p.engine, p.dtype, [p.storage.value.numel]) as [typeof leaf.home & object];
  }
  const { home, place } = grad.storage.value;
  if (grad.isWhole && place === leaf.home!.buffer) return;
  const { storage } = apply('copy', [grad])[0]!;
  storage.value.settleIn(leaf.home);
  storage.value.kept = true;
  // Whoever holds the gradient goes on seeing the same memory, unless it is another parameter's gradient too.
  if (grad.isWhole && !home) grad.storage.value = storage.value;
  else leaf.grad = new Var(storage, storage.value.layout);
}
