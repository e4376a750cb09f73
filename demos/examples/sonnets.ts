/**
 * A recurrent network learns to write from Shakespeare's sonnets, character by character.
 *
 *     node tools/run.mjs demos/examples/sonnets.ts --steps 2000
 */
import { readFile } from 'node:fs/promises';
import { functional, manualSeed, type Tensor, tensor, throttle, zeros } from 'lumigrad';
import { CharTokenizer } from 'lumigrad/data';
import { RecurrentLanguageModel } from 'lumigrad/models';
import { utils } from 'lumigrad/nn';
import { Adam } from 'lumigrad/optim';
import { mulberry32 } from './random.ts';
import { example, type Log, silent } from './run.ts';

/** All 154 sonnets. */
export const readSonnets = (): Promise<string> => readFile(new URL('./data/sonnets.txt', import.meta.url), 'utf8');

/** Trains on passages of `length` characters, and returns the mean loss of the last steps and how the network goes on with a text. */
export async function train(
  text: string,
  {
    steps = 1000,
    batchSize = 32,
    length = 64,
    cell = 'GRU' as 'RNN' | 'GRU' | 'LSTM',
    embeddingDim = 32,
    hiddenSize = 192,
    lr = 4e-3,
    seed = 0,
    log = silent as Log,
  } = {},
) {
  manualSeed(seed);
  const random = mulberry32(seed);
  const tokenizer = CharTokenizer.train(text);
  const ids = Int32Array.from(tokenizer.encode(text));
  const classes = tokenizer.vocab.length;
  const model = new RecurrentLanguageModel(classes, { cell, embeddingDim, hiddenSize });
  const optimizer = new Adam(model.parameters(), { lr });
  /** Goes on after `start`; the lower the temperature, the less it dares. */
  const write = async (start: string, maxNewTokens: number, temperature = 0.7): Promise<string> => {
    model.eval();
    const written = await model.generate(tensor([tokenizer.encode(start)]), { maxNewTokens, temperature });
    model.train();
    return tokenizer.decode((await written.data()) as Int32Array);
  };
  let mean = Number.NaN;
  let sum: Tensor = zeros([]);
  const every = 50;
  for (let step = 1; step <= steps; step++) {
    // As a DataLoader does between batches: go on when the GPU is two steps behind at most.
    await throttle();
    const passages = Array.from({ length: batchSize }, () => {
      const begin = Math.floor(random() * (ids.length - length));
      return Array.from(ids.subarray(begin, begin + length + 1));
    });
    const batch = tensor(passages);
    optimizer.zeroGrad();
    // Every character is to tell the next one.
    const scores = model.forward(batch.at(':', [0, length])).reshape([-1, classes]);
    const loss = functional.crossEntropy(scores, batch.at(':', [1, length + 1]).reshape([-1]));
    loss.backward();
    utils.clipGradNorm_(model.parameters(), 1);
    // Added up on the device: to read every loss would be to wait for every step.
    sum = sum.add(loss.detach());
    optimizer.step();
    if (step % every > 0) continue;
    mean = (await sum.item()) / every;
    sum = zeros([]);
    log(`step ${step}/${steps}  loss ${mean.toFixed(3)}`);
  }
  return { loss: mean, write };
}

await example(import.meta.url, { steps: 1000, temperature: 0.7 }, async ({ temperature, ...flags }) => {
  const { write } = await train(await readSonnets(), { ...flags, log: console.log });
  console.log(await write('Shall I ', 400, temperature));
});
