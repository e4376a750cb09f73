/** The line search of L-BFGS: a step that fulfils the strong Wolfe conditions (Nocedal & Wright, Numerical optimization, 3.5). */
import type { Tensor } from '../tensor/tensor.ts';

/** A step length that was tried: the loss there, the gradient, and its slope along the direction. */
export interface Trial {
  readonly t: number;
  readonly loss: number;
  readonly grad: Tensor;
  readonly slope: number;
}

/** The minimum of the cubic through two trials, within bounds. */
function cubicMinimum(a: Trial, b: Trial, bounds?: readonly [number, number]): number {
  const [least, most] = bounds ?? (a.t <= b.t ? [a.t, b.t] : [b.t, a.t]);
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const d2 = Math.sqrt(square);
  const [near, far] = a.t <= b.t ? [a, b] : [b, a];
  const at = far.t - (far.t - near.t) * ((far.slope + d2 - d1) / (far.slope - near.slope + 2 * d2));
  return Math.min(Math.max(at, least), most);
}

const c1 = 1e-4;
const c2 = 0.9;
const toleranceChange = 1e-9;

/**
 * Looks along a direction for a step. `start` is the trial at 0, `evaluate` makes the others, `length` is the direction's
 * greatest element. Returns the best trial, and how many were made.
 */
export async function strongWolfe(
  evaluate: (t: number) => Promise<Trial>,
  first: number,
  start: Trial,
  length: number,
  most: number,
): Promise<{ readonly best: Trial; readonly evaluations: number }> {
  const tooHigh = (x: Trial): boolean => x.loss > start.loss + c1 * x.t * start.slope;
  const flatEnough = (x: Trial): boolean => Math.abs(x.slope) <= -c2 * start.slope;
  let previous = start;
  let current = await evaluate(first);
  let evaluations = 1;
  let iterations = 0;
  let bracket: Trial[] | null = null;
  // First a bracket, between whose ends there is a point that will do.
  while (iterations < most) {
    if (tooHigh(current) || (iterations > 1 && current.loss >= previous.loss)) bracket = [previous, current];
    else if (flatEnough(current)) return { best: current, evaluations };
    else if (current.slope >= 0) bracket = [previous, current];
    if (bracket) break;
    const bounds = [current.t + 0.01 * (current.t - previous.t), current.t * 10] as const;
    const t = cubicMinimum(previous, current, bounds);
    previous = current;
    current = await evaluate(t);
    evaluations++;
    iterations++;
  }
  let [low, high] = (bracket ?? [start, current]) as [Trial, Trial];
  if (low.loss > high.loss) [low, high] = [high, low];

  // Then smaller brackets.
  let stuck = false;
  while (iterations < most && Math.abs(high.t - low.t) * length >= toleranceChange) {
    const [from, to] = low.t < high.t ? [low, high] : [high, low];
    let t = cubicMinimum(from, to);
    const margin = 0.1 * (to.t - from.t);
    if (Math.min(to.t - t, t - from.t) < margin) {
      const move: boolean = stuck || t >= to.t || t <= from.t;
      if (move) t = Math.abs(t - to.t) < Math.abs(t - from.t) ? to.t - margin : from.t + margin;
      stuck = !move;
    } else stuck = false;
    current = await evaluate(t);
    evaluations++;
    iterations++;
    if (tooHigh(current) || current.loss >= low.loss) {
      high = current;
      if (low.loss > high.loss) [low, high] = [high, low];
      continue;
    }
    const done = flatEnough(current);
    if (!done && current.slope * (high.t - low.t) >= 0) high = low;
    low = current;
    if (done) break;
  }
  return { best: low, evaluations };
}
