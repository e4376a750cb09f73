/** Arithmetic of two operands, or of one and a number. */
import type { Tensor } from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { type Exception, f, int, type OpCase, op, type Sample } from './kit.ts';

interface WithNumber {
  /** A number in place of the second tensor. */
  readonly other?: number;
}
/** Every pair of these. */
const edges = [0, -0, 1e-20, 1, -2, 3e5, 1e30, -1e30, Infinity, -Infinity, NaN];
const pairs = (values: readonly number[]) => {
  const n = values.length;
  return [
    f([n * n], { values: values.flatMap((v) => values.map(() => v)) }),
    f([n * n], { values: values.flatMap(() => values) }),
  ];
};

interface BinarySpec {
  readonly first?: readonly [number, number];
  readonly second?: readonly [number, number];
  readonly numbers?: readonly number[];
  readonly edges?: readonly number[];
  /** int32 operands give a result of PyTorch's dtype. */
  readonly ints?: true;
  readonly tolerance?: Exception;
}

function binary(name: string, call: (x: Tensor, y: Tensor | number) => Tensor, spec: BinarySpec = {}): OpCase {
  const a = spec.first ? { range: spec.first } : {};
  const b = spec.second ? { range: spec.second } : {};
  const samples: Sample<WithNumber>[] = [
    { inputs: [f([3, 4], a), f([3, 4], b)] },
    { inputs: [f([2, 3, 4], a), f([4], b)] },
    { inputs: [f([3, 1], a), f([1, 4], b)] },
    { inputs: [f([4], a), f([2, 3, 1], b)] },
    { inputs: [f([], a), f([2, 3], b)] },
    { inputs: [f([0, 3], a), f([1, 3], b)] },
    { inputs: [f([3, 4], { ...a, view: 'transposed' }), f([3, 4], { ...b, view: 'sliced' })] },
    { inputs: [f([2, 4], { ...a, view: 'flipped' }), f([2, 4], { ...b, view: 'expanded' })] },
    ...(spec.numbers ?? []).map((other) => ({ inputs: [f([2, 3], a)], options: { other } })),
    { inputs: pairs(spec.edges ?? edges), extreme: true as const },
  ];
  if (spec.ints) {
    samples.push({ inputs: [int([2, 3]), int([3], [1, -2, 3])] });
    samples.push({ inputs: [int([2, 3]), f([2, 3], b)] });
    samples.push({ inputs: [int([2, 3])], options: { other: 2 } });
    samples.push({ inputs: [int([2, 3])], options: { other: 2.5 } });
  }
  return op<WithNumber>({
    name,
    call: ({ other }, x, y) => call(x, other ?? y!),
    samples,
    parity: [
      { inputs: [f([33, 1, 18], a), f([7, 18], b)] },
      { inputs: [f([65, 31], { ...a, view: 'transposed' }), f([31], b)] },
    ],
    ...(spec.tolerance && { tolerance: spec.tolerance }),
    errors: [
      {
        inputs: [f([2, 3]), f([2, 4])],
        error: 'ShapeError',
        message: /^The size of tensor a \(3\) must match the size of tensor b \(4\) at non-singleton dimension 1/,
      },
    ],
  });
}

export const binaryOps: readonly OpCase[] = [
  binary('add', (x, y) => x.add(y), { numbers: [1.5], ints: true }),
  binary('sub', (x, y) => x.sub(y), { numbers: [1.5], ints: true }),
  binary('mul', (x, y) => x.mul(y), { numbers: [-2.5], ints: true }),
  binary('div', (x, y) => x.div(y), { second: [0.3, 2], numbers: [3], ints: true }),
  binary('pow', (x, y) => x.pow(y), {
    first: [0.2, 2],
    numbers: [2, 3, 0.5, -1, 0, 1],
    edges: [0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 100, Infinity, -Infinity, NaN],
    tolerance: tolerances.power,
  }),
  binary('maximum', (x, y) => x.maximum(y as Tensor)),
  binary('minimum', (x, y) => x.minimum(y as Tensor)),
  op<{ alpha: number }>({
    name: 'addAlpha',
    call: (o, x, y) => x.add(y, o),
    samples: [
      { inputs: [f([3, 4]), f([4])], options: { alpha: -0.5 } },
      { inputs: [int([2, 3]), int([2, 3])], options: { alpha: 3 } },
    ],
  }),
  op<{ alpha: number }>({
    name: 'subAlpha',
    call: (o, x, y) => x.sub(y, o),
    samples: [{ inputs: [f([3, 4]), f([4])], options: { alpha: 2 } }],
  }),
  op<{ base: number }>({
    name: 'rpow',
    call: (o, x) => x.mul(0).add(o.base).pow(x),
    samples: [{ inputs: [f([2, 5])], options: { base: 2 } }],
  }),
  // The same tensor twice: both gradients add up.
  op({
    name: 'mulSelf',
    call: (_, x) => x.mul(x).add(x),
    samples: [{ inputs: [f([2, 3])] }, { inputs: [f([2, 3], { view: 'expanded' })] }],
  }),
];
