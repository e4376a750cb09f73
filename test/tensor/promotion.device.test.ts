/** The dtypes of results, and which writes are refused, for every pair of kinds of operands: as PyTorch has them. */
import { beforeAll, describe, expect, test } from 'vitest';
import * as lumigrad from '../../src/index.ts';
import {
  canCast,
  type DType,
  init,
  ones,
  promoteTypes,
  resultType,
  type Tensor,
  type TensorOrNumber,
  tensor,
} from '../../src/index.ts';
import { testDevice } from '../device.ts';
import golden from '../golden/promotion.json';

beforeAll(() => init({ device: testDevice }));

const numbers: Readonly<Record<string, number | boolean>> = { '2': 2, '2.5': 2.5, true: true };

function operand(name: string): TensorOrNumber {
  const number = numbers[name];
  if (number !== undefined) return number;
  return ones(name.endsWith('()') ? [] : [2], { dtype: name.replace('()', '') as DType });
}

type Binary = (a: TensorOrNumber, b: TensorOrNumber) => Tensor;

/** The function of a name, or a method that ends in an underscore. */
function callOf(op: string): Binary {
  if (op === 'where') {
    const condition = tensor([true, false]);
    return (a, b) => lumigrad.where(condition, a, b);
  }
  if (!op.endsWith('_')) return lumigrad[op as 'add'];
  return (a, b) => (a as Tensor)[op as 'add_'](b);
}
/** The dtype, or the error's first line after an exclamation mark. */
function outcome(call: Binary, a: string, b: string): string {
  try {
    const result = call(operand(a), operand(b));
    // Only its dtype is asked for.
    result.dispose();
    return result.dtype;
  } catch (error) {
    return `! ${(error as Error).message.split('\n')[0]}`;
  }
}

describe('PyTorch’s promotion', () => {
  test.each(Object.entries(golden.results))('%s', (op, pairs) => {
    const call = callOf(op);
    const there = Object.entries(pairs).filter(([pair]) => testDevice === 'cpu' || !pair.includes('float64'));
    const got = there.map(([pair]) => [pair, outcome(call, ...(pair.split(' ') as [string, string]))]);
    expect(Object.fromEntries(got)).toEqual(Object.fromEntries(there));
  });

  test('values are converted before they meet, and results of in-place ops after', async () => {
    expect(await tensor([3, 4]).add(0.5).tolist()).toEqual([3.5, 4.5]);
    expect(
      await tensor([true, false])
        .add(tensor([2]))
        .tolist(),
    ).toEqual([3, 2]);
    expect(await tensor([1.5, 2]).eq_(2).tolist()).toEqual([0, 1]);
    expect(await tensor([1, 2]).add_(true).tolist()).toEqual([2, 3]);
  });
});

// PyTorch promotes no unsigned type of more than 8 bits.
describe('uint32', () => {
  const u = () => ones([2], { dtype: 'uint32' });
  test.each<[string, () => TensorOrNumber, DType]>([
    ['bool', () => tensor([true, false]), 'uint32'],
    ['int32', () => tensor([1, 2]), 'int32'],
    ['a 0-d int32', () => tensor(1), 'uint32'],
    ['float32', () => tensor([1.5, 2]), 'float32'],
    ['a 0-d float32', () => tensor(1.5), 'float32'],
    ['a whole number', () => 2, 'uint32'],
    ['a number with a fraction', () => 2.5, 'float32'],
    ['a bool', () => true, 'uint32'],
  ])('with %s', (_, other, dtype) => {
    expect(resultType(u(), other())).toBe(dtype);
    expect(u().add(other()).dtype).toBe(dtype);
    expect(u().mul(other()).dtype).toBe(dtype);
  });

  test('wraps modulo 2^32, divides and shifts without a sign', async () => {
    const x = tensor([0, 1, 4294967295], { dtype: 'uint32' });
    expect(await x.sub(1).tolist()).toEqual([4294967295, 0, 4294967294]);
    expect(await x.floorDivide(2).tolist()).toEqual([0, 0, 2147483647]);
    expect(await x.remainder(10).tolist()).toEqual([0, 1, 5]);
    expect(await x.bitwiseRightShift(28).tolist()).toEqual([0, 0, 15]);
    expect(await x.bitwiseRightShift(32).tolist()).toEqual([0, 0, 0]);
    expect(await x.bitwiseNot().tolist()).toEqual([4294967295, 4294967294, 0]);
    expect(await x.gcd(tensor([6, 4, 15], { dtype: 'uint32' })).tolist()).toEqual([6, 1, 15]);
    expect(await x.maximum(tensor([7], { dtype: 'uint32' })).tolist()).toEqual([7, 7, 4294967295]);
  });

  test('an int32 result is written back with its bits', async () => {
    const x = tensor([3], { dtype: 'uint32' });
    expect((await x.add_(tensor([-5])).tolist()) as number[]).toEqual([4294967294]);
    expect(() => x.div_(2)).toThrow("result type float32 can't be cast to the desired output type uint32");
  });
});

describe('what cannot be known at the call', () => {
  test('integers divided by a tensor of zeros: quotient 0, the dividend remains', async () => {
    const x = tensor([7, -7, -2147483648]);
    const zero = tensor([0]);
    expect(await x.floorDivide(zero).tolist()).toEqual([0, 0, 0]);
    expect(await x.div(zero, { roundingMode: 'trunc' }).tolist()).toEqual([0, 0, 0]);
    expect(await x.remainder(zero).tolist()).toEqual([7, -7, -2147483648]);
    expect(await x.fmod(zero).tolist()).toEqual([7, -7, -2147483648]);
  });
  test('the least int32 by −1 wraps, and nothing remains', async () => {
    const x = tensor([-2147483648]);
    const minusOne = tensor([-1]);
    expect(await x.floorDivide(minusOne).tolist()).toEqual([-2147483648]);
    expect(await x.div(minusOne, { roundingMode: 'trunc' }).tolist()).toEqual([-2147483648]);
    expect((await x.remainder(minusOne).item()) + 0).toBe(0);
    expect((await x.fmod(minusOne).item()) + 0).toBe(0);
  });
});

test('promoteTypes and canCast', () => {
  expect(promoteTypes('int32', 'bool')).toBe('int32');
  expect(promoteTypes('float32', 'float64')).toBe('float64');
  expect(promoteTypes('int32', 'uint32')).toBe('int32');
  expect(canCast('float64', 'float32')).toBe(true);
  expect(canCast('int32', 'uint32')).toBe(true);
  expect(canCast('float32', 'int32')).toBe(false);
  expect(canCast('int32', 'bool')).toBe(false);
  expect(() => promoteTypes('int64' as DType, 'bool')).toThrow(/promoteTypes\(\): argument 'type1' must be a dtype/);
});

test('conversions and questions about dtypes', async () => {
  const x = tensor([1.9, -1.9]);
  expect(await x.long().tolist()).toEqual([1, -1]);
  expect(x.long().dtype).toBe('int32');
  expect(x.typeAs(tensor([true])).dtype).toBe('bool');
  expect([x.isFloatingPoint(), x.bool().isFloatingPoint()]).toEqual([true, false]);
  expect([x.isSigned(), x.to('uint32').isSigned(), x.bool().isSigned()]).toEqual([true, false, false]);
});

test('allclose and equal read their answer', async () => {
  const x = tensor([1, 2.5, NaN]);
  expect(await x.equal(tensor([1, 2.5, NaN]))).toBe(false);
  expect(await x.allclose(x)).toBe(false);
  expect(await x.allclose(x, { equalNan: true })).toBe(true);
  expect(await x.allclose(x.add(0.1), 0, 0.2, true)).toBe(true);
  expect(await tensor([1, 2]).equal(tensor([1, 2]))).toBe(true);
  expect(await tensor([1, 2]).equal(tensor([[1, 2]]))).toBe(false);
  expect(await tensor([1, 2]).equal(tensor([1, 2]).float())).toBe(false);
  expect(await tensor([]).equal(tensor([]))).toBe(true);
  await expect(tensor([1, 2]).allclose(tensor([1.5, 2]))).rejects.toThrow('int32 did not match float32');
});

test('double backward goes through the fused rules', async () => {
  const x = tensor([0.5, 2], { dtype: 'float32', requiresGrad: true });
  const y = tensor([1.5, 1], { dtype: 'float32', requiresGrad: true });
  const [dx] = lumigrad.grad(lumigrad.hypot(x, y).sum(), [x], { createGraph: true });
  const [dxy] = lumigrad.grad(dx!.sum(), [y]);
  const expected = [0.5 * 1.5, 2 * 1].map((p, i) => -p / Math.hypot([0.5, 2][i]!, [1.5, 1][i]!) ** 3);
  for (const [i, v] of (await dxy!.data()).entries()) expect(v).toBeCloseTo(expected[i]!, 5);
});
