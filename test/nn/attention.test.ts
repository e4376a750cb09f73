/** Attention and transformers: what goldens cannot say. Errors, dropout, initial values, copies, the cache. */
import { beforeAll, describe, expect, test } from 'vitest';
import { full, functional, init, manualSeed, noGrad, randn, type Tensor, tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';

beforeAll(() => init({ device: 'cpu' }));

const attention = (options: nn.MultiheadAttentionOptions = {}) => new nn.MultiheadAttention(4, 2, options);
const x = (...shape: number[]) => zeros(shape);

describe('errors are PyTorch’s', () => {
  const layer = () => attention();
  test.each<[string, () => unknown]>([
    ['embed_dim must be divisible by num_heads', () => new nn.MultiheadAttention(5, 2)],
    [
      'embed_dim and num_heads must be greater than 0, got embed_dim=4 and num_heads=0 instead',
      () => new nn.MultiheadAttention(4, 0),
    ],
    [
      'query should be unbatched 2D or batched 3D tensor but received 4-D query tensor',
      () => layer().forward(x(1, 1, 1, 4), x(1, 1, 1, 4), x(1, 1, 1, 4)),
    ],
    [
      'For batched (3-D) `query`, expected `key` and `value` to be 3-D but found 2-D and 2-D tensors respectively',
      () => layer().forward(x(3, 2, 4), x(3, 4), x(3, 4)),
    ],
    ['was expecting embedding dimension of 4, but got 6', () => layer().forward(x(3, 6), x(3, 6), x(3, 6))],
    ['key shape [3, 4] does not match value shape [2, 4]', () => layer().forward(x(3, 4), x(3, 4), x(2, 4))],
    [
      'The shape of the 2D attn_mask is [2, 3], but should be [3, 3].',
      () => layer().forward(x(3, 4), x(3, 4), x(3, 4), { attnMask: x(2, 3) }),
    ],
    [
      'only bool and floating types of key_padding_mask are supported',
      () => layer().forward(x(3, 4), x(3, 4), x(3, 4), { keyPaddingMask: tensor([0, 1, 0]) }),
    ],
    [
      'Need attn_mask if specifying the is_causal hint.',
      () => layer().forward(x(3, 4), x(3, 4), x(3, 4), { isCausal: true }),
    ],
    [
      'activation should be relu/gelu, not tanh',
      () => new nn.TransformerEncoderLayer(4, 2, { activation: 'tanh' as 'relu' }),
    ],
    [
      'the batch number of src and tgt must be equal',
      () => new nn.Transformer(4, 2, 1, { numDecoderLayers: 1 }).forward(x(3, 2, 4), x(3, 1, 4)),
    ],
    [
      'the feature number of src and tgt must be equal to d_model',
      () => new nn.Transformer(4, 2, 1, { numDecoderLayers: 1 }).forward(x(3, 2, 4), x(3, 2, 6)),
    ],
  ])('%s', (message, run) => {
    expect(run).toThrow(new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\n  in `));
  });
  test('options that do not exist name the nearest', () => {
    expect(() => attention({ batchfirst: true } as object)).toThrow(/batchFirst/);
    expect(() => attention().forward(x(3, 4), x(3, 4), x(3, 4), { mask: null } as object)).toThrow(/attnMask|mask/);
    expect(() => new nn.TransformerEncoder(x(1) as unknown as nn.EncoderLayer, 1)).toThrow(/Module/);
  });
});

describe('in training', () => {
  test('dropout drops weights, and scales the others', async () => {
    manualSeed(3);
    const [, weights] = attention({ dropout: 0.5 }).forward(x(1, 4), x(40, 4), x(40, 4), { averageAttnWeights: false });
    const values = [...(await weights!.data())];
    expect(values.every((v) => v === 0 || Math.abs(v - 2 / 40) < 1e-6)).toBe(true);
    expect(values.filter((v) => v === 0).length).toBeGreaterThan(20);
    expect(values.filter((v) => v === 0).length).toBeLessThan(60);
    const evaluated = attention({ dropout: 0.5 }).eval().forward(x(1, 4), x(8, 4), x(8, 4));
    expect(await evaluated[1]!.tolist()).toEqual([Array(8).fill(0.125)]);
  });
  test('projections start Xavier-uniform, over all three at once', async () => {
    manualSeed(1);
    const layer = new nn.MultiheadAttention(48, 2, { addBiasKv: true });
    const bound = Math.sqrt(6 / (48 + 3 * 48));
    const weights = [...(await layer.inProjWeight!.data())];
    expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(Math.max(...weights)).toBeGreaterThan(0.98 * bound);
    expect(await layer.inProjBias!.abs().max().item()).toBe(0);
    expect(await layer.outProj.bias!.abs().max().item()).toBe(0);
    expect(await layer.biasK!.std().item()).toBeGreaterThan(0.05);
  });
  test('the matrices of a Transformer start Xavier-uniform too', async () => {
    const model = new nn.Transformer(8, 2, 1, { numDecoderLayers: 1, dimFeedforward: 24 });
    const first = (model.encoder as nn.TransformerEncoder).layers.at(0) as nn.TransformerEncoderLayer;
    const greatest = await first.linear1.weight.abs().max().item();
    expect(greatest).toBeLessThanOrEqual(Math.sqrt(6 / (8 + 24)));
    expect(greatest).toBeGreaterThan(1 / Math.sqrt(8));
  });
});

test('a Transformer with an encoder and a decoder of one’s own', async () => {
  class Same extends nn.Module {
    seen: readonly unknown[] = [];
    override forward(src: Tensor, ...rest: readonly unknown[]): Tensor {
      this.seen = rest;
      return src;
    }
  }
  const [encoder, decoder] = [new Same(), new Same()];
  const model = new nn.Transformer({ dModel: 4, nhead: 2, customEncoder: encoder, customDecoder: decoder });
  const [src, tgt] = [x(3, 1, 4), randn([2, 1, 4])];
  const tgtMask = nn.Transformer.generateSquareSubsequentMask(2);
  expect(model.forward(src, tgt, { tgtMask, srcIsCausal: true })).toBe(tgt);
  expect(encoder.seen).toEqual([{ mask: null, srcKeyPaddingMask: null, isCausal: true }]);
  expect(decoder.seen).toEqual([src, { tgtMask }]);
  expect(model.parameters()).toEqual([]);
});

test('the mask of a square', async () => {
  const inf = Number.NEGATIVE_INFINITY;
  const mask = nn.Transformer.generateSquareSubsequentMask(3);
  expect(await mask.tolist()).toEqual([
    [0, inf, inf],
    [0, 0, inf],
    [0, 0, 0],
  ]);
});

describe('cloneModule', () => {
  class Odd extends nn.Module {
    shared = new nn.Linear(2, 2);
    again = this.shared;
    list = [this.shared.weight, 'text', { deep: new nn.BatchNorm1d(2) }] as const;
    norm = new nn.BatchNorm1d(2);
    own: Tensor;
    constructor() {
      super();
      this.own = this.registerBuffer('own', tensor([1, 2]), { persistent: false });
      this.shared.weight.requiresGrad_(false);
    }
    override forward(t: Tensor): Tensor {
      return this.norm.forward(this.shared.forward(t)).add(this.own);
    }
  }
  test('copies values and keeps identities', async () => {
    const module = new Odd();
    module.norm.eval();
    const copy = nn.cloneModule(module);
    expect(copy).toBeInstanceOf(Odd);
    expect(copy.shared).toBe(copy.again);
    expect(copy.shared).not.toBe(module.shared);
    expect(copy.list[0]).toBe(copy.shared.weight);
    expect(copy.list[2].deep).not.toBe(module.list[2].deep);
    expect(copy.shared.weight.requiresGrad).toBe(false);
    expect(copy.norm.training).toBe(false);
    expect([...copy.stateDict().keys()]).toEqual([...module.stateDict().keys()]);
    expect([...copy.namedBuffers()].map(([name]) => name)).toEqual([...module.namedBuffers()].map(([name]) => name));
    const input = randn([3, 2]);
    const before = await module.forward(input).tolist();
    expect(await copy.forward(input).tolist()).toEqual(before);
    noGrad(() => {
      copy.shared.bias!.add_(1);
      copy.own.add_(1);
    });
    expect(await module.forward(input).tolist()).toEqual(before);
    expect(await module.own.tolist()).toEqual([1, 2]);
  });
  test('a stack’s layers learn apart', async () => {
    const encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, 6), 2);
    const [a, b] = [...encoder.layers] as nn.TransformerEncoderLayer[];
    expect(await a!.linear1.weight.sub(b!.linear1.weight).abs().max().item()).toBe(0);
    encoder
      .forward(randn([3, 1, 4]))
      .square()
      .mean()
      .backward();
    expect(await a!.linear1.weight.grad!.sub(b!.linear1.weight.grad!).abs().max().item()).toBeGreaterThan(0);
  });
});

describe('KVCache', () => {
  const part = (length: number) => randn([2, 3, length, 4]);
  test('token by token gives what all at once gives', async () => {
    const [q, k, v] = [part(5), part(5), part(5)];
    const whole = functional.scaledDotProductAttention(q, k, v, { isCausal: true });
    const cache = new nn.KVCache(1, 2, 3, 8, 4);
    let from = 0;
    for (const count of [2, 1, 2]) {
      const rows = (t: Tensor) => t.at(':', ':', [from, from + count]);
      const step = cache.step(count);
      const [keys, values] = step.update(0, rows(k), rows(v));
      const y = functional.scaledDotProductAttention(rows(q), keys, values, { attnMask: step.mask });
      expect(await y.sub(rows(whole)).abs().max().item()).toBeLessThan(1e-6);
      expect(await step.positions.tolist()).toEqual(Array.from({ length: count }, (_, i) => from + i));
      from += count;
    }
    expect(cache.length).toBe(5);
    cache.reset();
    expect(cache.length).toBe(0);
  });
  test('a NaN is forgotten with the rest', async () => {
    const cache = new nn.KVCache(1, 2, 3, 4, 4);
    cache.step(4).update(0, full([2, 3, 4, 4], Number.NaN), full([2, 3, 4, 4], Number.NaN));
    cache.reset();
    const step = cache.step(1);
    const [keys, values] = step.update(0, part(1), part(1));
    const y = functional.scaledDotProductAttention(part(1), keys, values, { attnMask: step.mask });
    expect(await y.isnan().any().item()).toBeFalsy();
  });
  test('errors', () => {
    const cache = new nn.KVCache(1, 2, 3, 4, 4);
    expect(() => cache.step(5)).toThrow('KVCache: 0 tokens and 5 more are over the capacity of 4');
    const step = cache.step(2);
    expect(() => step.update(1, part(2), part(2))).toThrow('it has 1 layers, and no layer 1');
    expect(() => step.update(0, part(1), part(1))).toThrow('expected a key of [2, 3, 2, 4], but got [2, 3, 1, 4]');
    expect(() => step.update(0, part(2).double(), part(2))).toThrow('it holds float32, but the key is float64');
    expect(() => step.update(0, part(2).requiresGrad_(), part(2))).toThrow('the key requires grad');
  });
});
