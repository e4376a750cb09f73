/** Modules at their edges: deep, wide, empty, torn down midway, changed under an optimizer. */
import { describe, expect, test } from 'vitest';
import { functional, ones, randn, Tensor, tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';

describe('a model', () => {
  test('of a thousand layers goes forward and back', async () => {
    const model = new nn.Sequential(...Array.from({ length: 1000 }, () => new nn.Softshrink({ lambd: 0.5 })));
    const x = tensor([600.5, 1], { requiresGrad: true });
    const y = model.forward(x);
    y.sum().backward();
    expect(await y.tolist()).toEqual([100.5, 0]);
    expect(await x.grad!.tolist()).toEqual([1, 0]);
  });

  test('whose forward threw leaves no scope open', async () => {
    class Broken extends nn.Module {
      broken = true;
      inner = new nn.Linear(2, 2);
      override forward(x: Tensor): Tensor {
        const h = this.inner.forward(x);
        if (this.broken) throw new RangeError('midway');
        return h.relu();
      }
    }
    const part = new Broken();
    const model = new nn.Sequential(part, new nn.Linear(2, 1));
    expect(() => model.forward(ones([1, 2]))).toThrow('midway');
    expect(ones([2]).add(1).impl.storage.value.kept).toBe(true);
    part.broken = false;
    model
      .forward(ones([1, 2]))
      .sum()
      .backward();
    expect(part.inner.weight.grad!.shape).toEqual([2, 2]);
  });

  test('whose hooks throw works again once they do not', async () => {
    const layer = new nn.Linear(2, 2);
    const kinds = [
      'registerForwardPreHook',
      'registerForwardHook',
      'registerFullBackwardPreHook',
      'registerFullBackwardHook',
    ] as const;
    for (const kind of kinds) {
      let bad = true;
      const handle = layer[kind](() => {
        if (bad) throw new RangeError(kind);
      });
      const step = (): void =>
        layer
          .forward(ones([1, 2]).requiresGrad_())
          .sum()
          .backward();
      expect(step).toThrow(kind);
      bad = false;
      layer.zeroGrad();
      step();
      expect(await layer.bias!.grad!.tolist(), kind).toEqual([1, 1]);
      layer.zeroGrad();
      handle.remove();
    }
  });

  test('changed between steps: parts frozen and thawed, a parameter replaced', async () => {
    const [first, second] = [new nn.Linear(2, 2), new nn.Linear(2, 2)];
    const model = new nn.Sequential(first, second);
    first.requiresGrad_(false);
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.1, weightDecay: 0.1 });
    const step = (): void => {
      optimizer.zeroGrad();
      model
        .forward(ones([1, 2]))
        .sum()
        .backward();
      optimizer.step();
    };
    const start = await first.weight.tolist();
    step();
    expect(await first.weight.tolist()).toEqual(start);
    first.requiresGrad_(true);
    step();
    expect(await first.weight.tolist()).not.toEqual(start);
    const old = second.weight;
    second.weight = new nn.Parameter(zeros([2, 2]));
    step();
    // As in PyTorch, the optimizer has the old one still.
    expect(await second.weight.tolist()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect([second.weight.grad === null, old.grad]).toEqual([false, null]);
    // @ts-expect-error a tensor that is no parameter
    second.bias = zeros([2]);
    expect(model.parameters()).toHaveLength(3);
  });

  test('finds no modules in plain lists, as PyTorch does not', () => {
    class Listed extends nn.Module {
      layers = [new nn.Linear(2, 2)];
      override forward(x: Tensor): Tensor {
        return this.layers[0]!.forward(x);
      }
    }
    expect([new Listed().parameters().length, String(new Listed())]).toEqual([0, 'Listed()']);
  });
});

describe('steps without end', () => {
  test('keep nothing of what parameters and moments were', async () => {
    const model = new nn.Linear(2, 2);
    const optimizer = new optim.Adam(model.parameters());
    for (let i = 0; i < 20; i++) {
      optimizer.zeroGrad();
      model
        .forward(ones([1, 2]))
        .sum()
        .backward();
      optimizer.step();
    }
    const moments = Object.values(optimizer.state(model.weight)).filter((v) => v instanceof Tensor);
    expect(moments.length).toBeGreaterThan(1);
    for (const t of [model.weight, ...moments]) {
      let past = 0;
      for (let value = t.impl.storage.value.takesOver; value; value = value.takesOver) past++;
      expect(past).toBe(0);
    }
  });
});

describe('no elements', () => {
  test('are halved along their dim', () => {
    expect(zeros([0, 3]).chunk(3)).toHaveLength(3);
    expect(new nn.GLU(0).forward(zeros([0, 3])).shape).toEqual([0, 3]);
  });
});

describe('options', () => {
  const x = randn([2, 3]);
  test('may be null where that is a value', () => {
    expect(functional.rmsNorm(x, [3], { eps: null }).shape).toEqual([2, 3]);
    expect(functional.scaledDotProductAttention(x, x, x, { scale: null }).shape).toEqual([2, 3]);
    expect(new nn.RMSNorm(3, { eps: null }).eps).toBeNull();
    expect(x.logit({ eps: null }).shape).toEqual([2, 3]);
  });
  test('are numbers all the same', () => {
    const bad = 'a' as unknown as number;
    const none = null as unknown as number;
    expect(() => functional.rmsNorm(x, [3], { eps: bad })).toThrow("rmsNorm(): argument 'eps' must be a number");
    expect(() => functional.layerNorm(x, [3], { eps: none })).toThrow("layerNorm(): argument 'eps' must be a number");
    expect(() => x.logit({ eps: bad })).toThrow("logit(): argument 'eps' must be a number");
    expect(() => functional.scaledDotProductAttention(x, x, x, { scale: bad })).toThrow("'scale' must be a number");
  });
});

describe('a margin that is just met', () => {
  // PyTorch clamps: at the bound the gradient passes.
  const gradients = async (fn: (...t: Tensor[]) => Tensor, ...values: readonly (readonly number[])[]) => {
    const leaves = values.map((v) => tensor([v as number[]], { dtype: 'float32', requiresGrad: true }));
    fn(...leaves).backward();
    return Promise.all(leaves.map(async (t) => (await t.grad!.tolist()) as number[][]));
  };
  const one = ones([1]);
  test('ranking', async () =>
    expect(
      await gradients((a, b) => functional.marginRankingLoss(a!.squeeze(0), b!.squeeze(0), one), [2], [2]),
    ).toEqual([[[-1]], [[1]]]));
  test('hinge', async () =>
    expect(await gradients((a) => functional.hingeEmbeddingLoss(a!.squeeze(0), one.neg()), [1])).toEqual([[[-1]]]));
  test('cosine', async () =>
    expect(await gradients((a, b) => functional.cosineEmbeddingLoss(a!, b!, one.neg()), [1, 0], [0, 1])).toEqual([
      [[0, 1]],
      [[1, 0]],
    ]));
});
