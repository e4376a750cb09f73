/** The reverse-sequence transformer, scaled down, gets there on every device that Node has. */
import { init } from 'lumigrad';
import { expect, test, vi } from 'vitest';
import { testDevice } from '../device.ts';

vi.setConfig({ testTimeout: 240_000 });

// The examples are programs for Node.
const inNode = typeof globalThis.process?.getBuiltinModule === 'function';

test.runIf(inNode)('a transformer learns to reverse sequences', async () => {
  const { train } = await import('../../demos/examples/reverse.ts');
  await init({ device: testDevice });
  const sizes = { length: 6, digits: 5, width: 16, batchSize: 32, lr: 1e-2, warmup: 20 };
  const { accuracy, steps } = await train({ ...sizes, steps: 400 });
  expect(accuracy).toBeGreaterThanOrEqual(0.99);
  expect(steps).toBeLessThan(400);
  // Without training it guesses.
  const untrained = await train({ ...sizes, steps: 1 });
  expect(untrained.accuracy).toBeLessThan(0.4);
});
