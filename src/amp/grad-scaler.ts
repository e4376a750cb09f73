import { describe, OptionError } from '../core/errors.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { stack } from '../tensor/functions/core.ts';
import { normsOfRuns, scaleRuns } from '../tensor/lists.ts';
import { noGrad, Tensor } from '../tensor/tensor.ts';

/** Settings of {@link GradScaler}. */
export interface GradScalerOptions {
  /** Taken for PyTorch's sake: the scale goes wherever the loss is. */
  readonly device?: string | null;
  /** The first scale. Default 2^16. */
  readonly initScale?: number;
  /** What the scale is multiplied by after growthInterval steps without an overflow. Default 2. */
  readonly growthFactor?: number;
  /** What it is multiplied by after an overflow. Default 0.5. */
  readonly backoffFactor?: number;
  /** Default 2000. */
  readonly growthInterval?: number;
  /** False makes everything pass through. Default true. */
  readonly enabled?: boolean;
}
const names = ['device', 'initScale', 'growthFactor', 'backoffFactor', 'growthInterval', 'enabled'] as const;

/** What has been done with an optimizer since the last update. */
interface Progress {
  stage: 'ready' | 'unscaled' | 'stepped';
  /** Whether a gradient was infinite or NaN. */
  foundInf: Promise<boolean>;
}

/**
 * Keeps small gradients from vanishing in float16: the loss is scaled up, gradients are scaled down again, and steps whose
 * gradients overflowed are left out. `step` and `update` are awaited, because whether to step is decided by the numbers.
 * Checking and scaling take two dispatches for all gradients that an optimizer holds. Source: torch.amp.GradScaler.
 *
 * @throws OptionError for factors out of range.
 * @example
 * const scaler = new amp.GradScaler();
 * const loss = amp.autocast(() => model.forward(x).square().mean());
 * scaler.scale(loss).backward();
 * await scaler.step(optimizer);
 * await scaler.update();
 * scaler.getScale(); // 65536
 */
export class GradScaler {
  private readonly enabled: boolean;
  private factor: number;
  private growthFactor: number;
  private backoffFactor: number;
  private growthInterval: number;
  private growthTracker = 0;
  private progress = new Map<Optimizer, Progress>();
  private scaled = false;
  /** How many calls of step() and update() have not come to their end. */
  private unfinished = 0;

  constructor(...options: OptionalArgs<[device: string | null], GradScalerOptions>) {
    const given = optionalArgs<GradScalerOptions>('GradScaler', names, options);
    this.enabled = given.enabled ?? true;
    this.factor = given.initScale ?? 2 ** 16;
    this.growthFactor = given.growthFactor ?? 2;
    this.backoffFactor = given.backoffFactor ?? 0.5;
    this.growthInterval = given.growthInterval ?? 2000;
    if (!this.enabled) return;
    if (!(this.growthFactor > 1)) throw new OptionError('The growth factor must be > 1.0.');
    if (!(this.backoffFactor < 1)) throw new OptionError('The backoff factor must be < 1.0.');
  }

  /**
   * A tensor, or each of a list, times the scale.
   *
   * @throws OptionError for anything else, and when step() or update() was not awaited: it would never see its gradients.
   */
  scale(outputs: Tensor): Tensor;
  scale(outputs: readonly Tensor[]): Tensor[];
  scale(outputs: Tensor | readonly Tensor[]): Tensor | Tensor[] {
    if (Array.isArray(outputs)) return outputs.map((t: Tensor) => this.scale(t));
    if (!(outputs instanceof Tensor)) throw new OptionError('outputs must be a Tensor or an iterable of Tensors');
    if (!this.enabled) return outputs;
    if (this.unfinished > 0)
      throw new OptionError('GradScaler: step() or update() is still going on\n  write await scaler.step(optimizer)');
    this.scaled = true;
    return outputs.mul(this.factor);
  }

  private check(what: string): void {
    if (this.scaled) return;
    throw new OptionError(
      `Attempted ${what} but _scale is None.  This may indicate your script did not use scaler.scale(loss or outputs) earlier in the iteration.`,
    );
  }
  private of(optimizer: Optimizer): Progress {
    const known = this.progress.get(optimizer);
    if (known) return known;
    const made: Progress = { stage: 'ready', foundInf: Promise.resolve(false) };
    this.progress.set(optimizer, made);
    return made;
  }

  /**
   * Divides the gradients of an optimizer's parameters by the scale: to clip or look at them before step().
   *
   * @throws OptionError when it was done already, or the gradients are float16.
   */
  unscale_(optimizer: Optimizer): void {
    if (!this.enabled) return;
    this.check('unscale_');
    const progress = this.of(optimizer);
    if (progress.stage === 'unscaled')
      throw new OptionError('unscale_() has already been called on this optimizer since the last update().');
    if (progress.stage === 'stepped') throw new OptionError('unscale_() is being called after step().');
    const grads = optimizer.paramGroups.flatMap(({ params }) =>
      params.flatMap((p) => (p.impl.leaf?.grad ? [new Tensor(p.impl.leaf.grad)] : [])),
    );
    if (grads.some(({ dtype }) => dtype === 'float16')) throw new OptionError('Attempting to unscale FP16 gradients.');
    progress.stage = 'unscaled';
    const inverse = Math.fround(1 / this.factor);
    const greatest = noGrad(() => greatestOf(grads));
    noGrad(() => {
      for (const g of scaleRuns(grads, 'factor', [inverse])) g.mul_(inverse);
    });
    progress.foundInf = anyNotFinite(greatest);
  }

  /**
   * A step of the optimizer, unless a gradient is infinite or NaN. Gradients are unscaled first, if they are not yet.
   *
   * @throws OptionError when it was done already since update().
   */
  async step(optimizer: Optimizer): Promise<Tensor | undefined> {
    if (!this.enabled) return optimizer.step();
    this.check('step');
    const progress = this.of(optimizer);
    if (progress.stage === 'stepped') throw new OptionError('step() has already been called since the last update().');
    if (progress.stage === 'ready') this.unscale_(optimizer);
    progress.stage = 'stepped';
    return (await this.waited(progress.foundInf)) ? undefined : optimizer.step();
  }

  private async waited<T>(numbers: Promise<T>): Promise<T> {
    this.unfinished++;
    return numbers.finally(() => this.unfinished--);
  }

  /**
   * Ends an iteration: the scale goes down if there was an overflow, and up if there has been none for long. Or sets it.
   *
   * @throws OptionError when no gradients were looked at.
   */
  async update(newScale?: number | null): Promise<void> {
    if (!this.enabled) return;
    this.check('update');
    const all = [...this.progress.values()];
    this.progress = new Map();
    if (newScale != null) {
      if (typeof newScale !== 'number') throw new OptionError(`new_scale should be a float, got ${describe(newScale)}`);
      this.factor = newScale;
      return;
    }
    if (all.length === 0) throw new OptionError('No inf checks were recorded prior to update.');
    if ((await this.waited(Promise.all(all.map(({ foundInf }) => foundInf)))).includes(true)) {
      this.factor *= this.backoffFactor;
      this.growthTracker = 0;
    } else if (++this.growthTracker === this.growthInterval) {
      // As in PyTorch, the scale stays where it is rather than becoming infinite.
      const grown = this.factor * this.growthFactor;
      if (Number.isFinite(Math.fround(grown))) this.factor = grown;
      this.growthTracker = 0;
    }
  }

  /** The scale; 1 when disabled. */
  getScale(): number {
    return this.enabled ? this.factor : 1;
  }
  /** What the scale is multiplied by when it grows. */
  getGrowthFactor(): number {
    return this.growthFactor;
  }
  /** Sets what the scale is multiplied by when it grows. */
  setGrowthFactor(newFactor: number): void {
    this.growthFactor = newFactor;
  }
  /** What the scale is multiplied by after an overflow. */
  getBackoffFactor(): number {
    return this.backoffFactor;
  }
  /** Sets what the scale is multiplied by after an overflow. */
  setBackoffFactor(newFactor: number): void {
    this.backoffFactor = newFactor;
  }
  /** After how many steps without an overflow the scale grows. */
  getGrowthInterval(): number {
    return this.growthInterval;
  }
  /** Sets after how many steps without an overflow the scale grows. */
  setGrowthInterval(newInterval: number): void {
    this.growthInterval = newInterval;
  }
  /** False when everything passes through. */
  isEnabled(): boolean {
    return this.enabled;
  }

  /** The state as plain data, under PyTorch's names; empty when disabled. */
  stateDict(): Readonly<Record<string, number>> {
    if (!this.enabled) return {};
    return {
      scale: this.factor,
      growth_factor: this.growthFactor,
      backoff_factor: this.backoffFactor,
      growth_interval: this.growthInterval,
      _growth_tracker: this.growthTracker,
    };
  }
  /**
   * Restores what stateDict() gave, here or in PyTorch.
   *
   * @throws OptionError for an empty state, or one that lacks a number.
   */
  loadStateDict(state: Readonly<Record<string, number>>): void {
    if (!this.enabled) return;
    if (Object.keys(state).length === 0) {
      throw new OptionError(
        'The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler.',
      );
    }
    for (const name of Object.keys(this.stateDict()))
      if (typeof state[name] !== 'number')
        throw new OptionError(`loadStateDict: ${name} must be a number, got ${describe(state[name])}`);
    this.factor = state.scale!;
    this.growthFactor = state.growth_factor!;
    this.backoffFactor = state.backoff_factor!;
    this.growthInterval = state.growth_interval!;
    this.growthTracker = state._growth_tracker!;
  }
}

/** The greatest elements, by which infinities and NaNs are found: one tensor for each device. */
function greatestOf(tensors: readonly Tensor[]): Tensor[] {
  const { norms, alone } = normsOfRuns(tensors, Number.POSITIVE_INFINITY);
  const all = [...norms, ...alone.map((t) => t.abs().amax())].map((t) => t.to('float32'));
  const devices = [...new Set(all.map(({ device }) => device))];
  return devices.map((device) => stack(all.filter((t) => t.device === device)));
}

async function anyNotFinite(greatest: readonly Tensor[]): Promise<boolean> {
  const read = await Promise.all(greatest.map((t) => t.data()));
  return read.some((values) => Array.from(values).some((x) => !Number.isFinite(x)));
}
