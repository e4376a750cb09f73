/**
 * Reads strings of digits of any length from a picture, column by column, without being told where each digit stands: connectionist
 * temporal classification finds out. The strings are drawn: digits of different widths, with gaps and noise.
 *
 *     node tools/run.mjs demos/examples/digit-strings.ts
 */
import { functional, manualSeed, noGrad, type Tensor, tensor, throttle } from 'lumigrad';
import { GRU, Linear, Module, utils } from 'lumigrad/nn';
import { Adam } from 'lumigrad/optim';
import { mulberry32 } from './random.ts';
import { example, type Log, silent } from './run.ts';

/** Rows of 3 × 5 pictures of 0 to 9. */
const glyphs = [
  '### .#. ### ### #.# ### ### ### ### ###',
  '#.# ##. ..# ..# #.# #.. #.. ..# #.# #.#',
  '#.# .#. ### .## ### ### ### ..# ### ###',
  '#.# .#. #.. ..# ..# ..# #.# ..# #.# ..#',
  '### ### ### ### ..# ### ### ..# ### ###',
].map((row) => row.split(' '));
const rows = glyphs.length;
/** Class 0 is the blank. */
const classes = 11;

export interface Strings {
  /** (steps, count, rows): a column of a picture for each step. */
  readonly columns: Tensor;
  /** Digits as 1 to 10, padded with zeros: (count, most). */
  readonly targets: Tensor;
  readonly lengths: Tensor;
  /** What each picture says. */
  readonly texts: readonly string[];
}

/** Pictures of strings of 1 to `most` digits; each is as wide as the longest string can get. */
export function drawStrings(count: number, most: number, noise: number, seed: number): Strings {
  const random = mulberry32(seed);
  const steps = most * 8;
  const ink = new Float32Array(steps * count * rows);
  const targets = new Int32Array(count * most);
  const texts = Array.from({ length: count }, (_, n) => {
    const digits = Array.from({ length: 1 + Math.floor(random() * most) }, () => Math.floor(random() * 10));
    let column = 0;
    for (const [i, digit] of digits.entries()) {
      targets[n * most + i] = digit + 1;
      // A gap of one or two columns, then three of the digit, each of them once or twice.
      column += 1 + Math.floor(random() * 2);
      for (let x = 0; x < 3; x++) {
        for (let twice = 1 + Math.floor(random() * 2); twice > 0; twice--, column++)
          for (let y = 0; y < rows; y++) ink[(column * count + n) * rows + y] = glyphs[y]![digit]![x] === '#' ? 1 : 0;
      }
    }
    return digits.join('');
  });
  return {
    columns: tensor(ink.map((v) => v + noise * (random() - 0.5))).reshape([steps, count, rows]),
    targets: tensor(targets).reshape([count, most]),
    lengths: tensor(Int32Array.from(texts, (text) => text.length)),
    texts,
  };
}

/** Looks at the picture from both ends, and scores each digit, and the blank, at each column. */
export class StringReader extends Module {
  rnn: GRU;
  fc: Linear;

  constructor(hiddenSize: number) {
    super();
    this.rnn = new GRU(rows, hiddenSize, { bidirectional: true });
    this.fc = new Linear(2 * hiddenSize, classes);
  }
  /** (T, N, rows) to log-probabilities (T, N, classes). */
  override forward(columns: Tensor): Tensor {
    const [output] = this.rnn.forward(columns);
    return functional.logSoftmax(this.fc.forward(output), -1);
  }
}

const spell = (tokens: readonly number[]): string => tokens.map((token) => token - 1).join('');

/**
 * Reads pictures in two ways: `greedy` takes the likeliest class of each column; `beam` is the likeliest string, whose chance is the
 * sum over all the ways in which it may lie in the picture.
 */
export async function read(
  model: StringReader,
  columns: Tensor,
  beamSize = 10,
): Promise<{ greedy: string[]; beam: string[] }> {
  const scores = noGrad(() => model.forward(columns));
  const paths = await utils.ctcGreedyDecode(scores);
  const hypotheses = await utils.ctcBeamSearch(scores, { beamSize });
  return { greedy: paths.map(spell), beam: hypotheses.map(([best]) => spell(best!.tokens)) };
}

/** Trains, and returns the share of new pictures that a beam search reads without a mistake. */
export async function train({
  steps = 600,
  batchSize = 32,
  most = 5,
  noise = 0.6,
  hiddenSize = 48,
  lr = 1e-2,
  seed = 0,
  log = silent as Log,
} = {}) {
  manualSeed(seed);
  const model = new StringReader(hiddenSize);
  const optimizer = new Adam(model.parameters(), { lr });
  for (let step = 1; step <= steps; step++) {
    // As a DataLoader does between batches: go on when the GPU is two steps behind at most.
    await throttle();
    const { columns, targets, lengths } = drawStrings(batchSize, most, noise, seed + step);
    optimizer.zeroGrad();
    // All pictures are equally wide.
    const inputLengths = new Array<number>(batchSize).fill(columns.shape[0]!);
    const loss = functional.ctcLoss(model.forward(columns), targets, inputLengths, lengths);
    loss.backward();
    utils.clipGradNorm_(model.parameters(), 5);
    optimizer.step();
    if (step % 50 === 0 || step === steps) log(`step ${step}  loss ${(await loss.item()).toFixed(4)}`);
  }
  // Of a seed that no step has.
  const test = drawStrings(400, most, noise, seed - 1);
  const { greedy, beam } = await read(model, test.columns);
  const share = (texts: readonly string[]): number =>
    texts.filter((text, i) => text === test.texts[i]).length / texts.length;
  const [greedyAccuracy, accuracy] = [share(greedy), share(beam)];
  for (let i = 0; i < 5; i++) log(`${test.texts[i]} is read as ${beam[i]}`);
  const percent = [accuracy, greedyAccuracy].map((a) => (100 * a).toFixed(1));
  log(`${percent[0]} % of the strings are read without a mistake; greedily, ${percent[1]} %`);
  return { model, accuracy, greedyAccuracy };
}

await example(import.meta.url, { steps: 600, noise: 0.6 }, (flags) => train({ ...flags, log: console.log }));
