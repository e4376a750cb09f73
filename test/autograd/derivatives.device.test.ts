/** Jacobians, Hessians and products with them. */
import { beforeAll, describe, expect, test } from 'vitest';
import { hessian, hvp, jacobian, jvp, vhp, vjp } from '../../src/func/index.ts';
import { init, ones, type Tensor, tensor } from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const f = (values: number[] | number[][]) => tensor(values, { dtype: 'float32' });

describe('jacobian', () => {
  test('of one input and output, of several, and of none that matter', async () => {
    const j = jacobian((x: Tensor) => x.unsqueeze(0).mul(f([[1], [2]])), f([3, 4]));
    expect(j.shape).toEqual([2, 2, 2]);
    expect(await j.tolist()).toEqual([
      [
        [1, 0],
        [0, 1],
      ],
      [
        [2, 0],
        [0, 2],
      ],
    ]);
    const [a, b] = jacobian((x: Tensor, y: Tensor) => x.mul(y).sum(), [f([1, 2]), f([3, 4])] as readonly Tensor[]);
    expect([await a!.tolist(), await b!.tolist()]).toEqual([
      [3, 4],
      [1, 2],
    ]);
    const blocks = jacobian((x: Tensor) => [x.square(), x.sum()], f([1, 2]));
    expect(await blocks[1]!.tolist()).toEqual([1, 1]);
    const unused = jacobian((_: Tensor) => ones([2]), f([1, 2]));
    expect(await unused.tolist()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(() => jacobian((_: Tensor) => ones([2]), f([1, 2]), { strict: true })).toThrow('independent of input 0');
    expect(jacobian((x: Tensor) => x.at([0, 0]), f([1, 2])).shape).toEqual([0, 2]);
  });
  test('is itself differentiable under createGraph', async () => {
    const x = tensor([1, 2], { dtype: 'float32', requiresGrad: true });
    jacobian((t: Tensor) => t.pow(3), x, { createGraph: true })
      .sum()
      .backward();
    expect(await x.grad!.tolist()).toEqual([6, 12]);
    expect(jacobian((t: Tensor) => t.pow(3), x).requiresGrad).toBe(false);
  });
});

describe('second derivatives', () => {
  // x₀²·x₁ + x₁³: H = [[2x₁, 2x₀], [2x₀, 6x₁]]
  const fn = (x: Tensor) => x.at(0).square().mul(x.at(1)).add(x.at(1).pow(3));
  const H = [
    [4, 2],
    [2, 12],
  ];
  test('hessian', async () => {
    expect(await hessian(fn, f([1, 2])).tolist()).toEqual(H);
    const blocks = hessian((x: Tensor, y: Tensor) => x.mul(y).sum(), [f([1]), f([2])] as readonly Tensor[]);
    expect(await Promise.all(blocks.flat().map((b) => b.item()))).toEqual([0, 1, 1, 0]);
    expect(await hessian((x: Tensor) => x.sum(), f([1, 2])).tolist()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(() => hessian((x: Tensor) => x, f([1, 2]))).toThrow('should contain a single element');
  });
  test('hvp and vhp', async () => {
    const v = f([1, 10]);
    const [value, product] = hvp(fn, f([1, 2]), v);
    expect([await value.item(), await product.tolist()]).toEqual([10, [24, 122]]);
    expect(await vhp(fn, f([1, 2]), v)[1].tolist()).toEqual([24, 122]);
  });
});

describe('products with the Jacobian', () => {
  const fn = (x: Tensor) =>
    f([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
      .matmul(x)
      .square();
  test('vjp and jvp agree with the Jacobian', async () => {
    const x = f([1, 1]);
    const [value, back] = vjp(fn, x, f([1, 0, 1]));
    expect(await (value as Tensor).tolist()).toEqual([9, 49, 121]);
    expect(await back.tolist()).toEqual([116, 144]);
    const [, ahead] = jvp(fn, x, f([1, 0]));
    expect(await (ahead as Tensor).tolist()).toEqual([6, 42, 110]);
    expect(await (jvp((t: Tensor) => t.sum(), x, f([1, 5]))[1] as Tensor).item()).toBe(6);
  });
  test('say what does not fit', () => {
    expect(() => vjp(fn, f([1, 1]))).toThrow('The vector v can only be None');
    expect(() => vjp(fn, f([1, 1]), f([1]))).toThrow('v has invalid size: should be [3] but got [1]');
    expect(() => jvp(fn, f([1, 1]), [f([1, 1]), f([1])])).toThrow('should be 1 but got 2');
  });
});
