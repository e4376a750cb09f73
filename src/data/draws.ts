/** Random numbers on the host, from a generator: what decides about examples, not what is in tensors. */
import { threefry2x32 } from '../core/rng.ts';
import { type Generator, generatorOr } from '../tensor/impl/random.ts';

/** Numbers of one stream of a generator, one after the other. */
export class Draws {
  private readonly key: ReturnType<Generator['next']>;
  private count = 0;

  constructor(place: string, generator: Generator | undefined) {
    this.key = generatorOr(place, generator).next();
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    const { key0, key1, stream } = this.key;
    const [a, b] = threefry2x32(key0, key1, this.count++, stream);
    return low + (high - low) * ((a >>> 5) * 2 ** -27 + (b >>> 6) * 2 ** -53);
  }

  /** An integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.uniform(0, n));
  }

  normal(): number {
    // Box-Muller; 1 − u is never 0.
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Of the gamma distribution. Source: Marsaglia & Tsang, "A simple method for generating gamma variables", 2000. */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - this.uniform()) < x * x * 0.5 + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  beta(a: number, b: number): number {
    const [x, y] = [this.gamma(a), this.gamma(b)];
    // Tiny shapes underflow both.
    return x + y > 0 ? x / (x + y) : 0.5;
  }

  /** A random order of `list`: Fisher-Yates. */
  shuffled<T>(list: readonly T[]): T[] {
    const order = [...list];
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
