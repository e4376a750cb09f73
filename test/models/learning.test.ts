/** Every transformer learns a small task. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  cat,
  functional,
  init,
  manualSeed,
  noGrad,
  ones,
  rand,
  randint,
  type Tensor,
  tensor,
  where,
} from '../../src/index.ts';
import {
  Bert,
  GPT2,
  Llama,
  Seq2SeqTransformer,
  TransformerPredictor,
  VisionTransformer,
} from '../../src/models/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';

beforeAll(() => init({ device: 'cpu' }));

const { crossEntropy } = functional;
/** Trains for so many steps; returns the last loss. */
async function train(model: nn.Module, steps: number, lossOf: () => Tensor, lr = 5e-3): Promise<number> {
  const optimizer = new optim.Adam(model.parameters(), { lr });
  model.train();
  let loss: Tensor | null = null;
  for (let i = 0; i < steps; i++) {
    optimizer.zeroGrad();
    loss = lossOf();
    loss.backward();
    optimizer.step();
  }
  model.eval();
  return loss!.item();
}
const accuracy = async (scores: Tensor, labels: Tensor): Promise<number> =>
  (await scores.argmax(-1).eq(labels).float().mean().item()) as number;
/** Scores (N, L, C) against labels (N, L). */
const tokenLoss = (scores: Tensor, labels: Tensor): Tensor =>
  crossEntropy(scores.reshape([-1, scores.shape.at(-1)!]), labels.reshape([-1]));

test('TransformerPredictor reverses digits', async () => {
  manualSeed(0);
  const model = new TransformerPredictor({
    inputDim: 5,
    modelDim: 16,
    numClasses: 5,
    numHeads: 1,
    numLayers: 1,
    maxLength: 6,
  });
  const batch = (n: number): [Tensor, Tensor] => {
    const digits = randint(0, 5, [n, 6]);
    return [functional.oneHot(digits, 5).float(), digits.flip(1)];
  };
  await train(
    model,
    120,
    () => {
      const [x, y] = batch(32);
      return tokenLoss(model.forward(x), y);
    },
    1e-2,
  );
  const [x, y] = batch(50);
  expect(await accuracy(model.forward(x), y)).toBeGreaterThan(0.98);
});

test('Seq2SeqTransformer learns to copy, and translates', async () => {
  manualSeed(1);
  const sizes = {
    numEncoderLayers: 1,
    numDecoderLayers: 1,
    embSize: 16,
    nhead: 2,
    dimFeedforward: 32,
    dropout: 0,
    maxLength: 6,
  };
  const model = new Seq2SeqTransformer({ ...sizes, srcVocabSize: 6, tgtVocabSize: 6 });
  const start = (n: number) => ones([n, 1], { dtype: 'int32' });
  await train(model, 220, () => {
    const src = randint(2, 6, [16, 4]);
    return tokenLoss(model.forward(src, cat([start(16), src.at(':', [0, 3])], 1)), src);
  });
  const src = randint(2, 6, [20, 4]);
  const translated = await model.translate(src, { bos: 1, maxLength: 5 });
  expect(await accuracy(functional.oneHot(translated.at(':', [1, 5]), 6), src)).toBeGreaterThan(0.95);
});

describe.each([
  [
    'GPT-2',
    () =>
      new GPT2({
        vocabSize: 8,
        nPositions: 12,
        nEmbd: 16,
        nLayer: 1,
        nHead: 2,
        residPdrop: 0,
        embdPdrop: 0,
        attnPdrop: 0,
      }),
  ],
  [
    'Llama',
    () =>
      new Llama({
        vocabSize: 8,
        hiddenSize: 16,
        intermediateSize: 32,
        numHiddenLayers: 1,
        numAttentionHeads: 2,
        numKeyValueHeads: 1,
        maxPositionEmbeddings: 12,
      }),
  ],
] as const)('%s', (_, make) => {
  test('learns to count, from any number on', async () => {
    manualSeed(2);
    const model = make();
    const counting = (n: number) =>
      randint(0, 8, [n, 1])
        .add(tensor([0, 1, 2, 3, 4, 5]))
        .remainder(8)
        .int();
    await train(model, 100, () => {
      const ids = counting(8);
      return tokenLoss(model.forward(ids).at(':', [0, 5]), ids.at(':', [1, 6]));
    });
    const texts = await model.generate(tensor([[3, 4], [7, 0]]), { maxNewTokens: 6 }); // biome-ignore format: rows
    expect(await texts.tolist()).toEqual([
      [3, 4, 5, 6, 7, 0, 1, 2],
      [7, 0, 1, 2, 3, 4, 5, 6],
    ]);
  });
});

test('BERT learns which of two words a text has, wherever it stands', async () => {
  manualSeed(3);
  const model = new Bert({
    vocabSize: 8,
    hiddenSize: 16,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 32,
    maxPositionEmbeddings: 6,
    hiddenDropoutProb: 0,
    attentionProbsDropoutProb: 0,
  });
  const head = new nn.Linear(16, 2);
  const both = new nn.ModuleList<nn.Module>([model, head]);
  const batch = (n: number): [Tensor, Tensor] => {
    const label = randint(0, 2, [n]);
    const place = randint(1, 5, [n, 1]);
    const here = tensor([0, 1, 2, 3, 4]).eq(place);
    return [where(here, label.unsqueeze(1).add(1), randint(3, 8, [n, 5])).int(), label];
  };
  const scores = (ids: Tensor) => head.forward(model.forward(ids).poolerOutput!);
  await train(both, 100, () => {
    const [ids, label] = batch(16);
    return crossEntropy(scores(ids), label);
  });
  const [ids, label] = batch(50);
  expect(
    await accuracy(
      noGrad(() => scores(ids)),
      label,
    ),
  ).toBeGreaterThan(0.98);
});

test('ViT learns to tell stripes from checks', async () => {
  manualSeed(4);
  const model = new VisionTransformer({
    imageSize: 4,
    patchSize: 2,
    numLayers: 1,
    numHeads: 2,
    hiddenDim: 16,
    mlpDim: 32,
    inChannels: 1,
    numClasses: 3,
  });
  const batch = (n: number): [Tensor, Tensor] => {
    const label = randint(0, 3, [n]);
    const patterns = tensor([[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]]).float(); // biome-ignore format: rows
    const patches = patterns.indexSelect(0, label).reshape([n, 2, 2]).tile([1, 2, 2]);
    return [rand([n, 4, 4]).add(patches).unsqueeze(1), label];
  };
  await train(model, 50, () => {
    const [images, label] = batch(16);
    return crossEntropy(model.forward(images), label);
  });
  const [images, label] = batch(50);
  expect(await accuracy(model.forward(images), label)).toBeGreaterThan(0.98);
});
