/** Padding: more elements at the edges, or fewer. */
import { functional } from '../../../src/index.ts';
import type { PaddingMode } from '../../../src/tensor/functional/padding.ts';
import { bool, f, int, type OpCase, op } from './kit.ts';

type Options = { pad: number[]; mode?: PaddingMode; value?: number };

export const paddingOps: readonly OpCase[] = [
  op<Options>({
    name: 'pad',
    call: ({ pad, ...o }, x) => functional.pad(x, pad, o),
    samples: [
      { inputs: [f([2, 3])], options: { pad: [1, 2] } },
      { inputs: [f([2, 3, 1])], options: { pad: [0, 1, -1, 2, 1, 0], value: -1.5 } },
      { inputs: [f([3, 2], { view: 'transposed' })], options: { pad: [-1, -1, 0, 0] } },
      { inputs: [f([3])], options: { pad: [-2, 4], value: 3 } },
      { inputs: [f([0, 2])], options: { pad: [1, 1, 1, 0] } },
      { inputs: [f([])], options: { pad: [] } },
      { inputs: [int([2])], options: { pad: [1, 0], value: 7 } },
      { inputs: [bool([2])], options: { pad: [0, 1], value: 1 } },
      { inputs: [f([2, 4])], options: { pad: [3, 1], mode: 'reflect' } },
      { inputs: [f([2, 4])], options: { pad: [-2, 2], mode: 'reflect' } },
      { inputs: [f([2, 3, 3])], options: { pad: [1, 2, 0, 2], mode: 'reflect' } },
      { inputs: [f([1, 1, 2, 3, 2])], options: { pad: [1, 0, 2, 1, 1, 1], mode: 'reflect' } },
      { inputs: [f([1, 2, 3])], options: { pad: [4, 1], mode: 'replicate' } },
      { inputs: [f([2, 3, 2], { view: 'transposed' })], options: { pad: [1, -1, 2, 0], mode: 'replicate' } },
      { inputs: [f([2, 3])], options: { pad: [-1, 0], mode: 'replicate' } },
      { inputs: [f([2, 3])], options: { pad: [3, 2], mode: 'circular' } },
      { inputs: [f([1, 2, 3, 3])], options: { pad: [1, 2, -1, 2], mode: 'circular' } },
      { inputs: [int([2, 3])], options: { pad: [1, 1], mode: 'circular' } },
      { inputs: [bool([2, 3])], options: { pad: [1, 1], mode: 'circular' } },
    ],
    errors: [
      {
        inputs: [f([2, 3])],
        options: { pad: [1] },
        error: 'ShapeError',
        message: /^Padding length must be divisible by 2/,
      },
      {
        inputs: [f([2])],
        options: { pad: [1, 1, 1, 1] },
        error: 'ShapeError',
        message:
          /^Padding length should be less than or equal to two times the input dimension but got padding length 4 and input of dimension 1/,
      },
      {
        inputs: [f([2, 3])],
        options: { pad: [-2, -2] },
        error: 'ShapeError',
        message: /^narrow\(\): length must be non-negative\./,
      },
      {
        inputs: [f([2, 3])],
        options: { pad: [1, 1], mode: 'mirror' as PaddingMode },
        error: 'OptionError',
        message: /^Unrecognised padding mode /,
      },
      {
        inputs: [f([2, 3])],
        options: { pad: [1, 1], mode: 'reflect', value: 3 },
        error: 'OptionError',
        message: /^Padding mode "reflect" doesn't take in value argument/,
      },
      {
        inputs: [f([2, 3])],
        options: { pad: [3, 1], mode: 'reflect' },
        error: 'ShapeError',
        message:
          /^Argument #4: Padding size should be less than the corresponding input dimension, but got: padding \(3, 1\) at dimension 1 of input \[2, 3\]/,
      },
      {
        inputs: [f([2, 3])],
        options: { pad: [4, 1], mode: 'circular' },
        error: 'ShapeError',
        message: /^Padding value causes wrapping around more than once\./,
      },
      {
        inputs: [f([2, 3])],
        options: { pad: [1, 1, 1, 1], mode: 'reflect' },
        error: 'ShapeError',
        message: /^Padding size 4 is not supported for 2D input tensor\./,
      },
      {
        inputs: [f([2, 3])],
        options: { pad: [-2, -2], mode: 'replicate' },
        error: 'ShapeError',
        message: /^input \(W: 3\) is too small\. Calculated output W: -1/,
      },
      {
        inputs: [f([2, 0])],
        options: { pad: [1, 1], mode: 'replicate' },
        error: 'ShapeError',
        message:
          /^Expected 2D or 3D \(batch mode\) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: \[2, 0\]/,
      },
    ],
  }),
];
