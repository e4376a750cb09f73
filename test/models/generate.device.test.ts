/** Generation: with and without a cache, what a token costs, and how tokens are drawn. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  engineStats,
  Generator,
  init,
  manualSeed,
  noGrad,
  type Tensor,
  tensor,
  throttle,
  zeros,
} from '../../src/index.ts';
import { GPT2, generate, type LanguageModel, Llama } from '../../src/models/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const models = {
  'GPT-2': () => new GPT2({ vocabSize: 11, nPositions: 16, nEmbd: 8, nLayer: 2, nHead: 2 }).eval(),
  Llama: () =>
    new Llama({
      vocabSize: 11,
      hiddenSize: 8,
      intermediateSize: 16,
      numHiddenLayers: 2,
      numAttentionHeads: 2,
      numKeyValueHeads: 1,
      maxPositionEmbeddings: 16,
    }),
};
/** Large weights, so that tokens differ. */
function made(name: keyof typeof models): GPT2 | Llama {
  manualSeed(5);
  const model = models[name]();
  noGrad(() => {
    for (const p of model.parameters()) if (p.ndim > 1) p.mul_(30);
  });
  return model;
}
const prompt = () => tensor([[1, 2, 3], [7, 5, 6]]); // biome-ignore format: rows

describe.each(Object.keys(models) as (keyof typeof models)[])('%s', (name) => {
  test('a cache changes nothing but the work', async () => {
    const model = made(name);
    const texts = await model.generate(prompt(), { maxNewTokens: 5 });
    expect(texts.shape).toEqual([2, 8]);
    expect(await texts.at(':', [0, 3]).tolist()).toEqual(await prompt().tolist());
    // Each token is the likeliest after all before it, read at once.
    const scores = noGrad(() => model.forward(texts));
    expect(await texts.at(':', [3, 8]).tolist()).toEqual(await scores.argmax(-1).at(':', [2, 7]).tolist());
    expect(new Set((await texts.at(0).tolist()) as number[]).size).toBeGreaterThan(3);
    const two = await model.generate(prompt(), { maxNewTokens: 2, useCache: false });
    expect(await two.tolist()).toEqual(await texts.at(':', [0, 5]).tolist());
  });

  test('each token is one run of one plan, with nothing made for it and nothing read', async () => {
    const model = made(name);
    const keys = ['runs', 'planHits', 'planMisses', 'pipelinesCreated', 'reads', 'dispatches'] as const;
    const costs: number[][] = [];
    // The first text warms up.
    for (const maxNewTokens of [3, 8]) {
      let before = engineStats();
      costs.length = 0;
      await model.generate(prompt(), {
        maxNewTokens,
        temperature: 0.9,
        topK: 4,
        topP: 0.9,
        async onToken() {
          // What was recorded has been submitted, pipelines and all.
          await throttle(0);
          const now = engineStats();
          costs.push(keys.map((key) => now[key] - before[key]));
          before = now;
        },
      });
    }
    // A cache of another capacity is another plan: the second token is the first to use it.
    const [first, ...others] = costs.slice(2);
    expect(first!.slice(0, 5)).toEqual([1, 1, 0, 0, 0]);
    // Sixteen a layer, and drawing the token.
    expect(first![5]).toBeLessThan(60);
    expect(others.length).toBe(5);
    for (const cost of others) expect(cost).toEqual(first);
  });
});

/** Scores that do not depend on the text. */
function fixed(scores: readonly number[], batch = 1): LanguageModel {
  return {
    maxLength: 4096,
    makeCache: () => {
      throw new Error('not asked for');
    },
    forward: () =>
      tensor(
        Array.from({ length: batch }, () => [...scores]),
        { dtype: 'float32' },
      ).unsqueeze(1),
  };
}
const drawn = async (scores: readonly number[], options: object, batch = 400): Promise<number[]> => {
  const texts = await generate(fixed(scores, batch), zeros([batch, 1], { dtype: 'int32' }), {
    maxNewTokens: 1,
    useCache: false,
    generator: new Generator().manualSeed(1),
    ...options,
  });
  const counts = scores.map(() => 0);
  for (const [, token] of (await texts.tolist()) as number[][]) counts[token!]!++;
  return counts;
};

describe('drawing tokens', () => {
  const scores = [0.5, 0.3, 0.15, 0.05].map(Math.log);
  test('follows the softmax', async () => {
    const counts = await drawn(scores, { temperature: 1 });
    expect(Math.abs(counts[0]! - 200)).toBeLessThan(40);
    expect(Math.abs(counts[1]! - 120)).toBeLessThan(40);
    expect(counts[3]).toBeGreaterThan(4);
  });
  test('temperature sharpens', async () => {
    expect((await drawn(scores, { temperature: 0.1 }))[0]).toBeGreaterThan(385);
  });
  test('topK and topP leave out the unlikely', async () => {
    expect((await drawn(scores, { topK: 1 }))[0]).toBe(400);
    const two = await drawn(scores, { topK: 2 });
    expect(two.slice(2)).toEqual([0, 0]);
    expect(Math.abs(two[0]! - 250)).toBeLessThan(40);
    // 0.5 + 0.3 just reach 0.7.
    const nucleus = await drawn(scores, { topP: 0.7 });
    expect(nucleus.slice(2)).toEqual([0, 0]);
    expect(nucleus[1]).toBeGreaterThan(100);
    expect((await drawn(scores, { topP: 0.4 }))[0]).toBe(400);
  });
  test('without any of them the likeliest is taken', async () => {
    expect(await drawn([0, 2, 1], {})).toEqual([0, 400, 0]);
  });
  test('follows from the seed', async () => {
    const model = made('GPT-2');
    const run = () =>
      model.generate(prompt(), { maxNewTokens: 6, temperature: 1, generator: new Generator().manualSeed(9) });
    expect(await (await run()).tolist()).toEqual(await (await run()).tolist());
  });
});

test('texts end with the end token', async () => {
  // Token 2 follows, whatever was there; the second text goes on for one step more.
  let step = 0;
  const model: LanguageModel = {
    ...fixed([]),
    forward: () => tensor([[[0, 0, 1, 0]], [[0, step++ === 0 ? 2 : 0, 1, 0]]], { dtype: 'float32' }),
  };
  const tokens: Tensor[] = [];
  const texts = await generate(model, tensor([[0], [0]]), {
    maxNewTokens: 9,
    useCache: false,
    eosTokenId: 2,
    onToken: (token) => void tokens.push(token),
  });
  expect(await texts.tolist()).toEqual([
    [0, 2, 2],
    [0, 1, 2],
  ]);
  expect(await tokens[0]!.tolist()).toEqual([[2], [1]]);
});

test('settings are checked', async () => {
  const model = made('GPT-2');
  const ids = prompt();
  await expect(model.generate(ids, { maxNewTokens: 14 })).rejects.toThrow('more than the 16 that the model can read');
  await expect(model.generate(ids, { temperature: 0 })).rejects.toThrow(
    '`temperature` (=0) has to be a strictly positive float',
  );
  await expect(model.generate(ids, { topK: 0 })).rejects.toThrow(
    '`top_k` has to be a strictly positive integer, but is 0',
  );
  await expect(model.generate(ids, { topP: 1.5 })).rejects.toThrow('`top_p` has to be a float > 0 and < 1, but is 1.5');
  await expect(model.generate(ids, { topP: 0.5, doSample: false })).rejects.toThrow('are for drawing tokens');
  await expect(model.generate(tensor([1, 2]))).rejects.toThrow('expected ids of (N, L)');
  await expect(model.generate(ids, { topk: 3 } as object)).rejects.toThrow('topK');
});
