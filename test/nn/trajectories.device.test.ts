/** Whole training runs, step by step, against PyTorch's (test/golden/trajectories.json). */
import { beforeAll, describe, expect, test } from 'vitest';
import { fromArray, functional, init, type Tensor, tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';
import { mulberry32, uniform } from '../ops/db/kit.ts';

interface OptimizerSpec {
  readonly optimizer: 'SGD' | 'Adam' | 'AdamW';
  readonly options: { readonly lr: number; readonly betas?: [number, number] };
}
interface Run extends OptimizerSpec {
  readonly name: string;
  readonly model: keyof typeof models;
  readonly input: readonly number[];
  readonly classes: number;
  readonly signal: number;
  readonly batch: number;
  readonly steps: number;
  readonly clip?: number;
  readonly stepLR?: { readonly stepSize: number; readonly gamma: number };
  readonly lrAt?: Readonly<Record<string, number>>;
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly offset: number;
    readonly scale: number;
  }[];
  readonly losses: readonly number[];
  readonly final: Readonly<Record<string, readonly number[]>>;
}
interface Path extends OptimizerSpec {
  readonly points: readonly (readonly number[])[];
}
interface Golden {
  readonly runs: readonly Run[];
  readonly pathLrAt: number;
  readonly paths: readonly Path[];
}
const files = import.meta.glob<Golden>('../golden/trajectories.json', { eager: true, import: 'default' });
const golden = Object.values(files)[0]!;

beforeAll(() => init({ device: testDevice }));

const models = {
  mlpSmall: () => mlp(20, 16, 12, 5),
  mlp: () => mlp(784, 64, 32, 10),
  cnn: () =>
    cnn(
      () => new nn.ReLU(),
      () => new nn.MaxPool2d(2),
    ),
  cnnSmooth: () =>
    cnn(
      () => new nn.GELU(),
      () => new nn.AvgPool2d(2),
    ),
};
function mlp(...sizes: number[]): nn.Sequential {
  const layers = sizes.slice(1).flatMap((size, i) => [new nn.Linear(sizes[i]!, size), new nn.ReLU()]);
  return new nn.Sequential(...layers.slice(0, -1));
}
function cnn(activation: () => nn.Module, pool: () => nn.Module): nn.Sequential {
  return new nn.Sequential(
    new nn.Conv2d(1, 8, 3, { padding: 1 }),
    new nn.BatchNorm2d(8),
    activation(),
    pool(),
    new nn.Conv2d(8, 16, 3, { padding: 1 }),
    new nn.BatchNorm2d(16),
    activation(),
    pool(),
    new nn.Flatten(),
    new nn.Linear(16 * 7 * 7, 10),
  );
}
type AnyOptimizer = optim.SGD | optim.Adam | optim.AdamW;
const optimizers: Record<
  OptimizerSpec['optimizer'],
  (params: Tensor[], options: OptimizerSpec['options']) => AnyOptimizer
> = {
  SGD: (params, { betas: _, ...options }) => new optim.SGD(params, options),
  Adam: (params, options) => new optim.Adam(params, options),
  AdamW: (params, options) => new optim.AdamW(params, options),
};
const makeOptimizer = (params: Tensor[], { optimizer, options }: OptimizerSpec) =>
  optimizers[optimizer](params, options);

/** The formulas of tools/golden/trajectories.py. */
function initialise(model: nn.Module, run: Run): void {
  expect([...model.namedParameters()].map(([name]) => name)).toEqual(run.parameters.map((p) => p.name));
  const state = run.parameters.map(({ name, shape, offset, scale }, k) => {
    const n = shape.reduce((a, b) => a * b, 1);
    const values = Float32Array.from({ length: n }, (_, i) => offset + scale * (2 * uniform(1000 + k, i) - 1));
    return [name, fromArray(values, shape)] as const;
  });
  // Running statistics stay as they start.
  model.loadStateDict(new Map(state), { strict: false });
}
function makeBatch({ batch, classes, signal, input }: Run, step: number): [x: Tensor, labels: Tensor] {
  const features = input.reduce((a, b) => a * b, 1);
  const labels = Int32Array.from({ length: batch }, (_, i) => mulberry32(7000 + step, i) % classes);
  const x = Float32Array.from({ length: batch * features }, (_, at) => {
    const own = Math.floor(((at % features) * classes) / features) === labels[Math.floor(at / features)];
    return uniform(5000 + step, at) - 0.5 + (own ? signal : 0);
  });
  return [fromArray(x, [batch, ...input]), tensor(labels)];
}

/** Largest distance, relative to the expected values (those below `floor` count as `floor`). */
function drift(actual: ArrayLike<number>, expected: readonly number[], floor: number): number {
  return Math.max(...expected.map((want, i) => Math.abs(actual[i]! - want) / Math.max(Math.abs(want), floor)));
}

describe('training runs', () => {
  test.each(golden.runs.map((run) => [run.name, run] as const))(
    '%s',
    async (_, run) => {
      const model = models[run.model]();
      initialise(model, run);
      const optimizer = makeOptimizer(model.parameters(), run);
      const losses: Promise<number>[] = [];
      for (let step = 0; step < run.steps; step++) {
        const lr = run.lrAt?.[step];
        if (lr !== undefined) for (const group of optimizer.paramGroups) group.lr = lr;
        const [x, labels] = makeBatch(run, step);
        optimizer.zeroGrad();
        const loss = functional.crossEntropy(model.forward(x), labels);
        loss.backward();
        if (run.clip !== undefined) nn.utils.clipGradNorm_(model.parameters(), run.clip);
        optimizer.step();
        if (run.stepLR && (step + 1) % run.stepLR.stepSize === 0) {
          for (const group of optimizer.paramGroups) group.lr *= run.stepLR.gamma;
        }
        losses.push(loss.item());
      }
      const seen = await Promise.all(losses);
      for (const [step, want] of run.losses.entries()) {
        expect(
          drift([seen[step]!], [want], 0.01),
          `loss of step ${step}: ${seen[step]}, expected ${want}`,
        ).toBeLessThan(1e-3);
      }
      const state = model.stateDict();
      for (const [key, want] of Object.entries(run.final)) {
        const scale = Math.max(...want.map(Math.abs), 0.01);
        expect(drift(await state.get(key)!.data(), want, scale), key).toBeLessThan(2e-3);
      }
    },
    120_000,
  );
});

describe('optimizers', () => {
  test.each(golden.paths.map((path) => [`${path.optimizer} ${JSON.stringify(path.options)}`, path] as const))(
    '%s',
    async (_, path) => {
      const p = tensor([1, -2, 0.5, 3], { dtype: 'float32', requiresGrad: true });
      const q = tensor(
        [
          [0.25, -1],
          [2, -0.5],
        ],
        { requiresGrad: true },
      );
      const a = tensor([1, 2, 0.5, 0.25]);
      const c = tensor([0.5, 0.5, -1, 2]);
      const optimizer = makeOptimizer([p, q], path);
      const points: Promise<number[]>[] = [];
      for (let step = 0; step < path.points.length; step++) {
        if (step === golden.pathLrAt) for (const group of optimizer.paramGroups) group.lr = path.options.lr / 2;
        optimizer.zeroGrad();
        const own = p.sub(c).square().mul(a).sum().mul(0.5).add(q.square().sum().mul(0.3));
        own.add(p.sum().mul(q.sum()).mul(0.1)).backward();
        optimizer.step();
        points.push(Promise.all([p.data(), q.data()]).then(([x, y]) => [...x, ...y]));
      }
      const seen = await Promise.all(points);
      for (const [step, want] of path.points.entries()) {
        expect(drift(seen[step]!, want, 0.1), `step ${step}: ${seen[step]}, expected ${want}`).toBeLessThan(1e-4);
      }
    },
  );
});
