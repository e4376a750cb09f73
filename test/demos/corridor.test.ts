/** The corridor of demos/examples is learned by trying. */
import { init } from 'lumigrad';
import { beforeAll, expect, test } from 'vitest';
import { returns, step, train } from '../../demos/examples/corridor.ts';

beforeAll(() => init({ device: 'cpu' }));

test('a step leads on or back, and the other way in one room', () => {
  expect([0, 1, 2].map((room) => step(room, 1))).toEqual([1, 2, 1]);
  expect([0, 1, 2].map((room) => step(room, 0))).toEqual([0, 0, 3]);
  expect(returns([-1, 0, 4], 0.5)).toEqual([0, 2, 4]);
});

test('REINFORCE finds the way', async () => {
  const lines: string[] = [];
  const { lengths, ways } = await train({ episodes: 20, log: (line) => lines.push(line) });
  expect(lengths[0]).toBeGreaterThan(8);
  expect(lengths.at(-1)).toBeLessThan(6);
  expect(ways).toEqual([1, 1, 0, 1, 1]);
  expect(lines).toHaveLength(3);
});
