/** Recurrent layers on every path: state in workgroup memory and in storage, units shared by workgroups, walks in pieces; against the CPU's kernels. */
import { describe, expect, test } from 'vitest';
import { recurrentKernels as cpuKernelsOf } from '../../src/backends/cpu/kernels/recurrent.ts';
import { recurrentKernels, recurrentKernelsOf } from '../../src/backends/webgpu/kernels/recurrent.ts';
import type { Capabilities } from '../../src/backends/webgpu/kernels/types.ts';
import { numel, type Shape } from '../../src/core/shape.ts';
import { type CellKind, cellKinds } from '../../src/ops/extended/recurrent-sizes.ts';
import { arranged, capabilities, expectClose, type Operand, operand, runKernel, uniform } from './mini-runner.ts';

const cpuKernels = cpuKernelsOf(null);

interface Way {
  readonly capabilities?: Partial<Capabilities>;
  /** Bytes of weights of a dispatch. */
  readonly budget?: number;
  /** Dispatches that T steps take, forwards and backwards, with the one that packs the weights. */
  readonly dispatches: (time: number) => readonly [forward: number, backward: number];
}
const one: Way['dispatches'] = () => [2, 2];
const eachStep: Way['dispatches'] = (time) => [time + 1, time + 2];
const inStorage = { maxComputeWorkgroupStorageSize: 8 };

interface Layer {
  readonly kind: CellKind;
  readonly time: number;
  readonly batch: number;
  readonly hidden: number;
  readonly reverse?: boolean;
  readonly lengths?: readonly number[];
  /** P, of an LSTM that projects. */
  readonly state?: number;
  /** Without h0, c0 and bias, and without a gradient of the outputs, or of the final state. */
  readonly bare?: boolean;
  readonly onlyFinal?: boolean;
}

const results = (shapes: readonly Shape[]) => shapes.map((shape) => ({ shape, dtype: 'float32' as const }));
const empty = (shapes: readonly Shape[]) =>
  results(shapes).map((output) => ({ ...output, data: new Float32Array(numel(output.shape)) }));

/** Both directions of a layer are as on the CPU, and, with NaN where the state of one sequence has one, only there. */
async function same(layer: Layer, way: Way, spoiled?: number): Promise<void> {
  const { kind, time, batch, hidden, reverse = false, lengths, bare = false } = layer;
  const { gates, kept } = cellKinds[kind];
  const state = layer.state ?? hidden;
  const lstm = kind === 'lstm';
  const fill = uniform(hidden + time);
  const make = (shape: readonly number[], there = true): Operand | number =>
    there ? arranged(shape, shape.length === 2 ? 'permuted' : 'strided', 'float32', fill) : 0;
  const h0 = make([batch, state], !bare);
  if (spoiled !== undefined) (h0 as Operand).data[spoiled] = Number.NaN;
  const counts = lengths ? operand([batch], Int32Array.from(lengths), 'int32') : 0;
  const projection = make([state, hidden], layer.state !== undefined);
  const inputs = [
    make([time, batch, gates * hidden]),
    make([gates * hidden, state]),
    h0,
    make([batch, hidden], lstm && !bare),
    make([gates * hidden], kind === 'gru' && !bare),
    counts,
    projection,
  ];
  const final = lstm ? state + hidden : state;
  const shapes = [
    [time, batch, state],
    [batch, final],
    [time, batch, kept * hidden + state],
  ];
  const kernels = way.budget === undefined ? recurrentKernels : recurrentKernelsOf(way.budget);
  const attrs = { kind, reverse, keep: true };
  const expected = empty(shapes);
  cpuKernels.recurrent(inputs, expected, attrs);
  const forward = await runKernel(kernels.recurrent, {
    op: 'recurrent',
    inputs,
    outputs: results(shapes),
    attrs,
    capabilities: way.capabilities ?? {},
  });
  expected.forEach(({ data }, i) => {
    expectClose(forward.outputs[i]!, data, 1e-5, 5e-6);
  });

  const gradientShapes: Shape[] = [
    [time, batch, gates * hidden],
    [batch, final],
    ...(kind === 'gru' ? [[time, batch, gates * hidden]] : layer.state === undefined ? [] : [[time, batch, state]]),
  ];
  const gradientInputs = [
    operand(shapes[2]!, expected[2]!.data),
    inputs[1]!,
    make([time, batch, state], !layer.onlyFinal),
    make([batch, final], !bare),
    counts,
    projection,
  ];
  const gradients = empty(gradientShapes);
  cpuKernels.recurrentBackward(gradientInputs, gradients, attrs);
  const backward = await runKernel(kernels.recurrentBackward, {
    op: 'recurrentBackward',
    inputs: gradientInputs,
    outputs: results(gradientShapes),
    attrs,
    capabilities: way.capabilities ?? {},
  });
  gradients.forEach(({ data }, i) => {
    expectClose(backward.outputs[i]!, data, 1e-5, 1e-5);
  });
  expect([forward.built.dispatches.length, backward.built.dispatches.length]).toEqual(way.dispatches(time));
}

const shared: Way = { dispatches: one };
const lanes: Way = { capabilities: { software: true, subgroups: true }, dispatches: one };
const kinds: readonly CellKind[] = ['lstm', 'gru', 'tanh', 'relu'];

describe.each(kinds)('%s', (kind) => {
  test('with its state in workgroup memory, some sequences ending early', () =>
    same({ kind, time: 3, batch: 5, hidden: 6, lengths: [3, 1, 0, 2, 9] }, shared));
  test('in reverse, a workgroup of a subgroup', () =>
    same({ kind, time: 3, batch: 9, hidden: 5, reverse: true }, lanes));
  test('with a dispatch for each step, its units in tiles', () =>
    same(
      { kind, time: 3, batch: 5, hidden: 6, lengths: [2, 3, 3, 1, 0], reverse: true },
      { capabilities: { ...inStorage, maxComputeInvocationsPerWorkgroup: 4 }, dispatches: eachStep },
    ));
});

describe('an LSTM', () => {
  test.each<[string, Layer, Way]>([
    ['of one step and one sequence', { kind: 'lstm', time: 1, batch: 1, hidden: 1, bare: true }, shared],
    [
      'with more units than threads, and without the gradient of its outputs',
      { kind: 'lstm', time: 2, batch: 4, hidden: 7, onlyFinal: true },
      { capabilities: { maxComputeInvocationsPerWorkgroup: 3 }, dispatches: one },
    ],
    [
      'in pieces of three steps, its state in workgroup memory',
      { kind: 'lstm', time: 7, batch: 5, hidden: 4 },
      // 256 bytes of weights are read at each step.
      { budget: 3 * 256, dispatches: () => [4, 4] },
    ],
    [
      'on a software adapter without subgroups, in pieces',
      { kind: 'lstm', time: 4, batch: 9, hidden: 3, lengths: [4, 0, 1, 2, 3, 4, 4, 2, 1] },
      { capabilities: { software: true, subgroups: false }, budget: 3 * 144, dispatches: () => [3, 3] },
    ],
    [
      'on a folded grid',
      { kind: 'lstm', time: 2, batch: 9, hidden: 7 },
      {
        capabilities: { ...inStorage, maxComputeInvocationsPerWorkgroup: 4, maxComputeWorkgroupsPerDimension: 4 },
        dispatches: eachStep,
      },
    ],
    ['that projects', { kind: 'lstm', time: 3, batch: 5, hidden: 6, state: 3, lengths: [3, 1, 0, 2, 9] }, shared],
    [
      'that projects, in reverse, by one subgroup',
      { kind: 'lstm', time: 3, batch: 5, hidden: 5, state: 2, reverse: true },
      lanes,
    ],
    [
      'that projects, its state in storage',
      { kind: 'lstm', time: 2, batch: 5, hidden: 3, state: 6, bare: true },
      { capabilities: inStorage, dispatches: one },
    ],
  ])('%s', (_, layer, way) => same(layer, way));

  test('with weights too large for each workgroup to read takes a dispatch for each step', () => {
    const none = new Float32Array();
    const buffer = (ref: number, shape: Shape) =>
      ({ kind: 'buffer', ref, dtype: 'float32', layout: operand(shape, none).layout }) as const;
    const count = (hidden: number): number => {
      const shapes = [[3, 1, hidden], [1, 2 * hidden], [0]];
      const missing = Array.from({ length: 5 }, (_, slot) => ({ kind: 'scalar', slot, dtype: 'float32' }) as const);
      const inputs = [buffer(0, [3, 1, 4 * hidden]), buffer(1, [4 * hidden, hidden]), ...missing];
      const outputs = results(shapes).map((output, i) => ({ ...output, ref: 2 + i }));
      const attrs = { kind: 'lstm', reverse: false, keep: false };
      const { dispatches } = recurrentKernels.recurrent(
        { kind: 'op', op: 'recurrent', attrs, inputs, outputs },
        { ...capabilities, maxComputeWorkgroupStorageSize: 32768 },
      );
      return dispatches.length;
    };
    // 4·H·H floats are more than 2 MiB from H = 363 on.
    expect([count(362), count(363)]).toEqual([2, 4]);
  });
});

test('NaN in the state of one sequence stays there', () =>
  same({ kind: 'gru', time: 2, batch: 3, hidden: 4 }, shared, 1));
test('a batch of none is no dispatch', async () => {
  const { built } = await runKernel(recurrentKernels.recurrent, {
    op: 'recurrent',
    inputs: [operand([2, 0, 3], new Float32Array()), operand([3, 3], new Float32Array(9)), 0, 0, 0, 0, 0],
    outputs: results([[2, 0, 3], [0, 3], [0]]),
    attrs: { kind: 'tanh', reverse: false, keep: false },
  });
  expect(built.dispatches).toEqual([]);
});
