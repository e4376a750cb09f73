/** Lazy layers: before, at and after their first forward, and with state dicts. */
import { describe, expect, test } from 'vitest';
import { noGrad, ones, randn, type Tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';

const x = () => randn([2, 3, 8, 8]);
class Net extends nn.Module {
  conv = new nn.LazyConv2d(4, 3, { stride: 4 });
  norm = new nn.LazyBatchNorm2d();
  head = new nn.Sequential(new nn.Flatten(), new nn.LazyLinear(5));
  override forward(input: Tensor): Tensor {
    return this.head.forward(this.norm.forward(this.conv.forward(input)));
  }
}

describe('a lazy layer', () => {
  test('has no sizes before its first input', () => {
    const layer = new nn.LazyConv2d(4, 3);
    expect(String(layer)).toBe('LazyConv2d(0, 4, kernel_size=(3, 3), stride=(1, 1))');
    expect(String(new nn.LazyLinear(4))).toBe('LazyLinear(in_features=0, out_features=4, bias=True)');
    expect(String(layer.weight)).toBe('<UninitializedParameter>');
    expect(layer.hasUninitializedParams()).toBe(true);
    expect(layer.weight.requiresGrad).toBe(true);
    expect(layer.weight.dtype).toBe('float32');
    expect(() => layer.weight.shape).toThrow("Can't access the shape of an uninitialized parameter or buffer.");
    expect(() => layer.weight.add(1)).toThrow('Attempted to use an uninitialized parameter');
    expect(() => new optim.SGD(layer.parameters(), { lr: 0.1 })).toThrow('uninitialized parameter');
  });
  test('becomes the plain one, its parameters the same objects', () => {
    const layer = new nn.LazyConv2d(4, 3);
    const { weight, bias } = layer;
    layer.forward(x());
    expect(layer.constructor).toBe(nn.Conv2d);
    expect(layer).not.toBeInstanceOf(nn.LazyConv2d);
    expect(String(layer)).toBe('Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1))');
    expect(layer.weight).toBe(weight);
    expect(layer.bias).toBe(bias);
    expect(weight).toBeInstanceOf(nn.Parameter);
    expect(weight).not.toBeInstanceOf(nn.UninitializedParameter);
    expect(weight.shape).toEqual([4, 3, 3, 3]);
    expect(Object.keys(weight)).toEqual(Object.keys(new nn.Conv2d(1, 1, 1).weight));
    // The next input is not looked at.
    expect(() => layer.forward(randn([2, 2, 8, 8]))).toThrow('to have 3 channels, but got 2 channels instead');
  });
  test('starts as the plain one does', async () => {
    const layer = new nn.LazyLinear(200);
    layer.forward(ones([1, 100]));
    const [weight, bias] = await Promise.all([layer.weight.data(), layer.bias!.data()]);
    for (const values of [weight, bias]) {
      const magnitudes = Array.from(values, Math.abs);
      expect(Math.max(...magnitudes)).toBeLessThanOrEqual(0.1);
      expect(Math.max(...magnitudes)).toBeGreaterThan(0.095);
    }
    const norm = new nn.LazyBatchNorm1d();
    norm.eval();
    norm.forward(ones([2, 3]));
    expect(await norm.weight!.tolist()).toEqual([1, 1, 1]);
    expect(await norm.bias!.tolist()).toEqual([0, 0, 0]);
    expect(await norm.runningMean!.tolist()).toEqual([0, 0, 0]);
    expect(await norm.runningVar!.tolist()).toEqual([1, 1, 1]);
    expect(String(norm)).toBe(String(new nn.BatchNorm1d(3)));
  });
  test('of statistics only takes its features too, and one of nothing has none', async () => {
    const norm = new nn.LazyInstanceNorm2d({ affine: false });
    expect(norm.hasUninitializedParams()).toBe(true);
    norm.forward(randn([3, 4, 4]));
    expect(norm.runningMean!.shape).toEqual([3]);
    expect(norm.runningMean).not.toBeInstanceOf(nn.UninitializedBuffer);
    expect(norm.numBatchesTracked!.dtype).toBe('int32');
    const plain = new nn.LazyBatchNorm1d({ affine: false, trackRunningStats: false });
    expect(plain.forward(ones([2, 3])).shape).toEqual([2, 3]);
    expect(String(plain)).toBe(
      'BatchNorm1d(0, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)',
    );
    expect(() => new nn.LazyBatchNorm2d().forward(ones([3]))).toThrow('expected at least 2D input (got 1D input)');
  });
  test('trains', async () => {
    const model = new Net();
    model.forward(x());
    const before = await model.head.at(1).parameters()[0]!.clone().data();
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
    model.forward(x()).pow(2).sum().backward();
    optimizer.step();
    expect(await model.head.at(1).parameters()[0]!.data()).not.toEqual(before);
  });
  test('stays as it is when the first input does not fit', () => {
    const layer = new nn.LazyConv2d(4, 3, { groups: 2 });
    expect(() => layer.forward(randn([3, 8]))).toThrow(
      'Expected 3D (unbatched) or 4D (batched) input to LazyConv2d, but got input of size: torch.Size([3, 8])',
    );
    expect(() => layer.forward(x())).toThrow('in_channels must be divisible by groups');
    expect(layer).toBeInstanceOf(nn.LazyConv2d);
    expect(layer.forward(randn([1, 6, 5, 5])).shape).toEqual([1, 4, 3, 3]);
  });
  test('refuses what the plain one refuses', () => {
    expect(() => new nn.LazyConv2d(3, 3, { groups: 2 })).toThrow('out_channels must be divisible by groups');
    expect(() => new nn.LazyConv2d(3, 0)).toThrow('LazyConv2d: kernelSize must be');
    expect(() => new nn.LazyConv1d(3, 3, { bais: true } as never)).toThrow("did you mean 'bias'");
    expect(() => new nn.LazyLinear(1.5)).toThrow('LazyLinear: outFeatures must be');
    expect(() => new nn.LazyLinear(3).forward([1] as never)).toThrow("LazyLinear(): argument 'input' must be Tensor");
  });
  test('takes a dtype, and another one later', () => {
    const layer = new nn.LazyLinear(2, { dtype: 'float64' });
    layer.forward(ones([1, 3], { dtype: 'float64' }));
    expect(layer.weight.dtype).toBe('float64');
    const later = new nn.LazyLinear(2);
    later.double();
    expect(later.hasUninitializedParams()).toBe(true);
    expect(later.forward(ones([1, 3], { dtype: 'float64' })).dtype).toBe('float64');
  });
});

describe('state dicts of lazy layers', () => {
  test('have the keys of the plain ones', () => {
    const model = new Net();
    const keys = [...model.stateDict().keys()];
    expect(model.stateDict().get('conv.weight')).toBe(model.conv.weight);
    model.forward(x());
    expect([...model.stateDict().keys()]).toEqual(keys);
    expect(keys).toContain('norm.running_mean');
  });
  test('of plain ones make the parameters', async () => {
    const [trained, model] = [new Net(), new Net()];
    trained.forward(x());
    expect(model.loadStateDict(trained.stateDict())).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect(model.conv).toBeInstanceOf(nn.LazyConv2d);
    expect(model.conv.weight).not.toBeInstanceOf(nn.UninitializedParameter);
    expect(model.conv.hasUninitializedParams()).toBe(false);
    const input = x();
    trained.eval();
    model.eval();
    const [a, b] = noGrad(() => [trained.forward(input), model.forward(input)]);
    expect(await a!.data()).toEqual(await b!.data());
    expect(String(model)).toBe(String(trained));
    expect(model.conv.inChannels).toBe(3);
  });
  test('are loaded wholly or not at all', () => {
    const model = new Net();
    const trained = new Net();
    trained.forward(x());
    const state = trained.stateDict();
    state.set('head.1.weight', 'none' as never);
    expect(() => model.loadStateDict(state)).toThrow('Error(s) in loading state_dict for Net');
    expect(model.conv.hasUninitializedParams()).toBe(true);
  });
  test('that are loaded in part leave the rest to the first input', async () => {
    const layer = new nn.LazyLinear(2);
    const weight = randn([2, 3]);
    layer.loadStateDict({ weight }, { strict: false });
    layer.forward(ones([1, 3]));
    expect(await layer.weight.data()).toEqual(await weight.data());
    expect(layer.bias!.shape).toEqual([2]);
  });
  test('that do not fit the first input are told', () => {
    const layer = new nn.LazyLinear(2);
    layer.loadStateDict({ weight: zeros([2, 4]), bias: zeros([2]) });
    expect(() => layer.forward(ones([1, 3]))).toThrow(
      'The in_features inferred from input: 3 is not equal to in_features from self.weight: 4',
    );
    expect(layer.forward(ones([1, 4])).shape).toEqual([1, 2]);
    expect(layer.constructor).toBe(nn.Linear);
  });
  test('without shapes cannot be loaded into plain ones', () => {
    expect(() => new nn.Linear(3, 2).loadStateDict(new nn.LazyLinear(2).stateDict())).toThrow(
      "Can't access the shape of an uninitialized parameter",
    );
    const layer = new nn.LazyLinear(2);
    layer.loadStateDict(new nn.LazyLinear(2).stateDict());
    expect(layer.hasUninitializedParams()).toBe(true);
  });
});
