/** Comparison, logic, selection and casts. */
import { type Tensor, where } from '../../../src/index.ts';
import { bool, f, int, type OpCase, type OperandDType, op, vec } from './kit.ts';

interface WithNumber {
  readonly other?: number;
}
const edges = [0, -0, 1, 2, Infinity, -Infinity, NaN];

function comparison(name: string, call: (x: Tensor, y: Tensor | number) => Tensor): OpCase {
  return op<WithNumber>({
    name,
    call: ({ other }, x, y) => call(x, other ?? y!),
    samples: [
      { inputs: [int([3, 5], undefined, [0, 3]), int([5], undefined, [0, 3])] },
      { inputs: [f([3, 1]), f([1, 4])] },
      { inputs: [f([0, 2]), f([2])] },
      { inputs: [int([2, 4], undefined, [0, 3])], options: { other: 1 } },
      { inputs: [f([3, 4], { view: 'transposed' })], options: { other: 0.5 } },
      { inputs: [vec(edges.flatMap((v) => edges.map(() => v))), vec(edges.flatMap(() => edges))], extreme: true },
    ],
  });
}
function logical(name: string, call: (x: Tensor, y: Tensor) => Tensor): OpCase {
  return op({
    name,
    call: (_, x, y) => call(x, y),
    samples: [
      { inputs: [bool([3, 4]), bool([4])] },
      { inputs: [bool([2, 3], 'transposed'), bool([2, 3], 'sliced')] },
      { inputs: [bool([0]), bool([1])] },
      { inputs: [bool([]), bool([3])] },
    ],
  });
}
const cast = (from: OperandDType, dtype: OperandDType) => ({
  inputs: from === 'float32' ? [vec([0, -0, 0.5, -0.5, 1, -1.9, 2.9, 100, -100])] : [{ shape: [2, 5], dtype: from }],
  options: { dtype },
  extreme: true as const,
});

export const compareOps: readonly OpCase[] = [
  comparison('eq', (x, y) => x.eq(y)),
  comparison('ne', (x, y) => x.ne(y)),
  comparison('lt', (x, y) => x.lt(y)),
  comparison('le', (x, y) => x.le(y)),
  comparison('gt', (x, y) => x.gt(y)),
  comparison('ge', (x, y) => x.ge(y)),
  logical('logicalAnd', (x, y) => x.logicalAnd(y)),
  logical('logicalOr', (x, y) => x.logicalOr(y)),
  logical('logicalXor', (x, y) => x.logicalXor(y)),
  op({
    name: 'logicalNot',
    call: (_, x) => x.logicalNot(),
    samples: [{ inputs: [bool([3, 4])] }, { inputs: [bool([4, 3], 'transposed')] }, { inputs: [bool([0])] }],
  }),
  op<{ a?: number; b?: number }>({
    name: 'where',
    call: ({ a, b }, condition, x, y) => where(condition, a ?? x!, b ?? (a === undefined ? y! : x!)),
    samples: [
      { inputs: [bool([3, 4]), f([3, 4]), f([3, 4])] },
      { inputs: [bool([3, 1]), f([4]), f([2, 1, 1])] },
      { inputs: [bool([2, 3], 'transposed'), f([2, 3], { view: 'flipped' }), f([2, 3], { view: 'sliced' })] },
      { inputs: [bool([2, 3]), f([3])], options: { b: -1.5 } },
      { inputs: [bool([2, 3]), f([2, 3])], options: { a: 0.5 } },
      { inputs: [bool([0, 3]), f([3]), f([1, 3])] },
      {
        inputs: [bool([6]), vec([NaN, Infinity, 1, -Infinity, NaN, 0]), vec([1, NaN, NaN, 2, NaN, Infinity])],
        extreme: true,
      },
    ],
    errors: [
      {
        inputs: [f([2]), f([2]), f([2])],
        error: 'DTypeError',
        message: /^where expected condition to be a boolean tensor, but got a tensor with dtype float32/,
      },
      {
        inputs: [bool([2]), f([3]), f([3])],
        error: 'ShapeError',
        message: /^The size of tensor a \(\d\) must match the size of tensor b \(\d\) at non-singleton dimension 0/,
      },
    ],
  }),
  op<{ value: number }>({
    name: 'maskedFill',
    call: ({ value }, x, mask) => x.maskedFill(mask, value),
    samples: [
      { inputs: [f([3, 4]), bool([3, 4])], options: { value: -2 } },
      { inputs: [f([2, 3, 4]), bool([3, 1])], options: { value: 0.5 } },
      { inputs: [f([2, 4], { view: 'sliced' }), bool([2, 4], 'transposed')], options: { value: 0 } },
      { inputs: [f([2, 4]), bool([2, 4])], options: { value: -Infinity }, extreme: true },
    ],
  }),
  op<{ dtype: OperandDType }>({
    name: 'to',
    call: ({ dtype }, x) => x.to(dtype),
    samples: [
      cast('float32', 'int32'),
      cast('float32', 'bool'),
      cast('int32', 'float32'),
      cast('int32', 'bool'),
      cast('bool', 'float32'),
      cast('bool', 'int32'),
      cast('float32', 'float32'),
    ],
  }),
];
