import { functional } from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { f, type OpCase, op } from './kit.ts';

const unit = { range: [0.5, 1.5] as const };

export const normOps: readonly OpCase[] = [
  op<{ normalizedShape: number[]; eps?: number }>({
    name: 'layerNorm',
    call: ({ normalizedShape, ...o }, x, weight, bias) =>
      functional.layerNorm(x, normalizedShape, { ...(weight && { weight }), ...(bias && { bias }), ...o }),
    samples: [
      { inputs: [f([3, 5]), f([5], unit), f([5])], options: { normalizedShape: [5] } },
      { inputs: [f([2, 3, 4]), f([3, 4], unit), f([3, 4])], options: { normalizedShape: [3, 4] } },
      { inputs: [f([2, 3, 4])], options: { normalizedShape: [4], eps: 1e-3 } },
      { inputs: [f([4]), f([4], unit)], options: { normalizedShape: [4] } },
      { inputs: [f([3, 4], { view: 'transposed' }), f([4], unit), f([4])], options: { normalizedShape: [4] } },
      { inputs: [f([2, 70], { range: [99, 101] }), f([70], unit), f([70])], options: { normalizedShape: [70] } },
    ],
    parity: [{ inputs: [f([9, 301]), f([301], unit), f([301])], options: { normalizedShape: [301] } }],
    tolerance: tolerances.normFarFromZero,
    errors: [
      {
        inputs: [f([2, 3])],
        options: { normalizedShape: [4] },
        error: 'ShapeError',
        message: /^Given normalized_shape=\[4\], expected input with shape \[\*, 4\], but got input of size ?\[2, 3\]/,
      },
    ],
  }),
  // Results: y, and the running statistics after the call.
  op<{ training: boolean; momentum?: number; eps?: number }>({
    name: 'batchNorm',
    call: (o, x, mean, variance, weight, bias) => [
      functional.batchNorm(x, mean!, variance!, { ...(weight && { weight }), ...(bias && { bias }), ...o }),
      mean!,
      variance!,
    ],
    constants: [1, 2],
    samples: [
      { inputs: [f([4, 3]), f([3]), f([3], unit), f([3], unit), f([3])], options: { training: true } },
      {
        inputs: [f([3, 2, 2, 3]), f([2]), f([2], unit), f([2], unit), f([2])],
        options: { training: true, momentum: 0.3 },
      },
      { inputs: [f([3, 2, 2, 3]), f([2]), f([2], unit), f([2], unit), f([2])], options: { training: false } },
      { inputs: [f([2, 2, 5]), f([2]), f([2], unit)], options: { training: true, eps: 1e-3 } },
      {
        inputs: [f([2, 3, 2, 4], { view: 'transposed' }), f([3]), f([3], unit), f([3], unit), f([3])],
        options: { training: true },
      },
    ],
    parity: [{ inputs: [f([8, 5, 7, 9]), f([5]), f([5], unit), f([5], unit), f([5])], options: { training: true } }],
    tolerance: tolerances.chainedMeans,
    errors: [
      {
        inputs: [f([1, 3]), f([3]), f([3])],
        options: { training: true },
        error: 'ShapeError',
        message: /^Expected more than 1 value per channel when training, got input size (torch\.Size\()?\[1, 3\]/,
      },
    ],
  }),
];
