/** How parameters are averaged. */
import { describe, OptionError } from '../../core/errors.ts';
import { where } from '../../tensor/functions/core.ts';
import { recordLists, sideBySide } from '../../tensor/lists.ts';
import { scope } from '../../tensor/scope.ts';
import { noGrad, type Tensor } from '../../tensor/tensor.ts';

/** The new average of a parameter. `numAveraged` is how many went into it so far: int32, 0-d. */
export type AvgFn = (averaged: Tensor, current: Tensor, numAveraged: Tensor) => Tensor;
/** Averages lists of parameters in place. */
export type MultiAvgFn = (averaged: readonly Tensor[], current: readonly Tensor[], numAveraged: Tensor) => void;

/** The share of the current parameters in the average. */
type Weight = (numAveraged: Tensor) => Tensor;
const weights = new WeakMap<MultiAvgFn, Weight>();

/** The weight of a function made here, with that of the first time: all. */
export function firstWeight(fn: MultiAvgFn): Weight | null {
  const weight = weights.get(fn);
  return weight ? (n) => where(n.eq(0), 1, weight(n)) : null;
}

function multi(weight: Weight): MultiAvgFn {
  const fn: MultiAvgFn = (averaged, current, n) => averageLists(averaged, current, weight(n));
  weights.set(fn, weight);
  return fn;
}

/** average += weight·(current − average) for all of them: one dispatch for what lies side by side. */
export function averageLists(averaged: readonly Tensor[], current: readonly Tensor[], weight: Tensor): void {
  noGrad(() =>
    scope(() => {
      const pairs = averaged.map((a, i) => ({
        a,
        b: current[i]!,
        storages: [a.impl.storage, current[i]!.impl.storage],
      }));
      for (const run of sideBySide(pairs, ({ a }, next) => a.impl.isWhole && next.a.impl.isWhole)) {
        const { a, b } = run[0]!;
        if (run.length > 1) recordLists('averageLists', run, [weight.to(a.dtype).impl.operand], {}, [0]);
        else a.copy_(a.add(b.sub(a).mul(weight)));
      }
    }),
  );
}

function checkDecay(decay: number): void {
  if (!(decay >= 0 && decay <= 1)) {
    throw new OptionError(`Invalid decay value ${describe(decay)} provided. Please provide a value in [0,1] range.`);
  }
}

/**
 * Exponential averages: decay of the old, the rest new. Source: torch.optim.swa_utils.get_ema_multi_avg_fn.
 *
 * @throws OptionError for a decay outside of [0, 1].
 * @example
 * const average = new optim.swaUtils.AveragedModel(model, { multiAvgFn: optim.swaUtils.getEmaMultiAvgFn(0.99) });
 */
export function getEmaMultiAvgFn(decay = 0.999): MultiAvgFn {
  checkDecay(decay);
  return multi((n) => n.mul(0).add(1 - decay));
}
/** Equal averages. Source: torch.optim.swa_utils.get_swa_multi_avg_fn. */
export function getSwaMultiAvgFn(): MultiAvgFn {
  return multi((n) => n.add(1).reciprocal());
}
/**
 * Exponential averages, of one parameter. Source: torch.optim.swa_utils.get_ema_avg_fn.
 *
 * @throws OptionError for a decay outside of [0, 1].
 */
export function getEmaAvgFn(decay = 0.999): AvgFn {
  checkDecay(decay);
  return (averaged, current) => averaged.mul(decay).add(current.mul(1 - decay));
}
/** Equal averages, of one parameter. Source: torch.optim.swa_utils.get_swa_avg_fn. */
export function getSwaAvgFn(): AvgFn {
  return (averaged, current, n) => averaged.add(current.sub(averaged).div(n.add(1)));
}
