import { beforeAll, describe, expect, test } from 'vitest';
import { eye, init, manualSeed, noGrad, ones, randn, type Tensor, tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));
const { parametrize, parametrizations } = nn.utils;

class Symmetric extends nn.Module {
  override forward(x: Tensor): Tensor {
    return x.triu().add(x.triu(1).t());
  }
  rightInverse(x: Tensor): Tensor {
    return x.triu();
  }
}
class Doubled extends nn.Module {
  calls = 0;
  override forward(x: Tensor): Tensor {
    this.calls++;
    return x.mul(2);
  }
}
const far = async (a: Tensor, b: Tensor) => await a.sub(b).abs().amax().item();

describe('registerParametrization', () => {
  test('makes the parameter a function, in the state and in the text', async () => {
    const layer = parametrize.registerParametrization(new nn.Linear(2, 2), 'weight', new Symmetric());
    const model = new nn.Sequential(layer);
    expect([...model.stateDict().keys()]).toEqual(['0.bias', '0.parametrizations.weight.original']);
    expect(String(model)).toBe(
      'Sequential(\n  (0): ParametrizedLinear(\n    in_features=2, out_features=2, bias=True\n    (parametrizations): ModuleDict(\n' +
        '      (weight): ParametrizationList(\n        (0): Symmetric()\n      )\n    )\n  )\n)',
    );
    expect(layer).toBeInstanceOf(nn.Linear);
    expect(parametrize.isParametrized(layer)).toBe(true);
    expect([parametrize.isParametrized(layer, 'bias'), parametrize.isParametrized(layer, 'weight')]).toEqual([
      false,
      true,
    ]);
    expect(parametrize.typeBeforeParametrizations(layer)).toBe(nn.Linear);
    expect(await far(layer.weight, layer.weight.t())).toBe(0);
    const given = tensor(
      [
        [1, 2],
        [2, 3],
      ],
      { dtype: 'float32' },
    );
    layer.weight = given as nn.Parameter;
    expect(await layer.weight.tolist()).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(await layer.getParameter('parametrizations.weight.original').tolist()).toEqual([
      [1, 2],
      [0, 3],
    ]);
  });
  test('trains the original', async () => {
    const layer = parametrize.registerParametrization(new nn.Linear(2, 2), 'weight', new Symmetric());
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 });
    for (let i = 0; i < 3; i++) {
      optimizer.zeroGrad();
      layer
        .forward(tensor([[1, 2]], { dtype: 'float32' }))
        .square()
        .sum()
        .backward();
      optimizer.step();
    }
    expect(await far(layer.weight, layer.weight.t())).toBe(0);
    expect(layer.getParameter('parametrizations.weight.original').grad!.shape).toEqual([2, 2]);
  });
  test('several, one after the other; removed, it is a parameter again', async () => {
    const layer = new nn.Linear(2, 2);
    const { weight } = layer;
    noGrad(() =>
      weight.copy_(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    );
    parametrize.registerParametrization(layer, 'weight', new Doubled());
    parametrize.registerParametrization(layer, 'weight', new Doubled());
    expect(await layer.weight.tolist()).toEqual([
      [4, 8],
      [12, 16],
    ]);
    parametrize.removeParametrizations(layer, 'weight');
    expect(layer.weight).toBe(weight);
    expect(await layer.weight.tolist()).toEqual([
      [4, 8],
      [12, 16],
    ]);
    expect(layer.constructor).toBe(nn.Linear);
    expect([...layer.stateDict().keys()]).toEqual(['bias', 'weight']);
    parametrize.registerParametrization(layer, 'weight', new Doubled());
    parametrize.removeParametrizations(layer, 'weight', { leaveParametrized: false });
    expect(await layer.weight.tolist()).toEqual([
      [4, 8],
      [12, 16],
    ]);
    expect(layer.forward(ones([1, 2])).shape).toEqual([1, 2]);
  });
  test('of a buffer', async () => {
    const norm = new nn.BatchNorm1d(2);
    parametrize.registerParametrization(norm, 'runningVar', new Doubled());
    expect(await norm.runningVar!.tolist()).toEqual([2, 2]);
    expect([...norm.namedBuffers()].map(([name]) => name)).toContain('parametrizations.running_var.original');
    expect([...parametrize.removeParametrizations(norm, 'runningVar').stateDict().keys()]).toContain('running_var');
  });
  test('cached() computes once', () => {
    const doubled = new Doubled();
    const layer = parametrize.registerParametrization(new nn.Linear(2, 2), 'weight', doubled);
    doubled.calls = 0;
    parametrize.cached(() => {
      layer.forward(ones([1, 2]));
      layer.forward(ones([1, 2]));
    });
    expect(doubled.calls).toBe(1);
    layer.forward(ones([1, 2]));
    expect(doubled.calls).toBe(2);
  });
  test('a copy is parametrized too, apart', async () => {
    const layer = parametrizations.weightNorm(new nn.Linear(2, 2));
    const copy = nn.cloneModule(layer);
    expect([...copy.stateDict().keys()]).toEqual([...layer.stateDict().keys()]);
    expect(await far(copy.weight, layer.weight)).toBe(0);
    noGrad(() => copy.getParameter('parametrizations.weight.original0').zero_());
    expect(await copy.weight.abs().amax().item()).toBe(0);
    expect(await far(copy.weight, layer.weight)).toBeGreaterThan(0);
  });
  test.each<[string, () => unknown, string]>([
    [
      'an unknown name',
      () => parametrize.registerParametrization(new nn.ReLU(), 'weight', new Doubled()),
      "Module 'ReLU()' does not have a parameter, a buffer, or a parametrized element with name 'weight'",
    ],
    [
      'another shape',
      () => parametrize.registerParametrization(new nn.Linear(2, 3), 'weight', new nn.Flatten(0)),
      'Registering a parametrization may not change the shape of the tensor',
    ],
    [
      'nothing to remove',
      () => parametrize.removeParametrizations(new nn.ReLU(), 'weight'),
      'Module ReLU() does not have a parametrization on weight',
    ],
    [
      'several originals',
      () =>
        parametrize.removeParametrizations(parametrizations.weightNorm(new nn.Linear(2, 2)), 'weight', {
          leaveParametrized: false,
        }),
      'Cannot leave unparametrized (`leave_parametrized=False`)',
    ],
    [
      'a vector made orthogonal',
      () => parametrizations.orthogonal(new nn.Linear(2, 2), 'bias'),
      'Expected a matrix or batch of matrices. Got a tensor of 1 dimensions.',
    ],
    [
      'an unknown map',
      () => parametrizations.orthogonal(new nn.Linear(2, 2), { orthogonalMap: 'qr' as never }),
      'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: qr',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('parametrizations', () => {
  test('weightNorm keeps the value, and loads the older names', async () => {
    const plain = new nn.Linear(3, 2);
    const before = plain.weight.detach().clone();
    const layer = parametrizations.weightNorm(plain);
    expect(await far(layer.weight, before)).toBeLessThan(1e-6);
    const old = nn.utils.weightNorm(new nn.Linear(3, 2));
    const state = old.stateDict();
    layer.loadStateDict(state);
    expect(await far(layer.weight, old.weight)).toBeLessThan(1e-6);
    nn.utils.removeWeightNorm(old);
    expect([...old.stateDict().keys()]).toEqual(['bias', 'weight']);
    expect(await far(layer.weight, old.weight)).toBeLessThan(1e-6);
    expect(() => nn.utils.removeWeightNorm(old)).toThrow("weight_norm of 'weight' not found in Linear(");
  });
  test('spectralNorm comes to a greatest singular value of 1', async () => {
    manualSeed(1);
    const layer = parametrizations.spectralNorm(new nn.Linear(3, 4), { nPowerIterations: 20 });
    expect(await layer.weight.t().matmul(layer.weight).trace().item()).toBeGreaterThanOrEqual(1 - 1e-4);
    const x = randn([3, 1]);
    const stretch = layer.weight.matmul(x).square().sum().div(x.square().sum());
    expect(await stretch.item()).toBeLessThanOrEqual(1 + 1e-3);
    const old = nn.utils.spectralNorm(new nn.Linear(3, 4));
    old.forward(ones([1, 3]));
    nn.utils.removeSpectralNorm(old);
    expect([...old.stateDict().keys()]).toEqual(['bias', 'weight']);
    expect(() => parametrizations.spectralNorm(new nn.Linear(2, 2), { nPowerIterations: 0 })).toThrow(
      'Expected n_power_iterations to be positive',
    );
  });
  test.each<[string, number, number, { orthogonalMap?: 'matrix_exp' | 'cayley'; useTrivialization?: boolean }]>([
    ['square', 3, 3, {}],
    ['tall', 2, 4, {}],
    ['wide', 4, 2, {}],
    ['tall, matrix_exp', 2, 4, { orthogonalMap: 'matrix_exp' }],
    ['square, cayley', 3, 3, { orthogonalMap: 'cayley' }],
    ['tall, not trivialized', 2, 4, { useTrivialization: false }],
  ])('orthogonal: %s, and stays so', async (_, inputs, outputs, options) => {
    manualSeed(2);
    const layer = parametrizations.orthogonal(new nn.Linear(inputs, outputs), options);
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 });
    for (let i = 0; i < 2; i++) {
      optimizer.zeroGrad();
      layer
        .forward(ones([1, inputs]))
        .sub(1)
        .square()
        .sum()
        .backward();
      optimizer.step();
    }
    const w = layer.weight;
    const product = outputs < inputs ? w.matmul(w.t()) : w.t().matmul(w);
    expect(await far(product, eye(Math.min(inputs, outputs)))).toBeLessThan(1e-5);
  });
  test('orthogonal: an orthogonal matrix is taken as it is', async () => {
    const layer = parametrizations.orthogonal(new nn.Linear(2, 2));
    const given = tensor([
      [0.6, -0.8],
      [0.8, 0.6],
    ]);
    layer.weight = given as nn.Parameter;
    expect(await far(layer.weight, given)).toBeLessThan(1e-6);
    const tall = parametrizations.orthogonal(new nn.Linear(2, 3), { useTrivialization: false });
    const columns = tensor([
      [0.6, 0],
      [0.8, 0],
      [0, 1],
    ]);
    tall.weight = columns as nn.Parameter;
    expect(await far(tall.weight, columns)).toBeLessThan(1e-6);
    expect(() => {
      layer.weight = zeros([3, 3]) as nn.Parameter;
    }).toThrow('Expected a matrix or batch of matrices of shape [2, 2]. Got a tensor of shape [3, 3].');
  });
});
