/** Mixed precision: what is computed in what, and scaled gradients. */
import { beforeAll, describe, expect, test } from 'vitest';
import { amp, arange, functional as F, full, init, ones, type Tensor, tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

describe('autocast', () => {
  const x = (): Tensor => arange(0, 8).div(8).reshape(2, 4);
  const half = (): Tensor => x().to('float16');

  test.each<[string, () => Tensor, string]>([
    ['matmul', () => x().matmul(x().t()), 'float16'],
    ['matmul of both', () => half().matmul(x().t()), 'float16'],
    ['linear', () => new nn.Linear(4, 3).forward(x()), 'float16'],
    ['linear of halves', () => new nn.Linear(4, 3).forward(half()), 'float16'],
    ['conv1d', () => new nn.Conv1d(2, 3, 2).forward(x()), 'float16'],
    ['convTranspose1d', () => new nn.ConvTranspose1d(2, 3, 2).forward(x()), 'float16'],
    ['attention', () => F.scaledDotProductAttention(x(), x(), x()), 'float16'],
    ['relu', () => half().relu(), 'float16'],
    ['addition of both', () => half().add(x()), 'float32'],
    ['exp', () => half().exp(), 'float32'],
    ['softmax', () => half().softmax(1), 'float32'],
    ['logSoftmax', () => half().logSoftmax(1), 'float32'],
    ['sum', () => half().sum(), 'float32'],
    ['layerNorm', () => new nn.LayerNorm(4).forward(half()), 'float32'],
    ['crossEntropy', () => F.crossEntropy(half(), tensor([0, 1])), 'float32'],
    ['whole numbers', () => tensor([[1, 2]]).matmul(tensor([[1], [2]])), 'int32'],
  ])('%s gives what PyTorch gives', (_, fn, dtype) => {
    expect(amp.autocast(fn).dtype).toBe(dtype);
  });

  test('numbers are those of halves, and exponentials have the range of singles', async () => {
    const y = amp.autocast(() => tensor([[1.0009765625, 1]]).matmul(tensor([[1.5], [2048.5]])));
    expect(await y.tolist()).toEqual([[2050]]);
    expect(await amp.autocast(() => full([1], 12, { dtype: 'float16' }).exp()).item()).toBeCloseTo(162754.79, 0);
  });

  test('can be disabled, and ends with the function, also by an error', () => {
    const dtype = () => x().matmul(x().t()).dtype;
    expect(amp.autocast(() => [dtype(), amp.autocast({ enabled: false }, dtype), dtype()])).toEqual([
      'float16',
      'float32',
      'float16',
    ]);
    expect(() => amp.autocast(() => x().matmul(x()))).toThrow('cannot be multiplied');
    expect(dtype()).toBe('float32');
    expect(() => amp.autocast(() => Promise.resolve(1))).toThrow('autocast() takes a synchronous function');
    expect(() => amp.autocast(dtype, { dtype: 'bfloat16' as never })).toThrow("dtype must be 'float16' or 'float32'");
  });

  test('parameters and their gradients are float32', async () => {
    const layer = new nn.Linear(2, 1);
    const y = amp.autocast(() =>
      layer
        .forward(tensor([[1.5, 2.5]]))
        .square()
        .mean(),
    );
    y.backward();
    expect([layer.weight.dtype, layer.weight.grad!.dtype, layer.bias!.grad!.dtype]).toEqual(Array(3).fill('float32'));
  });
});

describe('GradScaler', () => {
  const setup = (options: amp.GradScalerOptions = {}) => {
    const params = [ones([2]).requiresGrad_(), ones([3]).requiresGrad_()];
    const optimizer = new optim.SGD(params, { lr: 1 });
    const scaler = new amp.GradScaler({ initScale: 8, growthInterval: 2, ...options });
    const backward = (by: number) => {
      optimizer.zeroGrad();
      scaler.scale(params[0]!.sum().add(params[1]!.sum()).mul(by)).backward();
    };
    return { params, optimizer, scaler, backward };
  };

  test('steps with unscaled gradients, leaves out those that overflow, and finds its scale', async () => {
    const { params, optimizer, scaler, backward } = setup();
    const scales: number[] = [];
    for (const by of [0.5, Number.POSITIVE_INFINITY, 0.25, 0.25, Number.NaN]) {
      backward(by);
      await scaler.step(optimizer);
      await scaler.update();
      scales.push(scaler.getScale());
    }
    expect(scales).toEqual([8, 4, 4, 8, 4]);
    expect(await params[1]!.tolist()).toEqual([0, 0, 0]);
    expect(scaler.stateDict()).toEqual({
      scale: 4,
      growth_factor: 2,
      backoff_factor: 0.5,
      growth_interval: 2,
      _growth_tracker: 0,
    });
  });

  test('gradients can be looked at in between', async () => {
    const { params, optimizer, scaler, backward } = setup();
    backward(0.5);
    expect(await params[0]!.grad!.tolist()).toEqual([4, 4]);
    scaler.unscale_(optimizer);
    expect(await params[0]!.grad!.tolist()).toEqual([0.5, 0.5]);
    expect(() => scaler.unscale_(optimizer)).toThrow('unscale_() has already been called on this optimizer');
    await scaler.step(optimizer);
    expect(() => scaler.unscale_(optimizer)).toThrow('unscale_() is being called after step().');
    await expect(scaler.step(optimizer)).rejects.toThrow('step() has already been called since the last update().');
    await scaler.update(16);
    expect(scaler.getScale()).toBe(16);
    expect(await params[0]!.tolist()).toEqual([0.5, 0.5]);
  });

  test('a step that is not awaited is found out', async () => {
    const { params, optimizer, scaler, backward } = setup();
    backward(0.5);
    const step = scaler.step(optimizer);
    expect(() => scaler.scale(params[0]!)).toThrow('write await scaler.step(optimizer)');
    await step;
    const update = scaler.update();
    expect(() => scaler.scale(params[0]!)).toThrow('step() or update() is still going on');
    await update;
    expect(await params[0]!.tolist()).toEqual([0.5, 0.5]);
    backward(0.5);
  });

  test('passes everything through when disabled', async () => {
    const { params, optimizer, scaler, backward } = setup({ enabled: false });
    backward(0.5);
    await scaler.step(optimizer);
    await scaler.update();
    expect([await params[0]!.tolist(), scaler.getScale(), scaler.stateDict()]).toEqual([[0.5, 0.5], 1, {}]);
  });

  test('has a state, and says what is missing', async () => {
    const { optimizer, scaler } = setup();
    await expect(scaler.step(optimizer)).rejects.toThrow('Attempted step but _scale is None.');
    const other = new amp.GradScaler();
    other.loadStateDict(scaler.stateDict());
    expect(other.stateDict()).toEqual(scaler.stateDict());
    expect(() => other.loadStateDict({})).toThrow('The source state dict is empty');
    expect(() => new amp.GradScaler({ growthFactor: 1 })).toThrow('The growth factor must be > 1.0.');
    scaler.scale(zeros([1]));
    await expect(scaler.update()).rejects.toThrow('No inf checks were recorded prior to update.');
  });

  test('a small network learns in mixed precision', async () => {
    const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 1));
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.05 });
    const scaler = new amp.GradScaler();
    const [x, y] = [
      tensor([
        [0.5, 1],
        [1, 0.25],
        [0, 0.5],
        [1, 1],
      ]),
      tensor([[1.5], [1.25], [0.5], [2.0]]),
    ];
    const losses: number[] = [];
    for (let i = 0; i < 30; i++) {
      optimizer.zeroGrad();
      const loss = amp.autocast(() => F.mseLoss(model.forward(x), y));
      scaler.scale(loss).backward();
      await scaler.step(optimizer);
      await scaler.update();
      losses.push(await loss.item());
    }
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 5);
  });
});
