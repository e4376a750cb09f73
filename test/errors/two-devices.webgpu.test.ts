/** Tensors of two devices do not meet: every way of mixing them says which devices, in which op, and what to do. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  cat,
  DeviceError,
  type DeviceName,
  DTypeError,
  functional,
  grad,
  init,
  noGrad,
  ones,
  stack,
  type Tensor,
  tensor,
  where,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { eachRefusal } from './refusals.ts';

beforeAll(async () => {
  await init({ device: 'cpu' });
  await init({ device: 'webgpu' });
});
const on = (device: DeviceName) => ({
  matrix: () => ones([2, 2], { device }),
  ints: () => tensor([0, 1], { device }),
  leaf: () => ones([2, 2], { device, requiresGrad: true }),
});
const [gpu, cpu] = [on('webgpu'), on('cpu')];
const words =
  /^Expected all tensors to be on the same device, but found at least two devices, \w+ and \w+!\n {2}in \w+; move one with \.to\('/;

describe('mixed', () => {
  const { conv2d, crossEntropy, embedding, layerNorm, linear, mseLoss } = functional;
  const calls: Record<string, () => unknown> = {
    add: () => gpu.matrix().add(cpu.matrix()),
    'add, the other way': () => cpu.matrix().add(gpu.matrix()),
    'add of a single number': () => gpu.matrix().mul(tensor(2, { device: 'cpu' })),
    compare: () => gpu.matrix().gt(cpu.matrix()),
    where: () => where(gpu.matrix().gt(0), gpu.matrix(), cpu.matrix()),
    clamp: () => gpu.matrix().clamp(cpu.matrix()),
    maskedFill: () => gpu.matrix().maskedFill(cpu.matrix().gt(0), 1),
    matmul: () => gpu.matrix().matmul(cpu.matrix()),
    cat: () => cat([gpu.matrix(), cpu.matrix()]),
    stack: () => stack([gpu.matrix(), cpu.matrix()]),
    gather: () => gpu.matrix().gather(0, cpu.ints().reshape(1, 2)),
    indexSelect: () => gpu.matrix().indexSelect(0, cpu.ints()),
    scatterAdd: () => gpu.matrix().scatterAdd(0, gpu.ints().reshape(1, 2), cpu.matrix()),
    at: () => gpu.matrix().at(cpu.ints()),
    add_: () => gpu.matrix().add_(cpu.matrix()),
    copy_: () => gpu.matrix().copy_(cpu.matrix()),
    'copy_ into a part': () => gpu.matrix().at(0).copy_(cpu.matrix().at(0)),
    linear: () => linear(gpu.matrix(), gpu.matrix(), cpu.matrix().at(0)),
    conv2d: () => conv2d(ones([1, 1, 2, 2]), ones([1, 1, 1, 1], { device: 'cpu' })),
    layerNorm: () => layerNorm(gpu.matrix(), 2, { weight: cpu.matrix().at(0) }),
    embedding: () => embedding(cpu.ints(), gpu.matrix()),
    crossEntropy: () => crossEntropy(gpu.matrix(), cpu.ints()),
    'class weights': () => crossEntropy(gpu.matrix(), gpu.ints(), { weight: cpu.matrix().at(0) }),
    mseLoss: () => mseLoss(gpu.matrix(), cpu.matrix()),
    backward: () => gpu.leaf().backward(cpu.matrix()),
    grad: () => {
      const w = gpu.leaf();
      grad(w.mul(2), w, { gradOutputs: [cpu.matrix()] });
    },
    layer: () => new nn.Linear(2, 2).forward(cpu.matrix()),
  };
  eachRefusal(Object.entries(calls).map(([name, call]) => [name, call, DeviceError, words] as const));
});

describe('state of another device', () => {
  const stepped = (w: Tensor) => {
    const optimizer = new optim.Adam([w]);
    w.sum().backward();
    optimizer.step();
    return optimizer;
  };
  eachRefusal([
    [
      'gradient',
      () => {
        gpu.leaf().grad = cpu.matrix();
      },
      DeviceError,
      "attempting to assign a gradient with device type 'cpu' to a tensor with device type 'webgpu'.",
    ],
    [
      'model',
      () => new nn.Linear(2, 2).loadStateDict(new nn.Linear(2, 2, { device: 'cpu' }).stateDict()),
      DeviceError,
      /is on cpu, the module is on webgpu\n {2}move it first/,
    ],
    [
      'optimizer',
      () => stepped(gpu.leaf()).loadStateDict(stepped(cpu.leaf()).stateDict()),
      DeviceError,
      /exp_avg is on cpu, its parameter on webgpu\n {2}move it first/,
    ],
    ['float64', () => gpu.matrix().double(), DTypeError, /float64/],
    [
      'float64 made there',
      () => ones([1], { dtype: 'float64' }),
      DTypeError,
      /^ones: float64 is not available on the webgpu device\n.*device: 'cpu'/,
    ],
  ]);
});

test('one optimizer may hold parameters of both', async () => {
  const [a, b] = [gpu.leaf(), cpu.leaf()];
  const optimizer = new optim.SGD([a, b], { lr: 1 });
  a.sum().backward();
  b.sum().backward();
  optimizer.step();
  expect(await a.sum().item()).toBe(0);
  expect(await b.sum().item()).toBe(0);
});

test('to() moves a tensor over', async () => {
  const moved = await gpu.matrix().to('cpu');
  expect(await noGrad(() => moved.add(cpu.matrix())).tolist()).toEqual([
    [2, 2],
    [2, 2],
  ]);
});
