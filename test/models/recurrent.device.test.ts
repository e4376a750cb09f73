/** Recurrent models read on, and write as they read. Their numbers are compared with PyTorch's in models.device.test.ts. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { engineStats, init, manualSeed, noGrad, type Tensor, tensor } from '../../src/index.ts';
import { RecurrentClassifier, RecurrentLanguageModel } from '../../src/models/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));
beforeEach(() => {
  manualSeed(0);
});

const apart = async (a: Tensor, b: Tensor): Promise<number> => a.sub(b).abs().max().item();

describe('a language model', () => {
  test.each(['GRU', 'LSTM'] as const)('reads on where it stopped: %s', async (cell) => {
    const model = new RecurrentLanguageModel(5, { cell, hiddenSize: 4 });
    const ids = tensor([[1, 2, 3, 4, 0, 2]]);
    const cache = model.makeCache();
    const [whole, first, second] = noGrad(() => [
      model.forward(ids),
      model.forward(ids.at(':', [0, 2]), { cache }),
      model.forward(ids.at(':', [2, 6]), { cache, logitsToKeep: 3 }),
    ]) as [Tensor, Tensor, Tensor];
    expect(await apart(whole.at(':', [0, 2]), first)).toBeLessThan(1e-6);
    expect(await apart(whole.at(':', [3, 6]), second)).toBeLessThan(1e-6);
  });
  test('writes what it would have read, and each token is the same plan', async () => {
    const model = new RecurrentLanguageModel(5, { cell: 'GRU', hiddenSize: 4 }).eval();
    const start = tensor([
      [0, 1],
      [4, 3],
    ]);
    const misses: number[] = [];
    const onToken = (): void => {
      misses.push(engineStats().planMisses);
    };
    const written = await model.generate(start, { maxNewTokens: 5, onToken });
    expect(misses[4]! - misses[2]!).toBe(0);
    const next = noGrad(() => model.forward(written.at(':', [0, -1]))).argmax(-1);
    expect(await written.at(':', [2, 7]).tolist()).toEqual(await next.at(':', [1, 6]).tolist());
  });
});

test('refuses what is no text', () => {
  const model = new RecurrentClassifier(3, 2, { hiddenSize: 2 });
  expect(() => model.forward(tensor([1, 2]))).toThrow('expected ids of (N, L), but got [2]');
  expect(() => model.forward(tensor([[1, 2]]), [3])).toThrow('lengths must be at most the number of steps');
  expect(() => model.forward(tensor([[1, 3]]))).toThrow('Class values must be smaller than num_classes');
  expect(() => new RecurrentClassifier(3, 2, { cell: 'lstm' as never })).toThrow(
    "cell must be one of RNN, LSTM, GRU, got 'lstm'",
  );
  expect(() => new RecurrentLanguageModel(3, { bidirectional: true } as never)).toThrow(
    "unexpected option 'bidirectional'",
  );
});
