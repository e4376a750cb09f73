/** Factories whose values PyTorch can be asked for. */
import {
  arange,
  bartlettWindow,
  blackmanWindow,
  type DType,
  eye,
  fullLike,
  hammingWindow,
  hannWindow,
  kaiserWindow,
  linspace,
  logspace,
  onesLike,
  vander,
  zerosLike,
} from '../../../src/index.ts';
import { f, int, type OpCase, op } from './kit.ts';

type Window = { windowLength: number; periodic?: boolean };
type Span = { start: number; end: number; steps: number; base?: number; dtype?: DType };
const given = <O>(...options: O[]) => options.map((o) => ({ inputs: [], options: o }));
const windows = given<Window>(
  { windowLength: 5 },
  { windowLength: 4, periodic: false },
  { windowLength: 1 },
  { windowLength: 0 },
);

export const creationOps: readonly OpCase[] = [
  op<{ numbers: [number, number?, number?]; dtype?: DType }>({
    name: 'arange',
    call: ({ numbers, ...o }) => arange(...(numbers as [number, number, number]), o),
    samples: given<{ numbers: [number, number?, number?]; dtype?: DType }>(
      { numbers: [5] },
      { numbers: [0, 1, 0.25] },
      { numbers: [5, 0, -2] },
      { numbers: [0.5, 5, 1.5], dtype: 'int32' },
      { numbers: [2, 2] },
    ),
    errors: [
      {
        inputs: [],
        options: { numbers: [1, 0] },
        error: 'OptionError',
        message: /^upper bound and lower bound inconsistent with step sign/,
      },
      {
        inputs: [],
        options: { numbers: [1, 0, 20] },
        error: 'OptionError',
        message: /^upper bound and lower bound inconsistent with step sign/,
      },
      { inputs: [], options: { numbers: [0, 1, 0] }, error: 'OptionError', message: /^step must be nonzero/ },
    ],
  }),
  op<Span>({
    name: 'linspace',
    call: ({ start, end, steps, ...o }) => linspace(start, end, steps, o),
    samples: given<Span>(
      { start: -1, end: 2, steps: 7 },
      { start: 3, end: 7, steps: 1 },
      { start: 0, end: 1, steps: 0 },
      { start: -3, end: 7, steps: 5, dtype: 'int32' },
      { start: 10, end: 0, steps: 4, dtype: 'int32' },
    ),
    errors: [
      {
        inputs: [],
        options: { start: 0, end: 1, steps: -1 },
        error: 'OptionError',
        message: /^number of steps must be non-negative/,
      },
    ],
  }),
  op<Span>({
    name: 'logspace',
    call: ({ start, end, steps, ...o }) => logspace(start, end, steps, o),
    samples: given<Span>(
      { start: -1, end: 2, steps: 4 },
      { start: 0, end: 3, steps: 4, base: 2 },
      { start: 0, end: 3, steps: 4, base: -2 },
      { start: 0, end: 3, steps: 5, dtype: 'int32' },
    ),
  }),
  op<{ sizes: [number, number?]; dtype?: DType }>({
    name: 'eye',
    call: ({ sizes: [n, m], ...o }) => (m === undefined ? eye(n, o) : eye(n, m, o)),
    samples: given<{ sizes: [number, number?]; dtype?: DType }>(
      { sizes: [3] },
      { sizes: [2, 3], dtype: 'bool' },
      { sizes: [0, 2] },
    ),
    errors: [
      {
        inputs: [],
        options: { sizes: [2, -1] },
        error: 'ShapeError',
        message: /^m must be greater or equal to 0, got -1/,
      },
    ],
  }),
  op<{ n?: number; increasing?: boolean }>({
    name: 'vander',
    call: ({ n, ...o }, x) => vander(x, n === undefined ? o : { N: n, ...o }),
    samples: [
      { inputs: [f([3])], options: {} },
      { inputs: [int([3])], options: { n: 4, increasing: true } },
      { inputs: [f([2])], options: { n: 0 } },
      { inputs: [f([2], { values: [0, -2] })], options: { n: 3 }, extreme: true },
    ],
    errors: [
      { inputs: [f([2, 3])], options: {}, error: 'ShapeError', message: /^x must be a one-dimensional tensor\./ },
    ],
  }),
  op<Window>({
    name: 'hannWindow',
    call: ({ windowLength, ...o }) => hannWindow(windowLength, o),
    samples: windows,
    errors: [
      {
        inputs: [],
        options: { windowLength: -1 },
        error: 'OptionError',
        message: /requires non-negative window_length, got window_length=-1/,
      },
    ],
  }),
  op<Window & { alpha?: number; beta?: number }>({
    name: 'hammingWindow',
    call: ({ windowLength, ...o }) => hammingWindow(windowLength, o),
    samples: given<Window & { alpha?: number; beta?: number }>(
      { windowLength: 5 },
      { windowLength: 4, periodic: false, alpha: 0.6, beta: 0.3 },
    ),
  }),
  op<Window>({
    name: 'blackmanWindow',
    call: ({ windowLength, ...o }) => blackmanWindow(windowLength, o),
    samples: windows,
  }),
  op<Window & { beta?: number }>({
    name: 'kaiserWindow',
    call: ({ windowLength, ...o }) => kaiserWindow(windowLength, o),
    samples: given<Window & { beta?: number }>(
      { windowLength: 5 },
      { windowLength: 4, periodic: false, beta: 5 },
      { windowLength: 1 },
    ),
  }),
  op<Window>({
    name: 'bartlettWindow',
    call: ({ windowLength, ...o }) => bartlettWindow(windowLength, o),
    samples: windows,
  }),
  op({
    name: 'likes',
    call: (_, x) => [
      zerosLike(x),
      onesLike(x),
      fullLike(x, 3),
      x.newZeros(2),
      x.newOnes([1, 2]),
      x.newFull([2], 7),
      x.newTensor([1, 0]),
    ],
    samples: [{ inputs: [f([2, 3], { view: 'transposed' })] }, { inputs: [int([2])] }],
  }),
  op<{ start?: number; steps: number; dtype?: DType }>({
    name: 'linspaceOfTensors',
    call: ({ start, steps, ...o }, from, to) => linspace(start ?? from, to ?? from, steps, o),
    samples: [
      { inputs: [f([]), f([])], options: { steps: 6 } },
      { inputs: [int([])], options: { start: -2.5, steps: 3 } },
      { inputs: [int([], [7])], options: { start: 0, steps: 5, dtype: 'int32' } },
      { inputs: [f([]), f([])], options: { steps: 1 } },
      { inputs: [f([]), f([])], options: { steps: 0 } },
    ],
    constants: [0, 1],
    errors: [
      {
        inputs: [f([1])],
        options: { start: 0, steps: 2 },
        error: 'ShapeError',
        message: /^linspace only supports 0-dimensional start and end tensors, but got end with 1 dimension\(s\)\./,
      },
    ],
  }),
  op<{ steps: number; base: number }>({
    name: 'logspaceOfTensors',
    call: ({ steps, base }, from, to) => logspace(from, to!, steps, { base }),
    samples: [{ inputs: [f([]), f([])], options: { steps: 4, base: 2 } }],
    constants: [0, 1],
  }),
];
