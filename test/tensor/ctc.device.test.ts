/** CTC: against all alignments one by one, lengths from anywhere, and what is refused at the call or by the next read. */
import { beforeAll, describe, expect, test } from 'vitest';
import { gradcheck } from '../../src/func/index.ts';
import { fromArray, functional, GradError, grad, init, ShapeError, type Tensor, tensor } from '../../src/index.ts';
import { testDevice } from '../device.ts';

const { ctcLoss, logSoftmax } = functional;
beforeAll(() => init({ device: testDevice }));

const noise = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7) * 2);
const [time, batch, classes] = [4, 2, 3] as const;
const logits = (): Tensor => fromArray(noise(time * batch * classes), [time, batch, classes]);
/** Numbers that only the device knows. */
const computed = (data: number[] | number[][]): Tensor => tensor(data).add(0);

/** −log of the sum over all strings of classes that collapse to the target. */
async function allAlignments(x: Tensor, n: number, target: readonly number[], frames: number): Promise<number> {
  const p = (await x.exp().tolist()) as number[][][];
  let total = 0;
  for (let code = 0; code < classes ** frames; code++) {
    const string = Array.from({ length: frames }, (_, t) => Math.floor(code / classes ** t) % classes);
    const collapsed = string.filter((c, t) => c !== 0 && c !== string[t - 1]);
    if (String(collapsed) === String(target)) total += string.reduce((a, c, t) => a * p[t]![n]![c]!, 1);
  }
  return -Math.log(total);
}

test('is the sum over all alignments', async () => {
  const x = logSoftmax(logits(), 2);
  const cases = [
    [[1, 2], 4],
    [[1, 1], 4],
    [[2], 3],
    [[1, 2, 1], 3],
    [[], 4],
  ] as const;
  for (const [target, frames] of cases) {
    const labels = tensor([...target, ...target], { dtype: 'int32' });
    const loss = ctcLoss(x, labels, [frames, frames], [target.length, target.length], { reduction: 'none' });
    const found = (await loss.tolist()) as number[];
    for (const n of [0, 1]) expect(found[n]).toBeCloseTo(await allAlignments(x, n, target, frames), 4);
  }
});

test('the gradient of the logits is that of finite differences', async () => {
  if (testDevice !== 'cpu') return;
  const x = fromArray(Float64Array.from(noise(time * batch * classes)), [time, batch, classes], { dtype: 'float64' });
  const targets = tensor([
    [1, 2, 1],
    [2, 2, 0],
  ]);
  const loss = (v: Tensor) => ctcLoss(logSoftmax(v, 2), targets, [4, 3], [3, 2]);
  await gradcheck(loss, [x.requiresGrad_()]);
});

test('lengths are numbers, host tensors or computed; targets padded or concatenated', async () => {
  const x = logSoftmax(logits(), 2);
  const expected = await ctcLoss(x, tensor([1, 2, 2]), [4, 3], [2, 1]).item();
  const padded = [
    [1, 2],
    [2, -9],
  ];
  for (const make of [tensor, computed]) {
    for (const targets of [make(padded), make([1, 2, 2])])
      expect(await ctcLoss(x, targets, make([4, 3]), make([2, 1])).item()).toBeCloseTo(expected, 6);
  }
  const first = x.at(':', 0, ':');
  const alone = await ctcLoss(first, tensor([1, 2]), 4, 2, { reduction: 'none' }).item();
  expect(await ctcLoss(first, tensor([[1, 2]]), tensor(4), tensor([2]), 0).item()).toBeCloseTo(alone / 2, 6);
});

describe('refused', () => {
  const x = () => logSoftmax(logits(), 2);
  test('at the call, where numbers are known', () => {
    expect(() => ctcLoss(x(), tensor([1, 2]), tensor([4, 5]), tensor([1, 1]))).toThrow(
      'Expected input_lengths to have value at most 4, but got value 5',
    );
    expect(() => ctcLoss(x(), tensor([1, 3]), [4, 4], [1, 1])).toThrow(/^label 3 is out of bounds\n.* \[0, 2\]/);
    expect(() => ctcLoss(x(), tensor([1, 2]), tensor([4.5, 4]), [1, 1])).toThrow('input_lengths must be integral');
    expect(() => ctcLoss(x(), tensor([1, 2]), [4.5, 4], [1, 1])).toThrow("argument 'inputLengths' must be integers");
    expect(() => ctcLoss(x(), tensor([[[1]]]), [4, 4], [1, 1])).toThrow('Expected 1 to 2 dimensions, but got 3');
    expect(() => ctcLoss(x().int(), tensor([1, 2]), [4, 4], [1, 1])).toThrow('"ctc_loss" not implemented for \'Int\'');
  });
  test('by the next read, where only the device knows', async () => {
    const cases: readonly (readonly [() => Tensor, RegExp])[] = [
      [() => ctcLoss(x(), tensor([1, 2]), computed([4, 5]), [1, 1]), /^Expected input_lengths to have value at most 4/],
      [() => ctcLoss(x(), tensor([1, 2]), [4, 4], computed([1, 2])), /^Expected tensor to have size equal to the sum/],
      [() => ctcLoss(x(), tensor([[1], [2]]), [4, 4], computed([1, 2])), /^Expected tensor to have size at least/],
      [() => ctcLoss(x(), computed([1, 7]), [4, 4], [1, 1]), /^label computed on the device is out of bounds/],
      [() => ctcLoss(x(), tensor([[1], [7]]), [4, 4], [1, 1]), /^label 7 is out of bounds|^label computed/],
    ];
    for (const [call, message] of cases) {
      await expect(async () => {
        await call().item();
      }).rejects.toThrow(message);
      expect(await tensor(1).item()).toBe(1);
    }
  });
  test('a gradient of the gradient', () => {
    const v = logits().requiresGrad_();
    const [g] = grad(ctcLoss(logSoftmax(v, 2), tensor([1, 2]), [4, 4], [1, 1]), [v], { createGraph: true });
    const message = 'derivative for aten::_ctc_loss_backward is not implemented';
    expect(() => grad(g!.sum(), [v])).toThrow(
      expect.objectContaining({ name: GradError.name, message: expect.stringContaining(message) }),
    );
  });
  test('with a ShapeError', () => {
    expect(() => ctcLoss(x(), tensor([1, 2]), [4], [1, 1])).toThrow(ShapeError);
  });
});

test('an infinite loss has a gradient of NaN, or of 0 with zeroInfinity, and leaves the others alone', async () => {
  for (const zeroInfinity of [false, true]) {
    const x = logSoftmax(logits(), 2).detach().requiresGrad_();
    const targets = tensor([
      [1, 1],
      [1, 2],
    ]);
    const losses = ctcLoss(x, targets, [2, 4], [2, 2], { reduction: 'none', zeroInfinity });
    expect(losses.gradFn).toBe(zeroInfinity ? 'WhereBackward0' : 'CtcLossBackward0');
    const [first, second] = (await losses.tolist()) as [number, number];
    expect(first).toBe(zeroInfinity ? 0 : Number.POSITIVE_INFINITY);
    expect(second).toBeGreaterThan(0);
    losses.sum().backward();
    const g = (await x.grad!.tolist()) as number[][][];
    const blank = zeroInfinity ? 0 : Number.NaN;
    expect([g[0]![0], g[1]![0]].flat()).toEqual(Array(6).fill(blank));
    expect([g[2]![0], g[3]![0]].flat()).toEqual(Array(6).fill(0));
    for (const row of g) expect(row[1]!.reduce((a, b) => a + b)).toBeCloseTo(0, 4);
  }
});
