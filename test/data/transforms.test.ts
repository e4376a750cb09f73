import { describe, expect, test } from 'vitest';
import { Draws } from '../../src/data/draws.ts';
import { transforms as T } from '../../src/data/index.ts';
import { DTypeError, Generator, OptionError, rand, ShapeError, tensor } from '../../src/index.ts';

const draws = (seed: number) => new Draws('test', new Generator(seed));
const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;

describe('what decides', () => {
  test('uniform and normal numbers, gamma and beta have their moments', () => {
    const d = draws(1);
    const many = (draw: () => number) => Array.from({ length: 4000 }, draw);
    expect(mean(many(() => d.uniform(2, 4)))).toBeCloseTo(3, 1);
    const normal = many(() => d.normal());
    expect(Math.abs(mean(normal))).toBeLessThan(0.06);
    expect(Math.abs(mean(normal.map((v) => v * v)) - 1)).toBeLessThan(0.1);
    for (const shape of [0.3, 1, 4])
      expect(Math.abs(mean(many(() => d.gamma(shape))) - shape)).toBeLessThan(0.15 * shape + 0.03);
    const beta = many(() => d.beta(0.4, 0.4));
    expect(Math.abs(mean(beta) - 0.5)).toBeLessThan(0.03);
    // Var = ab / ((a + b)² (a + b + 1))
    expect(Math.abs(mean(beta.map((v) => (v - 0.5) ** 2)) - 0.16 / (0.64 * 1.8))).toBeLessThan(0.01);
  });
  test('a flip comes half the time, and repeats with its seed', async () => {
    const run = async () => {
      const flip = new T.RandomHorizontalFlip({ generator: new Generator(9) });
      const x = tensor([[[0.25, 0.75]]]);
      return Promise.all(Array.from({ length: 60 }, async () => (await flip.forward(x).data())[0]));
    };
    const first = await run();
    expect(first).toEqual(await run());
    const flipped = first.filter((v) => v === 0.75).length;
    expect(flipped).toBeGreaterThan(15);
    expect(flipped).toBeLessThan(45);
  });
});

describe('ToTensor', () => {
  const rgba = { data: new Uint8ClampedArray([255, 0, 51, 255, 0, 255, 102, 0]), width: 2, height: 1 };
  test('of ImageData: planes, without alpha', async () => {
    const x = new T.ToTensor().forward(rgba);
    expect(x.shape).toEqual([3, 1, 2]);
    expect(await x.data()).toEqual(Float32Array.of(1, 0, 0, 1, 0.2, 0.4));
  });
  test('as many channels as asked for', async () => {
    expect(new T.ToTensor({ channels: 4 }).forward(rgba).shape).toEqual([4, 1, 2]);
    const gray = await new T.ToTensor({ channels: 1 }).forward(rgba).data();
    expect([...gray].map((v) => Math.round(v * 255))).toEqual([82, 161]);
    const deep = { data: Uint16Array.of(65535, 0), width: 2, height: 1, channels: 1, depth: 16 };
    expect(await new T.ToTensor().forward(deep).data()).toEqual(Float32Array.of(1, 0));
  });
});

test('RandomApply, RandomGrayscale, RandomVerticalFlip', async () => {
  const x = rand([3, 2, 2]);
  expect(new T.RandomApply([new T.Grayscale()], 1).forward(x).shape).toEqual([1, 2, 2]);
  expect(new T.RandomApply([new T.Grayscale()], { p: 0 }).forward(x)).toBe(x);
  expect(new T.RandomGrayscale(1).forward(x).shape).toEqual([3, 2, 2]);
  expect(await new T.RandomVerticalFlip(1).forward(x).tolist()).toEqual(await x.flip(1).tolist());
});

test('Resize: the shorter edge, and no more than maxSize', () => {
  expect(new T.Resize(4).forward(rand([1, 10, 6])).shape).toEqual([1, 6, 4]);
  expect(new T.Resize(4, { maxSize: 5 }).forward(rand([1, 10, 6])).shape).toEqual([1, 5, 3]);
});

test.each([
  [
    () => new T.RandomCrop(9).forward(rand([3, 8, 8])),
    ShapeError,
    'Required crop size (9, 9) is larger than input image size (8, 8)',
  ],
  [() => new T.CenterCrop(3).forward(tensor([[1, 2]])), DTypeError, 'expected a float image, got int32'],
  [() => new T.CenterCrop(3).forward([1] as never), OptionError, 'new ToTensor() makes one'],
  [() => new T.Normalize([1], [0]), OptionError, 'std evaluated to zero, leading to division by zero.'],
  [() => new T.Normalize([1, 2], [1, 2]).forward(rand([3, 2, 2])), ShapeError, 'do not fit'],
  [() => new T.GaussianBlur(4), OptionError, 'Kernel size value should be an odd and positive number.'],
  [() => new T.ColorJitter({ hue: 0.6 }), OptionError, 'hue values should be between'],
  [() => new T.RandomHorizontalFlip(2), OptionError, 'in the interval [0.0, 1.0]'],
  [() => new T.MixUp().forward([rand([2, 1, 2, 2]), tensor([0, 1])]), OptionError, 'num_classes must be passed'],
  [() => new T.Compose([]), OptionError, 'Pass at least one transform'],
  [() => new T.Resize(4, { antialis: true } as never), OptionError, "did you mean 'antialias'"],
])('wrong use %#', (make, type, message) => {
  expect(make).toThrow(type);
  expect(make).toThrow(message);
});
