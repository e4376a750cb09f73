/** Hooks that see the gradients of a module's inputs and outputs. Loaded with the device (module-methods.ts). */
import { gradientEdge } from '../autograd/apply.ts';
import { CustomNode } from '../autograd/custom.ts';
import { isGradEnabled } from '../autograd/grad-mode.ts';
import { Var } from '../autograd/var.ts';
import { describe, GradError } from '../core/errors.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Companion, HookHandle, Module } from './module.ts';

/** Gradients, one per argument or result; null for those that are no tensors, or have none. */
export type Gradients = readonly (Tensor | null)[];
/** Sees the gradients of a module's inputs and outputs; what it returns takes the place of the inputs'. */
export type BackwardHook = (
  module: Module,
  gradInput: Gradients,
  gradOutput: Gradients,
) => Gradients | Tensor | null | void;
/** Sees the gradients of a module's outputs before they are used; what it returns takes their place. */
export type BackwardPreHook = (module: Module, gradOutput: Gradients) => Gradients | Tensor | null | void;

interface Lists {
  readonly before: { readonly hook: BackwardPreHook }[];
  readonly after: { readonly hook: BackwardHook }[];
}
const lists = new WeakMap<Module, Lists>();

export function addBackwardHook<K extends keyof Lists>(
  module: Module,
  kind: K,
  hook: Lists[K][number]['hook'],
  prepend: boolean,
): HookHandle {
  const both = lists.get(module) ?? { before: [], after: [] };
  lists.set(module, both);
  const list = both[kind] as { hook: typeof hook }[];
  const entry = { hook };
  if (prepend) list.unshift(entry);
  else list.push(entry);
  module.carried.companion = () => watch(module, both);
  return {
    remove: () => {
      if (list.includes(entry)) list.splice(list.indexOf(entry), 1);
      if (both.before.length + both.after.length === 0) module.carried.companion = null;
    },
  };
}

/** Has hooks of a module called for its copy, too. */
export function copyBackwardHooks(module: Module, copy: Module): void {
  const own = lists.get(module);
  if (own)
    for (const kind of ['before', 'after'] as const)
      for (const { hook } of own[kind]) addBackwardHook(copy, kind, hook, false);
}

/** Nodes before and after one call of forward, which pass gradients on and show them to the hooks. */
function watch(module: Module, { before, after }: Lists): Companion {
  let gradOutput: Gradients | null = null;
  let inputs: readonly unknown[] = [];
  let watchesInputs = false;

  const leaving = (grads: Gradients): Gradients => {
    gradOutput = grads;
    for (const { hook } of [...before])
      gradOutput = replaced('Backward pre hook', 'grad_output', hook(module, gradOutput), gradOutput);
    const passed = gradOutput;
    // Where no input has a gradient, there is nothing else to wait for.
    if (!watchesInputs) entering(inputs.map(() => null));
    return passed;
  };
  const entering = (grads: Gradients): Gradients => {
    // A gradient that did not come by way of the outputs.
    if (gradOutput === null) return grads;
    let gradInput = grads;
    for (const { hook } of [...after])
      gradInput = replaced('Backward hook', 'grad_input', hook(module, gradInput, gradOutput), gradInput);
    gradOutput = null;
    return gradInput;
  };
  return {
    inputs(list) {
      inputs = list;
      const passed = through(list, entering);
      watchesInputs = passed !== list;
      return passed;
    },
    output(value) {
      if (Array.isArray(value)) return through(value, leaving);
      return through([value], leaving)[0];
    },
  };
}

function replaced(what: string, which: string, given: unknown, grads: Gradients): Gradients {
  if (given === null || given === undefined) return grads;
  const list = given instanceof Tensor ? [given] : given;
  if (!Array.isArray(list))
    throw new GradError(`${what} returned ${describe(given)}\n  return a list of tensors, or nothing`);
  if (list.length !== grads.length)
    throw new GradError(
      `${what} returned an invalid number of ${which}, got ${list.length}, but expected ${grads.length}`,
    );
  return list;
}

/** The same values, their tensors behind a node whose gradients `fn` sees. The list itself where nothing requires grad. */
function through(list: readonly unknown[], fn: (grads: Gradients) => Gradients): readonly unknown[] {
  const at = list.flatMap((v, i) => (v instanceof Tensor ? [i] : []));
  const tensors = at.map((i) => list[i] as Tensor);
  if (!isGradEnabled() || !tensors.some((t) => t.requiresGrad)) return list;
  const metas = tensors.map(({ shape, dtype }) => ({ shape, dtype }));
  const node = new CustomNode(
    'BackwardHookFunctionBackward',
    tensors.map((t) => (t.requiresGrad ? gradientEdge(t.impl) : null)),
    metas,
    metas,
    (grads) => {
      const shown: (Tensor | null)[] = list.map(() => null);
      for (const [n, i] of at.entries()) {
        const grad = grads[n];
        if (!grad) continue;
        grad.storage.value.kept = true;
        shown[i] = new Tensor(grad);
      }
      const given = fn(shown);
      return at.map((i) => given[i]?.impl ?? null);
    },
    () => {},
  );
  const out = [...list];
  for (const [n, i] of at.entries()) {
    const t = tensors[n]!;
    if (!t.requiresGrad) continue;
    const v = new Var(t.impl.storage, t.impl.layout);
    v.edge = { node, index: n };
    out[i] = new Tensor(v);
  }
  return out;
}
