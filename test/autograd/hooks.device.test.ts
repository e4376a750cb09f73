/** Hooks on gradients, retained gradients, anomaly mode, inference mode. */
import { beforeAll, describe, expect, test } from 'vitest';
import { detectAnomaly, isAnomalyEnabled, setDetectAnomaly } from '../../src/func/index.ts';
import {
  grad,
  inferenceMode,
  init,
  isGradEnabled,
  isInference,
  ones,
  setGradEnabled,
  type Tensor,
  tensor,
} from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const leaf = (values: number[]) => tensor(values, { dtype: 'float32', requiresGrad: true });

describe('hooks', () => {
  test('see and change the gradient of a leaf and of an intermediate, in order', async () => {
    const x = leaf([1, 2]);
    const y = x.mul(3);
    const seen: Tensor[] = [];
    y.registerHook((g) => {
      seen.push(g);
    });
    y.registerHook((g) => g.mul(2));
    x.registerHook((g) => g.add(1));
    y.square().sum().backward();
    expect(await seen[0]!.tolist()).toEqual([6, 12]);
    expect(await x.grad!.tolist()).toEqual([37, 73]);
  });
  test('see the sum of all that arrives, and are let go', async () => {
    const x = leaf([1]);
    let calls = 0;
    const handle = x.registerHook(() => {
      calls++;
    });
    x.add(x).add(x.mul(2)).sum().backward();
    expect(calls).toBe(1);
    handle.remove();
    x.sum().backward();
    expect(calls).toBe(1);
    expect(await x.grad!.tolist()).toEqual([5]);
  });
  test('act before grad() captures', async () => {
    const x = leaf([1]);
    x.registerHook((g) => g.mul(7));
    expect(await grad(x.mul(2).sum(), [x])[0]!.tolist()).toEqual([14]);
  });
  test('may not change shape or dtype, nor sit on constants', () => {
    const x = leaf([1, 2]);
    x.registerHook((g) => g.sum());
    expect(() => x.sum().backward()).toThrow('hook has changed the size of value');
    expect(() => ones([1]).registerHook(() => {})).toThrow(
      "cannot register a hook on a tensor that doesn't require gradient",
    );
  });
  test('after accumulation see the leaf with its gradient', async () => {
    const x = leaf([1, 2]);
    const sums: Promise<number>[] = [];
    x.registerPostAccumulateGradHook((p) => {
      sums.push(p.grad!.sum().item());
    });
    x.mul(2).sum().backward();
    x.mul(2).sum().backward();
    expect(await Promise.all(sums)).toEqual([4, 8]);
    expect(() => x.mul(1).registerPostAccumulateGradHook(() => {})).toThrow('non-leaf');
  });
});

describe('retainGrad', () => {
  test('keeps and adds up', async () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    y.retainGrad();
    y.retainGrad();
    expect(y.grad).toBeNull();
    const loss = y.square().sum();
    loss.backward(null, { retainGraph: true });
    expect(await y.grad!.tolist()).toEqual([4, 8]);
    loss.backward();
    expect(await y.grad!.tolist()).toEqual([8, 16]);
    y.grad = null;
    expect(y.grad).toBeNull();
  });
  test('keeps what hooks made of the gradient, also those that were registered later', async () => {
    const x = leaf([1, 2]);
    const y = x.mul(3);
    const dropped = y.registerHook((grad) => grad.mul(100));
    y.retainGrad();
    y.registerHook((grad) => grad.mul(10));
    dropped.remove();
    y.sum().backward();
    expect(await y.grad!.tolist()).toEqual([10, 10]);
    expect(await x.grad!.tolist()).toEqual([30, 30]);
  });
  test('keeps the gradient of what was written in place last, through whichever alias; other hooks stay', async () => {
    const writes: Record<string, (y: Tensor) => unknown> = {
      whole: (y) => y.mul_(2).mul_(2),
      'through a part': (y) => y.at(0).mul_(2),
      'through another shape': (y) => y.reshape([2, 1]).mul_(2),
      forgotten: (y) => y.zero_(),
    };
    for (const [name, write] of Object.entries(writes)) {
      const y = leaf([1, 2]).mul(3);
      y.retainGrad();
      write(y);
      y.mul(5).sum().backward();
      expect(await y.grad!.tolist(), name).toEqual([5, 5]);
    }
    const x = leaf([1, 2]);
    const y = x.mul(3);
    const part = y.at([0, 1]);
    part.retainGrad();
    part.mul_(2);
    y.retainGrad();
    y.registerHook((grad) => grad.mul(10));
    y.mul_(2);
    y.registerHook((grad) => grad.mul(100));
    y.sum().backward();
    expect(await y.grad!.tolist()).toEqual([100, 100]);
    expect(await x.grad!.tolist()).toEqual([12000, 6000]);
    // What came of the part went on through y.
    expect(part.grad).toBeNull();
  });
});

describe('detectAnomaly', () => {
  test('names the op and the line at the next read', async () => {
    const x = leaf([0]);
    detectAnomaly(() => x.sqrt().mul(0).sum().backward());
    const error = await x.grad!.tolist().then(
      () => null,
      (e: Error) => e,
    );
    expect(error?.name).toBe('GradError');
    expect(error?.message).toContain("Function 'SqrtBackward0' returned nan values in its 0th output.");
    expect(error?.message).toContain('hooks.device.test');
  });
  test('is off again afterwards, and quiet where all is well', async () => {
    const x = leaf([4]);
    detectAnomaly(() => x.sqrt().sum().backward());
    expect(await x.grad!.tolist()).toEqual([0.25]);
    expect(isAnomalyEnabled()).toBe(false);
    setDetectAnomaly(true);
    expect(isAnomalyEnabled()).toBe(true);
    setDetectAnomaly(false);
    expect(() => detectAnomaly(async () => {})).toThrow('synchronous');
  });
});

describe('modes', () => {
  test('inference tensors stay out of autograd', () => {
    const w = leaf([1, 2]);
    const y = inferenceMode(() => w.mul(2));
    expect([y.requiresGrad, y.isInference(), isInference(w)]).toEqual([false, true, false]);
    expect(() => w.mul(y)).toThrow('Inference tensors cannot be saved for backward');
    expect(() => w.add(y)).not.toThrow();
    expect(y.clone().isInference()).toBe(false);
    expect(() => y.requiresGrad_()).toThrow('Setting requires_grad=True on inference tensor outside InferenceMode');
    expect(() => y.add_(1)).toThrow('Inplace update to inference tensor outside InferenceMode is not allowed');
    expect(inferenceMode(() => w.mul(2).add_(1)).isInference()).toBe(true);
    expect(() => inferenceMode(async () => {})).toThrow('synchronous');
  });
  test('setGradEnabled, for a run and until further notice', () => {
    const w = leaf([1]);
    expect(setGradEnabled(false, () => w.mul(2)).requiresGrad).toBe(false);
    setGradEnabled(false);
    expect(isGradEnabled()).toBe(false);
    expect(setGradEnabled(true, () => w.mul(2)).requiresGrad).toBe(true);
    setGradEnabled(true);
    expect(isGradEnabled()).toBe(true);
  });
});
