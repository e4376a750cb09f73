/** What layers share that learn the sizes of their input at their first forward. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { snakeCase } from '../core/names.ts';
import { formatShape, sameShape } from '../core/shape.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';
import type { Module } from './module.ts';
import { isLazy } from './uninitialized.ts';

/** A layer that sets its own initial values. */
interface Layer extends Module {
  resetParameters(): void;
}
/** A layer that makes its parameters of the first input. */
interface LazyLayer extends Layer {
  initializeParameters(input: Tensor): void;
}

/** Whether a module has parameters or buffers without a shape. */
export function hasUninitializedParams(module: Module): boolean {
  return [...module.parameters(), ...module.buffers()].some(isLazy);
}

/** The next forward makes the parameters first; then the layer is one of class `plain`. */
export function inferAtFirstForward(layer: LazyLayer, plain: { readonly prototype: Module }): void {
  const hook = layer.registerForwardPreHook((_, inputs) => {
    layer.initializeParameters(inputs[0] as Tensor);
    if (hasUninitializedParams(layer))
      throw new OptionError(`module ${layer.constructor.name} has not been fully initialized`);
    hook.remove();
    Object.setPrototypeOf(layer, plain.prototype);
  });
}

/**
 * Sets the size called `name` and makes the parameters and buffers of the shapes that follow. What a state dict has brought
 * already must be of these shapes, and stays.
 */
export function settle(
  layer: Layer,
  name: string,
  size: number,
  shapes: () => Readonly<Record<string, readonly number[]>>,
): void {
  if (Reflect.get(layer, name) !== 0) return;
  Reflect.set(layer, name, size);
  const all = Object.entries(shapes()).flatMap(([key, shape]) => {
    const t = Reflect.get(layer, key) as Tensor | null;
    return t === null ? [] : [{ key, shape, t }];
  });
  const loaded = all.filter(({ t }) => !isLazy(t));
  const odd = loaded.find(({ t, shape }) => !sameShape(t.shape, shape));
  if (odd || all.length === 0) Reflect.set(layer, name, 0);
  if (odd) {
    const word = snakeCase(name);
    throw new ShapeError(
      `The ${word} inferred from input: ${size} is not equal to ${word} from self.${odd.key}: ${formatShape(odd.t.shape)}\n  in ${layer.constructor.name}: ${odd.key} was loaded, and should be ${formatShape(odd.shape)}`,
    );
  }
  if (loaded.length === all.length) return;
  for (const { t, shape } of all) if (isLazy(t)) t.materialize(shape);
  const values = loaded.map(({ t }) => t.detach().clone());
  layer.resetParameters();
  noGrad(() => {
    for (const [i, { t }] of loaded.entries()) t.copy_(values[i]!);
  });
}
