/** Training scripts as users of PyTorch have them, step by step as there (tools/golden/recipes.py, test/golden/recipes.json). */
import { beforeAll, expect, test, vi } from 'vitest';
import { amp, fromArray, init, noGrad, type Tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { uniform } from '../ops/db/kit.ts';
import { dataOf, drift, flat } from './kit.ts';

const { lrScheduler, swaUtils } = optim;
beforeAll(() => init({ device: 'cpu' }));

interface Recipe {
  readonly log: readonly (readonly number[])[];
  readonly final: readonly number[];
}
const files = import.meta.glob<Record<string, Recipe>>('../golden/recipes.json', { eager: true, import: 'default' });
const golden = Object.values(files)[0]!;

const lossFunction = new nn.MSELoss();

function filled<M extends nn.Linear | nn.Sequential>(module: M, first = 100): M {
  for (const [k, p] of module.parameters().entries()) {
    const data = Float32Array.from({ length: p.numel() }, (_, i) => uniform(first + k, i) - 0.5);
    noGrad(() => p.copy_(fromArray(data, p.shape)));
  }
  return module;
}
const network = (): nn.Sequential =>
  filled(
    new nn.Sequential(new nn.Linear(3, 4, { bias: false }), new nn.BatchNorm1d(4), new nn.Tanh(), new nn.Linear(4, 2)),
  );

async function validation(model: nn.Sequential | optim.swaUtils.AveragedModel): Promise<number> {
  model.eval();
  const [x, y] = dataOf(99);
  const loss = noGrad(() => lossFunction.forward(model.forward(x) as Tensor, y));
  model.train();
  return loss.item();
}
function trained(model: nn.Sequential, optimizer: { zeroGrad(): void }, step: number): Tensor {
  const [x, y] = dataOf(step);
  optimizer.zeroGrad();
  const loss = lossFunction.forward(model.forward(x), y);
  loss.backward();
  return loss;
}

type Log = (readonly number[])[];
const recipes: Record<string, () => Promise<[nn.Module, Log]>> = {
  async warm_up_and_cosine() {
    const model = network();
    const parameters = model.parameters();
    const groups = [
      { params: parameters.filter((p) => p.ndim >= 2), weightDecay: 0.1 },
      { params: parameters.filter((p) => p.ndim < 2), weightDecay: 0, lr: 0.02 },
    ];
    const optimizer = new optim.AdamW(groups, { lr: 0.05, betas: [0.9, 0.95] });
    const warmUp = new lrScheduler.LinearLR(optimizer, { startFactor: 0.1, totalIters: 5 });
    const cosine = new lrScheduler.CosineAnnealingLR(optimizer, 15);
    const scheduler = new lrScheduler.SequentialLR(optimizer, [warmUp, cosine], [5]);
    const log: Log = [];
    for (let step = 0; step < 20; step++) {
      const loss = trained(model, optimizer, step);
      const norm = nn.utils.clipGradNorm_(parameters, 0.5);
      optimizer.step();
      scheduler.step();
      log.push([await loss.item(), await norm.item(), ...scheduler.getLastLr()]);
    }
    return [model, log];
  },

  async warm_up_by_function() {
    const model = network();
    const optimizer = new optim.SGD(model.parameters(), {
      lr: 0.2,
      momentum: 0.9,
      nesterov: true,
      weightDecay: 1e-2,
    });
    const scheduler = new lrScheduler.LambdaLR(optimizer, (s) =>
      s < 5 ? (s + 1) / 6 : 0.5 * (1 + Math.cos((Math.PI * (s - 5)) / 15)),
    );
    const log: Log = [];
    for (let step = 0; step < 21; step++) {
      const loss = trained(model, optimizer, step);
      nn.utils.clipGradValue_(model.parameters(), 0.1);
      optimizer.step();
      scheduler.step();
      log.push([await loss.item(), ...scheduler.getLastLr()]);
    }
    return [model, log];
  },

  async plateau() {
    const model = network();
    const optimizer = new optim.RMSprop(model.parameters(), { lr: 0.05, momentum: 0.5 });
    const options = { factor: 0.5, patience: 1, threshold: 0.05, cooldown: 1, minLr: 1e-3 };
    const scheduler = new lrScheduler.ReduceLROnPlateau(optimizer, options);
    const log: Log = [];
    let best = Number.POSITIVE_INFINITY;
    let kept = new Map<string, Tensor>();
    for (let epoch = 0; epoch < 10; epoch++) {
      for (let i = 0; i < 3; i++) {
        trained(model, optimizer, i);
        optimizer.step();
      }
      const loss = await validation(model);
      scheduler.step(loss);
      if (loss < best) {
        best = loss;
        kept = new Map([...model.stateDict()].map(([key, t]) => [key, (t as Tensor).clone()]));
      }
      log.push([loss, optimizer.paramGroups[0]!.lr]);
    }
    model.loadStateDict(kept);
    return [model, log];
  },

  async one_cycle() {
    const model = network();
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
    const options = { epochs: 4, stepsPerEpoch: 5, divFactor: 10 };
    const scheduler = new lrScheduler.OneCycleLR(optimizer, 0.1, options);
    const log: Log = [];
    for (let step = 0; step < 20; step++) {
      const loss = trained(model, optimizer, step % 5);
      optimizer.step();
      const { lr, betas } = optimizer.paramGroups[0]!;
      log.push([await loss.item(), lr, betas[0]]);
      scheduler.step();
    }
    return [model, log];
  },

  async mixed_precision() {
    const body = filled(new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 2)));
    const head = filled(new nn.Linear(2, 2), 110);
    const optimizers = [
      new optim.SGD(body.parameters(), { lr: 0.2, momentum: 0.9 }),
      new optim.Adam(head.parameters(), { lr: 0.05 }),
    ];
    const scaler = new amp.GradScaler('cpu', { initScale: 2 ** 15, growthInterval: 3 });
    const log: Log = [];
    for (let step = 0; step < 24; step++) {
      const [x, y] = dataOf(step);
      if (step === 9) x.put_([2, 1], 1e6);
      const loss = amp.autocast(() => lossFunction.forward(head.forward(body.forward(x)), y).div(2));
      scaler.scale(loss).backward();
      if (step % 2 === 1) {
        for (const optimizer of optimizers) scaler.unscale_(optimizer);
        for (const part of [body, head]) nn.utils.clipGradNorm_(part.parameters(), 0.5);
        for (const optimizer of optimizers) await scaler.step(optimizer);
        await scaler.update();
        for (const optimizer of optimizers) optimizer.zeroGrad();
      }
      const value = await loss.item();
      log.push([Number.isFinite(value) ? value : -1, scaler.getScale()]);
    }
    return [new nn.Sequential(body, head), log];
  },

  async averaged() {
    const model = network();
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.3, momentum: 0.5 });
    const average = new swaUtils.AveragedModel(model);
    const scheduler = new lrScheduler.CosineAnnealingLR(optimizer, 8);
    const swa = new swaUtils.SWALR(optimizer, 0.1, { annealEpochs: 2 });
    const log: Log = [];
    for (let epoch = 0; epoch < 8; epoch++) {
      for (let i = 0; i < 3; i++) {
        trained(model, optimizer, i);
        optimizer.step();
      }
      if (epoch >= 3) {
        average.updateParameters(model);
        swa.step();
      } else scheduler.step();
      log.push([await validation(model), optimizer.paramGroups[0]!.lr]);
    }
    await swaUtils.updateBn([0, 1, 2].map(dataOf), average);
    log.push([await validation(average), (await average.nAveraged.item()) as number]);
    return [average.module, log];
  },
};

test.each(Object.entries(golden))('%s', async (name, { log, final }) => {
  const warn = vi.spyOn(console, 'warn');
  const [model, seen] = await recipes[name]!();
  const tolerance = name === 'mixed_precision' ? 5e-3 : 2e-4;
  for (const [step, row] of log.entries())
    expect(drift(seen[step]!, row, 0.01), `step ${step}: [${seen[step]}], expected [${row}]`).toBeLessThan(tolerance);
  const state = [...model.stateDict()].filter(([key]) => !key.includes('batches')).map(([, t]) => t as Tensor);
  expect(drift(await flat(state), final), 'parameters and statistics').toBeLessThan(tolerance);
  expect(seen).toHaveLength(log.length);
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});
