/** Wrong use throws at the call, with the right class and PyTorch's words. */
import { beforeAll, describe, expect, test } from 'vitest';
import { init } from '../../src/index.ts';
import { testDevice } from '../device.ts';
import { describeSample, forEachRow, runSample } from './harness.ts';

beforeAll(() => init({ device: testDevice }));

describe('errors', () => {
  forEachRow((family, row) => {
    for (const [i, sample] of (row.errors ?? []).entries()) {
      test(`${family}: ${describeSample(row, sample, i)}`, () => {
        let thrown: unknown;
        try {
          runSample(row, sample, i, { device: testDevice, requiresGrad: sample.requiresGrad ?? false });
        } catch (error) {
          thrown = error;
        }
        expect(thrown, 'nothing was thrown').toBeInstanceOf(Error);
        const { name, message } = thrown as Error;
        expect(message).toMatch(sample.message);
        expect(name).toBe(sample.error);
      });
    }
  });
});
