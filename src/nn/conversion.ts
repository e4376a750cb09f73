/** Modules of another dtype or on another device. Loaded with the device (module-methods.ts). */
import { requireGrad } from '../autograd/backward.ts';
import { type DType, isFloat } from '../core/dtype.ts';
import { checkOptions, DTypeError } from '../core/errors.ts';
import type { DeviceName } from '../tensor/device.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';
import type { Module } from './module.ts';

/** Where to, of {@link Module.to}. */
export interface ConversionOptions {
  readonly device?: DeviceName | null;
  readonly dtype?: DType | null;
}

const isDevice = (v: unknown): v is DeviceName => v === 'cpu' || v === 'webgpu';

/** A handle's new memory: who holds the parameter has the new values, as after an assignment to `p.data` in PyTorch. */
function move(t: Tensor, made: Tensor): void {
  if (made === t) return;
  const { requiresGrad, grad } = t;
  const v = made.detach().impl;
  v.storage.value.kept = true;
  Reflect.set(t, 'impl', v);
  if (requiresGrad) requireGrad(v);
  if (grad && requiresGrad) t.grad = grad;
}

const stateOf = (module: Module): Tensor[] => [...new Set<Tensor>([...module.parameters(), ...module.buffers()])];

/** Changes the dtype of all floating parameters and buffers, and of their gradients. */
export function castModule<M extends Module>(module: M, dtype: DType): M {
  if (!isFloat(dtype))
    throw new DTypeError(
      `nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=${dtype}\n  in ${module.constructor.name}`,
    );
  noGrad(() => {
    for (const t of stateOf(module)) {
      if (!isFloat(t.dtype) || t.dtype === dtype) continue;
      const { grad, requiresGrad } = t;
      if (requiresGrad) t.grad = null;
      move(t, t.to(dtype));
      if (grad && requiresGrad) t.grad = grad.to(dtype);
    }
  });
  return module;
}

/** Moves all parameters and buffers, and gradients. All are read before any is replaced. */
async function moveModule<M extends Module>(module: M, device: DeviceName): Promise<M> {
  const all = stateOf(module);
  const made = await Promise.all(
    all.map(async (t) => [t, await t.detach().to(device), t.grad && (await t.grad.to(device))] as const),
  );
  for (const [t, there, grad] of made) {
    if (there.impl.engine === t.impl.engine) continue;
    if (t.grad) t.grad = null;
    move(t, there);
    if (grad) t.grad = grad;
  }
  return module;
}

export function convert<M extends Module>(
  module: M,
  target: DType | DeviceName | ConversionOptions,
  second?: DType | ConversionOptions,
): M | Promise<M> {
  const options: ConversionOptions = {
    ...(typeof target === 'string' ? (isDevice(target) ? { device: target } : { dtype: target }) : target),
    ...(typeof second === 'string' ? { dtype: second } : second),
  };
  checkOptions('to', options, ['device', 'dtype']);
  const { device, dtype } = options;
  if (dtype) castModule(module, dtype);
  return device ? moveModule(module, device) : module;
}
