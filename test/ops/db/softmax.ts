import type { Tensor } from '../../../src/index.ts';
import { f, int, type OpCase, op } from './kit.ts';

interface Dim {
  readonly dim: number;
}
function softmax(name: string, call: (x: Tensor, dim: number) => Tensor): OpCase {
  return op<Dim>({
    name,
    call: ({ dim }, x) => call(x, dim),
    samples: [
      { inputs: [f([3, 4])], options: { dim: 1 } },
      { inputs: [f([3, 4])], options: { dim: 0 } },
      { inputs: [f([2, 3, 4])], options: { dim: -2 } },
      { inputs: [f([3, 4], { view: 'transposed' })], options: { dim: 1 } },
      { inputs: [f([3, 4], { view: 'sliced' })], options: { dim: -1 } },
      { inputs: [f([])], options: { dim: 0 } },
      { inputs: [f([3, 1])], options: { dim: 1 } },
      { inputs: [f([0, 3])], options: { dim: 1 } },
      { inputs: [f([2, 90])], options: { dim: 1 } },
      {
        inputs: [f([3, 3], { values: [1e4, 1e4, -1e4, -1e4, -1e4, -1e4, 0, 88, -88] })],
        options: { dim: 1 },
        extreme: true,
      },
      {
        inputs: [f([4, 2], { values: [-Infinity, -Infinity, -Infinity, 1, Infinity, 0, NaN, 1] })],
        options: { dim: 1 },
        extreme: true,
      },
    ],
    parity: [
      { inputs: [f([5, 1031])], options: { dim: 1 } },
      { inputs: [f([67, 13])], options: { dim: 0 } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { dim: 2 },
        error: 'ShapeError',
        message: /^Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)/,
      },
      { inputs: [int([2, 3])], options: { dim: 1 }, error: 'DTypeError', message: /not implemented for/ },
    ],
  });
}

export const softmaxOps: readonly OpCase[] = [
  softmax('softmax', (x, dim) => x.softmax(dim)),
  softmax('logSoftmax', (x, dim) => x.logSoftmax(dim)),
];
