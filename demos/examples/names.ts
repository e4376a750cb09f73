/**
 * A recurrent network reads a given name letter by letter, and says whether more girls or more boys were called so.
 *
 *     node tools/run.mjs demos/examples/names.ts --cell RNN
 */
import { readFile } from 'node:fs/promises';
import { functional, manualSeed, noGrad, tensor } from 'lumigrad';
import { DataLoader } from 'lumigrad/data';
import { RecurrentClassifier } from 'lumigrad/models';
import { utils } from 'lumigrad/nn';
import { Adam } from 'lumigrad/optim';
import { accuracyOf } from './accuracy.ts';
import { mulberry32 } from './random.ts';
import { example, type Log, silent } from './run.ts';

export interface GivenName {
  readonly name: string;
  /** 0 for girls, 1 for boys. */
  readonly label: number;
}
export const sexes = ['F', 'M'] as const;

/** The committed list, in an order that `seed` decides. */
export async function readNames(seed: number): Promise<GivenName[]> {
  const text = await readFile(new URL('./data/names.csv', import.meta.url), 'utf8');
  const names = text
    .trim()
    .split('\n')
    .map((line) => line.split(',') as [string, (typeof sexes)[number]])
    .map(([name, sex]) => ({ name, label: sexes.indexOf(sex) }));
  const random = mulberry32(seed);
  for (let i = names.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [names[i], names[j]] = [names[j]!, names[i]!];
  }
  return names;
}

/** Names have so many letters; of longer ones the last. */
const length = 12;
/** Nothing, and the 26 letters. */
const letters = 27;

/** Letters as 1 to 26. Zeros stand before and not behind them: the network is asked when it has read the last letter. */
export function encode(name: string): number[] {
  const codes = Array.from(name.toLowerCase(), (letter) => letter.charCodeAt(0) - 96).slice(-length);
  return [...new Array<number>(length - codes.length).fill(0), ...codes];
}

/** Batches of letters (N, length) and labels (N). */
const loaderOf = (names: readonly GivenName[], batchSize: number, seed: number) =>
  new DataLoader(
    names.map(({ name, label }) => [Int32Array.from(encode(name)), label] as const),
    { batchSize, shuffle: true, dropLast: true, seed },
  );

/** Trains on nine tenths of the names, and returns the share of the others that it tells rightly, and how it tells any. */
export async function train(
  names: readonly GivenName[],
  {
    cell = 'GRU' as 'RNN' | 'GRU' | 'LSTM',
    epochs = 8,
    batchSize = 50,
    hiddenSize = 64,
    lr = 3e-3,
    seed = 0,
    log = silent as Log,
  } = {},
) {
  manualSeed(seed);
  const model = new RecurrentClassifier(letters, sexes.length, { cell, hiddenSize });
  const optimizer = new Adam(model.parameters(), { lr });
  const cut = Math.floor(0.9 * names.length);
  const loader = loaderOf(names.slice(0, cut), batchSize, seed);
  const testLoader = loaderOf(names.slice(cut), batchSize, seed);
  let accuracy = Number.NaN;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let lastLoss = Number.NaN;
    let step = 0;
    for await (const [ids, labels] of loader) {
      optimizer.zeroGrad();
      const loss = functional.crossEntropy(model.forward(ids), labels);
      loss.backward();
      utils.clipGradNorm_(model.parameters(), 1);
      optimizer.step();
      if (++step === loader.length) lastLoss = await loss.item();
    }
    accuracy = await accuracyOf(model, testLoader);
    log(`epoch ${epoch}  loss ${lastLoss.toFixed(4)}  test accuracy ${(100 * accuracy).toFixed(2)} %`);
  }
  model.eval();
  /** How likely girls and boys have each name. */
  const judge = async (wanted: readonly string[]): Promise<number[][]> =>
    (await noGrad(() => model.forward(tensor(wanted.map(encode))).softmax(1)).tolist()) as number[][];
  return { accuracy, judge };
}

await example(import.meta.url, { cell: 'GRU', epochs: 8 }, async ({ cell, ...flags }) => {
  const names = await readNames(flags.seed);
  const { judge } = await train(names, { cell: cell as 'GRU', ...flags, log: console.log });
  const asked = ['Ada', 'Alan', 'Grace', 'Yann', 'Timnit'];
  for (const [i, [girls, boys]] of (await judge(asked)).entries())
    console.log(`${asked[i]}: ${girls! > boys! ? 'girls' : 'boys'} (${(100 * Math.max(girls!, boys!)).toFixed(0)} %)`);
});
