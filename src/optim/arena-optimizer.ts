/** Optimizers whose whole update is one dispatch for all parameters that lie side by side. */
import { apply } from '../autograd/apply.ts';
import { withGradMode } from '../autograd/grad-mode.ts';
import { Var } from '../autograd/var.ts';
import { fullInArena, makeHomes } from '../graph/arena.ts';
import { type Recorder, Storage } from '../graph/node.ts';
import { inScope } from '../graph/scope.ts';
import type { UpdateOp } from '../ops/extended/update.ts';
import type { Attrs } from '../ops/types.ts';
import { type Member, recordLists, scalarsFor, sideBySide } from '../tensor/lists.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { byMemory, Optimizer } from './optimizer.ts';

/** What an optimizer counts for a parameter: `step`, and what else changes from step to step and is the same for all elements. */
export type Counts = Record<string, number>;

interface ParamState {
  readonly counts: Counts;
  /** By PyTorch's name: exp_avg, exp_avg_sq, momentum_buffer. */
  readonly buffers: Map<string, Storage>;
}

/** A parameter with its gradient and its states, in the op's order. */
interface Stepped extends Member {
  readonly state: ParamState;
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
    this.checkSettings();
    const loss = this.evaluate(closure);
    const engines = new Set<Recorder>();
    inScope(() =>
      withGradMode(
        false,
        () => {
          for (const group of this.paramGroups) {
            for (const run of this.runsOf(group)) this.advance(group, run);
            for (const p of group.params) engines.add(p.impl.engine);
          }
        },
        'step',
      ),
    );
    for (const engine of engines) engine.flush();
    return loss;
  }

  /** Parameters with gradients, in runs. Creates state where it is missing, and moves stray gradients home. */
  private runsOf(group: O & { params: Tensor[] }): Stepped[][] {
    const active = group.params.filter((p) => p.impl.leaf?.grad);
    for (const p of active) bringHome(p.impl);
    this.createStates(group, active);
    const names = Object.keys(this.initial(group));
    const members = active.map((p): Stepped => {
      const state = this.states.get(p)!;
      const { impl } = p;
      return {
        state,
        storages: [impl.storage, impl.leaf!.grad!.storage, ...names.map((name) => state.buffers.get(name)!)],
      };
    });
    return sideBySide(members, (a, b) =>
      Object.entries(a.state.counts).every(([name, count]) => b.state.counts[name] === count),
    );
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

  /** Records what happens to a run. */
  private advance(group: O, run: readonly Stepped[]): void {
    const counts = { ...run[0]!.state.counts };
    const lists = run[0]!.storages.map((_, list) => list);
    // Without state there is nothing to count: momentum that is switched on later begins there.
    if (lists.length > 2) counts.step!++;
    const { op, attrs, scalars } = this.update(group, counts);
    for (const { state } of run) Object.assign(state.counts, counts);
    // All but the gradients is written.
    const written = lists.filter((list) => list !== 1);
    recordLists(op, run, scalarsFor(run, scalars), attrs, written);
  }
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
