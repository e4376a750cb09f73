import { isGradEnabled } from '../autograd/grad-mode.ts';
import { checkFunction, describe, OptionError } from '../core/errors.ts';
import { parametersToVector, vectorToParameters } from '../nn/utils.ts';
import type { OptionalArgs } from '../tensor/arguments.ts';
import { zeros } from '../tensor/create.ts';
import { cat, stack } from '../tensor/functions/core.ts';
import { scope } from '../tensor/scope.ts';
import { enableGrad, noGrad, Tensor } from '../tensor/tensor.ts';
import { strongWolfe, type Trial } from './line-search.ts';
import { Optimizer, type ParamGroup, type Params } from './optimizer.ts';
import { checkStateTensor, type ParamEntry } from './optimizer-methods.ts';
import { atLeast } from './validate.ts';

/** Settings of {@link LBFGS}. */
export interface LBFGSOptions {
  /** The length of each step, and the first guess of a line search. Default 1. */
  lr: number;
  /** Iterations in one call of step(). Default 20. */
  maxIter: number;
  /** Evaluations of the closure in one call of step(); null for 1.25·maxIter. Default null. */
  maxEval: number | null;
  /** Done where no element of the gradient is greater. Default 1e-7. */
  toleranceGrad: number;
  /** Done where neither the loss nor a parameter changes more. Default 1e-9. */
  toleranceChange: number;
  /** How many steps are remembered. Default 100. */
  historySize: number;
  /** 'strong_wolfe', or null for steps of fixed length. Default null. */
  lineSearchFn: 'strong_wolfe' | null;
}
const defaults: LBFGSOptions = {
  lr: 1,
  maxIter: 20,
  maxEval: null,
  toleranceGrad: 1e-7,
  toleranceChange: 1e-9,
  historySize: 100,
  lineSearchFn: null,
};

/** What is remembered from step to step. */
interface Memory {
  evaluations: number;
  iterations: number;
  t: number;
  loss: number;
  /** The last direction, and the gradient that it was made from. */
  direction: Tensor | null;
  grad: Tensor | null;
  /** Changes of the gradient, the steps that made them, and 1 over their products. */
  readonly changes: Tensor[];
  readonly steps: Tensor[];
  readonly ro: Tensor[];
  /** The first guess of the inverse Hessian's diagonal. */
  diagonal: Tensor | null;
}
const fresh = (): Memory => ({
  evaluations: 0,
  iterations: 0,
  t: 0,
  loss: 0,
  direction: null,
  grad: null,
  changes: [],
  steps: [],
  ro: [],
  diagonal: null,
});

/**
 * Limited-memory BFGS (Nocedal & Wright, Numerical optimization, 7.2; PyTorch's torch.optim.LBFGS). It evaluates the closure
 * several times a step and decides by the numbers, so `step` is awaited. One parameter group only.
 *
 * @throws OptionError for settings out of range, or more than one group.
 * @example
 * const w = tensor([3, -2], { dtype: 'float32', requiresGrad: true });
 * const optimizer = new optim.LBFGS([w], { lineSearchFn: 'strong_wolfe' });
 * await optimizer.step(() => {
 *   optimizer.zeroGrad();
 *   const loss = w.sub(tensor([1, 1])).square().sum();
 *   loss.backward();
 *   return loss;
 * });
 * (await w.tolist()).map((x) => Math.round(x * 1000) / 1000); // [1, 1]
 */
export class LBFGS extends Optimizer<LBFGSOptions> {
  private memory = fresh();

  constructor(params: Params<LBFGSOptions>, ...options: OptionalArgs<[lr: number], Partial<LBFGSOptions>>) {
    super('LBFGS', params, options, defaults);
  }
  override addParamGroup(group: Parameters<Optimizer<LBFGSOptions>['addParamGroup']>[0]): void {
    super.addParamGroup(group);
    if (this.paramGroups.length === 1) return;
    this.paramGroups.pop();
    throw new OptionError("LBFGS doesn't support per-parameter options (parameter groups)");
  }
  validate({ lr, lineSearchFn }: LBFGSOptions): void {
    atLeast('learning rate', lr, 0);
    if (lineSearchFn !== null && lineSearchFn !== 'strong_wolfe')
      throw new OptionError("only 'strong_wolfe' is supported");
  }

  private get parameters(): Tensor[] {
    return this.paramGroups[0]!.params;
  }

  /**
   * Several iterations. Resolves to the loss before them.
   *
   * @param closure clears the gradients, evaluates the model, calls backward() and returns the loss.
   */
  async step(closure: () => Tensor | Promise<Tensor> = missing): Promise<Tensor> {
    checkFunction('step', closure);
    this.checkSettings();
    const group = this.paramGroups[0]!;
    const { lr, maxIter, toleranceGrad, toleranceChange, lineSearchFn } = group;
    const maxEval = group.maxEval ?? Math.floor((maxIter * 5) / 4);
    const { memory } = this;

    const firstLoss = await this.lossOf(closure);
    memory.evaluations++;
    let evaluations = 1;
    let grad = this.flatGrad();
    let [loss, steepest] = await read(firstLoss, largest(grad));
    if (steepest <= toleranceGrad) return firstLoss;
    for (let iteration = 1; ; iteration++) {
      memory.iterations++;
      const direction = await this.direction(grad, group.historySize);
      memory.direction = direction;
      memory.grad = grad;
      memory.loss = loss;
      const [slope, sum, length] = await read(dot(grad, direction), grad.abs().sum(), largest(direction));
      memory.t = memory.iterations === 1 ? Math.min(1, 1 / sum) * lr : lr;
      if (slope > -toleranceChange) break;

      let made = 0;
      const from = noGrad(() => parametersToVector(this.parameters));
      if (lineSearchFn !== null) {
        const start: Trial = { t: 0, loss, grad, slope };
        const trial = async (t: number): Promise<Trial> => {
          this.move(from, direction, t);
          const at = await this.lossOf(closure);
          const g = this.flatGrad();
          const [l, s] = await read(at, dot(g, direction));
          return { t, loss: l, grad: g, slope: s };
        };
        const { best, evaluations: n } = await strongWolfe(trial, memory.t, start, length, maxEval - evaluations);
        this.move(from, direction, best.t);
        ({ t: memory.t, loss, grad } = best);
        [steepest] = await read(largest(grad));
        made = n;
      } else {
        this.move(from, direction, memory.t);
        if (iteration !== maxIter) {
          const next = await this.lossOf(closure);
          grad = this.flatGrad();
          [loss, steepest] = await read(next, largest(grad));
          made = 1;
        }
      }
      evaluations += made;
      memory.evaluations += made;
      if (iteration === maxIter || evaluations >= maxEval || steepest <= toleranceGrad) break;
      if (length * Math.abs(memory.t) <= toleranceChange || Math.abs(loss - memory.loss) < toleranceChange) break;
    }
    return firstLoss;
  }

  private async lossOf(closure: () => Tensor | Promise<Tensor>): Promise<Tensor> {
    // An async closure, too, unless the mode has to be changed for it.
    const loss = await (isGradEnabled() ? closure() : enableGrad(closure as () => Tensor));
    if (loss instanceof Tensor && loss.numel() === 1) return loss;
    throw new OptionError(
      `step(): the closure must return the loss, a Tensor of one element, not ${describe(loss)}\n  end it with return loss`,
    );
  }
  private flatGrad(): Tensor {
    return noGrad(() =>
      scope(() =>
        cat(
          this.parameters.map((p) => {
            const { leaf } = p.impl;
            return leaf?.grad
              ? new Tensor(leaf.grad).reshape(-1)
              : zeros([p.numel()], { dtype: p.dtype, device: p.device });
          }),
        ),
      ),
    );
  }
  private move(from: Tensor, direction: Tensor, t: number): void {
    noGrad(() => scope(() => vectorToParameters(from.add(direction.mul(t)), this.parameters)));
  }

  /** Where to go: the gradient, as the remembered steps bend it. */
  private async direction(grad: Tensor, historySize: number): Promise<Tensor> {
    const { memory } = this;
    const { changes, steps, ro } = memory;
    if (memory.direction === null || memory.grad === null) return noGrad(() => grad.neg());
    const [change, step] = noGrad(() => [grad.sub(memory.grad!), memory.direction!.mul(memory.t)] as const);
    const product = dot(change, step);
    const [enough] = await read(product);
    if (enough > 1e-10) {
      if (changes.length >= historySize) for (const list of [changes, steps, ro]) list.shift();
      changes.push(change);
      steps.push(step);
      ro.push(noGrad(() => product.reciprocal()));
      memory.diagonal = noGrad(() => scope(() => product.div(dot(change, change))));
    }
    return noGrad(() =>
      scope(() => {
        let q = grad.neg();
        const weights: Tensor[] = [];
        for (let i = changes.length - 1; i >= 0; i--) {
          weights[i] = dot(steps[i]!, q).mul(ro[i]!);
          q = q.sub(changes[i]!.mul(weights[i]!));
        }
        let r = memory.diagonal ? q.mul(memory.diagonal) : q;
        for (let i = 0; i < changes.length; i++) {
          const weight = dot(changes[i]!, r).mul(ro[i]!);
          r = r.add(steps[i]!.mul(weights[i]!.sub(weight)));
        }
        return r;
      }),
    );
  }

  /** All is known of the first parameter, as in PyTorch; lists of tensors are stacked into one. */
  override state(p: Tensor): ParamEntry {
    const { evaluations, iterations, t, loss, direction, grad, changes, steps, ro, diagonal } = this.memory;
    if (p !== this.parameters[0] || evaluations === 0) return {};
    return {
      func_evals: evaluations,
      n_iter: iterations,
      t,
      prev_loss: loss,
      ...(direction && { d: direction }),
      ...(grad && { prev_flat_grad: grad }),
      ...(diagonal && { H_diag: diagonal }),
      ...(changes.length > 0 && { old_dirs: stack(changes), old_stps: stack(steps), ro: stack(ro) }),
    };
  }
  override checkState(_: ParamGroup<LBFGSOptions>, p: Tensor, entry: ParamEntry, place: string): void {
    for (const name of ['func_evals', 'n_iter'])
      if (typeof entry?.[name] !== 'number') throw new OptionError(`${place}: ${name} must be a number`);
    const elements = this.parameters.reduce((n, q) => n + q.numel(), 0);
    for (const name of ['d', 'prev_flat_grad'])
      if (entry[name] != null) checkStateTensor(entry[name], place, name, [elements], p);
    const [changes, steps, ro] = ['old_dirs', 'old_stps', 'ro'].map((name) => unstacked(entry[name]));
    if (changes!.length !== steps!.length || changes!.length !== ro!.length)
      throw new OptionError(`${place}: old_dirs, old_stps and ro must be of one length`);
    for (const value of [...changes!, ...steps!]) checkStateTensor(value, place, 'old_dirs', [elements], p);
    for (const value of ro!) checkStateTensor(value, place, 'ro', [], p);
  }
  override setStates(_: ParamGroup<LBFGSOptions>, entries: readonly (readonly [Tensor, ParamEntry])[]): void {
    const entry = entries[0]?.[1];
    if (!entry) return;
    const copied = (value: unknown): Tensor | null =>
      value instanceof Tensor ? noGrad(() => value.detach().clone()) : null;
    const list = (name: string): Tensor[] => unstacked(entry[name]).map((value) => copied(value)!);
    this.memory = {
      evaluations: entry.func_evals as number,
      iterations: entry.n_iter as number,
      t: (entry.t as number | undefined) ?? 0,
      loss: (entry.prev_loss as number | undefined) ?? 0,
      direction: copied(entry.d),
      grad: copied(entry.prev_flat_grad),
      changes: list('old_dirs'),
      steps: list('old_stps'),
      ro: list('ro'),
      diagonal: copied(entry.H_diag),
    };
  }
  override clearStates(): void {
    this.memory = fresh();
  }
}

function missing(): never {
  throw new OptionError(
    "LBFGS.step() missing 1 required positional argument: 'closure'\n  write await optimizer.step(() => …)",
  );
}

const dot = (a: Tensor, b: Tensor): Tensor => noGrad(() => scope(() => a.mul(b).sum()));
const largest = (x: Tensor): Tensor => noGrad(() => scope(() => x.abs().amax()));

/** PyTorch's lists of tensors, or one tensor that stacks them. */
function unstacked(value: unknown): unknown[] {
  if (value instanceof Tensor) return Array.from({ length: value.shape[0] ?? 0 }, (_, i) => value.at(i));
  return Array.isArray(value) ? value : [];
}

/** Numbers of the device, in one read. */
async function read<const T extends readonly Tensor[]>(...scalars: T): Promise<{ -readonly [K in keyof T]: number }> {
  const values = await noGrad(() => stack(scalars.map((s) => s.detach()))).data();
  return Array.from(values, Number) as { -readonly [K in keyof T]: number };
}
