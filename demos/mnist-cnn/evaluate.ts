import { functional, type nn, noGrad } from 'lumigrad';
import { toImages, toLabels } from './batches.ts';
import { type Digits, pixels } from './digits.ts';

/** Pictures per forward pass: few enough that a page can do something else in between. */
const batchSize = 125;

export interface Score {
  loss: number;
  accuracy: number;
  /** A digit per picture. */
  guesses: Uint8Array;
}

/**
 * Has the model read `digits`. `interrupted` is asked between batches, and ends it with null by saying so.
 */
export async function evaluate(model: nn.Module, digits: Digits): Promise<Score>;
export async function evaluate(
  model: nn.Module,
  digits: Digits,
  interrupted: () => Promise<boolean>,
): Promise<Score | null>;
export async function evaluate(
  model: nn.Module,
  { count, images, labels }: Digits,
  interrupted?: () => Promise<boolean>,
): Promise<Score | null> {
  const guesses = new Uint8Array(count);
  let loss = 0;
  for (let start = 0; start < count; start += batchSize) {
    const end = Math.min(count, start + batchSize);
    const [sum, digits] = noGrad(() => {
      const scores = model.forward(toImages(images.subarray(start * pixels, end * pixels)));
      const targets = toLabels(labels.subarray(start, end));
      return [functional.crossEntropy(scores, targets, { reduction: 'sum' }), scores.argmax(1)] as const;
    });
    // Both are asked for at once: one wait.
    const [lost, read] = await Promise.all([sum.item(), digits.data()]);
    loss += lost;
    guesses.set(read, start);
    if (await interrupted?.()) return null;
  }
  const right = guesses.reduce((n, guess, i) => n + Number(guess === labels[i]), 0);
  return { loss: loss / count, accuracy: right / count, guesses };
}
