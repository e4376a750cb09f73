/** Connectionist temporal classification: a workgroup walks through each sequence; gradients are then written side by side. */
import { numel } from '../../../core/shape.ts';
import type { OpKernel } from '../../backend.ts';
import { grid } from '../grid.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { literal, render, shader } from '../shader.ts';
import { layoutOf, threadsFor, u32 } from './domains.ts';
import type { Binding, BuiltKernel, Capabilities, Dispatch, KernelBuilder } from './types.ts';

/** Operands of either kernel by name. */
interface Places {
  readonly chances: number;
  readonly targets: number;
  readonly lengths: number;
}

function sizesOf(kernel: OpKernel, { chances, targets }: Places) {
  const [frames, batch, classes] = layoutOf(kernel, chances).shape as readonly [number, number, number];
  const labels = layoutOf(kernel, targets).shape[1]!;
  return { frames, batch, classes, labels, states: 2 * labels + 1 };
}

/** ctc/states.wgsl, filled in. */
function statesText(kernel: OpKernel, places: Places): string {
  const { frames, batch, classes, labels } = sizesOf(kernel, places);
  const { strides, offset } = layoutOf(kernel, places.chances);
  return [
    positionFunction('targets_at', layoutOf(kernel, places.targets)),
    positionFunction('lengths_at', layoutOf(kernel, places.lengths)),
    render('ctc/states.wgsl', {
      FRAMES: frames,
      BATCH: batch,
      CLASSES: classes,
      LABELS: labels,
      BLANK: literal(kernel.attrs.blank as number, 'int32'),
      CHANCES: places.chances,
      TARGETS: places.targets,
      LENGTHS: places.lengths,
      ORIGIN: u32(offset),
      FRAME_STEP: u32(strides[0]!),
      BATCH_STEP: u32(strides[1]!),
      CLASS_STEP: u32(strides[2]!),
    }),
  ].join('\n');
}

/** The walk through all frames. `scratch`: buffers that it writes, before the one for its rows. */
function walk(
  kernel: OpKernel,
  capabilities: Capabilities,
  places: Places,
  header: readonly string[],
  bindings: readonly Binding[],
  scratch: number,
): { dispatch: Dispatch; rows: number } {
  const { batch, states } = sizesOf(kernel, places);
  const { software, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize } = capabilities;
  const most = Math.min(software ? 32 : 256, maxComputeInvocationsPerWorkgroup);
  const width = Math.min(Math.max(2 ** Math.ceil(Math.log2(states)), 8), most);
  const bytes = 2 * states * 4;
  const shared = bytes <= maxComputeWorkgroupStorageSize;
  const { workgroups, groupsX } = grid(batch, capabilities.maxComputeWorkgroupsPerDimension);
  const backward = scratch > 0;
  const source = shader('ctc/lattice.wgsl', {
    HEADER: header.join('\n'),
    WIDTH: width,
    SHARED: shared,
    ROWS: bindings.length,
    GROUPS_X: groupsX,
    BACKWARD: backward,
    ALPHA: 5,
  });
  const all = shared ? bindings : [...bindings, { kind: 'scratch', index: scratch, access: 'read_write' } as const];
  const label = `${kernel.op} of ${batch} sequences with ${states} states`;
  return { dispatch: { label, source, bindings: all, workgroups }, rows: shared ? 0 : batch * bytes };
}

const ctcLoss: KernelBuilder = (kernel, capabilities) => {
  const places = { chances: 0, targets: 1, lengths: 2 };
  if (sizesOf(kernel, places).batch === 0) return { dispatches: [] };
  const io = kernelIO(kernel);
  const header = [io.header, statesText(kernel, places)];
  const { dispatch, rows } = walk(kernel, capabilities, places, header, io.bindings, 0);
  return { dispatches: [dispatch], ...(rows > 0 && { scratch: [rows] }) };
};

const ctcLossBackward: KernelBuilder = (kernel, capabilities): BuiltKernel => {
  const places = { chances: 1, targets: 2, lengths: 3 };
  const { frames, batch, classes, labels, states } = sizesOf(kernel, places);
  const count = numel(kernel.outputs[0]!.shape);
  if (count === 0) return { dispatches: [] };
  const kept: readonly Binding[] = [
    { kind: 'scratch', index: 0, access: 'read_write' },
    { kind: 'scratch', index: 1, access: 'read_write' },
  ];
  const pass = (inputs: readonly number[], outputs: readonly number[], names: Readonly<Record<string, number>>) => {
    const io = kernelIO(kernel, { inputs, outputs });
    const at = io.bindings.length;
    const header = [
      io.header,
      render('ctc/scratch.wgsl', { PATHS: at, LINKS: at + 1 }),
      ...Object.entries(names).map(([name, i]) => positionFunction(name, layoutOf(kernel, i))),
      statesText(kernel, places),
    ];
    return { header, bindings: [...io.bindings, ...kept] };
  };
  const lattice = pass([1, 2, 3, 5], [], { alpha_at: 5 });
  const { dispatch, rows } = walk(kernel, capabilities, places, lattice.header, lattice.bindings, kept.length);
  const gradient = pass([0, 1, 2, 3, 4], [0], { g_at: 0, loss_at: 4 });
  const write = (elements: number, all: boolean): Dispatch => {
    const threads = threadsFor(elements, capabilities);
    const source = shader('ctc/gradient.wgsl', {
      HEADER: gradient.header.join('\n'),
      COUNT: elements,
      LOSS: 4,
      G: 0,
      ZERO_INFINITY: kernel.attrs.zeroInfinity as boolean,
      WRITE_ALL: all,
      ...threads.holes,
    });
    const label = `${kernel.op} of ${frames}x${batch}x${classes}, ${all ? 'classes' : 'labels'}`;
    return { label, source, bindings: gradient.bindings, workgroups: threads.workgroups };
  };
  return {
    dispatches: [dispatch, write(count, true), write(frames * batch * (labels + 1), false)],
    scratch: [batch * frames * states * 4, Math.max(batch * labels, 1) * 4, ...(rows > 0 ? [rows] : [])],
  };
};

export const ctcKernels = { ctcLoss, ctcLossBackward } satisfies Record<string, KernelBuilder>;
