/** The older torch.nn.utils.weight_norm and spectral_norm, which set the weight before each forward. */
import { OptionError } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { randn } from '../../tensor/create.ts';
import { normalize } from '../../tensor/functional/index.ts';
import { noGrad, type Tensor } from '../../tensor/tensor.ts';
import type { HookHandle, Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import {
  asMatrix,
  greatestValue,
  type NormOptions,
  normExceptDim,
  outputDim,
  rescaled,
  type SpectralNormOptions,
  spectralNormNames,
} from './parametrizations.ts';

/** What computes a weight of a module: how to stop, and its present value. */
interface Computed {
  readonly handle: HookHandle;
  readonly parts: readonly string[];
  value(): Tensor;
}
const computed = new WeakMap<Module, Map<string, Computed>>();

function takeParameter(module: Module, op: string, name: string): Parameter {
  const found: unknown = Reflect.get(module, name);
  if (!(found instanceof Parameter))
    throw new OptionError(`${module.constructor.name} has no parameter '${name}'\n  in ${op}`);
  if (computed.get(module)?.has(name))
    throw new OptionError(`Cannot register two ${op} hooks on the same parameter ${name}`);
  Reflect.deleteProperty(module, name);
  return found;
}
/** Sets `module[name]` to what `value` gives, now and before each forward. */
function compute(
  module: Module,
  op: string,
  name: string,
  parts: readonly string[],
  value: (update: boolean) => Tensor,
) {
  Reflect.set(
    module,
    name,
    noGrad(() => value(false)),
  );
  const handle = module.registerForwardPreHook(() => {
    Reflect.set(module, name, value(module.training));
  });
  const all = computed.get(module) ?? new Map<string, Computed>();
  computed.set(module, all);
  all.set(`${op} ${name}`, { handle, parts, value: () => value(false) });
}
function restore<M extends Module>(module: M, op: string, name: string): M {
  const found = computed.get(module)?.get(`${op} ${name}`);
  if (!found) throw new OptionError(`${op} of '${name}' not found in ${module}`);
  const value = noGrad(() => found.value().detach().clone());
  found.handle.remove();
  computed.get(module)!.delete(`${op} ${name}`);
  for (const part of [...found.parts, name]) {
    Reflect.deleteProperty(module, part);
    module.carried.buffers.delete(part);
  }
  Reflect.set(module, name, new Parameter(value));
  return module;
}

/**
 * Learns the length `weight_g` and the direction `weight_v` of a weight, which is set before each forward. See
 * {@link parametrizations.weightNorm} for the newer one. Source: torch.nn.utils.weight_norm.
 *
 * @throws OptionError where there is no such parameter.
 * @example
 * const layer = nn.utils.weightNorm(new nn.Linear(20, 40));
 * [...layer.stateDict().keys()]; // ['bias', 'weight_g', 'weight_v']
 */
export function weightNorm<M extends Module>(
  module: M,
  ...rest: OptionalArgs<[name: string, dim: number | null], NormOptions>
): M {
  const { name = 'weight', dim } = optionalArgs<NormOptions>('weightNorm', ['name', 'dim'], rest);
  // Null is for everything, and no dim is the first.
  const given = rest.some((v) => v === null) || dim === null ? -1 : (dim ?? 0);
  const v = takeParameter(module, 'weight_norm', name);
  const [lengths, directions] = [`${name}G`, `${name}V`];
  const g = noGrad(() => new Parameter(normExceptDim(v, given)));
  Reflect.set(module, lengths, g);
  Reflect.set(module, directions, v);
  compute(module, 'weight_norm', name, [lengths, directions], () =>
    rescaled(Reflect.get(module, directions) as Tensor, Reflect.get(module, lengths) as Tensor, given),
  );
  return module;
}
/** Makes the weight a parameter again. Source: torch.nn.utils.remove_weight_norm. */
export function removeWeightNorm<M extends Module>(module: M, name = 'weight'): M {
  return restore(module, 'weight_norm', name);
}

/**
 * Divides a weight, learnt as `weight_orig`, by its greatest singular value before each forward. See
 * {@link parametrizations.spectralNorm} for the newer one. Source: torch.nn.utils.spectral_norm.
 *
 * @throws OptionError where there is no such parameter.
 * @example
 * const layer = nn.utils.spectralNorm(new nn.Linear(20, 40));
 * [...layer.stateDict().keys()]; // ['bias', 'weight_orig', 'weight_u', 'weight_v']
 */
export function spectralNorm<M extends Module>(
  module: M,
  ...rest: OptionalArgs<[name: string, nPowerIterations: number], SpectralNormOptions>
): M {
  const options = optionalArgs<SpectralNormOptions>('spectralNorm', spectralNormNames, rest);
  const { name = 'weight', nPowerIterations = 1, eps = 1e-12 } = options;
  if (!(nPowerIterations > 0))
    throw new OptionError(`Expected n_power_iterations to be positive, but got n_power_iterations=${nPowerIterations}`);
  const dim = options.dim ?? outputDim(module);
  const original = takeParameter(module, 'spectral_norm', name);
  const [orig, left, right] = [`${name}Orig`, `${name}U`, `${name}V`];
  const matrix = asMatrix(original.detach(), dim);
  Reflect.set(module, orig, original);
  for (const [part, length] of [
    [left, matrix.shape[0]!],
    [right, matrix.shape[1]!],
  ] as const)
    module.registerBuffer(
      part,
      noGrad(() => normalize(randn([length], { device: original.device }), { dim: 0, eps })),
    );
  const part = (key: string): Tensor => Reflect.get(module, key) as Tensor;
  compute(module, 'spectral_norm', name, [orig, left, right], (update) => {
    const weight = part(orig);
    const W = asMatrix(weight, dim);
    const [u, v] = [part(left), part(right)];
    if (update) {
      noGrad(() => {
        for (let i = 0; i < nPowerIterations; i++) {
          v.copy_(normalize(W.t().matmul(u), { dim: 0, eps }));
          u.copy_(normalize(W.matmul(v), { dim: 0, eps }));
        }
      });
    }
    return weight.div(greatestValue(W, u, v));
  });
  return module;
}
/** Makes the weight a parameter again, with its present value. Source: torch.nn.utils.remove_spectral_norm. */
export function removeSpectralNorm<M extends Module>(module: M, name = 'weight'): M {
  return restore(module, 'spectral_norm', name);
}
