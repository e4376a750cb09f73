/** Linear maps of planes: their gradient is the transpose, for any sizes; and places and sizes at the edge. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  adaptiveMaxPool1d,
  functional as F,
  init,
  manualSeed,
  maxPool1dWithIndices,
  randn,
  type Tensor,
  tensor,
} from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

/** ⟨map(x), y⟩ = ⟨x, transpose(y)⟩, where backward applies the transpose. */
async function expectTransposed(shape: readonly number[], map: (x: Tensor) => Tensor): Promise<void> {
  manualSeed(3);
  const x = randn(shape, { requiresGrad: true });
  const result = map(x);
  const y = randn(result.shape);
  result.backward(y);
  const [forward, backward] = await Promise.all([
    result.detach().mul(y).sum().item(),
    x.grad!.mul(x.detach()).sum().item(),
  ]);
  expect(backward).toBeCloseTo(forward, 3);
}

describe('gradients are the transpose', () => {
  const sizes = [
    [1, 9],
    [9, 1],
    [7, 30],
    [31, 4],
    [12, 12],
  ] as const;
  const modes = ['nearest', 'nearest-exact', 'bilinear', 'bicubic', 'area'] as const;
  // Each size and mode is two kernels to compile: on the GPU every other one does.
  const cases = modes.flatMap((mode, m) =>
    sizes.flatMap((s, i) => (testDevice === 'cpu' || (m + i) % 2 === 0 ? [[mode, s] as const] : [])),
  );
  test.each(cases)('%s %j', (mode, [from, to]) =>
    expectTransposed([2, 1, from, 5], (x) => F.interpolate(x, { size: [to, 8], mode })),
  );
  test.each(['bilinear', 'bicubic'] as const)('%s with aligned corners', (mode) =>
    expectTransposed([1, 1, 6, 1], (x) => F.interpolate(x, { size: [11, 4], mode, alignCorners: true })),
  );
  test.each(['bilinear', 'bicubic', 'lanczos'] as const)('%s, antialiased', (mode) =>
    expectTransposed([1, 1, 17, 5], (x) => F.interpolate(x, { size: [4, 9], mode, antialias: true })),
  );
  test('one factor where the rounded-down size would give another', () =>
    expectTransposed([1, 1, 5, 7], (x) => F.interpolate(x, { scaleFactor: [2.9, 0.55], mode: 'bicubic' })));
});

test('places that are not finite lie outside, and neither they nor the image get a gradient', async () => {
  const image = tensor(
    [
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    ],
    { dtype: 'float32', requiresGrad: true },
  );
  const values = [
    [
      [
        [NaN, 0],
        [Infinity, 0],
        [0, -Infinity],
        [NaN, NaN],
      ],
    ],
  ];
  for (const mode of ['bilinear', 'bicubic', 'nearest'] as const) {
    const grid = tensor(values, { dtype: 'float32', requiresGrad: true });
    const y = F.gridSample(image, grid, { mode });
    expect(await y.tolist()).toEqual([[[[0, 0, 0, 0]]]]);
    y.sum().backward();
    expect(await grid.grad!.tolist()).toEqual([
      [
        [
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      ],
    ]);
  }
  expect(await image.grad!.tolist()).toEqual([
    [
      [
        [0, 0],
        [0, 0],
      ],
    ],
  ]);
  const border = F.gridSample(
    image,
    tensor([
      [
        [
          [Infinity, 0],
          [0, -Infinity],
        ],
      ],
    ]),
    { paddingMode: 'border' },
  );
  expect(await border.tolist()).toEqual([[[[3, 1.5]]]]);
});

test('adaptive pooling to no windows, and its gradient', async () => {
  const x = randn([2, 3, 4], { requiresGrad: true });
  const y = F.adaptiveAvgPool1d(x, 0);
  expect(y.shape).toEqual([2, 3, 0]);
  y.sum().add(F.adaptiveMaxPool1d(x, 0).sum()).backward();
  expect(await x.grad!.abs().sum().item()).toBe(0);
});

test('arguments by position, and results with indices', async () => {
  const line = tensor([[1, 3, 2, 5, 4]], { dtype: 'float32' });
  expect(await F.maxPool1d(line, 2, 1).tolist()).toEqual([[3, 3, 5, 5]]);
  expect(await F.maxPool1d(line, 2, 3, { padding: 1 }).tolist()).toEqual([[1, 5]]);
  expect(await F.avgPool1d(line, 2, { stride: 3 }).tolist()).toEqual([[2, 4.5]]);
  const [values, indices] = maxPool1dWithIndices(line, 2, { stride: 1 });
  expect([await values.tolist(), await indices.tolist()]).toEqual([[[3, 3, 5, 5]], [[1, 1, 3, 3]]]);
  expect(indices.dtype).toBe('int32');
  const [most, at] = adaptiveMaxPool1d(line, 2);
  expect([await most.tolist(), await at.tolist()]).toEqual([[[3, 5]], [[1, 3]]]);
  expect(F.interpolate(line.unsqueeze(0), 3).shape).toEqual([1, 1, 3]);
  expect(F.interpolate(line.unsqueeze(0), null, 2).shape).toEqual([1, 1, 10]);
});

test('functions that always return indices return those of the option', async () => {
  const volume = randn([2, 4, 6, 5]);
  const plane = volume.at(0);
  const line = plane.at(0);
  const with_ = { returnIndices: true } as const;
  const flat = { outputSize: 2, _randomSamples: tensor([[[0.25, 0.5]]]).expand(1, 4, 2) };
  const pairs: [Tensor[], Tensor[]][] = [
    [F.maxPool1dWithIndices(line, 2), F.maxPool1d(line, 2, with_)],
    [F.maxPool2dWithIndices(plane, 2, { stride: 1 }), F.maxPool2d(plane, 2, 1, with_)],
    [F.maxPool3dWithIndices(volume, 2), F.maxPool3d(volume, 2, with_)],
    [F.adaptiveMaxPool1dWithIndices(line, 3), F.adaptiveMaxPool1d(line, 3, with_)],
    [F.adaptiveMaxPool2dWithIndices(plane, 3), F.adaptiveMaxPool2d(plane, 3, with_)],
    [F.adaptiveMaxPool3dWithIndices(volume, 3), F.adaptiveMaxPool3d(volume, 3, with_)],
    [F.fractionalMaxPool2dWithIndices(plane, 2, flat), F.fractionalMaxPool2d(plane, 2, { ...flat, ...with_ })],
  ];
  for (const [ours, theirs] of pairs) {
    expect(ours).toHaveLength(2);
    expect(await Promise.all(ours.map((t) => t.tolist()))).toEqual(await Promise.all(theirs.map((t) => t.tolist())));
  }
  expect(F.fractionalMaxPool3dWithIndices(volume, 2, { outputSize: 2 }).map((t) => t.shape)).toEqual([
    [2, 2, 2, 2],
    [2, 2, 2, 2],
  ]);
});

test('pooling lines without gradients or indices has its own words, as in PyTorch', () => {
  const line = randn([1, 2]);
  expect(() => F.maxPool1d(line, 3)).toThrow('max_pool1d() Invalid computed output size: 0');
  expect(() => F.maxPool1d(line, 2, { padding: 2 })).toThrow(
    'max_pool1d() padding should be at most half of kernel size, but got padding=2 and kernel_size=2',
  );
  expect(() => F.maxPool1d(line, 0)).toThrow('max_pool1d() stride must be greater than zero, but got 0');
});

test('windows at random places differ, and follow the seed', async () => {
  const x = randn([1, 2, 12, 12]);
  const draw = (seed: number): Tensor => {
    manualSeed(seed);
    return F.fractionalMaxPool2d(x, 2, { outputSize: 5, returnIndices: true })[1];
  };
  const [a, b, c] = await Promise.all([draw(1), draw(1), draw(2)].map((t) => t.tolist()));
  expect(a).toEqual(b);
  expect(a).not.toEqual(c);
});
