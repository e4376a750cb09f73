/** Fourier transforms. Complex numbers are pairs in the last dim. */
import { fft, type IstftOptions, istft, type StftOptions, stft, type Tensor } from '../../../src/index.ts';
import { type ErrorSample, f, int, type OpCase, op, type Sample, vec } from './kit.ts';

type LineOptions = fft.ComplexFftOptions;
type GridOptions = fft.ComplexFftnOptions;

const line = (
  name: string,
  fn: (x: Tensor, o: LineOptions) => Tensor,
  samples: readonly Sample<LineOptions>[],
  errors: readonly ErrorSample<LineOptions>[] = [],
): OpCase => op<LineOptions>({ name, call: (o, x) => fn(x, o), samples, errors });
const grid = (
  name: string,
  fn: (x: Tensor, o: GridOptions) => Tensor,
  samples: readonly Sample<GridOptions>[],
  errors: readonly ErrorSample<GridOptions>[] = [],
): OpCase => op<GridOptions>({ name, call: (o, x) => fn(x, o), samples, errors });

const noDims: ErrorSample<LineOptions> = {
  inputs: [f([])],
  error: 'ShapeError',
  message: /^Dimension specified as -1 but tensor has no dimensions/,
};
const noPoints: ErrorSample<LineOptions> = {
  inputs: [f([3, 0])],
  error: 'ShapeError',
  message: /^Invalid number of data points \((0|-2)\) specified/,
};

const complexLine: readonly Sample<LineOptions>[] = [
  { inputs: [f([4, 2])] },
  { inputs: [f([2, 5, 2])] },
  { inputs: [f([6, 3, 2])], options: { dim: 0, norm: 'ortho' } },
  { inputs: [f([2, 7, 2])], options: { n: 4, norm: 'forward' } },
  { inputs: [f([2, 3, 2])], options: { n: 8, dim: -1 } },
  { inputs: [f([17, 2], { view: 'transposed' })] },
  { inputs: [f([2, 9])] },
  { inputs: [f([3, 2])], options: { real: true } },
  { inputs: [f([1, 2])] },
  { inputs: [int([2, 3])], options: { dim: 0, n: 3 } },
];
const complexGrid: readonly Sample<GridOptions>[] = [
  { inputs: [f([3, 4, 2])] },
  { inputs: [f([2, 3, 5])], options: { norm: 'ortho' } },
  { inputs: [f([3, 2, 4, 2])], options: { dim: [0, 2], norm: 'forward' } },
  { inputs: [f([2, 3, 4, 2])], options: { s: [2, -1], dim: [-1, 0] } },
];
const anyGrid: readonly Sample<GridOptions>[] = [
  ...complexGrid,
  { inputs: [f([2, 3, 4, 2])], options: { s: [4, 2] } },
  { inputs: [f([])] },
  { inputs: [f([2, 3])], options: { dim: [] } },
];
const realLine: readonly Sample<LineOptions>[] = [
  { inputs: [f([8])] },
  { inputs: [f([2, 5])], options: { norm: 'ortho' } },
  { inputs: [f([6, 2], { view: 'transposed' })], options: { dim: 0, norm: 'forward' } },
  { inputs: [f([2, 7])], options: { n: 4 } },
  { inputs: [f([3, 2])], options: { n: 6 } },
  { inputs: [f([1])] },
  { inputs: [int([5])] },
];
const halfLine: readonly Sample<LineOptions>[] = [
  { inputs: [f([5, 2])] },
  { inputs: [f([2, 4, 2])], options: { n: 7, norm: 'ortho' } },
  { inputs: [f([4, 3, 2])], options: { dim: 0, n: 4, norm: 'forward' } },
  { inputs: [f([2, 3, 2])], options: { n: 9 } },
  { inputs: [f([4, 2], { view: 'transposed' })], options: { n: 1 } },
  { inputs: [f([6])] },
  { inputs: [f([2, 2])], options: { real: true } },
];
const realGrid: readonly Sample<GridOptions>[] = [
  { inputs: [f([3, 4])] },
  { inputs: [f([2, 3, 5])], options: { dim: [0, 1], norm: 'ortho' } },
  { inputs: [f([2, 4, 3])], options: { s: [3, 5], norm: 'forward' } },
];
const halfGrid: readonly Sample<GridOptions>[] = [
  { inputs: [f([3, 4, 2])] },
  { inputs: [f([3, 2, 4, 2])], options: { dim: [2, 0], norm: 'ortho' } },
  { inputs: [f([2, 3, 3, 2])], options: { s: [2, 5], norm: 'forward' } },
  { inputs: [f([3, 4])] },
];
const flat: ErrorSample<GridOptions> = {
  inputs: [f([3])],
  error: 'ShapeError',
  message: /^Dimension out of range \(expected to be in range of \[-1, 0\], but got -2\)/,
};
const noAxis = (name: string): ErrorSample<GridOptions> => ({
  inputs: [f([3, 3])],
  options: { dim: [] },
  error: 'OptionError',
  message: new RegExp(`^${name} must transform at least one axis`),
});

interface ShiftOptions extends fft.ShiftOptions {}
const shift = (name: string, fn: (x: Tensor, o: ShiftOptions) => Tensor): OpCase =>
  op<ShiftOptions>({
    name,
    call: (o, x) => fn(x, o),
    samples: [
      { inputs: [f([5])] },
      { inputs: [f([4, 3])] },
      { inputs: [f([3, 4, 2])] },
      { inputs: [f([3, 4, 2])], options: { real: true } },
      { inputs: [f([2, 5, 3])], options: { dim: 1 } },
      { inputs: [f([3, 4])], options: { dim: [-1, 0] } },
      { inputs: [f([0, 3])] },
    ],
    errors: [{ inputs: [f([2, 3])], options: { dim: 2 }, error: 'ShapeError', message: /^Dimension out of range/ }],
  });

interface FrequencyOptions extends fft.FrequencyOptions {
  readonly n: number;
}
const frequencies = (
  name: string,
  fn: (n: number, o: fft.FrequencyOptions) => Tensor,
  errors: readonly ErrorSample<FrequencyOptions>[] = [],
): OpCase =>
  op<FrequencyOptions>({
    name,
    call: ({ n, ...o }, x) => x.sum().add(fn(n, { ...o, device: x.device, dtype: x.dtype })),
    samples: [
      { inputs: [f([1])], options: { n: 4 } },
      { inputs: [f([1])], options: { n: 5, d: 0.5 } },
      { inputs: [f([1])], options: { n: 1 } },
      { inputs: [f([1])], options: { n: 0 }, extreme: true },
    ],
    errors,
  });

interface FrameOptions extends Omit<IstftOptions & StftOptions, 'window'> {
  readonly nFft?: number;
}

export const fftOps: readonly OpCase[] = [
  line('fft', fft.fft, complexLine, [
    noDims,
    noPoints,
    { ...noPoints, inputs: [f([3])], options: { n: -2 } },
    { inputs: [f([3, 2])], options: { dim: 1 }, error: 'ShapeError', message: /^Dimension out of range/ },
    {
      inputs: [f([3])],
      options: { norm: 'half' as 'ortho' },
      error: 'OptionError',
      message: /^Invalid normalization mode: "half"/,
    },
    {
      inputs: [f([3])],
      options: { real: false },
      error: 'ShapeError',
      message: /^Tensor must have a last dimension of size 2/,
    },
  ]),
  line('ifft', fft.ifft, complexLine.slice(0, 6)),
  grid('fftn', fft.fftn, anyGrid, [
    { inputs: [f([3, 4])], options: { dim: [0, -2] }, error: 'ShapeError', message: /^FFT dims must be unique/ },
    {
      inputs: [f([3, 4])],
      options: { dim: [0, 1], s: [3] },
      error: 'OptionError',
      message: /^When given, dim and shape arguments must have the same length/,
    },
    {
      inputs: [f([3, 4])],
      options: { s: [3, 3, 3] },
      error: 'ShapeError',
      message: /^Got shape with 3 values but input tensor only has 2 dimensions\./,
    },
    {
      inputs: [f([3, 4])],
      options: { s: [0, 3] },
      error: 'ShapeError',
      message: /^Invalid number of data points \(0\)/,
    },
  ]),
  grid('ifftn', fft.ifftn, complexGrid),
  grid('fft2', fft.fft2, complexGrid, [flat]),
  grid('ifft2', fft.ifft2, complexGrid.slice(0, 2)),
  line('rfft', fft.rfft, realLine, [noDims, noPoints]),
  line('irfft', fft.irfft, halfLine, [
    noDims,
    { ...noPoints, inputs: [f([4, 1])] },
    { ...noPoints, inputs: [f([4, 2])], options: { n: 0 } },
  ]),
  grid('rfftn', fft.rfftn, realGrid, [noAxis('rfftn')]),
  grid('irfftn', fft.irfftn, halfGrid, [noAxis('irfftn')]),
  grid('rfft2', fft.rfft2, realGrid.slice(0, 2), [flat]),
  grid('irfft2', fft.irfft2, halfGrid.slice(0, 2)),
  line('hfft', fft.hfft, halfLine),
  line('ihfft', fft.ihfft, realLine),
  grid('hfftn', fft.hfftn, halfGrid),
  grid('ihfftn', fft.ihfftn, realGrid, [noAxis('ihfftn')]),
  grid('hfft2', fft.hfft2, halfGrid.slice(0, 2)),
  grid('ihfft2', fft.ihfft2, realGrid.slice(0, 2)),
  shift('fftshift', fft.fftshift),
  shift('ifftshift', fft.ifftshift),
  frequencies('fftfreq', fft.fftfreq, [
    {
      inputs: [f([1])],
      options: { n: -1 },
      error: 'ShapeError',
      message: /^Trying to create tensor with negative dimension -1: \[-1\]/,
    },
  ]),
  frequencies('rfftfreq', fft.rfftfreq),
  op<object>({
    name: 'toComplex',
    call: (_, ...parts) => fft.toComplex(parts[0]!, parts[1]),
    samples: [{ inputs: [f([3]), f([3])] }, { inputs: [f([2, 1]), f([3])] }, { inputs: [f([])] }],
    errors: [
      { inputs: [int([3]), f([3])], error: 'DTypeError', message: /^Expected both inputs to be Half, Float or Double/ },
    ],
  }),
  op<fft.ConvolveOptions>({
    name: 'fftConvolve',
    call: (o, a, b) => fft.fftConvolve(a!, b!, o),
    samples: [
      { inputs: [f([5]), f([3])] },
      { inputs: [f([3]), f([5])], options: { mode: 'same' } },
      { inputs: [f([2, 6]), f([1, 4], { view: 'sliced' })], options: { mode: 'valid' } },
      { inputs: [f([4, 5]), f([3, 2])], options: { dim: [0, 1] } },
      { inputs: [f([4, 3]), f([2, 3])], options: { dim: 0, mode: 'same' } },
      { inputs: [vec([2]), vec([3])] },
    ],
    errors: [
      {
        inputs: [f([3]), f([2, 3])],
        error: 'ShapeError',
        message: /^The operands must be the same dimension/,
      },
    ],
  }),
  op<FrameOptions>({
    name: 'stft',
    call: ({ nFft = 8, ...o }, x, window) => stft(x!, nFft, { ...o, window: window ?? null }),
    samples: [
      { inputs: [f([20])] },
      { inputs: [f([2, 20]), f([8])], options: { hopLength: 3, normalized: true } },
      { inputs: [f([2, 15]), f([6])], options: { winLength: 6, center: false, nFft: 7 } },
      { inputs: [f([17]), f([8])], options: { onesided: false, padMode: 'constant' } },
    ],
    errors: [
      { inputs: [f([2, 2, 20])], error: 'ShapeError', message: /expected a 1D or 2D tensor/ },
      {
        inputs: [f([20])],
        options: { nFft: 30, center: false },
        error: 'ShapeError',
        message: /expected 0 < n_fft < 20, but got n_fft=30/,
      },
      {
        inputs: [f([20])],
        options: { hopLength: 0 },
        error: 'OptionError',
        message: /expected hop_length > 0, but got hop_length=0/,
      },
      {
        inputs: [f([20]), f([7])],
        error: 'ShapeError',
        message: /expected a 1D window tensor of size equal to win_length=8, but got window with size \[7\]/,
      },
    ],
  }),
  op<FrameOptions>({
    name: 'istft',
    call: ({ nFft = 8, ...o }, x, window) => istft(x!, nFft, { ...o, window: window ?? null }),
    samples: [
      { inputs: [f([5, 6, 2])] },
      { inputs: [f([2, 5, 7, 2]), f([8], { range: [0.5, 1] })], options: { hopLength: 3, normalized: true } },
      {
        inputs: [f([4, 4, 2]), f([6], { range: [0.5, 1] })],
        options: { nFft: 7, winLength: 6, hopLength: 2, length: 9 },
      },
      { inputs: [f([8, 5, 2])], options: { onesided: false, center: false } },
      { inputs: [f([5, 4, 2])], options: { length: 16 } },
    ],
    errors: [
      { inputs: [f([5, 3])], error: 'ShapeError', message: /^istft requires a complex-valued input tensor/ },
      {
        inputs: [f([5, 6, 2])],
        options: { nFft: 6 },
        error: 'ShapeError',
        message:
          /expected the frequency dimension \(3rd to the last\) of the input tensor to match n_fft \/ 2 \+ 1 when onesided=True, but got 5/,
      },
      {
        inputs: [f([5, 6, 2])],
        options: { hopLength: 9 },
        error: 'OptionError',
        message: /expected 0 < hop_length <= win_length/,
      },
    ],
  }),
];
