/** Optimizers whose update is composed of tensor functions, parameter by parameter. */
import { describe, OptionError } from '../core/errors.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad, Tensor } from '../tensor/tensor.ts';
import { Optimizer, type ParamGroup } from './optimizer.ts';
import { checkStateTensor, type ParamEntry } from './optimizer-methods.ts';

/** A parameter with its gradient and its state. */
export interface Member {
  readonly p: Tensor;
  readonly grad: Tensor;
  readonly state: Record<string, number | Tensor>;
}

/** Base of {@link Muon} and {@link Adafactor}: the number of dispatches grows with that of the parameters. */
export abstract class ComposedOptimizer<O extends object> extends Optimizer<O> {
  private readonly states = new Map<Tensor, Record<string, number | Tensor>>();

  /** The state of a parameter before its first step. */
  protected abstract initial(p: Tensor): Record<string, number | Tensor>;
  /** Updates parameters of a group, in place. Runs without a tape, in a scope. */
  protected abstract update(group: O, members: readonly Member[]): void;

  /**
   * One update of all parameters that have a gradient. Records and submits; awaits nothing.
   *
   * @param closure re-evaluates the model and returns the loss, as in PyTorch.
   */
  step(closure?: () => Tensor): Tensor | undefined {
    this.checkSettings();
    const loss = this.evaluate(closure);
    for (const group of this.paramGroups) {
      const members = group.params.flatMap((p): Member[] => {
        const { leaf } = p.impl;
        return leaf?.grad ? [{ p, grad: new Tensor(leaf.grad), state: this.stateOf(p) }] : [];
      });
      noGrad(() => scope(() => this.update(group, members)));
      for (const { p } of members) p.impl.engine.flush();
    }
    return loss;
  }

  private stateOf(p: Tensor): Record<string, number | Tensor> {
    const known = this.states.get(p);
    if (known) return known;
    const made = this.initial(p);
    for (const value of Object.values(made)) if (value instanceof Tensor) value.keep();
    this.states.set(p, made);
    return made;
  }

  override state(p: Tensor): ParamEntry {
    return this.states.get(p) ?? {};
  }
  override checkState(_: ParamGroup<O>, p: Tensor, entry: ParamEntry, place: string): void {
    for (const [name, value] of Object.entries(this.states.get(p) ?? this.initial(p))) {
      if (value instanceof Tensor) checkStateTensor(entry?.[name], place, name, value.shape, p);
      else if (typeof entry?.[name] !== 'number')
        throw new OptionError(`${place}: ${name} must be a number, got ${describe(entry?.[name])}`);
    }
  }
  override setStates(_: ParamGroup<O>, entries: readonly (readonly [Tensor, ParamEntry])[]): void {
    for (const [p, entry] of entries) {
      const state = this.stateOf(p);
      for (const [name, value] of Object.entries(state)) {
        if (value instanceof Tensor) noGrad(() => value.copy_(entry[name] as Tensor));
        else state[name] = entry[name] as number;
      }
    }
  }
  override clearStates(): void {
    this.states.clear();
  }
}
