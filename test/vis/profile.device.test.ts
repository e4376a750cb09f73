/** profile(): of training loops, on each device. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  engineStats,
  functional as F,
  init,
  manualSeed,
  randn,
  setImmediateMode,
  type Tensor,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { profile } from '../../src/vis/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

class Net extends nn.Module {
  hidden = new nn.Linear(8, 8);
  out = new nn.Linear(8, 8);
  override forward(x: Tensor): Tensor {
    return this.out.forward(this.hidden.forward(x).relu());
  }
}

/** Steps: enough that some timestamps differ, although devices round them. */
const profiled = 5;

/** A loop that learns; its losses, and what it did of plans. */
function loop() {
  manualSeed(3);
  const model = new Net();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.05 });
  const x = randn([16, 8]);
  const losses: Tensor[] = [];
  const step = (): void => {
    optimizer.zeroGrad();
    const loss = F.mseLoss(model.forward(x), model.forward(x).detach().mul(0.5));
    loss.backward();
    optimizer.step();
    losses.push(loss);
  };
  const values = (): Promise<number[]> => Promise.all(losses.map((l) => l.item() as Promise<number>));
  return { model, step, values };
}

describe('a training loop', () => {
  test('takes time in modules and kernels, and neither results nor plans change', async () => {
    const plain = loop();
    for (let i = 0; i < 3 + profiled + 1; i++) plain.step();
    const expected = await plain.values();

    const { model, step, values } = loop();
    for (let i = 0; i < 3; i++) step();
    const before = engineStats();
    const result = await profile(
      () => {
        for (let i = 0; i < profiled; i++) step();
      },
      { model },
    );
    const after = engineStats();
    step();
    expect(await values()).toEqual(expected);
    expect(after.planMisses).toBe(before.planMisses);
    expect(after.pipelinesCreated).toBe(before.pipelinesCreated);
    expect(result.kernels).toHaveLength(after.dispatches - before.dispatches);

    expect(result.device).toBe(testDevice);
    expect(result.clock).toBe(testDevice === 'cpu' ? 'host' : 'device');
    expect(result.deviceTime).toBeGreaterThan(0);
    expect(result.kernels.every(({ duration }) => duration >= 0)).toBe(true);

    const modules = result.keyAverages({ groupBy: 'module' });
    const named = new Map(modules.map((row) => [row.name, row]));
    // Each module: its matmul forward, in both calls of each step, and backward.
    for (const name of ['hidden', 'out']) {
      const own = result.kernels.filter((k) => k.module === name);
      expect(own.filter((k) => k.phase === 'forward' && k.op === 'matmul').length).toBe(2 * profiled);
      expect(own.filter((k) => k.phase === 'backward' && k.op === 'matmul').length).toBe(
        profiled * (name === 'out' ? 2 : 1),
      );
      expect(named.get(name)!.bytes).toBeGreaterThan(0);
      expect(result.spans.filter((span) => span.module === name)).toHaveLength(2 * profiled);
    }
    const total = (list: readonly { readonly deviceTime: number }[]): number =>
      list.reduce((sum, row) => sum + row.deviceTime, 0);
    expect(total(modules)).toBeCloseTo(result.deviceTime, 6);
    expect(total(result.keyAverages())).toBeCloseTo(result.deviceTime, 6);
    expect(result.kernels.some((k) => k.op === 'sgdStep' && k.module === null && k.bytes === 0)).toBe(true);

    // Runs do not overlap, and a run's kernels come one after the other.
    const starts = result.kernels.map(({ start }) => start);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  test('as tables and as a trace', async () => {
    const { model, step } = loop();
    const result = await profile(step, { model });
    const text = String(result);
    expect(text).toMatch(/Name +Device % +Device total +Device avg +Forward +Backward +Host +Result Mem +# of Calls/);
    expect(text).toMatch(/hidden \(Linear\) +[\d.]+% /);
    expect(text).toContain('(outside of modules)');
    expect(result.table({ groupBy: 'op', sortBy: 'calls', rowLimit: 1 })).toMatch(/^matmul /m);
    expect(() => result.keyAverages({ sortBy: 'time' as never })).toThrow('sortBy must be one of');
    const { traceEvents } = JSON.parse(JSON.stringify(result.chromeTrace())) as ReturnType<typeof result.chromeTrace>;
    const kernels = traceEvents.filter(({ cat }) => cat === 'kernel');
    expect(kernels).toHaveLength(result.kernels.length);
    expect(kernels.every(({ ph, ts, dur }) => ph === 'X' && ts! >= 0 && dur! >= 0)).toBe(true);
    expect(traceEvents.filter(({ cat }) => cat === 'module').map(({ name }) => name)).toEqual([
      'hidden (Linear)',
      'out (Linear)',
      'Net',
      'hidden (Linear)',
      'out (Linear)',
      'Net',
    ]);
  });

  test('of a model alone, in immediate mode, and of what throws', async () => {
    const model = new Net();
    const x = randn([16, 8]);
    const alone = await profile(model, { inputs: [x] });
    expect(alone.kernels.filter((k) => k.op === 'matmul').map((k) => k.module)).toEqual(['hidden', 'out']);
    setImmediateMode(true);
    try {
      const each = await profile(model, { inputs: [x] });
      expect(each.kernels.filter((k) => k.op === 'relu').map((k) => k.module)).toEqual(['']);
    } finally {
      setImmediateMode(false);
    }
    const failing = (): never => {
      model.forward(x);
      throw new Error('mine');
    };
    await expect(profile(failing, { model })).rejects.toThrow('mine');
    await expect(profile(1 as never)).rejects.toThrow("argument 'target' must be a function or a Module");
    const first = profile(model, { inputs: [x] });
    await expect(profile(model, { inputs: [x] })).rejects.toThrow('another profile of this device is under way');
    expect((await first).kernels.length).toBeGreaterThan(0);
    // Nobody looks on any more.
    expect((await profile(() => model.forward(x))).spans).toEqual([]);
  });
});
