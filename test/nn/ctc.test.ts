/** CTC decoders against all alignments, one by one, and against ctcLoss(). */
import { beforeAll, describe, expect, test } from 'vitest';
import { functional, init, manualSeed, randn, type Tensor, tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';

const { ctcBeamSearch, ctcGreedyDecode } = nn.utils;

beforeAll(async () => {
  await init({ device: 'cpu' });
  manualSeed(3);
});

const read = (path: readonly number[], blank: number): number[] =>
  path.filter((c, t) => c !== blank && c !== path[t - 1]);

/** The probability of each labelling, added up over all C^T alignments, likeliest first. */
function byHand(probs: readonly (readonly number[])[], blank: number): [tokens: string, probability: number][] {
  const totals = new Map<string, number>();
  const walk = (t: number, path: number[], p: number): void => {
    const row = probs[t];
    for (const [c, q] of row?.entries() ?? []) walk(t + 1, [...path, c], p * q);
    if (!row) totals.set(`${read(path, blank)}`, (totals.get(`${read(path, blank)}`) ?? 0) + p);
  };
  walk(0, [], 1);
  return [...totals].sort((a, b) => b[1] - a[1]);
}
const sharp = (shape: number[]): Tensor => functional.logSoftmax(randn(shape).mul(2), -1);

describe('beam search', () => {
  test.each([
    [5, 3, 0],
    [5, 3, 2],
    [4, 4, 1],
    [6, 2, 0],
  ])('is exact where the beam holds all prefixes: %i steps, %i classes, blank %i', async (steps, classes, blank) => {
    const logProbs = sharp([steps, 2, classes]);
    const found = await ctcBeamSearch(logProbs, { blank, beamSize: 5000, nbest: 5000 });
    const probs = (await logProbs.exp().tolist()) as number[][][];
    for (const [n, hypotheses] of found.entries()) {
      const expected = byHand(
        probs.map((frame) => frame[n]!),
        blank,
      );
      expect(hypotheses.map(({ tokens }) => `${tokens}`).sort()).toEqual(expected.map(([tokens]) => tokens).sort());
      for (const [rank, { tokens, score }] of hypotheses.entries()) {
        const [, p] = expected.find(([text]) => text === `${tokens}`)!;
        expect(Math.exp(score)).toBeCloseTo(p, 6);
        expect(score).toBeLessThanOrEqual(hypotheses[rank - 1]?.score ?? score);
      }
    }
  });
  test('scores are those of ctcLoss', async () => {
    const logProbs = sharp([6, 1, 4]);
    const [[best]] = (await ctcBeamSearch(logProbs, { beamSize: 500 })) as [[nn.utils.CtcHypothesis]];
    const loss = functional.ctcLoss(logProbs, tensor([[...best.tokens]]), [6], [best.tokens.length], {
      reduction: 'sum',
    });
    expect(best.score).toBeCloseTo(-(await loss.item()), 4);
  });
  test('adds alignments up where the likeliest one misleads', async () => {
    const logProbs = tensor([
      [0.6, 0.4],
      [0.6, 0.4],
    ]).log();
    expect(await ctcGreedyDecode(logProbs)).toEqual([[]]);
    const [found] = await ctcBeamSearch(logProbs, { nbest: 3 });
    expect(found!.map(({ tokens }) => tokens)).toEqual([[1], []]);
    expect(found!.map(({ score }) => Math.exp(score).toFixed(4))).toEqual(['0.6400', '0.3600']);
  });
  test('a prefix that was dropped and found again is one prefix', async () => {
    // With two prefixes followed, [1] falls out after step 1 and comes back by way of the root.
    const probs = [
      [0.5, 0.1, 0.4],
      [0.98, 0.01, 0.01],
      [0.1, 0.85, 0.05],
    ];
    const [found] = await ctcBeamSearch(tensor(probs).log(), { beamSize: 2, nbest: 9 });
    expect(found).toHaveLength(2);
    const all = new Map(byHand(probs, 0));
    for (const { tokens, score } of found!) expect(Math.exp(score)).toBeLessThanOrEqual(all.get(`${tokens}`)! + 1e-6);
    expect(found![0]!.tokens).toEqual([1]);
  });
  test('a narrow beam, few classes, a threshold: less is followed', async () => {
    const logProbs = sharp([5, 1, 5]);
    const sizes = async (options: nn.utils.CtcBeamSearchOptions): Promise<number> =>
      (await ctcBeamSearch(logProbs, { nbest: 1000, beamSize: 1000, ...options }))[0]!.length;
    const all = await sizes({});
    expect(await sizes({ beamSize: 3 })).toBe(3);
    expect(await sizes({ beamSizeToken: 2 })).toBeLessThan(all);
    expect(await sizes({ beamThreshold: 1 })).toBeLessThan(all);
    expect(await sizes({ beamThreshold: 0 })).toBe(1);
  });
  test('classes that are impossible are not followed', async () => {
    const logProbs = tensor([
      [0.5, 0.5, 0],
      [0.5, 0.5, 0],
    ]).log();
    const options = { nbest: 99, beamThreshold: Number.POSITIVE_INFINITY };
    const [found] = await ctcBeamSearch(logProbs, options);
    expect(found!.map(({ tokens }) => `${tokens}`).sort()).toEqual(['', '1']);
  });
});

describe('greedy decoding', () => {
  const path = [1, 1, 0, 1, 2, 2, 0];
  const logProbs = (): Tensor => tensor(path.map((c) => [0, 1, 2].map((k) => (k === c ? 0.8 : 0.1)))).log();

  test('joins repetitions and drops blanks', async () => {
    expect(await ctcGreedyDecode(logProbs())).toEqual([[1, 1, 2]]);
    expect(await ctcGreedyDecode(logProbs(), { blank: 2 })).toEqual([[1, 0, 1, 0]]);
  });
  test.each([
    ['a list', () => [7, 4, 0]],
    ['a tensor', () => tensor([6, 3, -1]).add(1)],
  ])('as many steps as lengths say: %s', async (_, lengths) => {
    const inputLengths = lengths();
    const batch = logProbs().unsqueeze(1).expand(7, 3, 3);
    expect(await ctcGreedyDecode(batch, { inputLengths })).toEqual([[1, 1, 2], [1, 1], []]);
    const found = await ctcBeamSearch(batch, { inputLengths });
    expect(found.map(([best]) => best!.tokens)).toEqual([[1, 1, 2], [1, 1], []]);
  });
});

test.each<[string, () => Promise<unknown>, string]>([
  ['rank', () => ctcGreedyDecode(randn([3])), 'logProbs must be (T, N, C) or (T, C), got [3]'],
  ['blank', () => ctcGreedyDecode(randn([3, 2]), { blank: 2 }), 'blank must be in label range'],
  ['number of lengths', () => ctcBeamSearch(randn([3, 2]), { inputLengths: [1, 1] }), 'must be of size batch_size'],
  ['lengths', () => ctcBeamSearch(randn([3, 2]), { inputLengths: [4] }), 'to have value at most 3, but got value 4'],
  ['beam', () => ctcBeamSearch(randn([3, 2]), { beamSize: 0 }), 'beamSize must be an integer of at least 1'],
  ['options', () => ctcBeamSearch(randn([3, 2]), { beam: 1 } as never), "unexpected option 'beam'"],
])('refuses: %s', async (_, run, message) => {
  await expect(run()).rejects.toThrow(message);
});
