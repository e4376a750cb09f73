/** Numbers of events, drawn one by one. */
import { threefry } from '../../core/rng.ts';
import { lgamma } from './special-functions.ts';

const words = new Uint32Array(2);
/** Which uniform numbers an element draws from. */
export interface Draw {
  readonly key0: number;
  readonly key1: number;
  readonly stream: number;
}
/** Two uniform numbers in [0, 1) for one trial of one element. Seeds leave the upper bits of their second word free. */
function draw({ key0, key1, stream }: Draw, element: number, trial: number): [number, number] {
  threefry(words, key0, key1 ^ (trial << 24), element, stream);
  return [(words[0]! >>> 8) * 2 ** -24, (words[1]! >>> 8) * 2 ** -24];
}

/** By inversion, for rates below 10. */
function inverted(rate: number, u: number): number {
  let p = Math.exp(-rate);
  let sum = p;
  let k = 0;
  // Behind the mean only what u can still reach counts.
  while (u >= sum && k < 64 && (p > 1e-9 || k < rate)) {
    k++;
    p *= rate / k;
    sum += p;
  }
  return k;
}

const maxTrials = 32;

/** By transformed rejection: PTRS of W. Hörmann, Insurance: Mathematics and Economics 12 (1993), for rates from 10 on. */
function rejected(rate: number, from: Draw, element: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const bound = 0.9277 - 3.6224 / (b - 2);
  for (let trial = 0; trial < maxTrials; trial++) {
    const [first, v] = draw(from, element, trial);
    const u = first - 0.5;
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= bound) return k;
    if (!(k >= 0) || (us < 0.013 && v > us)) continue;
    const chance = k * Math.log(rate) - rate - lgamma(k + 1);
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= chance) return k;
  }
  return Math.floor(rate);
}

export function poisson(rate: number, from: Draw, element: number): number {
  if (!Number.isFinite(rate)) return rate;
  return rate < 10 ? inverted(rate, draw(from, element, 0)[0]) : rejected(rate, from, element);
}
