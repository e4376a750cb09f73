/** Ops that write into their tensor: alone, and through views that share its memory. */
import { f, int, type OpCase, op } from './kit.ts';

const broadcastError = {
  inputs: [f([3]), f([2, 3])],
  error: 'ShapeError',
  message: /^output with shape \[3\] doesn't match the broadcast shape \[2, 3\]/,
} as const;
const xy = [
  { inputs: [f([3, 4]), f([3, 4])] },
  { inputs: [f([3, 4], { view: 'transposed' }), f([4])] },
  { inputs: [f([0, 4]), f([4])] },
];

export const inplaceOps: readonly OpCase[] = [
  op<{ alpha?: number }>({
    name: 'add_',
    call: (o, x, y) => x.clone().add_(y, o),
    samples: [...xy, { inputs: [f([2, 3]), f([3])], options: { alpha: -2 } }, { inputs: [int([3]), int([3])] }],
    errors: [
      broadcastError,
      {
        inputs: [int([3]), f([3])],
        error: 'DTypeError',
        message: /^result type (F|f)loat(32)? can't be cast to the desired output type (Int|int32)/,
      },
    ],
  }),
  op({ name: 'sub_', call: (_, x, y) => x.clone().sub_(y), samples: xy, errors: [broadcastError] }),
  op({ name: 'mul_', call: (_, x, y) => x.clone().mul_(y), samples: xy, errors: [broadcastError] }),
  op({
    name: 'div_',
    call: (_, x, y) => x.clone().div_(y),
    samples: [{ inputs: [f([3, 4]), f([4], { range: [0.5, 2] })] }],
  }),
  // What is overwritten gets no gradient; what is added after does.
  op({
    name: 'copy_',
    call: (_, x, y) => x.mul(2).copy_(y).add(x),
    samples: [...xy, { inputs: [f([2, 3]), int([3])] }, { inputs: [int([5]), f([5])] }],
  }),
  op({ name: 'zero_', call: (_, x) => x.mul(2).zero_().add(x), samples: [{ inputs: [f([2, 3])] }] }),
  op<{ value: number }>({
    name: 'fill_',
    call: (o, x) => x.mul(2).fill_(o.value).add(x),
    samples: [{ inputs: [f([2, 3])], options: { value: 1.5 } }],
  }),
  op<{ min: number; max: number }>({
    name: 'clamp_',
    call: (o, x) => x.clone().clamp_(o.min, o.max),
    samples: [{ inputs: [f([3, 4])], options: { min: -0.5, max: 1 } }],
  }),
  op({
    name: 'writeLeaf',
    call: (_, x) => x.add_(1),
    samples: [],
    errors: [
      {
        inputs: [f([2])],
        requiresGrad: true,
        error: 'GradError',
        message: /^a leaf Variable that requires grad is being used in an in-place operation\./,
      },
    ],
  }),
  op({
    name: 'writeExpanded',
    call: (_, x) => x.clone().expand([3, 2]).add_(1),
    samples: [],
    errors: [
      {
        inputs: [f([1, 2])],
        error: 'ShapeError',
        message:
          /^unsupported operation: more than one element of the written-to tensor refers to a single memory location\./,
      },
    ],
  }),
  // A write through any alias is seen through all.
  op({
    name: 'writeRow',
    call: (_, x, y) => {
      const c = x.clone();
      c.at(1).mul_(y);
      return c;
    },
    samples: [{ inputs: [f([3, 4]), f([4])] }, { inputs: [f([2, 3, 4]), f([4])] }],
  }),
  op({
    name: 'writeColumns',
    call: (_, x, y) => {
      const c = x.clone();
      c.at(':', [1, 3]).copy_(y);
      return [c, c.mul(2)];
    },
    samples: [{ inputs: [f([3, 4]), f([3, 2])] }, { inputs: [f([3, 4], { view: 'transposed' }), f([2])] }],
  }),
  op({
    name: 'writeTransposed',
    call: (_, x, y) => {
      const c = x.mul(3);
      c.T.add_(y);
      return c;
    },
    samples: [{ inputs: [f([3, 4]), f([4, 3])] }],
  }),
  op({
    name: 'writeStrided',
    call: (_, x, y) => {
      const c = x.clone();
      c.reshape([2, 6]).at([1, 2], [null, null, 2]).sub_(y);
      return c;
    },
    samples: [{ inputs: [f([3, 4]), f([3])] }],
  }),
  op({
    name: 'writeOverlapping',
    call: (_, x, y) => {
      const c = x.clone();
      const [a, b] = [c.at([0, 2]), c.at([1, 3])];
      a.add_(y);
      b.mul_(y);
      a.mul_(2);
      return [c, a, b];
    },
    samples: [{ inputs: [f([3, 4]), f([4])] }],
  }),
  op({
    name: 'writeConstant',
    call: (_, x) => {
      // The result of exp is saved for its gradient, so it may not be written.
      const c = x.exp().clone();
      c.at(0).fill_(3);
      c.at(1).zero_();
      return c.mul(x);
    },
    samples: [{ inputs: [f([3, 2])] }],
  }),
  // What was read before a write keeps its value.
  op({
    name: 'readThenWrite',
    call: (_, x, y) => {
      const c = x.clone();
      const before = c.add(y);
      c.mul_(y).add_(1);
      const after = c.add(y);
      c.sub_(before);
      return [before, after, c];
    },
    samples: [{ inputs: [f([3, 4]), f([3, 4])] }],
  }),
];
