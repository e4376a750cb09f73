/** What a warm training step costs the GPU: submits, dispatches, and nothing made anew. */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineStats, functional as F, init, type Tensor } from '../../src/index.ts';
import type * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { Random } from './programs/random.ts';
import { cnn, labels, mlp, noise } from './training.ts';

beforeAll(() => init({ device: 'webgpu' }));

const models = [
  { name: 'MLP 784-256-128-10', make: () => mlp([784, 256, 128, 10]), input: [8, 784], dispatches: 18 },
  { name: 'CNN 1-16-32', make: () => cnn([1, 16, 32], 28, 10), input: [8, 1, 28, 28], dispatches: 28 },
];
const optimizers: readonly { name: string; make(m: nn.Module): optim.SGD | optim.Adam }[] = [
  { name: 'SGD with momentum', make: (m) => new optim.SGD(m.parameters(), { lr: 0.01, momentum: 0.9 }) },
  { name: 'Adam', make: (m) => new optim.Adam(m.parameters()) },
];
const cases = models.flatMap((model) =>
  optimizers.map((optimizer) => [`${model.name}, ${optimizer.name}`, model, optimizer] as const),
);

interface Step {
  readonly loss: Tensor;
  /** Everything of user level that the step made. */
  readonly made: readonly Tensor[];
}

function trainer({ make, input }: (typeof models)[number], optimizer: (typeof optimizers)[number]): () => Step {
  const model = make();
  const random = new Random(3);
  const opt = optimizer.make(model);
  return () => {
    const x = noise(random, input, 'webgpu');
    const y = labels(random, input[0]!, 10, 'webgpu');
    opt.zeroGrad();
    const logits = model.forward(x);
    const loss = F.crossEntropy(logits, y);
    loss.backward();
    opt.step();
    return { loss, made: [x, y, logits, loss] };
  };
}

type Stats = ReturnType<typeof engineStats>;
function since(before: Stats): Stats {
  const now = engineStats();
  return Object.fromEntries(
    Object.entries(now).map(([key, value]) => [key, value - before[key as keyof Stats]]),
  ) as unknown as Stats;
}

const nothingNew = {
  planMisses: 0,
  pipelinesCreated: 0,
  shaderModulesCreated: 0,
  buffersCreated: 0,
  bindGroupsCreated: 0,
};

test('what checks found is read together', async () => {
  const random = new Random(5);
  const [x, y] = [noise(random, [8], 'webgpu'), labels(random, 8, 2, 'webgpu').float()];
  // Three losses that each check their probabilities on the device, as of a pair of networks that learn from each other.
  const once = (): Promise<number> => {
    const p = x.sigmoid();
    return F.binaryCrossEntropy(p, y)
      .add(F.binaryCrossEntropy(p.mul(0.5), y))
      .add(F.binaryCrossEntropy(p.square(), y))
      .item();
  };
  for (let i = 0; i < 3; i++) await once();
  const before = engineStats();
  await once();
  const stats = since(before);
  // The run, its result, and the flags of all checks.
  expect(stats).toMatchObject({ runs: 1, planHits: 1, submits: 3 });
  expect(stats.reads).toBeGreaterThanOrEqual(4);
});

describe.each(cases)('%s', (name, model, optimizer) => {
  test('a warm step makes nothing', async () => {
    const step = trainer(model, optimizer);
    // The user gives back what a step made, so that the pool's buffers come round in the same order.
    const once = async (): Promise<void> => {
      const { loss, made } = step();
      await loss.item();
      for (const t of made) t.dispose();
    };
    for (let i = 0; i < 6; i++) await once();
    const before = engineStats();
    for (let i = 0; i < 5; i++) await once();
    const stats = since(before);
    console.info(
      `${name}: ${stats.dispatches / 5} dispatches, ${stats.submits / 5} submits (one of them the read) per step`,
    );
    expect(stats).toMatchObject({ ...nothingNew, planHits: 5, runs: 5, reads: 5 });
    expect(stats.submits / 5).toBeLessThanOrEqual(3);
    expect(stats.dispatches / 5).toBeLessThanOrEqual(model.dispatches);
  });

  // Where the collector can be called, results are left to it, as users do.
  test.runIf(typeof globalThis.gc === 'function')('nor when the collector frees its results', async () => {
    const step = trainer(model, optimizer);
    const once = async (): Promise<void> => {
      const { loss } = step();
      await loss.item();
    };
    // Finalizers run in a task of their own after a collection. Buffers then come back in an order of the collector's
    // choosing, and a bind group is made for each new combination: a few more warm steps go through them all.
    const collected = async (): Promise<void> => {
      globalThis.gc!();
      await new Promise((resolve) => setTimeout(resolve));
    };
    // The collector may let go of a result several steps late: first the pool gets more buffers than that can hold.
    let held = [];
    for (let i = 0; i < 40; i++) {
      held.push(step());
      await held.at(-1)!.loss.item();
    }
    held = [];
    for (let i = 0; i < 20; i++) {
      await once();
      await collected();
    }
    const before = engineStats();
    for (let i = 0; i < 10; i++) {
      await once();
      await collected();
    }
    const stats = since(before);
    console.info(
      `${name}, collected: ${stats.bindGroupsCreated / 10} bind groups, ${stats.buffersCreated / 10} buffers per step`,
    );
    expect(stats).toMatchObject({ ...nothingNew, bindGroupsCreated: expect.any(Number), planHits: 10 });
    // At most one per dispatch that binds a kept result: the batch, labels, logits or loss.
    expect(stats.bindGroupsCreated / 10).toBeLessThanOrEqual(8);
  });

  test('the optimizer takes one dispatch', async () => {
    const step = trainer(model, optimizer);
    step();
    const random = new Random(4);
    const trained = model.make();
    const opt = optimizer.make(trained);
    const backward = (): void =>
      F.crossEntropy(trained.forward(noise(random, model.input, 'webgpu')), labels(random, 8, 10, 'webgpu')).backward();
    const dispatches: number[] = [];
    for (let i = 0; i < 3; i++) {
      opt.zeroGrad();
      backward();
      // Reading the gradients runs the backward pass alone.
      await Promise.all(trained.parameters().map((p) => p.grad!.data()));
      const before = engineStats();
      opt.step();
      await trained.parameters()[0]!.data();
      dispatches.push(since(before).dispatches);
    }
    expect(Math.max(...dispatches)).toBeLessThanOrEqual(2);
  });
});
