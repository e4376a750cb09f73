/** torch.func: gradients as functions of functions, and modules called with other tensors. */
import { beforeAll, describe, expect, test } from 'vitest';
import { checkpoint, checkpointSequential, functionalCall, grad, gradAndValue, jacrev } from '../../src/func/index.ts';
import {
  autograd,
  functional,
  GradError,
  init,
  noGrad,
  OptionError,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));
const f = (values: number | number[] | number[][]) => tensor(values, { dtype: 'float32' });
const cubes = (w: Tensor): Tensor => w.pow(3).sum();

describe('grad', () => {
  test('nests, and follows tensors that are on a tape', async () => {
    const slope = grad((x: Tensor) => x.pow(3));
    expect(await grad((x: Tensor) => slope(x))(f(3)).item()).toBe(18);
    expect(slope(f(3)).requiresGrad).toBe(false);
    // A step of learning to learn; the numbers are PyTorch's.
    const w = f([1, 2]).requiresGrad_();
    cubes(w.sub(grad(cubes)(w).mul(0.1))).backward();
    const [a, b] = await w.grad!.data();
    expect([a, b]).toEqual([expect.closeTo(0.588, 4), expect.closeTo(-0.384, 4)]);
  });
  test('by several arguments, in their forms, with a value and more beside it', async () => {
    const product = (a: Tensor, b: { c: readonly Tensor[] }) => a.mul(b.c[0]!).sum();
    const both = grad(product, { argnums: [0, -1] })(f([1, 2]), { c: [f([3, 4]), ones([1])] });
    const [by, { c }] = both as unknown as [Tensor, { c: Tensor[] }];
    expect([await by.tolist(), await c[0]!.tolist(), await c[1]!.tolist()]).toEqual([[3, 4], [1, 2], [0]]);
    const [slopes, [value, aux]] = gradAndValue((x: Tensor) => [x.square().sum(), 'more'] as const, {
      hasAux: true,
    })(f([1, 2])) as unknown as [Tensor, [Tensor, string]];
    expect([await slopes.tolist(), await value.item(), aux]).toEqual([[2, 4], 5, 'more']);
    expect(await jacrev((a: Tensor, b: Tensor) => a.mul(b), { argnums: 1 })(f([1, 2]), f([3, 4])).tolist()).toEqual([
      [1, 0],
      [0, 2],
    ]);
  });
  test('gradients flow on to what the function uses beside its arguments', async () => {
    const [w, x] = [f([2, 3]).requiresGrad_(), f([1, 4])];
    const [slopes, [value, aux]] = gradAndValue((t: Tensor) => [t.square().mul(w).sum(), { t }] as const, {
      hasAux: true,
    })(x) as unknown as [Tensor, [Tensor, { t: Tensor }]];
    expect([slopes, value, aux.t].map((t) => t.requiresGrad)).toEqual([true, true, false]);
    const j = jacrev((t: Tensor) => t.mul(w))(x);
    slopes.sum().add(j.sum()).backward();
    expect(await w.grad!.tolist()).toEqual([3, 9]);
    // Not where the caller records nothing.
    const own = f([1, 2]).requiresGrad_();
    expect(noGrad(() => grad((t: Tensor) => t.square().mul(w).sum())(own)).requiresGrad).toBe(false);
  });
  test('jacrev by several arguments', async () => {
    const both = jacrev((a: Tensor, b: Tensor) => a.mul(b), { argnums: [1, 0] })(f([1, 2]), f([3, 4]));
    expect(await Promise.all(both.map((j) => j.tolist()))).toEqual([
      [[1, 0], [0, 2]],
      [[3, 0], [0, 4]],
    ]); // biome-ignore format: matrices
  });
  test('what is refused', () => {
    const x = ones([2]);
    expect(() => grad(cubes, [0, -1])(x)).toThrow('argnums elements must be unique, got (0, 0)');
    expect(() => grad(cubes, { hasAux: true })(x)).toThrow('should be a tuple: (output, aux) if has_aux is True');
    expect(() => grad((t: Date) => t as never)(new Date() as never)).toThrow('must be Tensors');
    expect(() => grad((t: Tensor) => t)(x)).toThrow(ShapeError);
    expect(() => grad((() => 3) as never)(x)).toThrow(GradError);
    expect(() => grad(cubes, 2)(x)).toThrow('Got argnum=2, but only 1 positional inputs');
    expect(() => grad(cubes, 0.5)(x)).toThrow(OptionError);
    expect(() => grad((t: unknown) => cubes(t as Tensor))('x' as never)).toThrow('must be Tensors');
  });
  test('autograd.grad is that of tensors', async () => {
    const x = f([2]).requiresGrad_();
    expect(await autograd.grad(cubes(x), x)[0]!.tolist()).toEqual([12]);
  });
});

describe('functionalCall', () => {
  const model = () => new nn.Sequential(new nn.Linear(2, 2), new nn.BatchNorm1d(2));
  test('gradients reach the tensors, and the module is as before', async () => {
    const net = new nn.Sequential(new nn.Linear(2, 3), new nn.Tanh(), new nn.ParameterList([ones([1])]));
    const layers = net.slice(0, 2);
    const own = Object.fromEntries(layers.namedParameters());
    const x = f([[1, 2]]);
    const loss = (p: Record<string, Tensor>) => functionalCall(layers, p, x).sum();
    const slopes = grad(loss)(own);
    layers.forward(x).sum().backward();
    for (const [name, p] of layers.namedParameters())
      expect(await p.grad!.sub(slopes[name]!).abs().max().item()).toBeLessThan(1e-6);
    expect(Object.fromEntries(layers.namedParameters())).toEqual(own);
    expect(() => functionalCall(net, { '2.0': ones([2]) }, x)).toThrow();
    expect((net.at(2) as nn.ParameterList).at(0)).toBeInstanceOf(nn.Parameter);
  });
  test('buffers change in what was given', async () => {
    const m = model();
    const mean = zeros([2]);
    functionalCall(m, [m.stateDict(), {}].slice(1), f([[1, 2]]).expand(4, 2));
    const before = await m.stateDict().get('1.running_mean')!.tolist();
    functionalCall(
      m,
      [{ '0.weight': zeros([2, 2]), '0.bias': f([10, 20]) }, { '1.running_mean': mean }],
      [ones([3, 2])],
    );
    expect(await mean.round().tolist()).toEqual([1, 2]);
    expect(await m.stateDict().get('1.running_mean')!.tolist()).toEqual(before);
  });
  test('tied tensors', async () => {
    class Tied extends nn.Module {
      a = new nn.Linear(1, 1, { bias: false });
      b = new nn.Linear(1, 1, { bias: false });
      constructor() {
        super();
        this.b.weight = this.a.weight;
      }
      override forward(x: Tensor): Tensor {
        return this.b.forward(this.a.forward(x));
      }
    }
    const tied = new Tied();
    const x = ones([1, 1]);
    expect(await functionalCall(tied, { 'b.weight': f([[3]]) }, x).item()).toBe(9);
    const two = { 'a.weight': f([[2]]), 'b.weight': f([[3]]) };
    expect(await functionalCall(tied, two, x, { tieWeights: false }).item()).toBe(6);
    expect(() => functionalCall(tied, two, x)).toThrow(
      "multiple values for keys ['a.weight', 'b.weight'], which are tied",
    );
  });
  test('what is refused', () => {
    const m = new nn.Linear(2, 1);
    const weight = ones([1, 2]);
    const x = ones([1, 2]);
    expect(() => functionalCall(m, { weight, foo: weight }, x)).toThrow("Unexpected key(s): 'foo'.");
    expect(() => functionalCall(m, { weight }, x, { strict: true })).toThrow(
      "Error(s) in reparametrizing for Linear:\n\tMissing key(s): 'bias'.",
    );
    expect(() => functionalCall(m, [{ weight }, { weight }], x)).toThrow('appeared in multiple dictionaries');
    expect(() => functionalCall(m, 3 as never, x)).toThrow('to be a dict, or a list/tuple of dicts, but got 3');
    expect(() => functionalCall({} as never, {}, x)).toThrow(OptionError);
  });
  test('a gradient for each sample', async () => {
    const m = new nn.Linear(2, 1, { bias: false });
    const slopes = vmap(
      (weight: Tensor, x: Tensor) => grad((w: Tensor) => functionalCall(m, { weight: w }, x).sum())(weight),
      {
        inDims: [0, 0],
      },
    );
    const x = f([
      [1, 2],
      [3, 4],
    ]);
    expect(
      await slopes(m.weight.detach().expand(2, 1, 2), x)
        .squeeze(1)
        .tolist(),
    ).toEqual(await x.tolist());
  });
});

test('checkpoints of one input, and of a Sequential in segments', async () => {
  const layers = new nn.Sequential(
    new nn.Linear(2, 3),
    new nn.Tanh(),
    new nn.Linear(3, 3),
    new nn.Tanh(),
    new nn.Linear(3, 1),
  );
  const x = f([[1, 2]]).requiresGrad_();
  const slope = (y: Tensor) => autograd.grad(y.sum(), x)[0]!.tolist();
  const plain = await slope(layers.forward(x));
  expect(await slope(checkpoint((t: Tensor) => layers.forward(t), x))).toEqual(plain);
  for (const segments of [1, 2, 5]) expect(await slope(checkpointSequential(layers, segments, x))).toEqual(plain);
  expect(() => checkpointSequential(layers, 6, x)).toThrow(OptionError);
  expect(() => checkpoint((t: Tensor) => functional.relu(t), 3 as never)).toThrow(OptionError);
});
