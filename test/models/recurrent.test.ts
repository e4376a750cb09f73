/** Recurrent models learn small tasks. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { functional, init, manualSeed, randint, tensor } from '../../src/index.ts';
import { RecurrentClassifier, RecurrentLanguageModel } from '../../src/models/index.ts';
import * as optim from '../../src/optim/index.ts';

beforeAll(() => init({ device: 'cpu' }));
beforeEach(() => {
  manualSeed(0);
});

test('learns a text by heart, and writes it', async () => {
  const text = [0, 1, 2, 2, 3, 4, 1, 3, 0, 1, 2, 2, 3, 4, 1, 3, 0];
  const model = new RecurrentLanguageModel(5, { cell: 'LSTM', hiddenSize: 16, embeddingDim: 4 });
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.05 });
  const ids = tensor([text.slice(0, -1)]);
  const targets = tensor(text.slice(1));
  for (let i = 0; i < 60; i++) {
    optimizer.zeroGrad();
    functional.crossEntropy(model.forward(ids).reshape([-1, 5]), targets).backward();
    optimizer.step();
  }
  model.eval();
  const written = await model.generate(tensor([[0, 1, 2]]), { maxNewTokens: 12 });
  expect(await written.tolist()).toEqual([text.slice(0, 15)]);
  expect(await (await model.generate(tensor([[0, 1, 2]]), { maxNewTokens: 12, useCache: false })).tolist()).toEqual([
    text.slice(0, 15),
  ]);
});

test('a classifier learns to count, whatever the lengths', async () => {
  // Is the number of ones odd? Neither the first nor the last token tells.
  const model = new RecurrentClassifier(2, 2, { cell: 'GRU', hiddenSize: 12 });
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.03 });
  const ids = randint(0, 2, [32, 4]);
  const tokens = (await ids.tolist()) as number[][];
  const lengths = tokens.map((_, n) => 1 + (n % 4));
  const labels = tensor(tokens.map((row, n) => row.slice(0, lengths[n]!).reduce((a, b) => a + b, 0) % 2));
  for (let i = 0; i < 150; i++) {
    optimizer.zeroGrad();
    functional.crossEntropy(model.forward(ids, lengths), labels).backward();
    optimizer.step();
  }
  const right = model.eval().forward(ids, lengths).argmax(1).eq(labels);
  expect(await right.all().item()).toBe(1);
});
