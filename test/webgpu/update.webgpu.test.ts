import { describe, expect, test } from 'vitest';
import type { Capabilities } from '../../src/backends/webgpu/kernels/types.ts';
import { updateKernels } from '../../src/backends/webgpu/kernels/update.ts';
import type { Attrs } from '../../src/ops/types.ts';
import { expectClose, operand, type Result, runKernel, uniform } from './mini-runner.ts';

/** Sizes of the tensors: one element, an empty one, whole granules of an arena, and more than a workgroup. */
const sizes = [1, 64, 0, 130, 5, 700];
const n = sizes.length;

/** `count` lists of tensors; the last is not negative, as a mean of squares. */
function lists(count: number): Float32Array[][] {
  return Array.from({ length: count }, (_, list) => {
    const next = uniform(list + 1);
    return sizes.map((size) => Float32Array.from({ length: size }, () => (list === 3 ? Math.abs(next()) : next())));
  });
}

function run(
  op: 'sgdStep' | 'adamStep',
  tensors: readonly Float32Array[][],
  scalars: readonly number[],
  attrs: Attrs,
  capabilities: Partial<Capabilities> = {},
): Promise<Result> {
  const written = op === 'adamStep' ? [0, 2, 3] : attrs.momentum ? [0, 2] : [0];
  const inputs = tensors.flat().map((data) => operand([data.length], data));
  return runKernel(updateKernels[op], {
    op,
    inputs: [...inputs, ...scalars],
    outputs: written.flatMap((list) =>
      sizes.map((size, i) => ({ shape: [size], dtype: 'float32' as const, inPlaceOf: list * n + i })),
    ),
    attrs: { n, ...attrs },
    capabilities,
    arenas: tensors.map((_, list) => sizes.map((_, i) => list * n + i)),
  });
}

function expectLists(outputs: Result['outputs'], expected: readonly (readonly number[][])[]): void {
  for (const [i, list] of expected.flat().entries()) expectClose(outputs[i]!, list, 3e-6, 1e-7);
}

/** Applies `rule` to the elements of all lists; gives the new lists in the rule's order. */
function elementwise(tensors: readonly Float32Array[][], rule: (...v: number[]) => number[]): number[][][] {
  const results = sizes.map((size, i) =>
    Array.from({ length: size }, (_, e) => rule(...tensors.map((list) => list[i]![e]!))),
  );
  const width = rule(...tensors.map(() => 0.5)).length;
  return Array.from({ length: width }, (_, k) => results.map((tensor) => tensor.map((v) => v[k]!)));
}

const [lr, momentum, dampening, weightDecay] = [0.1, 0.9, 0.25, 0.01];

describe('sgdStep', () => {
  test.each([false, true])('without momentum, maximize: %s', async (maximize) => {
    const tensors = lists(2);
    const { outputs, built } = await run('sgdStep', tensors, [lr, weightDecay, 0, 1], {
      momentum: false,
      nesterov: false,
      maximize,
    });
    expectLists(
      outputs,
      elementwise(tensors, (p, g) => [p! - lr * ((maximize ? -g! : g!) + weightDecay * p!)]),
    );
    expect(built.dispatches.length).toBe(1);
  });

  test.each([false, true])('with momentum, nesterov: %s', async (nesterov) => {
    const tensors = lists(3);
    const { outputs } = await run('sgdStep', tensors, [lr, weightDecay, momentum, nesterov ? 1 : 1 - dampening], {
      momentum: true,
      nesterov,
      maximize: false,
    });
    const expected = elementwise(tensors, (p, g, b) => {
      const d = g! + weightDecay * p!;
      const buffer = momentum * b! + (1 - (nesterov ? 0 : dampening)) * d;
      return [p! - lr * (nesterov ? d + momentum * buffer : buffer), buffer];
    });
    expectLists(outputs, expected);
  });

  test('no weight decay leaves infinite parameters alone', async () => {
    const tensors = lists(2);
    tensors[0]![0]![0] = Infinity;
    const { outputs } = await run('sgdStep', tensors, [lr, 0, 0, 1], {
      momentum: false,
      nesterov: false,
      maximize: false,
    });
    expect(outputs[0]![0]).toBe(Infinity);
  });
});

describe('adamStep', () => {
  const [beta1, beta2, eps, t] = [0.9, 0.999, 1e-8, 3];
  const scalars = [1e-2, weightDecay, beta2, eps, 1 - beta1 ** t, 1 - beta2 ** t, 1 - beta1, 1 - beta2];

  test.each([
    [false, false],
    [true, false],
    [true, true],
  ])('decoupled: %s, maximize: %s', async (decoupled, maximize) => {
    const tensors = lists(4);
    const { outputs, built } = await run('adamStep', tensors, scalars, { decoupled, maximize });
    const expected = elementwise(tensors, (p, g, m, v) => {
      const decayed = decoupled ? p! - 1e-2 * weightDecay * p! : p!;
      const d = (maximize ? -g! : g!) + (decoupled ? 0 : weightDecay * p!);
      const mean = beta1 * m! + (1 - beta1) * d;
      const square = beta2 * v! + (1 - beta2) * d * d;
      return [
        decayed - ((1e-2 / scalars[4]!) * mean) / (Math.sqrt(square) / Math.sqrt(scalars[5]!) + eps),
        mean,
        square,
      ];
    });
    expectLists(outputs, expected);
    expect(built.dispatches.length).toBe(1);
  });

  test('is split where an arena is larger than a binding', async () => {
    const tensors = lists(4);
    const whole = await run('adamStep', tensors, scalars, { decoupled: true, maximize: false });
    const split = await run(
      'adamStep',
      tensors,
      scalars,
      { decoupled: true, maximize: false },
      { maxStorageBufferBindingSize: 2800 },
    );
    expect(split.built.dispatches.map(({ label }) => label)).toEqual([
      'adamStep of 5 tensors, 389 elements',
      'adamStep of 1 tensors, 700 elements',
    ]);
    expect(split.outputs).toEqual(whole.outputs);
  });

  // torch.optim.Adam and AdamW, lr 0.1, weight decay 0.01, from [1, -2, 0.5] with these gradients: parameters, exp_avg, exp_avg_sq.
  test.each([
    [
      'Adam',
      false,
      [0.734303236, -1.88815391, 0.328692108],
      [0.0375374332, 0.478643149, 0.154124826],
      [1.07528169e-4, 0.0248663127, 0.0100030126],
    ],
    [
      'AdamW',
      true,
      [0.734551609, -1.8890295, 0.327782542],
      [0.0351100042, 0.483800024, 0.153000012],
      [9.98900287e-5, 0.0250399224, 9.98100825e-3],
    ],
  ] as const)('three steps agree with PyTorch: %s', async (_, decoupled, parameters, means, squares) => {
    let state = [Float32Array.of(1, -2, 0.5), new Float32Array(3), new Float32Array(3)];
    const gradients = [
      [0.1, -0.2, 3],
      [0.3, 0, -1],
      [1e-4, 5, 0],
    ];
    for (const [step, gradient] of gradients.entries()) {
      const lists = [state[0]!, Float32Array.from(gradient), state[1]!, state[2]!];
      const { outputs } = await runKernel(updateKernels.adamStep, {
        op: 'adamStep',
        inputs: [
          ...lists.map((data) => operand([3], data)),
          0.1,
          0.01,
          beta2,
          eps,
          1 - beta1 ** (step + 1),
          1 - beta2 ** (step + 1),
          1 - beta1,
          1 - beta2,
        ],
        outputs: [0, 2, 3].map((inPlaceOf) => ({ shape: [3], dtype: 'float32' as const, inPlaceOf })),
        attrs: { n: 1, decoupled, maximize: false },
      });
      state = outputs.map((data) => Float32Array.from(data));
    }
    expectClose(state[0]!, parameters, 1e-5);
    expectClose(state[1]!, means, 1e-6);
    expectClose(state[2]!, squares, 1e-6, 1e-9);
  });
});
