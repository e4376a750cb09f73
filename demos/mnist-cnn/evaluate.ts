import { functional, noGrad } from 'lumigrad';
import { DataLoader } from 'lumigrad/data';
import type { Sequential } from 'lumigrad/nn';
import { digitDataset } from './batches.ts';
import type { Digits } from './digits.ts';

/** Pictures per forward pass: few enough that a page can do something else in between. */
const batchSize = 125;

export interface Score {
  loss: number;
  accuracy: number;
  /** A digit per picture. */
  guesses: Uint8Array;
}

/** Has the model read `digits`. `interrupted` is asked between batches, and ends it with null by saying so. */
export async function evaluate(
  model: Sequential,
  digits: Digits,
  interrupted: () => boolean | Promise<boolean> = () => false,
): Promise<Score | null> {
  const guesses = new Uint8Array(digits.count);
  let loss = 0;
  let done = 0;
  for await (const [images, labels] of new DataLoader(digitDataset(digits), { batchSize })) {
    const [sum, read] = noGrad(() => {
      const scores = model.forward(images);
      return [functional.crossEntropy(scores, labels, { reduction: 'sum' }), scores.argmax(1)];
    });
    // Both are asked for at once: one wait.
    const [lost, found] = await Promise.all([sum!.item(), read!.data()]);
    loss += lost;
    guesses.set(found, done);
    done += found.length;
    if (await interrupted()) return null;
  }
  const right = guesses.reduce((n, guess, i) => n + Number(guess === digits.labels[i]), 0);
  return { loss: loss / digits.count, accuracy: right / digits.count, guesses };
}
