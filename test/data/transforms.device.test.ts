/** torchvision is not at hand: the truths are torch's interpolate(), grid_sample() and conv2d(), colorsys, and worked by hand. */
import { beforeAll, describe, expect, test } from 'vitest';
import { transforms as T } from '../../src/data/index.ts';
import { resample, resizing } from '../../src/data/transforms/resampling.ts';
import { arange, engineStats, functional, Generator, init, type Tensor, tensor } from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const seeded = (seed = 3) => ({ generator: new Generator(seed) });
const ramp = (...shape: number[]) =>
  arange(shape.reduce((a, b) => a * b))
    .mul(5)
    .remainder(13)
    .div(13)
    .reshape(shape);
const flat = async (x: Tensor) => [...(await x.data())] as number[];
async function close(actual: Tensor, expected: readonly number[] | Tensor, eps = 1e-5): Promise<void> {
  const [a, b] = [await flat(actual), Array.isArray(expected) ? expected : await flat(expected as Tensor)];
  expect(a).toHaveLength(b.length);
  expect(Math.max(...a.map((v, i) => Math.abs(v - b[i]!)))).toBeLessThan(eps);
}

test.each([
  [true, 'bilinear'],
  [false, 'bilinear'],
  [true, 'bicubic'],
  [false, 'bicubic'],
  [false, 'nearest'],
] as const)('Resize is interpolate(): antialias %s, %s', async (antialias, interpolation) => {
  const x = ramp(2, 3, 6, 7);
  const y = new T.Resize([4, 9], interpolation, { antialias }).forward(x);
  expect(y.device).toBe(testDevice);
  await close(y, functional.interpolate(x, { size: [4, 9], mode: interpolation, antialias }));
  await close(new T.Resize([4, 9], { interpolation, antialias }).forward(x.at(1)), y.at(1));
});

test('RandomResizedCrop: torch resizes the part', async () => {
  const x = arange(42).mul(5).remainder(13).reshape(1, 6, 7).float();
  // F.interpolate(x[:, :, 1:5, 2:5], (2, 5), mode='bilinear', antialias=True)
  const middle = resample(x, resizing(6, 2, 'bilinear', true, 1, 4), resizing(7, 5, 'bilinear', true, 2, 3));
  await close(middle, [5, 6.257143, 8.142858, 7.8, 7.571429, 8, 7.771429, 7.428572, 7.085714, 6.857143]);
  // Of the image itself, in the shape it has: the whole of it.
  const whole = new T.RandomResizedCrop([2, 5], { scale: [1, 1], ratio: [7 / 6, 7 / 6] }).forward(x);
  await close(whole, new T.Resize([2, 5]).forward(x));
  // A part is an axis-aligned rectangle, whose resized mean can be no more than its largest value.
  const part = await flat(new T.RandomResizedCrop([2, 5], { scale: [0.2, 0.4], ...seeded() }).forward(x));
  expect(Math.max(...part)).toBeLessThanOrEqual(12);
  expect(part).not.toEqual(await flat(whole));
});

test('RandomRotation', async () => {
  const x = arange(12).mul(5).remainder(12).div(12).reshape(1, 3, 4);
  // F.grid_sample with torchvision's affine grid.
  const turned = [
    0.11215, 0.57716, 0.61902, 0.58833, 0.20016, 0.19458, 0.4055, 0.58293, 0.4402, 0.47986, 0.4397, 0.11184,
  ];
  await close(new T.RandomRotation([30, 30], 'bilinear').forward(x), turned);
  // All of it, in a larger image.
  const whole = new T.RandomRotation([30, 30], 'bilinear', { expand: true, fill: 0 }).forward(x);
  expect(whole.shape).toEqual([1, 5, 6]);
  await close(
    whole.at(':', [0, 3]),
    [
      0, 0, 0.01426, 0.14973, 0.05265, 0, 0, 0.11215, 0.57716, 0.61902, 0.58833, 0, 0, 0.20016, 0.19458, 0.4055,
      0.58293, 0.14653,
    ],
  );
  const square = ramp(2, 3, 3);
  await close(
    new T.RandomRotation([90, 90], { expand: true, center: [0, 0] }).forward(square),
    square.transpose(1, 2).flip(1),
  );
  await close(new T.RandomRotation([180, 180]).forward(square), square.flip(1, 2));
  await close(new T.RandomRotation([180, 180], { center: [1.5, 1.5], fill: 9 }).forward(square), square.flip(1, 2));
  // Around the upper left corner all that is seen came from outside.
  await close(new T.RandomRotation([180, 180], { center: [0, 0], fill: 0.5 }).forward(square), Array(18).fill(0.5));
});

test('GaussianBlur is a convolution of the mirrored image', async () => {
  const x = arange(12).mul(5).remainder(12).div(12).reshape(1, 3, 4);
  const blurred = [
    0.36964, 0.40935, 0.51208, 0.53749, 0.40785, 0.43519, 0.48305, 0.50565, 0.40545, 0.44758, 0.48178, 0.48582,
  ];
  await close(new T.GaussianBlur([3, 5], 1.5).forward(x), blurred);
});

describe('color', () => {
  const pixels = tensor([[[0.8, 0.2, 0.4]], [[0.3, 0.5, 0.4]], [[0.1, 0.9, 0.4]]]);
  test('hue turns as in colorsys', async () => {
    await close(
      new T.ColorJitter({ hue: [0.2, 0.2] }).forward(pixels),
      [0.46, 0.74, 0.4, 0.8, 0.2, 0.4, 0.1, 0.9, 0.4],
    );
  });
  test('brightness, contrast, saturation', async () => {
    await close(new T.ColorJitter([2, 2]).forward(pixels), [1, 0.4, 0.8, 0.6, 1, 0.8, 0.2, 1, 0.8]);
    const gray = (await flat(new T.Grayscale().forward(pixels))) as [number, number, number];
    expect(gray[0]).toBeCloseTo(0.8 * 0.2989 + 0.3 * 0.587 + 0.1 * 0.114, 5);
    const mean = (gray[0] + gray[1] + gray[2]) / 3;
    await close(new T.ColorJitter({ contrast: [0, 0] }).forward(pixels), Array(9).fill(mean));
    await close(new T.ColorJitter({ saturation: [0, 0] }).forward(pixels), [...gray, ...gray, ...gray]);
    await close(new T.Grayscale(3).forward(pixels), [...gray, ...gray, ...gray]);
  });
  test('Normalize', async () => {
    const y = new T.Normalize([0.1, 0.2, 0.3], [0.5, 0.25, 1]).forward(pixels);
    await close(y, [1.4, 0.2, 0.6, 0.4, 1.2, 0.8, -0.2, 0.6, 0.1]);
  });
});

test('crops and borders', async () => {
  const x = ramp(2, 1, 3, 4);
  await close(
    new T.Pad(1, { paddingMode: 'reflect' }).forward(x),
    functional.pad(x, [1, 1, 1, 1], { mode: 'reflect' }),
  );
  await close(
    new T.Pad([2, 1], { paddingMode: 'edge' }).forward(x),
    functional.pad(x, [2, 2, 1, 1], { mode: 'replicate' }),
  );
  await close(new T.Pad([1, 2, 3, 4], 0.5).forward(x), functional.pad(x, [1, 3, 2, 4], { value: 0.5 }));
  const row = tensor([[[1.5, 2.5, 3.5]]]);
  await close(new T.Pad([2, 0], { paddingMode: 'symmetric' }).forward(row), [2.5, 1.5, 1.5, 2.5, 3.5, 3.5, 2.5]);
  await close(new T.CenterCrop([1, 2]).forward(x), x.at('...', [1, 2], [1, 3]));
  expect(await flat(new T.CenterCrop([3, 6]).forward(row))).toEqual([
    0, 0, 0, 0, 0, 0, 0, 1.5, 2.5, 3.5, 0, 0, 0, 0, 0, 0, 0, 0,
  ]);
  const crop = new T.RandomCrop([2, 2], { padding: 1, ...seeded() });
  const [one, two] = [await flat(crop.forward(x)), await flat(crop.forward(x))];
  expect(await flat(new T.RandomCrop([2, 2], { padding: 1, ...seeded() }).forward(x))).toEqual(one);
  expect(two).not.toEqual(one);
  // Where it crops is data: another place, the same plan.
  const { planMisses } = engineStats(testDevice);
  for (let i = 0; i < 5; i++) await flat(crop.forward(x));
  expect(engineStats(testDevice).planMisses).toBe(planMisses);
});

test('RandomErasing, MixUp and CutMix', async () => {
  const x = ramp(1, 6, 6).add(1);
  const erased = await flat(new T.RandomErasing(1, { scale: [0.2, 0.3], ratio: [1, 1], ...seeded() }).forward(x));
  const holes = erased.flatMap((v, i) => (v === 0 ? [i] : []));
  // A square of 3 × 3 pixels.
  expect(holes.map((i) => i - holes[0]!)).toEqual([0, 1, 2, 6, 7, 8, 12, 13, 14]);
  const images = tensor([0, 1], { dtype: 'float32' }).reshape(2, 1, 1, 1).expand(2, 1, 4, 4);
  const labels = tensor([1, 0]);
  for (const mix of [new T.MixUp({ numClasses: 2, ...seeded(1) }), new T.CutMix({ numClasses: 2, ...seeded(1) })]) {
    const [mixed, targets] = mix.forward([images, labels]);
    // The share of the second image's ones is that of its label 0.
    await close(mixed.mean([1, 2, 3]), targets.at(':', 0));
    const [share] = await flat(targets.at(0));
    expect(share! > 0 && share! < 1).toBe(true);
  }
});
