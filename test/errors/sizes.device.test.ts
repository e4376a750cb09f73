/** Sizes that no device, or no number, can hold: refused at the call, before anything is allocated. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  arange,
  cat,
  DeviceError,
  eye,
  full,
  functional,
  init,
  linspace,
  OptionError,
  ones,
  rand,
  randint,
  randperm,
  ShapeError,
  tensor,
  zeros,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { testDevice } from '../device.ts';
import { eachRefusal } from './refusals.ts';

beforeAll(() => init({ device: testDevice }));
const huge = 2 ** 40;
const wide = (size = huge) => ones([1]).expand(size);

describe('beyond 2^53', () => {
  eachRefusal([
    [
      'zeros',
      () => zeros([1e9, 1e9, 1e9]),
      ShapeError,
      'zeros: shape [1000000000, 1000000000, 1000000000] has more than 2^53 elements',
    ],
    ['beside a zero', () => zeros([0, 2 ** 50, 2 ** 50]), ShapeError, /more than 2\^53 elements/],
    ['rand', () => rand([2 ** 53]), ShapeError, 'rand: shape [9007199254740992] has more than 2^53 elements'],
    ['eye', () => eye(2 ** 40), ShapeError, /^eye: shape .* has more than 2\^53 elements/],
    ['linspace', () => linspace(0, 1, 2 ** 60), ShapeError, /more than 2\^53 elements/],
    ['arange', () => arange(0, 1e300, 0.5), ShapeError, /more than 2\^53 elements/],
    [
      'expand',
      () => ones([1]).expand(huge, huge),
      ShapeError,
      'expand: shape [1099511627776, 1099511627776] has more than 2^53 elements',
    ],
    ['reshape', () => ones([2]).reshape(2 ** 53, 1), ShapeError, /more than 2\^53 elements/],
    ['endless', () => zeros([Number.POSITIVE_INFINITY]), ShapeError, "zeros(): argument 'size' must be a list of ints"],
    ['layer', () => new nn.Linear(1e9, 1e9), ShapeError, /more than 2\^53 elements/],
    ['randperm', () => randperm(2 ** 62), OptionError, 'randperm: n must be a non-negative integer below 2^31'],
  ]);
});

describe('beyond the device', () => {
  const named = (op: string) => new RegExp(`^${op}: a \\w+ (tensor|operand) of shape \\[.*elements`, 's');
  eachRefusal([
    ['zeros', () => zeros([huge]), DeviceError, named('zeros')],
    ['full', () => full([huge, 2], 1, { dtype: 'int32' }), DeviceError, named('full')],
    ['rand', () => rand([huge]), DeviceError, named('rand')],
    ['randint', () => randint(5, [huge]), DeviceError, named('randint')],
    ['arange', () => arange(0, huge, 1, { dtype: 'float32' }), DeviceError, named('arange')],
    ['linspace', () => linspace(0, 1, huge), DeviceError, named('linspace')],
    ['eye', () => eye(1e7), DeviceError, named('eye')],
    ['one-hot', () => functional.oneHot(tensor([1]), huge), DeviceError, named('oneHot')],
    ['layer', () => new nn.Linear(1e6, 1e6), DeviceError, /of shape \[1000000, 1000000\]/],
    ['addition', () => wide().add(1), DeviceError, named('add')],
    ['broadcast', () => ones([1e6, 1]).mul(ones([1, 1e6])), DeviceError, named('mul')],
    ['copy', () => wide().clone(), DeviceError, named('copy')],
    ['sum', () => wide().sum(), DeviceError, named('sum')],
    ['argmax', () => wide().argmax(), DeviceError, named('argmax')],
    [
      'product',
      () =>
        ones([1])
          .expand(2 ** 20, 2 ** 20)
          .matmul(ones([2 ** 20, 1])),
      DeviceError,
      named('matmul'),
    ],
    ['outer product', () => ones([1e6, 1]).matmul(ones([1, 1e6])), DeviceError, named('matmul')],
    ['join', () => cat([wide(), wide()]), DeviceError, named('cat')],
    [
      'padding',
      () => functional.conv2d(ones([1, 1, 2, 2]), ones([1, 1, 1, 1]), null, { padding: 1e6 }),
      DeviceError,
      named('conv2d'),
    ],
  ]);
  test('and reads reject', async () => {
    await expect(wide().data()).rejects.toThrow(DeviceError);
    await expect(wide().toStringAsync()).rejects.toThrow(DeviceError);
  });
  test('but a part of an expanded tensor is fine', async () => {
    expect(await wide().at([5, 8]).tolist()).toEqual([1, 1, 1]);
    expect(
      await wide()
        .reshape(2 ** 20, 2 ** 20)
        .at(3, [0, 2])
        .sum()
        .item(),
    ).toBe(2);
  });
});
