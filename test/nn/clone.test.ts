/** Copies of modules: what they share with the module that they are copies of, and what not. */
import { describe, expect, test } from 'vitest';
import { noGrad, ones, randn, type Tensor, tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { swaUtils } from '../../src/optim/index.ts';

describe('cloneModule', () => {
  test('of recurrent layers and of dictionaries works as they do', async () => {
    const lstm = new nn.LSTM(2, 3);
    const x = randn([4, 1, 2]);
    const [y] = nn.cloneModule(lstm).forward(x);
    expect(await y.tolist()).toEqual(await lstm.forward(x)[0].tolist());
    expect((new swaUtils.AveragedModel(lstm).forward as (x: Tensor) => unknown)(x)).toHaveLength(2);
    const dict = new nn.ModuleDict({ conv: new nn.Linear(2, 3) });
    const copy = nn.cloneModule(dict) as nn.ModuleDict<nn.Linear> & { conv: nn.Linear };
    expect(copy.conv).toBe(copy.get('conv'));
    expect(copy.conv).not.toBe(dict.get('conv'));
  });

  test('of lazy layers waits for an input of its own', () => {
    const lazy = new nn.LazyConv2d(4, 3);
    const copy = nn.cloneModule(lazy);
    copy.forward(randn([1, 3, 5, 5]));
    expect([copy.inChannels, String(copy)]).toEqual([3, String(new nn.Conv2d(3, 4, 3))]);
    expect([lazy.inChannels, lazy.hasUninitializedParams()]).toEqual([0, true]);
    lazy.forward(randn([1, 2, 5, 5]));
    expect(lazy.weight.shape).toEqual([4, 2, 3, 3]);
    expect(copy.weight.shape).toEqual([4, 3, 3, 3]);
    const norm = nn.cloneModule(new nn.LazyBatchNorm1d());
    norm.eval();
    expect(norm.forward(ones([2, 3])).shape).toEqual([2, 3]);
    const encoder = new nn.ModuleList([1, 2].map(() => nn.cloneModule(new nn.LazyLinear(2))));
    expect(encoder.parameters()).toHaveLength(4);
  });

  test('of what contains itself does, too', () => {
    class Looped extends nn.Module {
      readonly parent = [this];
      readonly map = new Map<string, unknown>();
      readonly list: unknown[] = [];
      readonly plain: Record<string, unknown> = {};
      constructor() {
        super();
        this.map.set('map', this.map);
        this.list.push(this.list, new Set([this.list]));
        this.plain.plain = this.plain;
      }
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    const copy = nn.cloneModule(new Looped());
    expect(copy.parent[0]).toBe(copy);
    expect(copy.map.get('map')).toBe(copy.map);
    expect(copy.list[0]).toBe(copy.list);
    expect([...(copy.list[1] as Set<unknown>)][0]).toBe(copy.list);
    expect(copy.plain.plain).toBe(copy.plain);
  });

  test('of private fields is refused, for there is no constructor that would make them', () => {
    class Counting extends nn.Module {
      #calls = 0;
      override forward(x: Tensor): Tensor {
        return x.mul(++this.#calls);
      }
    }
    class Derived extends Counting {}
    class Hidden extends nn.Module {
      #twice(x: Tensor): Tensor {
        return x.mul(2);
      }
      override forward(x: Tensor): Tensor {
        return this.#twice(x);
      }
    }
    expect(() => nn.cloneModule(new Derived())).toThrow(/^cloneModule: Counting has private #fields/);
    expect(() => nn.cloneModule(new nn.Sequential(new Hidden()))).toThrow(/^cloneModule: Hidden has private #fields/);
    // Of the class, in a string, or in a comment: nothing that a copy would lack.
    class Open extends nn.Module {
      static #made = 0;
      colour = '#fff';
      label = `it's #1`;
      constructor() {
        super();
        Open.#made++;
      }
      // #calls was here
      override forward(x: Tensor): Tensor {
        return x.add(Open.#made);
      }
    }
    expect(nn.cloneModule(new Open()).forward(zeros([1])).shape).toEqual([1]);
  });

  test('has the hooks, the forward that was assigned, buffers of their class, gradients as PyTorch has them, and hidden properties', async () => {
    class Net extends nn.Module {
      fc = new nn.Linear(2, 1);
      mean = new nn.Buffer(zeros([2]), { persistent: false });
      scale = ones([1], { requiresGrad: true });
      constructor() {
        super();
        Object.defineProperty(this, 'parts', { value: [this.fc], enumerable: false });
      }
      override forward(x: Tensor): Tensor {
        return this.fc.forward(x.sub(this.mean)).mul(this.scale);
      }
    }
    const net = new Net();
    const seen: nn.Module[] = [];
    net.registerForwardHook((module) => void seen.push(module));
    net.registerFullBackwardHook((module) => void seen.push(module));
    net.registerStateDictPostHook((module) => void seen.push(module));
    net
      .forward(ones([1, 2]))
      .sum()
      .backward();
    const copy = nn.cloneModule(net);
    expect(copy.mean).toBeInstanceOf(nn.Buffer);
    expect([...copy.namedBuffers()].map(([name]) => name)).toEqual(['mean']);
    expect(copy.scale.requiresGrad).toBe(true);
    expect((copy as Net & { parts: nn.Linear[] }).parts[0]).toBe(copy.fc);
    // torch.nn.Parameter.__deepcopy__ leaves them out, torch.Tensor's does not.
    expect(copy.fc.weight.grad).toBeNull();
    expect(await copy.scale.grad!.tolist()).toEqual(await net.scale.grad!.tolist());
    seen.length = 0;
    copy
      .forward(ones([1, 2]).requiresGrad_())
      .sum()
      .backward();
    copy.stateDict();
    expect(seen).toEqual([copy, copy, copy]);
    expect(await copy.fc.weight.grad!.tolist()).toEqual([[1, 1]]);
    expect(await net.fc.weight.grad!.tolist()).toEqual([[1, 1]]);
    net.forward = (x) => x.mul(10);
    expect(
      await nn
        .cloneModule(net)
        .forward(tensor([1.5]))
        .tolist(),
    ).toEqual([15]);
  });

  test('keeps tied parameters tied', () => {
    class Tied extends nn.Module {
      embed = new nn.Embedding(4, 3);
      head = new nn.Linear(3, 4, { bias: false });
      constructor() {
        super();
        this.head.weight = this.embed.weight;
      }
      override forward(i: Tensor<'int32'>): Tensor {
        return this.head.forward(this.embed.forward(i));
      }
    }
    const tied = new Tied();
    const copy = nn.cloneModule(tied);
    expect(copy.head.weight).toBe(copy.embed.weight);
    expect(copy.head.weight).not.toBe(tied.head.weight);
    expect([copy.parameters().length, [...copy.stateDict().keys()]]).toEqual([1, ['embed.weight', 'head.weight']]);
    tied.half();
    expect(tied.head.weight).toBe(tied.embed.weight);
    expect(tied.embed.weight.dtype).toBe('float16');
    noGrad(() => tied.head.weight.fill_(1));
    tied.loadStateDict(copy.half().stateDict());
  });
});
