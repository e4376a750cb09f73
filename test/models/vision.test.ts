/** Models of images learn a small task each, and refuse what does not fit. Numbers are compared in models.device.test.ts. */
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  engineStats,
  functional,
  init,
  manualSeed,
  noGrad,
  rand,
  randint,
  randn,
  type Tensor,
  tensor,
  where,
  zeros,
} from '../../src/index.ts';
import {
  Bottleneck,
  CifarResNet,
  DCGANDiscriminator,
  DCGANGenerator,
  DDPM,
  DiffusionUNet,
  LeNet,
  MLP,
  NeuralCA,
  preactResnet110,
  ResBlock,
  ResNet,
  resnet18,
  resnet20,
  resnet50,
  timestepEmbedding,
  UNet,
  VAE,
  vaeLoss,
} from '../../src/models/index.ts';
import type * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';

// Seconds on a machine of one's own.
vi.setConfig({ testTimeout: 120_000 });
beforeAll(() => init({ device: 'cpu' }));
beforeEach(() => {
  manualSeed(0);
});

/** Trains for so many steps; returns the last loss. */
async function train(model: nn.Module, steps: number, lr: number, lossOf: () => Tensor): Promise<number> {
  const optimizer = new optim.Adam(model.parameters(), { lr });
  let loss: Tensor | null = null;
  for (let i = 0; i < steps; i++) {
    optimizer.zeroGrad();
    loss = lossOf();
    loss.backward();
    optimizer.step();
  }
  model.eval();
  return loss!.item();
}
const countOf = (model: nn.Module): number => model.parameters().reduce((n, p) => n + p.numel(), 0);

/** Images (n, 1, size, size) of noise with a bright bar: label 0 upright, 1 lying, anywhere. */
function bars(n: number, size: number): [images: Tensor, labels: Tensor] {
  const labels = randint(0, 2, [n]);
  const place = randint(0, size, [n, 1]);
  const bar = tensor(Array.from({ length: size }, (_, i) => i))
    .eq(place)
    .float();
  const upright = bar.unsqueeze(1).expand([n, size, size]);
  const image = where(labels.reshape([n, 1, 1]).eq(0), upright, upright.transpose(1, 2));
  return [image.add(rand([n, size, size]).mul(0.3)).unsqueeze(1), labels];
}

describe.each([
  ['LeNet', () => new LeNet({ numClasses: 2, imageSize: 12, channels: [4, 4], hidden: [8, 8] }), 12, 60],
  ['ResNet', () => new ResNet(Bottleneck, [1, 1, 1, 1], { inChannels: 1, width: 2, numClasses: 2 }), 8, 40],
  ['CifarResNet', () => new CifarResNet(8, { inChannels: 1, width: 4, numClasses: 2, shortcut: 'padding' }), 8, 40],
] as const)('%s', (_, make, size, steps) => {
  test('learns whether a bar stands or lies', async () => {
    const model = make();
    const loss = await train(model, steps, 1e-2, () => {
      const [images, labels] = bars(16, size);
      return functional.crossEntropy(model.forward(images), labels);
    });
    expect(loss).toBeLessThan(0.3);
    const [images, labels] = bars(50, size);
    const right = noGrad(() => model.forward(images).argmax(1).eq(labels).float().mean());
    expect(await right.item()).toBeGreaterThan(0.9);
  });
});

test('the VAE learns to draw bars, from one number or two', async () => {
  const model = new VAE({ inFeatures: 16, hidden: 32, latent: 2 });
  const clean = (n: number): Tensor => {
    const [images] = bars(n, 4);
    return images.gt(0.9).float().reshape([n, 16]);
  };
  const perBar = (await train(model, 300, 1e-2, () => {
    const x = clean(32);
    return vaeLoss(...model.forward(x), x).div(32);
  })) as number;
  // Always the same guess, a quarter everywhere, would cost 9.
  expect(perBar).toBeLessThan(6.5);
  const drawn = noGrad(() => model.decode(randn([50, 2])));
  expect(await drawn.sum(1).mean().item()).toBeCloseTo(4, 0);
});
test('the loss of a VAE is the cross-entropy and the divergence', async () => {
  const half = tensor([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]); // biome-ignore format: rows
  const x = tensor([[0, 1, 0.5], [1, 1, 0]]); // biome-ignore format: rows
  const loss = vaeLoss(half, tensor([[1], [2]], { dtype: 'float32' }), tensor([[0], [1]], { dtype: 'float32' }), x);
  expect(await loss.item()).toBeCloseTo(6 * Math.LN2 + 0.5 + 0.5 * (4 + Math.E - 2), 5);
});

describe('diffusion', () => {
  test('learns to draw bars: every step back is the same plan', async () => {
    const model = new DiffusionUNet({
      inChannels: 1,
      modelChannels: 8,
      channelMult: [1],
      numResBlocks: 1,
      numHeads: 2,
      numGroups: 4,
    });
    const ddpm = new DDPM({ timesteps: 20, betaStart: 0.01, betaEnd: 0.4 });
    const images = (n: number): Tensor => bars(n, 4)[0].gt(0.9).float().mul(2).sub(1);
    const loss = await train(model, 150, 1e-2, () => ddpm.loss(model, images(16)));
    // To see no noise at all costs 1.
    expect(loss).toBeLessThan(0.5);
    const misses: number[] = [];
    const drawn = await ddpm.sample(model, [40, 1, 4, 4], { onStep: () => misses.push(engineStats().planMisses) });
    expect(misses.length).toBe(20);
    expect(misses.at(-1)! - misses[3]!).toBe(0);
    // A bar of 4 pixels: as many ink in the mean, and hardly any grey.
    expect(await drawn.gt(0).float().sum().div(40).item()).toBeCloseTo(4, -0.5);
    expect(await drawn.abs().sub(1).abs().mean().item()).toBeLessThan(0.4);
  });
  test('adds noise as its schedule says', async () => {
    const ddpm = new DDPM({ timesteps: 3, betaStart: 0.1, betaEnd: 0.3 });
    const x = tensor([[2], [2], [2]], { dtype: 'float32' });
    const noisy = ddpm.addNoise(x, x.mul(0.5), tensor([0, 1, 2]));
    const kept = [0.9, 0.72, 0.504];
    for (const [i, value] of [...(await noisy.data())].entries())
      expect(value).toBeCloseTo(2 * Math.sqrt(kept[i]!) + Math.sqrt(1 - kept[i]!), 5);
  });
  test('takes all noise away that it knows of', async () => {
    const ddpm = new DDPM({ timesteps: 10 });
    const noise = randn([2, 3]);
    const x = randn([2, 3]);
    const now = tensor([0, 0]);
    const back = ddpm.step({ forward: () => noise }, ddpm.addNoise(x, noise, now), now);
    expect(await back.sub(x).abs().max().item()).toBeLessThan(1e-6);
  });
  test('times are embedded as cosines and sines', async () => {
    const [row] = (await timestepEmbedding(tensor([50]), 4).tolist()) as number[][];
    const expected = [Math.cos(50), Math.cos(0.5), Math.sin(50), Math.sin(0.5)];
    for (const [i, value] of expected.entries()) expect(row![i]).toBeCloseTo(value, 4);
  });
});

describe('the neural cellular automaton', () => {
  test('grows a cross from one cell', async () => {
    const model = new NeuralCA({ channels: 6, hidden: 16 });
    const cross = Array.from({ length: 7 }, (_, y) =>
      Array.from({ length: 7 }, (_, x) => Number((x === 3 || y === 3) && x > 0 && y > 0 && x < 6 && y < 6)),
    );
    const wanted = tensor(cross, { dtype: 'float32' });
    const loss = await train(model, 120, 1e-2, () => {
      const grown = model.forward(model.seed(4, 7), 8);
      return functional.mseLoss(grown.at(':', 3), wanted.expand([4, 7, 7]));
    });
    // Nothing at all costs 9/49.
    expect(loss).toBeLessThan(0.06);
  });
  test('does nothing at first, and cells far from living ones are cleared', async () => {
    const model = new NeuralCA({ channels: 5, hidden: 4 });
    const grid = model.seed(1, 7);
    expect(await grid.sum().item()).toBe(2);
    expect(await model.forward(grid, 3).sub(grid).abs().max().item()).toBe(0);
    const stray = zeros([1, 5, 7, 7]);
    stray.put_([0, 4, 0, 0], 1);
    expect(await model.forward(stray.add(grid)).sub(grid).abs().max().item()).toBe(0);
  });
  test('updates a part of the cells', async () => {
    const model = new NeuralCA({ channels: 4, hidden: 4, fireRate: 0.25 });
    noGrad(() => model.conv2.bias!.fill_(1));
    const changed = noGrad(() =>
      model
        .forward(zeros([1, 4, 40, 40]).add(1))
        .at(0, 0)
        .gt(1.5)
        .float()
        .mean(),
    );
    expect(await changed.item()).toBeCloseTo(0.25, 1);
  });
});

test('sizes are those of the papers', () => {
  expect(countOf(resnet20())).toBe(272_474);
  expect(countOf(resnet20({ shortcut: 'padding' }))).toBe(269_722);
  expect(countOf(preactResnet110({ shortcut: 'padding' }))).toBe(1_727_962);
  expect(countOf(resnet18())).toBe(11_689_512);
  expect(countOf(resnet50())).toBe(25_557_032);
});

describe('what does not fit', () => {
  test.each([
    [() => new MLP(2, []), 'hiddenChannels must be a list of sizes'],
    [() => new MLP(2, [1], { droput: 0.5 } as never), "unexpected option 'droput'"],
    [() => new LeNet({ imageSize: 8 }), 'images of 8 with padding 2 are too small'],
    [() => new LeNet().forward(zeros([1, 1, 32, 32])), 'expected images of (N, C, 28, 28), but got [1, 1, 32, 32]'],
    [() => new CifarResNet(18), 'depth must be 6 n + 2'],
    [() => new ResBlock(4, 2, { shortcut: 'padding' }), 'zeros cannot make 2 channels of 4'],
    [() => new ResBlock(4, 4, { shortcut: 'pad' as never }), "shortcut must be 'projection' or 'padding', got 'pad'"],
    [() => new UNet(1, 2, { width: 1, depth: 2 }).forward(zeros([1, 1, 8, 6])), 'with sides divisible by 4'],
    [() => new DCGANGenerator({ imageSize: 28 }), 'imageSize must be a power of 2, 8 at least, got 28'],
    [() => new DCGANDiscriminator({ imageSize: 4 }), 'imageSize must be a power of 2, 8 at least, got 4'],
    [() => new DDPM({ betaEnd: 1 }), 'variances must be between 0 and 1, got 1'],
    [() => timestepEmbedding(tensor([1]), 3), 'dim must be even, got 3'],
    [() => new DiffusionUNet({ modelChannels: 8, numHeads: 3 }), '3 heads do not divide'],
    [() => new NeuralCA({ channels: 3 }), 'channels must be an integer of at least 4'],
    [() => new NeuralCA({ hidden: 2 }).forward(zeros([1, 4, 5, 5])), 'expected grids of (N, 16, H, W)'],
  ])('%s', (make, message) => {
    expect(make).toThrow(message);
  });
});

test('DCGAN starts with the weights of its paper', async () => {
  const generator = new DCGANGenerator({ nz: 8, ngf: 8, nc: 1, imageSize: 16 });
  const [convolution, norm] = [generator.main.at(0), generator.main.at(1)] as [nn.ConvTranspose2d, nn.BatchNorm2d];
  expect(await convolution.weight.std().item()).toBeCloseTo(0.02, 2);
  expect(await norm.weight!.mean().item()).toBeCloseTo(1, 1);
  expect(await norm.weight!.std().item()).toBeLessThan(0.04);
});

test('residual networks may start as the identity', async () => {
  const model = new ResNet(Bottleneck, [2, 1, 1, 1], {
    inChannels: 1,
    width: 1,
    numClasses: 2,
    zeroInitResidual: true,
  });
  const block = model.layer1.at(1) as Bottleneck;
  const x = rand([2, 4, 3, 3]);
  expect(await block.forward(x.clone()).sub(x).abs().max().item()).toBe(0);
});
