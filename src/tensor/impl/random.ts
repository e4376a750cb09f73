/** The generator: counter-based, so that the same seed gives the same numbers on every device. */
import type { Var } from '../../autograd/var.ts';
import type { DType } from '../../core/dtype.ts';
import { OptionError, wrongType } from '../../core/errors.ts';
import { threefry2x32 } from '../../core/rng.ts';
import type { Recorder } from '../../graph/node.ts';
import { op, scalar } from './common.ts';

/** Where a generator is: its seed, and how many streams of it were used. */
export type GeneratorState = readonly [seed: number, stream: number];

/** What one random op draws from: the seed's two words and the op's own stream. */
export interface RandomKey {
  readonly key0: number;
  readonly key1: number;
  readonly stream: number;
}

/**
 * A source of random numbers. Each random op takes one stream of it at the moment it is recorded, so laziness never
 * changes results. Algorithm: threefry2x32, 20 rounds (Salmon et al., SC 2011).
 *
 * @example
 * const g = new Generator(42);
 * const x = rand([2, 3], { generator: g });
 */
export class Generator {
  private seedValue = 0;
  private stream = 0;

  constructor(seed = 0) {
    this.manualSeed(seed);
  }

  /** Starts again from `seed`, a non-negative safe integer. Returns this. */
  manualSeed(seed: number): this {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new OptionError(`manualSeed: the seed must be an integer in [0, 2^53), got ${seed}`);
    this.seedValue = seed;
    this.stream = 0;
    return this;
  }

  /** Starts again from a seed that nobody knows, and returns it. */
  seed(): number {
    const [low, high] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
    return this.manualSeed(low + 2 ** 32 * (high >>> 11)).seedValue;
  }

  /** The seed it was given. */
  initialSeed(): number {
    return this.seedValue;
  }

  /** Everything needed to continue from here: [seed, streams used]. */
  getState(): GeneratorState {
    return [this.seedValue, this.stream];
  }

  /** Continues from where getState() was called. */
  setState(state: GeneratorState): void {
    if (!Array.isArray(state) || state.length !== 2) wrongType('setState', 'state', 'what getState() gave', state);
    const [seed, stream] = state;
    if (!(Number.isInteger(stream) && stream >= 0 && stream < 2 ** 32))
      throw new OptionError(`setState: the stream must be an integer in [0, 2^32), got ${stream}`);
    this.manualSeed(seed);
    this.stream = stream;
  }

  /** Reserves the next stream. */
  next(): RandomKey {
    const key = { key0: this.seedValue >>> 0, key1: Math.floor(this.seedValue / 2 ** 32) >>> 0, stream: this.stream };
    this.stream = (this.stream + 1) >>> 0;
    return key;
  }
}

/** The generator used when none is given. */
export const defaultGenerator = new Generator(0);

/** The generator given, or the default one. */
export function generatorOr(op: string, generator: Generator | undefined): Generator {
  if (generator === undefined) return defaultGenerator;
  return generator instanceof Generator
    ? generator
    : wrongType(op, 'generator', 'a Generator', generator, 'make one with new Generator(seed)');
}

const words = ({ key0, key1, stream }: RandomKey) => [
  scalar(key0, 'uint32'),
  scalar(key1, 'uint32'),
  scalar(stream, 'uint32'),
];

export function uniform(shape: readonly number[], dtype: DType, engine: Recorder, generator: Generator): Var {
  return op('uniform', words(generator.next()), { shape: [...shape], dtype }, engine);
}
export function normal(shape: readonly number[], dtype: DType, engine: Recorder, generator: Generator): Var {
  return op('normal', words(generator.next()), { shape: [...shape], dtype }, engine);
}
export function randomInt(
  low: number,
  high: number,
  shape: readonly number[],
  dtype: DType,
  engine: Recorder,
  generator: Generator,
): Var {
  // 2^31 wraps, and so does the width of the range: unsigned, it is right.
  return op(
    'randomInt',
    [...words(generator.next()), scalar(low, dtype), { scalar: high, dtype }],
    { shape: [...shape], dtype },
    engine,
  );
}
/** A random order of 0 … n − 1: Fisher-Yates over the generator's bits. */
export function permutation(n: number, generator: Generator): Int32Array {
  const { key0, key1, stream } = generator.next();
  const order = new Int32Array(n).map((_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const [bits] = threefry2x32(key0, key1, i, stream);
    const j = Math.floor((bits / 2 ** 32) * (i + 1));
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order;
}
