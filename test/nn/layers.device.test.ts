/** Layers and losses against PyTorch: output, gradients, buffers, evaluation (test/golden/modules.json). */
import { beforeAll, describe, expect, test } from 'vitest';
import { init, noGrad, type Tensor, tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { testDevice } from '../device.ts';
import { mulberry32, uniform } from '../ops/db/kit.ts';

interface Layer {
  readonly name: keyof typeof layers;
  readonly shapes: readonly (readonly number[])[];
  readonly index?: { readonly shape: readonly number[]; readonly classes: number };
  readonly shape: readonly number[];
  readonly output: readonly number[];
  readonly inputGrads: readonly (readonly number[])[];
  readonly grads: Readonly<Record<string, readonly number[]>>;
  readonly keys: readonly string[];
  readonly buffers: Readonly<Record<string, readonly number[]>>;
  readonly evaluated?: readonly number[];
}
const files = import.meta.glob<{ readonly layers: readonly Layer[] }>('../golden/modules.json', {
  eager: true,
  import: 'default',
});
const golden = Object.values(files)[0]!;

beforeAll(() => init({ device: testDevice }));

const layers = {
  linear: () => new nn.Linear(5, 3),
  'linear without bias': () => new nn.Linear(5, 3, { bias: false }),
  'linear of a vector': () => new nn.Linear(5, 3),
  conv: () => new nn.Conv2d(2, 4, 3, { padding: 1 }),
  'conv, everything': () =>
    new nn.Conv2d(4, 4, [3, 2], { stride: [2, 1], padding: [2, 1], dilation: [1, 2], groups: 2, bias: false }),
  'conv, same': () => new nn.Conv2d(2, 3, 3, { padding: 'same', dilation: 2 }),
  'conv, same, even kernel': () => new nn.Conv2d(2, 3, [4, 3], { padding: 'same' }),
  'conv, valid': () => new nn.Conv2d(2, 3, 2, { padding: 'valid' }),
  'max pool': () => new nn.MaxPool2d(3, { stride: 2, padding: 1, ceilMode: true }),
  'max pool, stride positional': () => new nn.MaxPool2d(3, 1),
  'average pool': () => new nn.AvgPool2d(2),
  'average pool, padding not counted': () => new nn.AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false }),
  'batch norm': () => new nn.BatchNorm2d(3),
  'batch norm, cumulative': () => new nn.BatchNorm2d(3, { momentum: null, eps: 1e-3 }),
  'batch norm, not affine': () => new nn.BatchNorm2d(3, { affine: false, momentum: 0.5 }),
  'batch norm, no statistics': () => new nn.BatchNorm2d(3, { trackRunningStats: false }),
  'batch norm of rows': () => new nn.BatchNorm1d(3),
  'batch norm of sequences': () => new nn.BatchNorm1d(3, { bias: false }),
  'layer norm': () => new nn.LayerNorm(6),
  'layer norm over two dims, no bias': () => new nn.LayerNorm([3, 6], { bias: false, eps: 1e-2 }),
  'layer norm, plain': () => new nn.LayerNorm(6, { elementwiseAffine: false }),
  embedding: () => new nn.Embedding(7, 3),
  'embedding with padding': () => new nn.Embedding(4, 3, { paddingIdx: -3 }),
  relu: () => new nn.ReLU(),
  'leaky relu': () => new nn.LeakyReLU(0.2),
  gelu: () => new nn.GELU(),
  'gelu, tanh': () => new nn.GELU({ approximate: 'tanh' }),
  silu: () => new nn.SiLU(),
  sigmoid: () => new nn.Sigmoid(),
  tanh: () => new nn.Tanh(),
  softplus: () => new nn.Softplus(3, 4),
  softmax: () => new nn.Softmax(0),
  'log softmax': () => new nn.LogSoftmax(-1),
  flatten: () => new nn.Flatten(1, 2),
  identity: () => new nn.Identity(),
  sequential: () => new nn.Sequential(new nn.Linear(4, 6), new nn.Tanh(), new nn.LayerNorm(6), new nn.Linear(6, 2)),
  'cross entropy': () => new nn.CrossEntropyLoss(),
  'cross entropy, everything': () =>
    new nn.CrossEntropyLoss({ weight: tensor([0.5, 1, 2]), ignoreIndex: 1, labelSmoothing: 0.1 }),
  'cross entropy, none': () => new nn.CrossEntropyLoss({ reduction: 'none' }),
  nll: () => new nn.NLLLoss({ reduction: 'sum' }),
  mse: () => new nn.MSELoss(),
  'mse, sum': () => new nn.MSELoss({ reduction: 'sum' }),
  bce: () => new nn.BCEWithLogitsLoss({ posWeight: tensor([0.5, 2, 1]) }),
} satisfies Record<string, () => nn.Module>;

/** The formulas of tools/golden/modules.py. */
function floats(seed: number, shape: readonly number[], scale: number): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  return tensor(Float32Array.from({ length: n }, (_, i) => (2 * uniform(seed, i) - 1) * scale)).reshape(shape);
}
function inputs(seed: number, { shapes, index }: Layer): Tensor[] {
  const made = shapes.map((shape, k) => floats(seed + k, shape, 2).requiresGrad_());
  if (!index) return made;
  const n = index.shape.reduce((a, b) => a * b, 1);
  const values = Int32Array.from({ length: n }, (_, i) => mulberry32(seed + shapes.length, i) % index.classes);
  return [...made, tensor(values).reshape(index.shape)];
}
const call = (module: nn.Module, xs: readonly Tensor[]): Tensor =>
  (module.forward as (...xs: readonly Tensor[]) => Tensor)(...xs);

async function expectClose(actual: Tensor, expected: readonly number[], what: string): Promise<void> {
  const values = await actual.data();
  expect(values.length, what).toBe(expected.length);
  expected.forEach((want, i) => {
    expect(Math.abs(values[i]! - want), `${what}[${i}]: ${values[i]}, expected ${want}`).toBeLessThan(
      2e-5 * Math.max(1, Math.abs(want)),
    );
  });
}

describe('layers', () => {
  test.each(golden.layers.map((layer) => [layer.name, layer] as const))('%s', async (name, layer) => {
    const module: nn.Module = layers[name]();
    noGrad(() => {
      for (const [k, p] of module.parameters().entries()) p.copy_(floats(1000 + k, p.shape, 1));
    });
    expect([...module.stateDict().keys()]).toEqual(layer.keys);
    const xs = inputs(3000, layer);
    const y = call(module, xs);
    expect(y.shape).toEqual(layer.shape);
    y.mul(floats(2000, y.shape, 1))
      .sum()
      .backward();
    await expectClose(y, layer.output, 'output');
    for (const [i, want] of layer.inputGrads.entries()) await expectClose(xs[i]!.grad!, want, `gradient of input ${i}`);
    const parameters = new Map(module.namedParameters());
    expect([...parameters.keys()]).toEqual(Object.keys(layer.grads));
    for (const [key, want] of Object.entries(layer.grads))
      await expectClose(parameters.get(key)!.grad!, want, `gradient of ${key}`);
    noGrad(() => [4000, 5000].map((seed) => call(module, inputs(seed, layer))));
    const buffers = new Map(module.namedBuffers());
    expect([...buffers.keys()]).toEqual(Object.keys(layer.buffers));
    for (const [key, want] of Object.entries(layer.buffers)) await expectClose(buffers.get(key)!, want, key);
    module.eval();
    if (layer.evaluated) await expectClose(call(module, inputs(3000, layer)), layer.evaluated, 'evaluated');
  });
});
