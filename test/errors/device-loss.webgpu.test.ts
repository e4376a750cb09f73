/** The device goes away, at every point of a training step: nothing hangs, nothing gives zeros, and training can go on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DataLoader, TensorDataset } from '../../src/data/index.ts';
import {
  DeviceLostError,
  disposeDevice,
  flush,
  functional,
  init,
  manualSeed,
  onDeviceLost,
  ones,
  randint,
  randn,
  synchronize,
  type Tensor,
  tensor,
  throttle,
  zeros,
} from '../../src/index.ts';
import { loadSafetensors, saveSafetensors } from '../../src/io/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';

beforeAll(() => init({ device: 'cpu' }));
afterAll(() => disposeDevice('webgpu'));

/** A device of the test's own, in use from now on. */
async function ownDevice(): Promise<GPUDevice> {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const gpuDevice = await adapter.requestDevice();
  await init({ device: 'webgpu', gpuDevice });
  return gpuDevice;
}

class Training {
  readonly model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 3));
  readonly optimizer = new optim.Adam(this.model.parameters(), { lr: 0.01 });

  /** `at` is called with the name of each point passed. */
  step(x: Tensor, y: Tensor, at: (point: string) => void = () => {}): Tensor {
    this.optimizer.zeroGrad();
    at('zeroGrad');
    const loss = functional.crossEntropy(this.model.forward(x), y);
    at('forward');
    loss.backward();
    at('backward');
    this.optimizer.step();
    at('step');
    return loss;
  }
}
function begin() {
  manualSeed(1);
  return { training: new Training(), x: randn([16, 4]), y: randint(3, [16]) };
}

describe.each([
  ['while pipelines compile', 0],
  ['once warm', 3],
])('lost %s', (_when, warm) => {
  test.each(['zeroGrad', 'forward', 'backward', 'step', 'read', 'during the read'])('after %s', async (point) => {
    const gpuDevice = await ownDevice();
    const reasons: string[] = [];
    onDeviceLost((reason) => reasons.push(reason));
    const { training, x, y } = begin();
    for (let i = 0; i < warm; i++) await training.step(x, y).item();

    // What was recorded when the loss came, its read included, rejects; or the call says so.
    const rest = async () => {
      const loss = training.step(x, y, (passed) => passed === point && gpuDevice.destroy());
      if (point === 'read') gpuDevice.destroy();
      const reads = [loss.item(), x.data(), training.model.forward(x).sum().item()];
      if (point === 'during the read') gpuDevice.destroy();
      const outcomes = await Promise.allSettled(reads);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      await Promise.all(reads);
    };
    await expect(rest()).rejects.toThrow(DeviceLostError);
    await gpuDevice.lost;

    // From now on everything says so, and what to do.
    for (const call of [
      () => x.add(1),
      () => tensor([1]),
      () => zeros([2]),
      () => new nn.Linear(2, 2),
      () => x.at(0).mul(2),
      () => training.step(x, y),
    ]) {
      expect(call).toThrow(/lost.*\n {2}call init\(\) again and restore from a checkpoint/);
      expect(call).toThrow(DeviceLostError);
    }
    await expect(x.data()).rejects.toThrow(DeviceLostError);
    await expect(x.to('cpu')).rejects.toThrow(DeviceLostError);
    await expect(synchronize('webgpu')).rejects.toThrow(DeviceLostError);
    await expect(saveSafetensors(training.model.stateDict())).rejects.toThrow(DeviceLostError);
    expect(reasons).toHaveLength(1);
    // The other device does not mind.
    expect(await tensor([1, 2], { device: 'cpu' }).add(1).tolist()).toEqual([2, 3]);
    await throttle();
    x.dispose();

    // After another init() there is a new device, and tensors of the old one are still lost.
    await init({ device: 'webgpu' });
    expect(await ones([2]).add(1).tolist()).toEqual([2, 2]);
    expect(() => y.add(tensor([1]))).toThrow(DeviceLostError);
    expect(() => new Training().model.loadStateDict(training.model.stateDict())).toThrow(DeviceLostError);
  });
});

test('training goes on from a checkpoint as if nothing had happened', async () => {
  const losses: number[] = [];
  let gpuDevice = await ownDevice();
  const { training, x, y } = begin();
  const [inputs, labels] = [await x.data(), await y.data()];
  for (let i = 0; i < 5; i++) losses.push(await training.step(x, y).item());
  const weights = await saveSafetensors(training.model.stateDict());
  const { state, param_groups } = training.optimizer.stateDict();
  const moments = await Promise.all(
    Object.values(state).map(({ exp_avg, exp_avg_sq }) =>
      saveSafetensors({ exp_avg: exp_avg as Tensor, exp_avg_sq: exp_avg_sq as Tensor }),
    ),
  );
  for (let i = 0; i < 5; i++) losses.push(await training.step(x, y).item());

  gpuDevice.destroy();
  await expect(training.step(x, y).item()).rejects.toThrow(DeviceLostError);
  gpuDevice = await ownDevice();
  const again = new Training();
  again.model.loadStateDict(loadSafetensors(weights));
  const restored = moments.map((file) => ({ ...Object.fromEntries(loadSafetensors(file)), step: 5 }));
  await again.optimizer.loadStateDict({ state: { ...restored }, param_groups });
  const data = [tensor(inputs).reshape(16, 4), tensor(labels)] as const;
  for (let i = 5; i < 10; i++) expect(await again.step(...data).item()).toBeCloseTo(losses[i]!, 5);
  gpuDevice.destroy();
});

test('a loop over a DataLoader ends with the error', async () => {
  const gpuDevice = await ownDevice();
  const data = new TensorDataset(
    { data: new Float32Array(128), shape: [32, 4] },
    { data: new Int32Array(32), shape: [32] },
  );
  const { training } = begin();
  let steps = 0;
  const epoch = async () => {
    for await (const [x, y] of new DataLoader(data, { batchSize: 4 })) {
      training.step(x, y);
      if (++steps === 3) gpuDevice.destroy();
    }
  };
  await expect(epoch()).rejects.toThrow(DeviceLostError);
  // A browser tells of the loss a little later.
  expect(steps).toBeLessThan(8);
});

test('work that waits when the device goes is refused by flush(), on that device alone', async () => {
  const gpuDevice = await ownDevice();
  tensor([1]).add(1);
  const other = tensor([1], { device: 'cpu' }).add(1);
  gpuDevice.destroy();
  await gpuDevice.lost;
  await Promise.resolve();
  expect(flush).toThrow(DeviceLostError);
  expect(await other.tolist()).toEqual([2]);
  await init({ device: 'webgpu' });
  flush();
});

test('init() right after the loss gives a new device', async () => {
  const gpuDevice = await ownDevice();
  gpuDevice.destroy();
  await init({ device: 'webgpu' });
  expect(await tensor([1]).add(1).tolist()).toEqual([2]);
});

test('a device that is lost already is refused, or not chosen', async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const gpuDevice = await adapter.requestDevice();
  gpuDevice.destroy();
  await expect(init({ device: 'webgpu', gpuDevice })).rejects.toThrow(DeviceLostError);
  const { device, fallbackReason } = await init({ gpuDevice });
  expect(device).toBe('cpu');
  expect(fallbackReason).toMatch(/^init: the gpuDevice is lost/);
});

test('two calls of init() at once open one device', async () => {
  disposeDevice('webgpu');
  const [first, second] = await Promise.all([
    init({ device: 'webgpu' }).then(() => tensor([1])),
    init({ device: 'webgpu' }).then(() => tensor([2])),
  ]);
  expect(await first.add(second).tolist()).toEqual([3]);
});

test('reads in flight reject when the device is given back', async () => {
  await init({ device: 'webgpu' });
  const x = tensor([1]);
  const read = x.add(1).data();
  disposeDevice('webgpu');
  await expect(read).rejects.toThrow(DeviceLostError);
  expect(() => x.add(1)).toThrow(DeviceLostError);
  await expect(x.data()).rejects.toThrow(DeviceLostError);
  expect(() => tensor([1], { device: 'webgpu' })).toThrow(
    /the webgpu device is not ready\n.*init\(\{ device: 'webgpu' \}\)/,
  );
});
