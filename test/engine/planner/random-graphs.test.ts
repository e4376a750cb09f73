/** Random graphs through recorder, planner and plan cache, without tensors and without a device. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Draw, Driver } from './driver.ts';

const draws = fc.array(fc.tuple(fc.nat(19), fc.nat(7), fc.nat(7), fc.nat(7)), { minLength: 3, maxLength: 40 });

async function play(list: readonly Draw[], base: number, immediate = false): Promise<Driver> {
  const driver = new Driver(base);
  driver.engine.immediate = immediate;
  for (const draw of list) driver.run(draw);
  await driver.finish();
  return driver;
}

describe('random graphs', () => {
  const runs = { numRuns: 400 };

  test('give what they should, lazily', async () => {
    await fc.assert(
      fc.asyncProperty(draws, async (list) => {
        await play(list, 100);
      }),
      runs,
    );
  });

  test('give what they should in immediate mode', async () => {
    await fc.assert(
      fc.asyncProperty(draws, async (list) => {
        await play(list, 100, true);
      }),
      { numRuns: 100 },
    );
  });

  test('make the same plans again, whatever the numbers', async () => {
    await fc.assert(
      fc.asyncProperty(draws, async (list) => {
        const [first, second] = [await play(list, 100), await play(list, 200)];
        expect(second.backend.plans).toEqual(first.backend.plans);
      }),
      { numRuns: 100 },
    );
  });
});
