/** Gradient modes, and what tensors can do with the gradients that pass through them. */
import { gradientEdge } from '../../autograd/apply.ts';
import { setGradMode, withGradMode, withInferenceMode } from '../../autograd/grad-mode.ts';
import type { GradHook } from '../../autograd/var.ts';
import { checkFunction, GradError, wrongType } from '../../core/errors.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';

/** Lets go of a hook. */
export interface HookHandle {
  /** The hook is not called again. */
  remove(): void;
}

function addTo<T>(set: Set<T>, item: T): HookHandle {
  set.add(item);
  return { remove: () => set.delete(item) };
}

/** Hooks of retainGrad(). They see what the others made of the gradient, whichever came first. */
const retaining = new WeakSet<GradHook>();

function hooked(input: Tensor, hook: GradHook): HookHandle {
  const { node, index } = gradientEdge(input.impl)!;
  node.hooks ??= new Map();
  const { hooks } = node;
  const all = [...(hooks.get(index) ?? []), hook];
  // A new set: the old one may be running.
  hooks.set(index, new Set([...all.filter((h) => !retaining.has(h)), ...all.filter((h) => retaining.has(h))]));
  return { remove: () => hooks.get(index)!.delete(hook) };
}

/**
 * Calls `hook` with the gradient of this tensor whenever a backward pass has computed it; what it returns, if it is a tensor,
 * takes the gradient's place. Source: torch.Tensor.register_hook.
 *
 * @throws GradError when the tensor does not require grad; at backward, when the hook changes shape or dtype.
 * @example
 * const x = ones([2], { requiresGrad: true });
 * x.registerHook((grad) => grad.mul(10));
 * x.sum().backward();
 * await x.grad!.tolist(); // [10, 10]
 */
export function registerHook(input: Tensor, hook: (grad: Tensor) => Tensor | null | undefined | void): HookHandle {
  checkTensor('registerHook', input);
  checkFunction('registerHook', hook);
  if (!input.requiresGrad) throw new GradError("cannot register a hook on a tensor that doesn't require gradient");
  return hooked(input, (grad) => {
    grad.storage.value.kept = true;
    const changed = hook(new Tensor(grad));
    return changed ? varOf('hook', changed, 'gradient') : null;
  });
}

/**
 * Calls `hook` with this leaf after a backward pass has added to its `grad`. Source:
 * torch.Tensor.register_post_accumulate_grad_hook.
 *
 * @throws GradError when the tensor is not a leaf that requires grad.
 */
export function registerPostAccumulateGradHook(input: Tensor, hook: (parameter: Tensor) => void): HookHandle {
  checkTensor('registerPostAccumulateGradHook', input);
  checkFunction('registerPostAccumulateGradHook', hook);
  const { leaf } = input.impl;
  if (!leaf) throw new GradError('post accumulate grad hooks cannot be registered on non-leaf tensors');
  leaf.afterwards ??= new Set();
  return addTo(leaf.afterwards, () => hook(input));
}

/**
 * Makes backward() keep the gradient of a tensor that is not a leaf, in its `grad`. Returns nothing; does nothing for leaves.
 * Source: torch.Tensor.retain_grad.
 *
 * @throws GradError when the tensor does not require grad.
 * @example
 * const x = ones([2], { requiresGrad: true });
 * const y = x.mul(3);
 * y.retainGrad();
 * y.square().sum().backward();
 * await y.grad!.tolist(); // [6, 6]
 */
export function retainGrad(input: Tensor): void {
  checkTensor('retainGrad', input);
  if (!input.requiresGrad) throw new GradError("can't retain_grad on Tensor that has requires_grad=False");
  const v = input.impl;
  if (v.leaf || v.retain) return;
  const retain: GradHook = (grad) => {
    grad.storage.value.kept = true;
    v.retained = v.retained ? new Tensor(v.retained).add(new Tensor(grad)).impl : grad;
    v.retained.storage.value.kept = true;
    return null;
  };
  retaining.add(retain);
  let handle = hooked(input, retain);
  // As in PyTorch, it is the gradient of what is last written into it that counts; other hooks stay where they are.
  v.retain = () => {
    handle.remove();
    if (v.edge) handle = hooked(input, retain);
  };
}

/** Was it made inside of inferenceMode()? Source: torch.Tensor.is_inference. */
export function isInference(input: Tensor): boolean {
  return varOf('isInference', input).inference;
}

/**
 * Runs `fn` without a tape, as noGrad(), and marks what it makes: such tensors are refused by autograd afterwards, also
 * when they are operands of something that is recorded. Synchronous only. Source: torch.inference_mode.
 *
 * @throws GradError when `fn` returns a promise.
 * @example
 * const w = ones([2], { requiresGrad: true });
 * const y = inferenceMode(() => w.mul(2));
 * w.mul(y); // GradError: Inference tensors cannot be saved for backward
 */
export function inferenceMode<T>(fn: () => T): T {
  checkFunction('inferenceMode', fn);
  return withInferenceMode(true, fn);
}

/**
 * Switches recording on or off: for the run of `fn`, or without one until it is switched again. Source:
 * torch.set_grad_enabled.
 *
 * @example
 * const w = ones([2], { requiresGrad: true });
 * setGradEnabled(false, () => w.mul(2)).requiresGrad; // false
 */
export function setGradEnabled(mode: boolean): void;
export function setGradEnabled<T>(mode: boolean, fn: () => T): T;
export function setGradEnabled<T>(mode: boolean, fn?: () => T): T | void {
  if (typeof mode !== 'boolean') wrongType('setGradEnabled', 'mode', 'true or false', mode);
  if (fn === undefined) return setGradMode(mode);
  checkFunction('setGradEnabled', fn);
  return withGradMode(mode, fn, 'setGradEnabled');
}

/** PyTorch's `x.detach_()`: cuts this tensor off from what it was computed of, and makes it a leaf. Returns it. */
function detach_(input: Tensor): Tensor {
  const v = input.impl;
  if (v.base) throw new GradError("Can't detach views in-place. Use detach() instead.");
  v.edge = null;
  v.leaf = null;
  return input;
}
/** PyTorch's `x.retains_grad`: did retainGrad() ask for its gradient? */
const retainsGrad = (input: Tensor): boolean => input.impl.retain !== null;

/** Methods on tensors. */
export const autogradMethods = { registerHook, registerPostAccumulateGradHook, retainGrad, isInference };
/** Those that return the tensor itself. */
export const detachMethods = { detach_ };
/** Read, not called. */
export const autogradProperties = { retainsGrad };
