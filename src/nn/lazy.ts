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
/** What layers can do that learn the sizes of their input at their first forward. */
export interface LazyLayer {
  /** Sets the initial values anew, where there are parameters to set. */
  resetParameters(): void;
  /** Whether it still waits for its first input. */
  hasUninitializedParams(): boolean;
  /** Makes the parameters that this input asks for. */
  initializeParameters(input: Tensor): void;
}

/** What lazy layers of one kind have in common: G is what their constructors are given, P what those of the plain ones are. */
export interface LazyKind<L extends Layer, P extends readonly unknown[], G extends readonly unknown[]> {
  /** The setting that the first input tells; 0 until then. */
  readonly size: string;
  /** What the plain layer is made with, so that it has no parameters, and what puts those without a shape into it. */
  prepare(name: string, given: G): { readonly plain: P; readonly expect: (layer: L) => void };
  /** Makes the parameters, of a first input. */
  infer(layer: L, input: Tensor): void;
}

/** The lazy layer of a kind that is one of class `Plain` from its first forward on. */
/* @__NO_SIDE_EFFECTS__ */
export function lazy<I extends L, L extends Layer, P extends readonly unknown[], G extends readonly unknown[]>(
  Plain: new (...args: P) => I,
  kind: LazyKind<L, NoInfer<P>, G>,
): new (
  ...given: G
) => I & LazyLayer {
  const Base: new (...args: P) => Layer = Plain;
  abstract class Lazy extends Base {
    constructor(...given: G) {
      const { plain, expect } = kind.prepare(new.target.name, given);
      super(...plain);
      expect(this as Layer as L);
      inferAtFirstForward(this, Plain);
    }
    override resetParameters(): void {
      if (Reflect.get(this, kind.size) !== 0 && !this.hasUninitializedParams()) super.resetParameters();
    }
    hasUninitializedParams(): boolean {
      return hasUninitializedParams(this);
    }
    initializeParameters(input: Tensor): void {
      kind.infer(this as Layer as L, input);
    }
  }
  return Lazy as unknown as new (
    ...given: G
  ) => I & LazyLayer;
}

function hasUninitializedParams(module: Module): boolean {
  return [...module.parameters(), ...module.buffers()].some(isLazy);
}

/** The next forward, of the layer or of a copy, makes the parameters first; then it is one of class `plain`. */
function inferAtFirstForward(layer: Module, plain: { readonly prototype: Module }): void {
  const entry = {
    hook(module: Module, inputs: readonly unknown[]): void {
      (module as Module & LazyLayer).initializeParameters(inputs[0] as Tensor);
      if (hasUninitializedParams(module))
        throw new OptionError(`module ${module.constructor.name} has not been fully initialized`);
      const { before } = module.carried;
      before.splice(before.indexOf(entry), 1);
      Object.setPrototypeOf(module, plain.prototype);
    },
  };
  layer.carried.before.push(entry);
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
    const from = odd.t.shape[odd.shape.findIndex((n, d) => n !== odd.t.shape[d])] ?? formatShape(odd.t.shape);
    throw new ShapeError(
      `The ${word} inferred from input: ${size} is not equal to ${word} from self.${odd.key}: ${from}\n  in ${layer.constructor.name}: ${odd.key} was loaded, and should be ${formatShape(odd.shape)}`,
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
