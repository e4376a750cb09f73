/** Registers tests over many random programs. */
import { describe, test } from 'vitest';
import type { Check } from './check.ts';
import { checkSeed } from './check.ts';

const perTest = 25;

export interface SuiteOptions {
  readonly count: number;
  readonly length: number;
  readonly firstSeed: number;
}

/** `LUMIGRAD_SEED=123` in the environment runs that seed alone; failures name theirs. */
export function randomPrograms({ count, length, firstSeed }: SuiteOptions, check: () => Check): void {
  const only = globalThis.process?.env?.LUMIGRAD_SEED;
  const seeds = only === undefined ? Array.from({ length: count }, (_, i) => firstSeed + i) : [Number(only)];
  const batches = Array.from({ length: Math.ceil(seeds.length / perTest) }, (_, i) =>
    seeds.slice(i * perTest, (i + 1) * perTest),
  );
  describe(`${count} random programs`, () => {
    test.each(batches.map((batch) => [batch[0]!, batch[batch.length - 1]!, batch] as const))(
      'seeds %d to %d',
      async (_, __, batch) => {
        for (const seed of batch) await checkSeed(seed, { length }, check());
      },
      120_000,
    );
  });
}
