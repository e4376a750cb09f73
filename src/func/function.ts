/** Functions with a gradient of their own. */
import { gradientEdge } from '../autograd/apply.ts';
import { CustomNode } from '../autograd/custom.ts';
import { isGradEnabled } from '../autograd/grad-mode.ts';
import { backwardTwice, Saved } from '../autograd/saved.ts';
import type { Var } from '../autograd/var.ts';
import { isFloat } from '../core/dtype.ts';
import { describe, GradError, wrongType } from '../core/errors.ts';
import { zeros } from '../tensor/create.ts';
import { op } from '../tensor/impl/common.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad, Tensor, varOf } from '../tensor/tensor.ts';

/** What forward() and backward() of a {@link AutogradFunction} share: one per call. */
export class FunctionContext {
  /** Which arguments of forward() want a gradient. */
  needsInputGrad: readonly boolean[] = [];
  private toSave: readonly (Tensor | null)[] = [];
  private saved: readonly (Saved | null)[] = [];
  private released = false;
  private readonly fixed = new Set<Tensor>();
  private materialize = true;
  private readonly name: string;

  /** @internal */
  constructor(name: string) {
    this.name = name;
  }

  /** Keeps arguments or results for backward(); null stays null. Values modified in place since are refused there. */
  saveForBackward(...tensors: (Tensor | null)[]): void {
    for (const t of tensors) if (t !== null) varOf('saveForBackward', t, 'tensors');
    this.toSave = tensors;
  }
  /** What saveForBackward() kept. */
  get savedTensors(): (Tensor | null)[] {
    if (this.released && this.saved.length > 0) throw new GradError(backwardTwice);
    return this.saved.map((s) => s && new Tensor(s.unpack(this.name)));
  }
  /** These results carry no gradient, although they are floating. */
  markNonDifferentiable(...tensors: Tensor[]): void {
    for (const t of tensors) this.fixed.add(t);
  }
  /** false: backward() is given null where no gradient arrived, instead of zeros. */
  setMaterializeGrads(on: boolean): void {
    this.materialize = on;
  }

  /** Whether a result carries no gradient. @internal */
  isFixed(t: Tensor): boolean {
    return this.fixed.has(t) || !isFloat(t.dtype);
  }
  /** The results have their place on the tape: what was to be saved is saved now. @internal */
  seal(handedOut: ReadonlyMap<Tensor, Var>): void {
    this.saved = this.toSave.map((t) => t && new Saved(handedOut.get(t) ?? t.impl));
    this.toSave = [];
  }
  /** Lets go of what was saved. @internal */
  release(): void {
    this.released = true;
    for (const s of this.saved) s?.release();
  }
  /** Are missing gradients given as zeros? @internal */
  wants(): boolean {
    return this.materialize;
  }
}

/** The static side of a class with forward() and backward(). */
export interface FunctionClass<A extends readonly unknown[], R extends Tensor | readonly Tensor[]> {
  readonly name: string;
  forward(ctx: FunctionContext, ...args: A): R;
  backward(ctx: FunctionContext, ...grads: Tensor[]): Tensor | null | readonly (Tensor | null)[] | void;
}

/**
 * A function whose gradient you write: a class with static `forward(ctx, …)` and `backward(ctx, …grads)`, called by
 * `apply()`. forward() runs without recording; backward() gets a gradient per result and returns one per argument of
 * forward(), null for those that need none. It is recorded under createGraph, so that it can be differentiated again. Exported
 * as `Function`, too. Source: torch.autograd.Function.
 *
 * @throws GradError when backward() returns another number of gradients, or one of another shape.
 * @example
 * class Cube extends AutogradFunction {
 *   static forward(ctx: FunctionContext, x: Tensor) {
 *     ctx.saveForBackward(x);
 *     return x.pow(3);
 *   }
 *   static backward(ctx: FunctionContext, grad: Tensor) {
 *     const [x] = ctx.savedTensors;
 *     return x!.square().mul(3).mul(grad);
 *   }
 * }
 * const x = tensor([1, 2], { dtype: 'float32', requiresGrad: true });
 * Cube.apply(x).sum().backward();
 * await x.grad!.tolist(); // [3, 12]
 */
// biome-ignore lint/complexity/noStaticOnlyClass: extended, as in PyTorch, by classes that say forward and backward
export abstract class AutogradFunction {
  /** Calls forward() and puts backward() on the tape. */
  static apply<A extends readonly unknown[], R extends Tensor | readonly Tensor[]>(
    this: FunctionClass<A, R>,
    ...args: A
  ): R {
    // biome-ignore lint/complexity/noThisInStatic: the class that extends this one
    return applyFunction(this, args);
  }
}

function applyFunction<A extends readonly unknown[], R extends Tensor | readonly Tensor[]>(
  rule: FunctionClass<A, R>,
  args: A,
): R {
  const name = `${rule.name}Backward`;
  const ctx = new FunctionContext(name);
  const tensors = args.map((a) => (a instanceof Tensor ? a : null));
  const tracked = isGradEnabled() && tensors.some((t) => t?.requiresGrad);
  ctx.needsInputGrad = tensors.map((t) => isGradEnabled() && (t?.requiresGrad ?? false));
  const versions = tensors.map((t) => t?.impl.storage.version);
  const result = scope(() => noGrad(() => rule.forward(ctx, ...args)));
  const single = result instanceof Tensor;
  const results: readonly Tensor[] = single ? [result] : result;
  if (!Array.isArray(results) || results.some((t) => !(t instanceof Tensor)))
    wrongType(rule.name, 'forward', 'a function that returns a Tensor or a list of them', result);
  tensors.forEach((t, n) => {
    if (t && t.impl.storage.version !== versions[n])
      throw new GradError(
        `${rule.name}.forward() modified argument ${n} in place\n  return a new tensor instead: clone() it first`,
      );
  });
  if (!tracked) return result;

  const inputs = tensors.map((t) => t && { shape: t.shape, dtype: t.dtype });
  const node = new CustomNode(
    name,
    tensors.map((t, n) => (ctx.needsInputGrad[n] ? gradientEdge(t!.impl) : null)),
    inputs,
    results.map(({ shape, dtype }) => ({ shape, dtype })),
    (grads) => {
      const given = grads.map((g, n) => {
        if (g) g.storage.value.kept = true;
        const { shape, dtype, device } = results[n]!;
        return g ? new Tensor(g) : ctx.wants() ? zeros(shape, { dtype, device }) : null;
      });
      const back = rule.backward(ctx, ...(given as Tensor[]));
      const list = back instanceof Tensor || back === null ? [back] : back;
      if (!Array.isArray(list))
        throw new GradError(
          `${name}: backward() must return a Tensor, null, or a list with one of them per argument, got ${describe(back)}`,
        );
      return list.map((g) => g && varOf(name, g, 'gradient'));
    },
    () => ctx.release(),
  );
  const handedOut = new Map<Tensor, Var>();
  const out = results.map((t, index) => {
    if (ctx.isFixed(t)) return t;
    // An argument returned as it is, or a view of one, would get a second history: it leaves as a copy.
    const aliases = tensors.some((input) => input?.impl.storage === t.impl.storage);
    const v = aliases ? noGrad(() => op('copy', [t.impl])) : t.impl;
    v.storage.value.kept = true;
    v.edge = { node, index };
    handedOut.set(t, v);
    return aliases ? new Tensor(v) : t;
  });
  ctx.seal(handedOut);
  return (single ? out[0] : out) as R;
}
