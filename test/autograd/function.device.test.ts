/** Functions with a gradient of their own. */
import { beforeAll, describe, expect, test } from 'vitest';
import { AutogradFunction, type FunctionContext, gradcheck, gradgradcheck } from '../../src/func/index.ts';
import { fromArray, grad, init, noGrad, ones, type Tensor, tensor, zeros } from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

class Exp extends AutogradFunction {
  static forward(ctx: FunctionContext, x: Tensor): Tensor {
    const y = x.exp();
    ctx.saveForBackward(y);
    return y;
  }
  static backward(ctx: FunctionContext, g: Tensor): Tensor {
    return g.mul(ctx.savedTensors[0]!);
  }
}
/** a·b + c and its negative; c broadcasts; `scale` is no tensor. */
class Affine extends AutogradFunction {
  static forward(ctx: FunctionContext, a: Tensor, scale: number, b: Tensor, c: Tensor): Tensor[] {
    ctx.saveForBackward(a, b);
    const y = a.mul(b).mul(scale).add(c);
    return [y, y.neg()];
  }
  static backward(ctx: FunctionContext, g: Tensor, h: Tensor): (Tensor | null)[] {
    const [a, b] = ctx.savedTensors;
    const d = g.sub(h);
    return [d.mul(b!).mul(3), null, d.mul(a!).mul(3), d];
  }
}
const leaf = (values: number[]) => tensor(values, { dtype: 'float32', requiresGrad: true });

describe('a custom Function', () => {
  test('has the gradient it says, and its own name', async () => {
    const x = leaf([0, 1]);
    const y = Exp.apply(x);
    expect(y.gradFn).toBe('ExpBackward');
    y.sum().backward();
    expect(await x.grad!.tolist()).toEqual(await y.tolist());
  });
  test('takes several arguments, gives several results, and sums what was broadcast', async () => {
    const [a, b, c] = [leaf([1, 2]), leaf([3, 4]), leaf([5])];
    const [y, z] = Affine.apply(a, 3, b, c) as [Tensor, Tensor];
    y.sum().add(z.mul(2).sum()).backward();
    expect(await a.grad!.tolist()).toEqual([-9, -12]);
    expect(await b.grad!.tolist()).toEqual([-3, -6]);
    expect(await c.grad!.tolist()).toEqual([-2]);
  });
  test('a result that is not used brings zeros', async () => {
    const a = leaf([1, 2]);
    const [y] = Affine.apply(a, 3, ones([2]), ones([1])) as [Tensor, Tensor];
    y.sum().backward();
    expect(await a.grad!.tolist()).toEqual([3, 3]);
  });
  test('without materializing, backward sees null', () => {
    const seen: unknown[] = [];
    class Two extends AutogradFunction {
      static forward(ctx: FunctionContext, x: Tensor): Tensor[] {
        ctx.setMaterializeGrads(false);
        return [x.mul(1), x.mul(2)];
      }
      static backward(_: FunctionContext, g: Tensor, h: Tensor): Tensor {
        seen.push(g, h);
        return h;
      }
    }
    const [, second] = Two.apply(leaf([1])) as [Tensor, Tensor];
    second.sum().backward();
    expect(seen[0]).toBeNull();
    expect(seen[1]).not.toBeNull();
  });
  test('records nothing where no gradient is wanted', () => {
    let saw: readonly boolean[] = [];
    class See extends AutogradFunction {
      static forward(ctx: FunctionContext, x: Tensor, y: Tensor): Tensor {
        saw = ctx.needsInputGrad;
        return x.add(y);
      }
      static backward(_: FunctionContext, g: Tensor): Tensor[] {
        return [g, g];
      }
    }
    expect(noGrad(() => See.apply(leaf([1]), leaf([1]))).requiresGrad).toBe(false);
    expect(See.apply(zeros([1]), leaf([1])).requiresGrad).toBe(true);
    expect(saw).toEqual([false, true]);
  });
  test('marks results that carry no gradient', () => {
    class Fixed extends AutogradFunction {
      static forward(ctx: FunctionContext, x: Tensor): Tensor[] {
        const sign = x.sign();
        ctx.markNonDifferentiable(sign);
        return [x.abs(), sign];
      }
      static backward(_: FunctionContext, g: Tensor): Tensor {
        return g;
      }
    }
    const [a, s] = Fixed.apply(leaf([-1, 2])) as [Tensor, Tensor];
    expect([a.requiresGrad, s.requiresGrad]).toEqual([true, false]);
  });
  test('an argument returned as it is keeps its own history', async () => {
    class Twice extends AutogradFunction {
      static forward(_: FunctionContext, x: Tensor): Tensor {
        return x;
      }
      static backward(_: FunctionContext, g: Tensor): Tensor {
        return g.mul(2);
      }
    }
    const x = leaf([1, 2]);
    Twice.apply(x).add(x).sum().backward();
    expect(await x.grad!.tolist()).toEqual([3, 3]);
  });
  test('is differentiated twice through what its backward does', async () => {
    const x = leaf([0, 1]);
    const [first] = grad(Exp.apply(x).sum(), [x], { createGraph: true });
    const [second] = grad(first!.sum(), [x]);
    expect(await second!.tolist()).toEqual(await x.exp().tolist());
  });
  test('passes gradcheck and gradgradcheck', async () => {
    const make = () =>
      fromArray(Float64Array.of(0.3, -0.7), [2], { dtype: 'float64', device: 'cpu', requiresGrad: true });
    await gradcheck((x) => Exp.apply(x), [make()]);
    await gradgradcheck((x) => Exp.apply(x), [make()]);
  });

  test('says what is wrong with a backward', () => {
    class Few extends AutogradFunction {
      static forward(_: FunctionContext, x: Tensor, y: Tensor): Tensor {
        return x.add(y);
      }
      static backward(_: FunctionContext, g: Tensor): Tensor {
        return g;
      }
    }
    expect(() =>
      Few.apply(leaf([1]), leaf([1]))
        .sum()
        .backward(),
    ).toThrow('function FewBackward returned an incorrect number of gradients (expected 2, got 1)');
    class Odd extends AutogradFunction {
      static forward(_: FunctionContext, x: Tensor): Tensor {
        return x.mul(1);
      }
      static backward(): Tensor {
        return ones([3]);
      }
    }
    expect(() =>
      Odd.apply(leaf([1, 2]))
        .sum()
        .backward(),
    ).toThrow(
      'Function OddBackward returned an invalid gradient at index 0 - got float32 [3] but expected shape compatible with float32 [2]',
    );
    class Writes extends AutogradFunction {
      static forward(_: FunctionContext, x: Tensor): Tensor {
        return x.add_(1);
      }
      static backward(_: FunctionContext, g: Tensor): Tensor {
        return g;
      }
    }
    expect(() => Writes.apply(leaf([1]).mul(1))).toThrow('Writes.forward() modified argument 0 in place');
  });
  test('refuses a second backward, and values written over since', () => {
    const x = leaf([1]).mul(1);
    const y = Exp.apply(x);
    y.sum().backward();
    expect(() => y.sum().backward()).toThrow('Trying to backward through the graph a second time');
    const z = Exp.apply(leaf([1]).mul(1));
    z.add_(1);
    expect(() => z.sum().backward()).toThrow('modified by an inplace operation');
  });
});
