/** Fused chains of pointwise ops: a thread evaluates the whole program for one element, or for four neighbouring ones. */
import { numel } from '../../../core/shape.ts';
import type { PointwiseKernel } from '../../backend.ts';
import { grid } from '../grid.ts';
import { Memory } from '../memory.ts';
import { type Functions, programText } from '../program.ts';
import { shader } from '../shader.ts';
import { type ElementText, vectorText } from '../vectors.ts';
import type { BuiltKernel, Capabilities } from './types.ts';

export function pointwise(kernel: PointwiseKernel, capabilities: Capabilities): BuiltKernel {
  const elements = numel(kernel.program.shape);
  const vector = vectorText(kernel);
  const { memory, functions, text } = vector ?? scalarText(kernel);
  const count = vector === null ? elements : elements / 4;
  const width = Math.min(threadsPerGroup, capabilities.maxComputeInvocationsPerWorkgroup);
  const { workgroups, groupsX } = grid(Math.ceil(count / width), capabilities.maxComputeWorkgroupsPerDimension);
  const source = shader('pointwise/pointwise.wgsl', {
    HEADER: [...memory.declarations(), ...functions.values(), text].join('\n'),
    COUNT: count,
    WIDTH: width,
    GROUPS_X: groupsX,
  });
  return { dispatches: [{ label: label(kernel), source, bindings: memory.bindings(), workgroups }] };
}

const threadsPerGroup = 256;

function scalarText(kernel: PointwiseKernel): ElementText {
  const { program, stores } = kernel;
  const memory = new Memory(kernel);
  const functions: Functions = new Map();
  const wanted = stores.map((store) => store.value);
  const { lines, values } = programText(program, wanted, memory, functions, 'e');
  const writes = stores.map((store, i) => memory.store(store.ref, store.dtype, 'e', values[i]!));
  return { memory, functions, text: ['fn element(e: u32) {', ...lines, ...writes, '}'].join('\n') };
}

/** `add + relu [128, 256]` */
function label({ program }: PointwiseKernel): string {
  const ops = program.instrs.map(({ op }) => op);
  const shown = ops.length > 6 ? [...ops.slice(0, 5), `${ops.length - 5} more`] : ops;
  return `${shown.join(' + ') || 'copy'} [${program.shape.join(', ')}]`;
}
