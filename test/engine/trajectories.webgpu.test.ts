/**
 * Sixty training steps, far past the point where plans are replayed, in all four modes: immediate and lazy, on the CPU and on
 * WebGPU. Dropout, clipping and a changing learning rate are active: numbers that a plan must not contain.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type DeviceName,
  engineStats,
  functional as F,
  Generator,
  init,
  manualSeed,
  noGrad,
  setImmediateMode,
  type Tensor,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { Random } from './programs/random.ts';
import { cnn, labels, mlp, noise } from './training.ts';

const steps = 60;
const modes: readonly { device: DeviceName; immediate: boolean }[] = [
  { device: 'cpu', immediate: true },
  { device: 'cpu', immediate: false },
  { device: 'webgpu', immediate: true },
  { device: 'webgpu', immediate: false },
];

beforeAll(async () => {
  await init({ device: 'cpu' });
  await init({ device: 'webgpu' });
});

type AnyOptimizer = optim.SGD | optim.Adam;

interface Run {
  readonly model: nn.Module;
  readonly optimizer: AnyOptimizer;
  readonly device: DeviceName;
  /** The numbers of this step's batch. */
  readonly random: Random;
  readonly step: number;
}
interface Case {
  readonly name: string;
  model(): nn.Module;
  optimizer(model: nn.Module): AnyOptimizer;
  /** Backward passes of one step; returns the loss to be compared. */
  backward(run: Run): Tensor;
}

function classify({ model, device, random }: Run, shape: readonly number[]): Tensor {
  const x = noise(random, shape, device);
  return F.crossEntropy((model.forward as (x: Tensor) => Tensor)(x), labels(random, shape[0]!, 4, device));
}

/** A second head, trained only in some steps. */
class TwoHeads extends nn.Module {
  body = new nn.Linear(6, 8);
  main = new nn.Linear(8, 4);
  extra = new nn.Linear(8, 2);
  override forward(x: Tensor, withExtra: boolean): Tensor[] {
    const h = this.body.forward(x).tanh();
    return withExtra ? [this.main.forward(h), this.extra.forward(h)] : [this.main.forward(h)];
  }
}

const cases: readonly Case[] = [
  {
    name: 'MLP, SGD with momentum, two parameter groups',
    model: () => mlp([6, 16, 12, 4], 0.25),
    optimizer: (model) => {
      const parameters = model.parameters();
      return new optim.SGD(
        [{ params: parameters.slice(0, 2) }, { params: parameters.slice(2), weightDecay: 0.01, momentum: 0.5 }],
        {
          lr: 0.1,
          momentum: 0.9,
        },
      );
    },
    backward: (run) => {
      const loss = classify(run, [5, 6]);
      loss.backward();
      return loss;
    },
  },
  {
    name: 'CNN, Adam',
    model: () => cnn([1, 3, 4], 8, 4, 0.3),
    optimizer: (model) => new optim.Adam(model.parameters(), { lr: 0.01, eps: 1e-4 }),
    backward: (run) => {
      const loss = classify(run, [3, 1, 8, 8]);
      loss.backward();
      return loss;
    },
  },
  {
    name: 'two micro-batches per step',
    model: () => mlp([6, 10, 4], 0.25),
    optimizer: (model) => new optim.Adam(model.parameters(), { lr: 0.01, eps: 1e-4, weightDecay: 0.01 }),
    backward: (run) => {
      const losses = [0, 1].map(() => {
        const loss = classify(run, [4, 6]).div(2);
        loss.backward();
        return loss.detach();
      });
      return losses[0]!.add(losses[1]!);
    },
  },
  {
    name: 'parameters without gradient in some steps',
    model: () => new TwoHeads(),
    optimizer: (model) => new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9, nesterov: true }),
    backward: ({ model, device, random, step }) => {
      const x = noise(random, [4, 6], device);
      const [main, extra] = (model as TwoHeads).forward(x, step % 3 === 0) as [Tensor, Tensor?];
      const target = labels(random, 4, 4, device);
      let loss = F.crossEntropy(main, target);
      if (extra) loss = loss.add(extra.square().mean());
      loss.backward();
      return loss;
    },
  },
];

function initialise(model: nn.Module, device: DeviceName): void {
  const random = new Random(11);
  noGrad(() => {
    for (const p of model.parameters()) p.copy_(noise(random, p.shape, device).mul(0.5));
  });
}

/** Optimizer steps `from` to `to` of a case. */
function train(
  which: Case,
  model: nn.Module,
  optimizer: AnyOptimizer,
  device: DeviceName,
  from: number,
  to: number,
): Promise<number>[] {
  const losses: Promise<number>[] = [];
  for (let step = from; step < to; step++) {
    manualSeed(100 + step);
    for (const group of optimizer.paramGroups) group.lr *= step % 20 === 19 ? 0.5 : 1.01;
    optimizer.zeroGrad();
    const loss = which.backward({ model, optimizer, device, random: new Random(1000 + step), step });
    const norm = nn.utils.clipGradNorm_(model.parameters(), 0.5);
    optimizer.step();
    losses.push(loss.item(), norm.item());
  }
  return losses;
}

async function run(which: Case, { device, immediate }: (typeof modes)[number]): Promise<number[]> {
  await init({ device });
  setImmediateMode(immediate, device);
  try {
    const model = which.model();
    initialise(model, device);
    const optimizer = which.optimizer(model);
    const losses = await Promise.all(train(which, model, optimizer, device, 0, steps));
    const parameters = await Promise.all(model.parameters().map((p) => p.data()));
    return [...losses, ...parameters.flatMap((p) => Array.from(p as Float32Array))];
  } finally {
    setImmediateMode(false, device);
  }
}

const drift = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((v, i) => Math.abs(v - b[i]!) / Math.max(0.1, Math.abs(v))));

describe.each(cases.map((c) => [c.name, c] as const))('%s', (_, which) => {
  test('agrees in all modes', async () => {
    const runs: number[][] = [];
    for (const mode of modes) {
      const before = mode.immediate ? 0 : engineStats(mode.device).planMisses;
      runs.push(await run(which, mode));
      if (!mode.immediate) {
        const misses = engineStats(mode.device).planMisses - before;
        expect(misses, `plans made on ${mode.device}`).toBeLessThanOrEqual(12);
      }
    }
    const [reference, ...others] = runs as [number[], ...number[][]];
    const drifts = others.map((r) => drift(reference, r));
    console.info(`${which.name}: drift over ${steps} steps ${drifts.map((d) => d.toExponential(1)).join(', ')}`);
    expect(reference[2 * steps - 2]!, 'the loss falls').not.toBe(reference[0]);
    for (const d of drifts) expect(d).toBeLessThan(1e-4);
  }, 60_000);

  test.each(['cpu', 'webgpu'] as const)('goes on from a state dict, on %s', async (device) => {
    await init({ device });
    const make = (): [nn.Module, AnyOptimizer] => {
      const model = which.model();
      initialise(model, device);
      return [model, which.optimizer(model)];
    };
    const [model, optimizer] = make();
    await Promise.all(train(which, model, optimizer, device, 0, 7));
    const [weights, state] = [model.stateDict(), optimizer.stateDict()];
    const [second, secondOptimizer] = make();
    second.loadStateDict(weights);
    await secondOptimizer.loadStateDict(state);
    const straight = await Promise.all(train(which, model, optimizer, device, 7, 14));
    const resumed = await Promise.all(train(which, second, secondOptimizer, device, 7, 14));
    expect(resumed).toEqual(straight);
  });
});

test('the generator gives the same dropout masks on both devices', async () => {
  const masks = [];
  for (const { device } of modes) {
    await init({ device });
    const x = noise(new Random(1), [64], device);
    masks.push(
      Array.from(
        await F.dropout(x, 0.5, { generator: new Generator(5) })
          .ne(0)
          .data(),
      ),
    );
  }
  expect(masks[0]!.reduce((n, v) => n + v, 0)).toBeGreaterThan(15);
  for (const mask of masks) expect(mask).toEqual(masks[0]);
});
