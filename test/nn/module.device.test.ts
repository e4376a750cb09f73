import { beforeAll, describe, expect, test } from 'vitest';
import {
  functional,
  init,
  manualSeed,
  memoryStats,
  noGrad,
  ones,
  rand,
  randn,
  scope,
  synchronize,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

class Net extends nn.Module {
  fc1 = new nn.Linear(4, 3);
  inner = new nn.Sequential(new nn.BatchNorm1d(3), new nn.ReLU());
  fc2 = new nn.Linear(3, 2);

  override forward(x: Tensor): Tensor {
    return this.fc2.forward(this.inner.forward(this.fc1.forward(x)));
  }
}

describe('finding what is in a module', () => {
  test('names, in order of definition', () => {
    const net = new Net();
    expect([...net.namedModules()].map(([name]) => name)).toEqual(['', 'fc1', 'inner', 'inner.0', 'inner.1', 'fc2']);
    expect([...net.namedChildren()].map(([name]) => name)).toEqual(['fc1', 'inner', 'fc2']);
    expect([...net.namedParameters()].map(([name]) => name)).toEqual([
      'fc1.weight',
      'fc1.bias',
      'inner.0.weight',
      'inner.0.bias',
      'fc2.weight',
      'fc2.bias',
    ]);
    expect([...net.namedBuffers()].map(([name]) => name)).toEqual([
      'inner.0.running_mean',
      'inner.0.running_var',
      'inner.0.num_batches_tracked',
    ]);
    expect([...net.stateDict().keys()]).toEqual([
      'fc1.weight',
      'fc1.bias',
      'inner.0.weight',
      'inner.0.bias',
      'inner.0.running_mean',
      'inner.0.running_var',
      'inner.0.num_batches_tracked',
      'fc2.weight',
      'fc2.bias',
    ]);
  });
  test('a shared module is one child, and has all its names in the state', () => {
    const layer = new nn.Linear(1, 1);
    const model = new nn.Sequential(layer, new nn.ReLU(), layer);
    expect([...model.children()]).toHaveLength(2);
    expect(model.length).toBe(3);
    expect([...model.namedParameters()].map(([name]) => name)).toEqual(['0.weight', '0.bias']);
    expect([...model.stateDict().keys()]).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
  });
  test('parameters may be shared between layers', () => {
    class Tied extends nn.Module {
      embed = new nn.Embedding(5, 3);
      head = new nn.Linear(3, 5, { bias: false });
      constructor() {
        super();
        this.head.weight = this.embed.weight;
      }
      override forward(ids: Tensor): Tensor {
        return this.head.forward(this.embed.forward(ids));
      }
    }
    const tied = new Tied();
    expect(tied.parameters()).toHaveLength(1);
    expect([...tied.stateDict().keys()]).toEqual(['embed.weight', 'head.weight']);
  });
  test('names that are not found: non-persistent buffers in the state', () => {
    class Positions extends nn.Module {
      constructor() {
        super();
        this.registerBuffer('angleTable', ones([2]), { persistent: false });
      }
      override forward(): null {
        return null;
      }
    }
    const m = new Positions();
    expect([...m.namedBuffers()].map(([name]) => name)).toEqual(['angle_table']);
    expect(m.stateDict().size).toBe(0);
  });
  test('train, eval, apply, requiresGrad_, zeroGrad reach all', () => {
    const net = new Net();
    net.eval();
    expect([...net.modules()].map((m) => m.training)).toEqual(Array(6).fill(false));
    net.inner.train();
    expect([...net.modules()].map((m) => m.training)).toEqual([false, false, true, true, true, false]);
    const seen: string[] = [];
    net.apply((m) => seen.push(m.constructor.name));
    expect(seen).toEqual(['Linear', 'BatchNorm1d', 'ReLU', 'Sequential', 'Linear', 'Net']);
    net
      .forward(randn([2, 4]))
      .sum()
      .backward();
    expect(net.parameters().every((p) => p.grad !== null)).toBe(true);
    net.zeroGrad();
    expect(net.parameters().every((p) => p.grad === null)).toBe(true);
    net.requiresGrad_(false);
    expect(net.forward(randn([2, 4])).requiresGrad).toBe(false);
  });
});

describe('state', () => {
  test('goes from one model to another', async () => {
    const [a, b] = [new Net(), new Net()];
    a.forward(randn([6, 4]));
    const result = b.loadStateDict(a.stateDict());
    expect(result).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect(String(result)).toBe('<All keys matched successfully>');
    const odd = new Map(["a'b", 'c\\d', `"'`].map((key) => [key, ones([1])]));
    expect(String(new nn.Identity().loadStateDict(odd, { strict: false }))).toBe(
      `_IncompatibleKeys(missing_keys=[], unexpected_keys=["a'b", 'c\\\\d', '"\\''])`,
    );
    for (const [key, value] of a.stateDict())
      expect(await b.stateDict().get(key)!.tolist()).toEqual(await value.tolist());
    const x = randn([3, 4]);
    expect(await b.eval().forward(x).tolist()).toEqual(await a.eval().forward(x).tolist());
  });
  test('is copied: the models stay apart', async () => {
    const [a, b] = [new nn.Linear(1, 1), new nn.Linear(1, 1)];
    b.loadStateDict(a.stateDict());
    noGrad(() => a.weight.fill_(7));
    expect(await a.stateDict().get('weight')!.item()).toBe(7);
    expect(await b.weight.item()).not.toBe(7);
  });
  test('that does not fit: PyTorch lists everything, and nothing is changed', async () => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1));
    const before = await model.parameters()[0]!.tolist();
    const state: Record<string, Tensor> = {
      '0.weight': zeros([3, 2]),
      '0.bias': zeros([4]),
      '2.weight': zeros([1, 3]),
      extra: zeros([1]),
      'more.x': zeros([1]),
    };
    expect(() => model.loadStateDict(state)).toThrow(
      'Error(s) in loading state_dict for Sequential:\n\tMissing key(s) in state_dict: "2.bias". \n\tUnexpected key(s) in state_dict: "extra", "more.x". \n\t' +
        'size mismatch for 0.bias: copying a param with shape torch.Size([4]) from checkpoint, the shape in current model is torch.Size([3]).',
    );
    expect(() => model.loadStateDict(state, { strict: false })).toThrow(
      'Error(s) in loading state_dict for Sequential:\n\tsize mismatch for 0.bias',
    );
    delete state['0.bias'];
    expect(await model.parameters()[0]!.tolist()).toEqual(before);
    const result = model.loadStateDict(state, { strict: false });
    expect(result).toEqual({
      missingKeys: ['0.bias', '2.bias'],
      unexpectedKeys: ['extra', 'more.x'],
    });
    expect(String(result)).toBe(
      "_IncompatibleKeys(missing_keys=['0.bias', '2.bias'], unexpected_keys=['extra', 'more.x'])",
    );
    expect(await model.parameters()[0]!.tolist()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(() => model.loadStateDict({ ...state, '0.bias': 3 as never }, { strict: false })).toThrow(
      'While copying the parameter named "0.bias"',
    );
  });
  test('of an old batch norm has no counter', async () => {
    const layer = new nn.BatchNorm1d(2);
    const state = layer.stateDict();
    state.delete('num_batches_tracked');
    state.set('running_mean', tensor([1, 2], { dtype: 'float32' }));
    layer.loadStateDict(state);
    expect(await layer.runningMean!.tolist()).toEqual([1, 2]);
  });
});

describe('hooks', () => {
  test('what they see and make can be read after the step', async () => {
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 2));
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
    const seen: Tensor[] = [];
    model.at(1).registerForwardPreHook((_module, [input]) => void seen.push(input as Tensor));
    model.at(1).registerForwardHook((_module, _inputs, output) => {
      seen.push((output as Tensor).detach(), (output as Tensor).mean());
    });
    const x = ones([5, 3]);
    const expected = await model.at(0).forward(x).data();
    model.forward(x).sum().backward();
    optimizer.step();
    optimizer.zeroGrad();
    const [before, after, mean] = await Promise.all(seen.map((t) => t.data()));
    expect(before).toEqual(expected);
    expect(after).toEqual(expected.map((v) => Math.max(v, 0)));
    expect(mean![0]).toBeCloseTo(Array.from(after as Float32Array).reduce((a, b) => a + b) / 20, 5);
  });
  test('see and may replace inputs and outputs, until removed', async () => {
    const layer = new nn.Identity();
    const order: string[] = [];
    const handles = [
      layer.registerForwardPreHook((_, [x]) => {
        order.push('before');
        return [(x as Tensor).add(1)];
      }),
      layer.registerForwardHook((module, [x], y) => {
        order.push(`after ${module.constructor.name}`);
        expect(y).toBe(x);
        return (y as Tensor).mul(10);
      }),
    ];
    const model = new nn.Sequential(layer);
    expect(await model.forward(tensor([1, 2])).tolist()).toEqual([20, 30]);
    expect(order).toEqual(['before', 'after Identity']);
    for (const handle of handles) handle.remove();
    expect(await model.forward(tensor([1, 2])).tolist()).toEqual([1, 2]);
    expect(order).toHaveLength(2);
  });
});

describe('errors in forward', () => {
  test('name the path of the module, once', () => {
    const model = new nn.Sequential(new nn.Linear(4, 3), new nn.Sequential(new nn.ReLU(), new nn.Linear(2, 1)));
    let message = '';
    try {
      model.forward(randn([5, 4]));
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.split('\n')[0]).toBe('mat1 and mat2 shapes cannot be multiplied (5x3 and 2x1)');
    expect(message).toContain('in Sequential.1.1 (Linear)');
    expect(message.match(/\(Linear\)/g)).toHaveLength(1);
  });
  test('leave the module usable', async () => {
    const model = new nn.Sequential(new nn.Linear(2, 1));
    expect(() => model.forward(ones([1, 3]))).toThrow();
    expect(() => model.forward([1, 2] as never)).toThrow("argument 'input' must be Tensor, not [1, 2]");
    expect(model.forward(ones([1, 2])).shape).toEqual([1, 1]);
  });
  test('async forward is refused', () => {
    class Late extends nn.Module {
      override async forward(x: Tensor): Promise<Tensor> {
        return x;
      }
    }
    expect(() => new Late().forward(ones([1]))).toThrow('forward() must be synchronous');
  });
  test.each([
    ['4 dims wanted', () => new nn.BatchNorm2d(3).forward(zeros([2, 3])), 'expected 4D input (got 2D input)'],
    [
      'channels',
      () => new nn.BatchNorm2d(3).forward(zeros([2, 4, 2, 2])),
      'running_mean should contain 4 elements not 3',
    ],
    [
      'one value',
      () => new nn.BatchNorm1d(3).forward(zeros([1, 3])),
      'Expected more than 1 value per channel when training, got input size',
    ],
    [
      'linear',
      () => new nn.Linear(3, 2).forward(zeros([4, 2])),
      'mat1 and mat2 shapes cannot be multiplied (4x2 and 3x2)',
    ],
    [
      'conv channels',
      () => new nn.Conv2d(3, 2, 3).forward(zeros([1, 2, 5, 5])),
      'Given groups=1, weight of size [2, 3, 3, 3], expected input[1, 2, 5, 5] to have 3 channels, but got 2 channels instead',
    ],
    [
      'conv size',
      () => new nn.Conv2d(3, 2, 3).forward(zeros([1, 3, 2, 2])),
      "Kernel size can't be greater than actual input size",
    ],
    ['pool size', () => new nn.MaxPool2d(3).forward(zeros([1, 1, 2, 2])), 'Output size is too small'],
    [
      'layer norm',
      () => new nn.LayerNorm(3).forward(zeros([2, 4])),
      'Given normalized_shape=[3], expected input with shape [*, 3]',
    ],
    ['embedding', () => new nn.Embedding(3, 2).forward(tensor([3])), 'index 3 out of range'],
    ['label', () => new nn.CrossEntropyLoss().forward(zeros([1, 2]), tensor([2])), 'out of bounds'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('initial values', () => {
  test('follow from the seed', async () => {
    const weights = async () => await new Net().fc1.weight.tolist();
    manualSeed(1);
    const first = await weights();
    manualSeed(1);
    expect(await weights()).toEqual(first);
    expect(await weights()).not.toEqual(first);
  });
  test('linear and convolution: uniform in ±1/√fanIn', async () => {
    manualSeed(0);
    for (const layer of [new nn.Linear(100, 50), new nn.Conv2d(4, 30, 5)]) {
      for (const p of layer.parameters()) {
        const values = (await p.data()) as Float32Array;
        expect(Math.max(...values)).toBeLessThanOrEqual(0.1 + 1e-6);
        expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.1 - 1e-6);
        const deviation = Math.sqrt(values.reduce((s, v) => s + v * v, 0) / values.length);
        expect(deviation * Math.sqrt(3)).toBeGreaterThan(0.08);
        expect(deviation * Math.sqrt(3)).toBeLessThan(0.12);
      }
    }
  });
  test('embedding: standard normal, with zeros for nothing', async () => {
    const table = new nn.Embedding(200, 10, { paddingIdx: 2 });
    const values = (await table.weight.tolist()) as number[][];
    expect(values[2]).toEqual(Array(10).fill(0));
    const deviation = Math.sqrt(values.flat().reduce((s, v) => s + v * v, 0) / 2000);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.1);
  });
  test('a pretrained table is frozen unless told otherwise, and draws nothing', async () => {
    manualSeed(9);
    const table = nn.Embedding.fromPretrained(
      tensor([
        [1, 2.5],
        [4, 5],
      ]),
    );
    const after = await rand([2]).tolist();
    manualSeed(9);
    expect(await rand([2]).tolist()).toEqual(after);
    expect(table.weight.requiresGrad).toBe(false);
    expect(await table.forward(tensor([1, 0])).tolist()).toEqual([
      [4, 5],
      [1, 2.5],
    ]);
    expect(nn.Embedding.fromPretrained(ones([2, 2]), { freeze: false }).weight.requiresGrad).toBe(true);
  });
});

describe('dropout', () => {
  test('drops in training only, and scales what stays', async () => {
    const layer = new nn.Dropout(0.25);
    manualSeed(3);
    const values = await layer.forward(ones([4000])).data();
    const kept = values.filter((v) => v !== 0);
    expect(kept.every((v) => Math.abs(v - 4 / 3) < 1e-6)).toBe(true);
    expect(Math.abs(kept.length / 4000 - 0.75)).toBeLessThan(0.03);
    manualSeed(3);
    expect(await layer.forward(ones([4000])).data()).toEqual(values);
    expect(await layer.forward(ones([4000])).data()).not.toEqual(values);
    const x = ones([3]);
    expect(layer.eval().forward(x)).toBe(x);
  });
  test('p = 1 drops everything, p = 0 nothing; gradients follow the mask', async () => {
    expect(await new nn.Dropout(1).forward(ones([4])).tolist()).toEqual([0, 0, 0, 0]);
    expect(await new nn.Dropout(0).forward(ones([4])).tolist()).toEqual([1, 1, 1, 1]);
    const x = ones([50], { requiresGrad: true });
    const y = new nn.Dropout(0.5).forward(x);
    y.sum().backward();
    expect(await x.grad!.tolist()).toEqual(await y.tolist());
  });
});

describe('memory', () => {
  /** Bytes in use, once the collector has freed what earlier work dropped. */
  const bytes = async (): Promise<number> => {
    await synchronize(testDevice);
    for (let last = -1; ; ) {
      (globalThis as { gc?: () => void }).gc?.();
      await new Promise((resolve) => setTimeout(resolve, 5));
      const { liveBytes } = memoryStats(testDevice);
      if (liveBytes === last) return last;
      last = liveBytes;
    }
  };
  const size = 64 * 1024;
  const kilobytes = size / 1024;

  class Deep extends nn.Module {
    seen: Tensor[] = [];
    override forward(x: Tensor): Tensor {
      let y = x;
      for (let i = 0; i < 10; i++) {
        y = y.mul(1.5).sin();
        // A row sum keeps the chain from being one kernel.
        y = y.sub(y.mean(1, true));
        this.seen.push(y);
      }
      return y;
    }
  }

  test('what forward does not return is not kept, even while it is referred to', async () => {
    const deep = new Deep();
    const x = rand([64, size / 4 / 64]);
    await x.data();
    const before = await bytes();
    const y = deep.forward(x);
    const after = await bytes();
    expect(after - before).toBeGreaterThanOrEqual(size);
    expect((after - before) / 1024).toBeLessThan(2 * kilobytes);
    // Reading an interior value computes it again.
    const last = deep.seen[9]!;
    expect(await last.tolist()).toEqual(await y.tolist());
  });
  test('the same outside of a module keeps every handle that is alive', async () => {
    const x = rand([64, size / 4 / 64]);
    await x.data();
    const before = await bytes();
    const all = [x.mul(2)];
    for (let i = 0; i < 4; i++) all.push(all[i]!.sub(all[i]!.mean(1, true)));
    expect((await bytes()) - before).toBeGreaterThanOrEqual(5 * size);
    const after = await bytes();
    const inScope = scope(() => all[0]!.mul(2).sub(all[0]!.mean(1, true)).sin());
    expect(((await bytes()) - after) / 1024).toBeLessThan(2 * kilobytes);
    expect([all.length, inScope.shape.length]).toEqual([5, 2]);
  });
  test('training keeps what backward needs, and gives it back', async () => {
    const model = new nn.Sequential(new nn.Linear(8, 8), new nn.Tanh(), new nn.Linear(8, 8), new nn.Tanh());
    const x = rand([64, 8]);
    for (const t of [x, ...model.parameters()]) await t.data();
    const step = () => {
      model.zeroGrad();
      functional.mseLoss(model.forward(x), x).backward();
    };
    step();
    const before = await bytes();
    // Each step saves more than 4 kB.
    for (let i = 0; i < 20; i++) step();
    expect(await bytes()).toBeLessThanOrEqual(before + 1024);
  });
  test('eval under noGrad keeps the result alone', async () => {
    const model = new nn.Sequential(new nn.Linear(8, 8), new nn.Tanh(), new nn.Linear(8, 1)).eval();
    const x = rand([512, 8]);
    for (const t of [x, ...model.parameters()]) await t.data();
    const before = await bytes();
    const y = noGrad(() => model.forward(x));
    expect((await bytes()) - before).toBeLessThanOrEqual(512 * 4 * 2);
    expect(y.shape).toEqual([512, 1]);
  });
});
