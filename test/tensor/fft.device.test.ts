/** Fourier transforms of whole tensors: what comes back, what they say of signals, batches of samples. */
import { beforeAll, describe, expect, test } from 'vitest';
import { autograd, fft, functional, init, manualSeed, randn, type Tensor, tensor, zeros } from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const farthest = async (a: Tensor, b: Tensor): Promise<number> => {
  expect(a.shape).toEqual(b.shape);
  return a.sub(b).abs().amax().item();
};

describe('there and back', () => {
  test.each([1, 2, 7, 12, 31])('of length %i', async (n) => {
    manualSeed(n);
    const z = randn([3, n, 2]);
    const x = randn([3, n]);
    const [a, b, c] = [{}, { norm: 'ortho' }, { norm: 'forward' }] as const;
    expect(await farthest(fft.ifft(fft.fft(z, a), a), z)).toBeLessThan(2e-6);
    expect(await farthest(fft.irfft(fft.rfft(x, b), n, b), x)).toBeLessThan(2e-6);
    expect(await farthest(fft.hfft(fft.ihfft(x, c), n, c), x)).toBeLessThan(2e-6);
  });

  test('of several dims', async () => {
    const z = randn([2, 5, 6, 2]);
    const x = randn([2, 5, 6]);
    expect(await farthest(fft.ifftn(fft.fftn(z)), z)).toBeLessThan(2e-6);
    expect(await farthest(fft.ifft2(fft.fft2(z, { dim: [0, 1] }), { dim: [0, 1] }), z)).toBeLessThan(2e-6);
    expect(await farthest(fft.irfftn(fft.rfftn(x), [2, 5, 6]), x)).toBeLessThan(2e-6);
    expect(await farthest(fft.hfftn(fft.ihfftn(x), [2, 5, 6]), x)).toBeLessThan(2e-6);
  });
});

test('arguments come one after the other or by name', async () => {
  const z = randn([4, 6, 2]);
  const expected = fft.fft(z, { n: 5, dim: 0, norm: 'ortho' });
  expect(await farthest(fft.fft(z, 5, 0, 'ortho'), expected)).toBe(0);
  expect(await farthest(fft.fft(z, 5, { dim: 0, norm: 'ortho' }), expected)).toBe(0);
  expect(fft.fftn(z, [3, 4]).shape).toEqual([3, 4, 2]);
  expect(fft.fftn(z, 3, 1).shape).toEqual([4, 3, 2]);
  expect(() => fft.fft(z, { nrom: 'ortho' } as object)).toThrow(/did you mean 'norm'/);
  expect(() => fft.fft(z, 2.5)).toThrow(/argument 'n' must be int, not 2.5/);
  expect(() => fft.fft(z.half())).toThrow(/Unsupported dtype Half/);
});

test('a tone has one frequency, in the middle after a shift', async () => {
  const [n, at] = [32, 5];
  const tone = tensor(Array.from({ length: n }, (_, j) => Math.cos((2 * Math.PI * at * j) / n)));
  const power = fft.rfft(tone).square().sum(-1);
  expect(await power.argmax().item()).toBe(at);
  expect(await fft.rfftfreq(n).at(at).item()).toBeCloseTo(at / n);
  const spectrum = fft.fftshift(fft.fft(tone)).square().sum(-1);
  const frequency = fft.fftshift(fft.fftfreq(n));
  expect(await frequency.at(n / 2).item()).toBe(0);
  expect(await spectrum.at(n / 2 + at).item()).toBeCloseTo((n / 2) ** 2, 2);
  expect(await spectrum.at(n / 2 - at).item()).toBeCloseTo((n / 2) ** 2, 2);
  expect(await farthest(fft.ifftshift(fft.fftshift(fft.fft(tone))), fft.fft(tone))).toBe(0);
});

test('fftConvolve is conv1d with the filter reversed', async () => {
  const x = randn([3, 50]);
  const filter = randn([11]);
  const direct = functional.conv1d(x.unsqueeze(1), filter.flip(0).reshape(1, 1, 11)).squeeze(1);
  const fast = fft.fftConvolve(x, filter.unsqueeze(0), 'valid');
  expect(await farthest(fast, direct)).toBeLessThan(1e-5);
  expect(await farthest(fft.fftConvolve(filter.unsqueeze(0), x, 'valid'), direct)).toBeLessThan(1e-5);
});

test('vmap transforms all samples at once', async () => {
  const z = randn([4, 3, 6, 2]);
  const each = autograd.vmap((x: Tensor) => fft.fft(x, { dim: 0 }))(z) as Tensor;
  expect(await farthest(each, fft.fft(z, { dim: 1 }))).toBeLessThan(1e-6);
});

test('a signal can be fitted in its spectrum', async () => {
  manualSeed(3);
  const target = fft.rfft(randn([16]));
  const x = zeros([16]).requiresGrad_();
  fft.rfft(x).sub(target).square().sum().backward();
  const loss = (y: Tensor): Promise<number> => fft.rfft(y).sub(target).square().sum().item();
  const better = x.detach().sub(x.grad!.mul(1 / 64));
  expect(await loss(better)).toBeLessThan(await loss(x.detach()));
});
