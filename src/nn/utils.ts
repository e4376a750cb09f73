/** torch.nn.utils: gradient clipping, parameters as one vector. */
import { describe, GradError, OptionError, ShapeError, wrongType } from '../core/errors.ts';
import { numel } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { tensor } from '../tensor/create.ts';
import { cat } from '../tensor/functions/core.ts';
import { normsOfRuns, scaleRuns } from '../tensor/lists.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad, Tensor } from '../tensor/tensor.ts';
import { checkInput } from './checks.ts';

export {
  type CtcBeamSearchOptions,
  type CtcDecodeOptions,
  type CtcHypothesis,
  ctcBeamSearch,
  ctcGreedyDecode,
} from './utils/ctc.ts';
export { fuseConvBnEval, fuseLinearBnEval } from './utils/fusion.ts';
export * as parametrizations from './utils/parametrizations.ts';
export * as parametrize from './utils/parametrize.ts';
export * as rnn from './utils/rnn.ts';
export { removeSpectralNorm, removeWeightNorm, spectralNorm, weightNorm } from './utils/weight-norm.ts';

/** One tensor or several. */
export type Tensors = Tensor | Iterable<Tensor>;

function listOf(name: string, parameters: Tensors): Tensor[] {
  if (
    !(parameters instanceof Tensor) &&
    typeof (parameters as Partial<Tensors & Iterable<Tensor>> | null)?.[Symbol.iterator] !== 'function'
  )
    wrongType(name, 'parameters', 'a list of Tensors', parameters, 'give model.parameters()');
  const list = parameters instanceof Tensor ? [parameters] : [...parameters];
  for (const p of list) checkInput(name, p, 'parameters');
  return list;
}
/** Not by way of `p.grad`: a gradient that was handed out is saved before the next step may take its memory. */
const gradients = (parameters: readonly Tensor[]): Tensor[] =>
  parameters.flatMap((p) => (p.impl.leaf?.grad ? [new Tensor(p.impl.leaf.grad)] : []));

/** Settings of {@link clipGradNorm_} and its kin. */
export interface ClipGradNormOptions {
  /** Which norm: p > 0, or Infinity for the greatest element. Default 2. */
  readonly normType?: number;
  /** Fail when the norm is NaN or infinite: nothing waits for it here, so the next read rejects. Default false. */
  readonly errorIfNonfinite?: boolean;
  /** Taken for PyTorch's sake: here it is one plan anyway. */
  readonly foreach?: boolean | null;
}

/**
 * Scales all gradients so that their total norm, as of one long vector, is at most maxNorm. Returns the norm before. Nothing is
 * read back. Source: torch.nn.utils.clip_grad_norm_.
 *
 * @throws GradError, at the next read, if errorIfNonfinite and the norm is not finite.
 * @example
 * const w = tensor([3, 4], { dtype: 'float32', requiresGrad: true });
 * w.square().sum().div(2).backward();
 * await nn.utils.clipGradNorm_([w], 1).item(); // 5
 * await w.grad!.tolist(); // [0.6, 0.8]
 */
export function clipGradNorm_(
  parameters: Tensors,
  maxNorm: number,
  ...rest: OptionalArgs<[normType: number, errorIfNonfinite: boolean], ClipGradNormOptions>
): Tensor {
  const { normType, errorIfNonfinite } = normArgs('clipGradNorm_', rest);
  checkMaxNorm('clipGradNorm_', maxNorm);
  const grads = gradients(listOf('clipGradNorm_', parameters));
  if (grads.length === 0) return tensor(0, { dtype: 'float32' });
  return noGrad(() =>
    scope(() => {
      const total = normOfAll(grads, normType);
      if (errorIfNonfinite) failIfNonfinite(total, normType);
      scaleDown(grads, maxNorm, total);
      return total;
    }),
  );
}

/**
 * The norm of all tensors as one long vector. Source: torch.nn.utils.get_total_norm.
 *
 * @throws GradError, at the next read, if errorIfNonfinite and the norm is not finite.
 * @example
 * await nn.utils.getTotalNorm([tensor([3.0]), tensor([4.0])]).item(); // 5
 */
export function getTotalNorm(
  tensors: Tensors,
  ...rest: OptionalArgs<[normType: number, errorIfNonfinite: boolean], ClipGradNormOptions>
): Tensor {
  const { normType, errorIfNonfinite } = normArgs('getTotalNorm', rest);
  const list = listOf('getTotalNorm', tensors);
  if (list.length === 0) return tensor(0, { dtype: 'float32' });
  return scope(() => {
    const total = totalNorm(list, normType);
    if (errorIfNonfinite) failIfNonfinite(total, normType);
    return total;
  });
}

/**
 * Scales all gradients by maxNorm/totalNorm, if that is less than 1. Source: torch.nn.utils.clip_grads_with_norm_.
 *
 * @example
 * const parameters = model.parameters();
 * const norm = nn.utils.getTotalNorm(parameters.flatMap((p) => p.grad ?? []));
 * nn.utils.clipGradsWithNorm_(parameters, 1, norm);
 */
export function clipGradsWithNorm_(
  parameters: Tensors,
  maxNorm: number,
  totalNorm: Tensor,
  ...rest: OptionalArgs<[], Pick<ClipGradNormOptions, 'foreach'>>
): void {
  optionalArgs<ClipGradNormOptions>('clipGradsWithNorm_', ['foreach'], rest);
  checkMaxNorm('clipGradsWithNorm_', maxNorm);
  checkInput('clipGradsWithNorm_', totalNorm, 'totalNorm');
  const grads = gradients(listOf('clipGradsWithNorm_', parameters));
  noGrad(() => scope(() => scaleDown(grads, maxNorm, totalNorm)));
}

function normArgs(op: string, rest: readonly unknown[]): { normType: number; errorIfNonfinite: boolean } {
  const names = ['normType', 'errorIfNonfinite', 'foreach'] as const;
  const { normType = 2, errorIfNonfinite = false } = optionalArgs<ClipGradNormOptions>(op, names, rest);
  if (!(normType > 0)) throw new OptionError(`${op}: normType must be positive or Infinity, got ${normType}`);
  return { normType, errorIfNonfinite };
}
function checkMaxNorm(op: string, maxNorm: number): void {
  if (typeof maxNorm !== 'number' || !(maxNorm >= 0))
    throw new OptionError(`${op}: maxNorm must be a number of at least 0, got ${describe(maxNorm)}`);
}
function scaleDown(grads: readonly Tensor[], maxNorm: number, total: Tensor): void {
  const coefficient = total.add(1e-6).reciprocal().mul(maxNorm).clamp({ max: 1 });
  for (const g of scaleRuns(grads, 'clip', [total, maxNorm])) g.mul_(coefficient);
}

/** The norm, without a tape: of gradients that lie side by side in one go. */
function normOfAll(grads: readonly Tensor[], p: number): Tensor {
  const { norms, alone } = normsOfRuns(grads, p);
  return norms.length === 1 && alone.length === 0 ? norms[0]! : totalNorm([...norms, ...alone], p);
}

/** Added one to the next, each sum is part of the next one's kernel; stacking them would take more. */
function totalNorm(grads: readonly Tensor[], p: number): Tensor {
  if (p === Number.POSITIVE_INFINITY) return grads.map((g) => g.abs().amax()).reduce((a, b) => a.maximum(b));
  const powers = grads.map((g) => (p === 2 ? g.square() : g.abs().pow(p)).sum());
  const total = powers.reduce((a, b) => a.add(b));
  return p === 2 ? total.sqrt() : total.pow(1 / p);
}

function failIfNonfinite(norm: Tensor, p: number): void {
  const flag = norm.abs().lt(Number.POSITIVE_INFINITY).logicalNot();
  norm.impl.engine.assertFalse(
    flag.impl.storage.value,
    () =>
      new GradError(
        `The total norm of order ${p} for gradients from \`parameters\` is non-finite, so it cannot be clipped. ` +
          'To disable this error and scale the gradients by the non-finite norm anyway, set { errorIfNonfinite: false }',
      ),
  );
}

/**
 * Limits each element of all gradients to [−clipValue, clipValue]. Source: torch.nn.utils.clip_grad_value_.
 *
 * @example
 * nn.utils.clipGradValue_(model.parameters(), 0.5);
 */
export function clipGradValue_(
  parameters: Tensors,
  clipValue: number,
  ...rest: OptionalArgs<[], Pick<ClipGradNormOptions, 'foreach'>>
): void {
  optionalArgs<ClipGradNormOptions>('clipGradValue_', ['foreach'], rest);
  if (!(clipValue >= 0))
    throw new OptionError(`clipGradValue_: clipValue must be a number of at least 0, got ${clipValue}`);
  noGrad(() => {
    const grads = gradients(listOf('clipGradValue_', parameters));
    for (const g of scaleRuns(grads, 'clamp', [-clipValue, clipValue])) g.clamp_(-clipValue, clipValue);
  });
}

/** All parameters' elements in one 1-d tensor, differentiably. Source: torch.nn.utils.parameters_to_vector. */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  return scope(() => cat(listOf('parametersToVector', parameters).map((p) => p.reshape(-1))));
}

/**
 * Copies the elements of a vector made by parametersToVector back. Source: torch.nn.utils.vector_to_parameters.
 *
 * @throws ShapeError when the number of elements differs.
 */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void {
  checkInput('vectorToParameters', vector, 'vector');
  const list = listOf('vectorToParameters', parameters);
  const total = list.reduce((n, p) => n + numel(p.shape), 0);
  if (vector.numel() !== total)
    throw new ShapeError(`vectorToParameters: the parameters have ${total} elements, the vector has ${vector.numel()}`);
  noGrad(() =>
    scope(() => {
      let start = 0;
      for (const p of list) {
        p.copy_(vector.at([start, start + p.numel()]).reshape(p.shape));
        start += p.numel();
      }
    }),
  );
}
