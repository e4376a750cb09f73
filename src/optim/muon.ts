import { OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import type { OptionalArgs } from '../tensor/arguments.ts';
import { zeros } from '../tensor/create.ts';
import { stack } from '../tensor/functions/core.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ComposedOptimizer, type Member } from './composed-optimizer.ts';
import type { ParamGroup, Params } from './optimizer.ts';

/** Settings of {@link Muon}. Numbers may be changed between steps. */
export interface MuonOptions {
  /** Learning rate. Default 1e-3. */
  lr: number;
  /** Shrinks the parameters by lr·weightDecay of themselves. Default 0.1. */
  weightDecay: number;
  /** How slowly the average of gradients forgets. Default 0.95. */
  momentum: number;
  /** Look one step ahead. Default true. */
  nesterov: boolean;
  /** a, b and c of X ← a·X + b·XXᵀX + c·(XXᵀ)²X. Default [3.4445, -4.775, 2.0315]. */
  nsCoefficients: readonly [number, number, number];
  /** The least norm that a gradient is divided by. Default 1e-7. */
  eps: number;
  /** How often that is done; less than 100. Default 5. */
  nsSteps: number;
  /** How the rate depends on the matrix: by √max(1, rows/columns) ('original'), or by 0.2·√max(rows, columns). Default 'original'. */
  adjustLrFn: 'original' | 'match_rms_adamw' | null;
}
const defaults: MuonOptions = {
  lr: 1e-3,
  weightDecay: 0.1,
  momentum: 0.95,
  nesterov: true,
  nsCoefficients: [3.4445, -4.775, 2.0315],
  eps: 1e-7,
  nsSteps: 5,
  adjustLrFn: null,
};

/**
 * Muon, for the matrices of hidden layers: each step is the average gradient made orthogonal by Newton-Schulz iterations
 * (Jordan, kellerjordan.github.io/posts/muon; Liu et al., arXiv 2502.16982; PyTorch's torch.optim.Muon). Matrices of one shape
 * are iterated together. The iteration is in float32, where PyTorch's is in bfloat16. Biases, embeddings and the last layer
 * belong to another optimizer.
 *
 * @throws OptionError for settings out of range, ShapeError for parameters that are no matrices.
 * @example
 * const matrices = model.parameters().filter((p) => p.ndim === 2);
 * const optimizer = new optim.Muon(matrices, { lr: 0.02 });
 */
export class Muon extends ComposedOptimizer<MuonOptions> {
  constructor(params: Params<MuonOptions>, ...options: OptionalArgs<[lr: number], Partial<MuonOptions>>) {
    super('Muon', params, options, defaults);
  }
  validate(group: MuonOptions): void {
    const {
      params = [],
      lr,
      weightDecay,
      momentum,
      nsSteps,
      nsCoefficients,
      adjustLrFn,
    } = group as Partial<ParamGroup<MuonOptions>> & MuonOptions;
    for (const p of params)
      if (p.ndim !== 2) {
        throw new ShapeError(
          `Muon only supports 2D parameters whereas we found a parameter with size: ${formatShape(p.shape)}\n  give the others to AdamW: parameters.filter((p) => p.ndim !== 2)`,
        );
      }
    for (const [what, value] of [
      ['Learning rate', lr],
      ['momentum', momentum],
      ['weight decay', weightDecay],
    ] as const)
      if (!(value >= 0)) throw new OptionError(`${what} should be >= 0 but is: ${value}`);
    if (adjustLrFn !== null && adjustLrFn !== 'original' && adjustLrFn !== 'match_rms_adamw')
      throw new OptionError(`Adjust learning rate function ${adjustLrFn} is not supported`);
    if (!(nsSteps < 100)) throw new OptionError('Number of steps must be less than 100 for computational efficiency');
    if (nsCoefficients.length !== 3) throw new OptionError('Coefficients must be a tuple of exactly 3 values');
  }
  protected initial(p: Tensor) {
    return { momentum_buffer: zeros(p.shape, { dtype: p.dtype, device: p.device }) };
  }
  protected update(group: MuonOptions, members: readonly Member[]): void {
    const { lr, weightDecay, momentum, nesterov, adjustLrFn } = group;
    const byShape = new Map<string, { p: Tensor; direction: Tensor }[]>();
    for (const { p, grad, state } of members) {
      const average = (state.momentum_buffer as Tensor).lerp_(grad, 1 - momentum);
      const key = `${p.shape} ${p.dtype} ${p.device}`;
      byShape.set(key, [
        ...(byShape.get(key) ?? []),
        { p, direction: nesterov ? grad.lerp(average, momentum) : average },
      ]);
    }
    for (const alike of byShape.values()) {
      const [rows, columns] = alike[0]!.p.shape as [number, number];
      const ratio =
        adjustLrFn === 'match_rms_adamw'
          ? 0.2 * Math.sqrt(Math.max(rows, columns))
          : Math.sqrt(Math.max(1, rows / columns));
      const steps = orthogonal(stack(alike.map(({ direction }) => direction)), group);
      for (const [i, { p }] of alike.entries()) p.mul_(1 - lr * weightDecay).sub_(steps.at(i).mul(lr * ratio));
    }
  }
}

/** The nearest matrices, roughly, with singular values of 1. */
function orthogonal(x: Tensor, { nsCoefficients: [a, b, c], nsSteps, eps }: MuonOptions): Tensor {
  const [, rows, columns] = x.shape as [number, number, number];
  const wide = rows > columns ? x.transpose(1, 2) : x;
  let y: Tensor = wide.div(wide.square().sum([1, 2], { keepdim: true }).sqrt().clamp({ min: eps }));
  for (let i = 0; i < nsSteps; i++) {
    const gram = y.matmul(y.transpose(1, 2));
    y = gram.mul(b).add(gram.matmul(gram).mul(c)).matmul(y).add(y.mul(a));
  }
  return rows > columns ? y.transpose(1, 2) : y;
}
