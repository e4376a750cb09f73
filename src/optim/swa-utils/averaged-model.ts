import { OptionError } from '../../core/errors.ts';
import { moveIntoArena } from '../../graph/arena.ts';
import { cloneModule } from '../../nn/clone.ts';
import { Module } from '../../nn/module.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { zeros } from '../../tensor/create.ts';
import { where } from '../../tensor/functions/core.ts';
import { scope } from '../../tensor/scope.ts';
import { noGrad, type Tensor } from '../../tensor/tensor.ts';
import { byMemory } from '../optimizer.ts';
import { type AvgFn, averageLists, firstWeight, getSwaMultiAvgFn, type MultiAvgFn } from './averaging.ts';

/** Settings of {@link AveragedModel}. */
export interface AveragedModelOptions {
  /** The device that the model is on. Default: that. */
  readonly device?: string | null;
  /** How one parameter is averaged; not with multiAvgFn. */
  readonly avgFn?: AvgFn | null;
  /** How all parameters are averaged. Default: all models count the same (SWA). */
  readonly multiAvgFn?: MultiAvgFn | null;
  /** Average buffers too; else they are copied. Default false. */
  readonly useBuffers?: boolean;
}

/** What the module takes and gives, where it is known; recurrent layers have two ways. */
type Signature<F> = F extends { (...a: infer A): infer R; (...b: infer B): infer S } ? [A | B, R | S] : never;
type InputsOf<M extends Module> = Module extends M ? unknown[] : Extract<Signature<M['forward']>[0], unknown[]>;
type OutputOf<M extends Module> = Module extends M ? unknown : Signature<M['forward']>[1];

/**
 * A copy of a model whose parameters are averages of those of the model over time: SWA (Izmailov et al., arXiv 1803.05407) or,
 * with getEmaMultiAvgFn(), exponential. One dispatch for all parameters that an optimizer holds. Source:
 * torch.optim.swa_utils.AveragedModel.
 *
 * @throws OptionError for avgFn and multiAvgFn both, or another device.
 * @example
 * const average = new optim.swaUtils.AveragedModel(model);
 * average.updateParameters(model);
 * await average.nAveraged.item(); // 1
 */
export class AveragedModel<M extends Module = Module> extends Module {
  readonly module: M;
  /** How often parameters were averaged: int32, 0-d. */
  readonly nAveraged: Tensor;
  readonly avgFn: AvgFn | null;
  readonly multiAvgFn: MultiAvgFn | null;
  readonly useBuffers: boolean;

  constructor(model: M, ...rest: OptionalArgs<[device: string | null], AveragedModelOptions>) {
    super();
    const names = ['device', 'avgFn', 'multiAvgFn', 'useBuffers'] as const;
    const {
      device,
      avgFn = null,
      multiAvgFn = null,
      useBuffers = false,
    } = optionalArgs<AveragedModelOptions>('AveragedModel', names, rest);
    if (avgFn && multiAvgFn) throw new OptionError('Only one of avg_fn and multi_avg_fn should be provided');
    const at = [...model.parameters(), ...model.buffers()][0]?.device;
    if (device != null && at && device !== at) {
      throw new OptionError(
        `AveragedModel: the model is on ${at}\n  move the average, which takes time: await new AveragedModel(model).to('${device}')`,
      );
    }
    this.module = cloneModule(model);
    this.nAveraged = this.registerBuffer('nAveraged', zeros([], { dtype: 'int32', ...(at && { device: at }) }));
    this.avgFn = avgFn;
    this.multiAvgFn = multiAvgFn;
    this.useBuffers = useBuffers;
    // Side by side, as the model's are once it has an optimizer.
    for (const part of byMemory(this.module.parameters()))
      moveIntoArena(
        part[0]!.impl.engine,
        part.map((p) => p.impl.storage),
      );
  }

  override forward(...inputs: InputsOf<M>): OutputOf<M> {
    return (this.module.forward as (...inputs: unknown[]) => unknown)(...inputs) as OutputOf<M>;
  }

  /** Takes the parameters as they are now into the average; the first ones are copied. Records and submits; awaits nothing. */
  updateParameters(model: Module): void {
    const both = (of: Module): Tensor[] => [...of.parameters(), ...(this.useBuffers ? of.buffers() : [])];
    const [averaged, current] = [both(this.module), both(model)];
    noGrad(() =>
      scope(() => {
        this.average(
          averaged.map((p) => p.detach()),
          current.map((p) => p.detach()),
        );
        const from = this.useBuffers ? [] : model.buffers();
        for (const [i, buffer] of this.module.buffers().entries()) if (from[i]) buffer.copy_(from[i]);
        this.nAveraged.add_(1);
      }),
    );
    // Next time they lie side by side again.
    this.nAveraged.impl.engine.flush();
  }
  private average(averaged: readonly Tensor[], current: readonly Tensor[]): void {
    const n = this.nAveraged;
    const { avgFn } = this;
    if (avgFn) {
      for (const [i, p] of averaged.entries()) p.copy_(where(n.eq(0), current[i]!, avgFn(p, current[i]!, n)));
      return;
    }
    const multi = this.multiAvgFn ?? getSwaMultiAvgFn();
    const weight = firstWeight(multi);
    if (weight) averageLists(averaged, current, weight(n));
    else {
      multi(averaged, current, n);
      for (const [i, p] of averaged.entries()) p.copy_(where(n.eq(0), current[i]!, p));
    }
  }
}
