import { OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { cat, where } from '../tensor/functions/core.ts';
import { scope } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkIntegers, type FactoryOptions, factory } from './checks.ts';
import { ModuleList, Sequential } from './containers.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';

/** Settings of {@link AdaptiveLogSoftmaxWithLoss}. */
export interface AdaptiveLogSoftmaxOptions extends FactoryOptions {
  /** By how much each cluster's projection is narrower than the one before. Default 4. */
  readonly divValue?: number;
  /** Add a bias in the head. Default false. */
  readonly headBias?: boolean;
}

/**
 * An efficient softmax for many classes that are sorted by frequency: the first `cutoffs[0]` stand in the head, the others in clusters
 * that begin at the cutoffs, each with a narrower projection. `forward(input, target)` takes `(N, inFeatures)` and class indices
 * `(N)`, int32, and gives the log-probability of each target and their mean loss. Source: torch.nn.AdaptiveLogSoftmaxWithLoss,
 * arXiv 1609.04309.
 *
 * @throws OptionError for cutoffs that do not rise within the classes, ShapeError for sizes that do not fit.
 * @example
 * const layer = new nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10], { divValue: 2 });
 * const { output, loss } = layer.forward(randn([3, 8]), tensor([1, 5, 19]));
 * [output.shape, loss.shape]; // [[3], []]
 */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  readonly inFeatures: number;
  readonly nClasses: number;
  readonly cutoffs: readonly number[];
  readonly divValue: number;
  readonly headBias: boolean;
  readonly shortlistSize: number;
  head: Linear;
  tail: ModuleList<Sequential<Linear>>;

  constructor(
    inFeatures: number,
    nClasses: number,
    cutoffs: readonly number[],
    ...given: OptionalArgs<[divValue: number, headBias: boolean], AdaptiveLogSoftmaxOptions>
  ) {
    super();
    const name = 'AdaptiveLogSoftmaxWithLoss';
    const names = ['divValue', 'headBias', 'device', 'dtype'] as const;
    const options = optionalArgs<AdaptiveLogSoftmaxOptions>(name, names, given);
    const { divValue = 4, headBias = false } = options;
    checkIntegers(name, { inFeatures, nClasses }, 1);
    if (!Array.isArray(cutoffs) || cutoffs.length === 0)
      throw new OptionError('cutoffs should be a sequence of length larger than 0');
    if (cutoffs.some((c, i) => !Number.isInteger(c) || c <= (cutoffs[i - 1] ?? 0) || c >= nClasses))
      throw new OptionError(
        'cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between 1 and n_classes-1',
      );
    this.inFeatures = inFeatures;
    this.nClasses = nClasses;
    this.cutoffs = [...cutoffs, nClasses];
    this.divValue = divValue;
    this.headBias = headBias;
    this.shortlistSize = this.cutoffs[0]!;
    const made = factory(options);
    this.head = new Linear(inFeatures, this.shortlistSize + cutoffs.length, { bias: headBias, ...made });
    this.tail = new ModuleList(
      cutoffs.map((start, i) => {
        const width = Math.floor(inFeatures / divValue ** (i + 1));
        const plain = { bias: false, ...made };
        return new Sequential(
          new Linear(inFeatures, width, plain),
          new Linear(width, this.cutoffs[i + 1]! - start, plain),
        );
      }),
    );
  }

  /** Draws the initial values anew. */
  resetParameters(): void {
    this.head.resetParameters();
    for (const cluster of this.tail) for (const layer of cluster) layer.resetParameters();
  }

  override forward(input: Tensor, target: Tensor): { output: Tensor; loss: Tensor } {
    checkInput('AdaptiveLogSoftmaxWithLoss', input);
    checkInput('AdaptiveLogSoftmaxWithLoss', target, 'target');
    const batched = target.ndim > 0;
    if (target.ndim > 1) throw new ShapeError('0D or 1D target tensor expected, multi-target not supported');
    if (batched && input.shape[0] !== target.shape[0])
      throw new ShapeError('Input and target should have the same size in the batch dimension.');
    if (input.ndim !== target.ndim + 1)
      throw new ShapeError(
        `${target.ndim}D target tensor expects ${target.ndim + 1}D input tensors, but found inputs with size ${formatShape(input.shape)}`,
      );
    this.checkClasses(target);
    const [x, t] = batched ? [input, target] : [input.unsqueeze(0), target.unsqueeze(0)];
    // Which rows belong to a cluster is known on the device only: every cluster sees all of them, and rows of others count nothing.
    const first = this.head.forward(x).logSoftmax(1);
    let place = t.clamp({ max: this.shortlistSize - 1 });
    let within: Tensor | null = null;
    for (const [i, cluster] of [...this.tail].entries()) {
      const [start, stop] = [this.cutoffs[i]!, this.cutoffs[i + 1]!];
      const mine = t.ge(start).logicalAnd(t.lt(stop));
      place = where(mine, this.shortlistSize + i, place);
      const index = t.sub(start).clamp(0, stop - start - 1);
      const own = cluster.forward(x).logSoftmax(1).gather(1, index.unsqueeze(1)).squeeze(1);
      const part = where(mine, own, 0);
      within = within ? within.add(part) : part;
    }
    const output = first.gather(1, place.unsqueeze(1)).squeeze(1).add(within!);
    return { output: batched ? output : output.squeeze(0), loss: output.neg().mean() };
  }

  /** Log-probabilities of all classes: `(N, inFeatures)` gives `(N, nClasses)`. */
  logProb(input: Tensor): Tensor {
    checkInput('logProb', input);
    return scope(() => this.full(input, this.head.forward(input)));
  }
  /** The likeliest class of each row: `(N, inFeatures)` gives `(N)`, int32. */
  predict(input: Tensor): Tensor {
    checkInput('predict', input);
    return scope(() => {
      const head = this.head.forward(input);
      const best = head.argmax(1);
      return where(best.ge(this.shortlistSize), this.full(input, head).argmax(1), best);
    });
  }
  private full(input: Tensor, head: Tensor): Tensor {
    const first = head.logSoftmax(1);
    const parts = [...this.tail].map((cluster, i) => {
      const at = this.shortlistSize + i;
      return cluster
        .forward(input)
        .logSoftmax(1)
        .add(first.at(':', [at, at + 1]));
    });
    return cat([first.at(':', [0, this.shortlistSize]), ...parts], 1);
  }

  private checkClasses(target: Tensor): void {
    const wrong = target.lt(0).logicalOr(target.ge(this.nClasses)).any();
    wrong.impl.engine.assertFalse(
      wrong.impl.storage.value,
      () => new ShapeError(`Target values should be in [0, ${this.nClasses - 1}]\n  in AdaptiveLogSoftmaxWithLoss`),
    );
  }
}
