/** Why two kernels of a plan are not one: what fuse() asks, said in words. */
import type { Arg, BufferArg, Kernel, OpKernel, PlanSpec, PointwiseKernel, Program } from '../backends/backend.ts';
import { isContiguous, numel } from '../core/shape.ts';
import { row } from '../ops/index.ts';

/** The buffers that a kernel reads, each with the operands through which it does. */
function readsOf(kernel: Kernel): Map<number, BufferArg[]> {
  const reads = new Map<number, BufferArg[]>();
  const add = (arg: Arg): void => {
    if (arg.kind === 'buffer') reads.set(arg.ref, [...(reads.get(arg.ref) ?? []), arg]);
  };
  const addAll = (program: Program | undefined): void => program?.args.forEach(add);
  if (kernel.kind === 'pointwise') addAll(kernel.program);
  else {
    for (const input of kernel.inputs) input.kind === 'program' ? addAll(input.program) : add(input);
    addAll(kernel.epilogue?.program);
  }
  return reads;
}

function writesOf(kernel: Kernel): number[] {
  const stores = (kernel.kind === 'pointwise' ? kernel.stores : (kernel.epilogue?.stores ?? [])).map(({ ref }) => ref);
  return kernel.kind === 'pointwise' ? stores : [...stores, ...kernel.outputs.map(({ ref }) => ref)];
}

const overwrites = (kernel: OpKernel): boolean => kernel.outputs.some(({ inPlaceOf }) => inPlaceOf !== undefined);
const limits = 'one kernel would bind too many buffers, have no common shape, or wait for a kernel between the two';

/** Why pointwise `reader` is no part of `maker`, whose result `ref` it reads. */
function notAfter(maker: Kernel, reader: PointwiseKernel, ref: number, args: readonly BufferArg[]): string {
  if (maker.kind === 'op') {
    if (row(maker.op).kind === 'opaque') return `${maker.op} takes no work along when it stores`;
    if (overwrites(maker)) return `${maker.op} writes over an operand`;
    const carried = [maker.outputs[0]!.ref, ...(maker.epilogue?.stores.map((s) => s.ref) ?? [])];
    if (!carried.includes(ref)) return `it reads a further result of ${maker.op}; only the first can be carried on`;
  }
  const n = numel(maker.kind === 'op' ? maker.outputs[0]!.shape : maker.program.shape);
  const inOrder = args.every((a) => a.origin === undefined && a.layout.offset === 0 && isContiguous(a.layout));
  if (n !== numel(reader.program.shape) || !inOrder)
    return 'it reads the elements in another order, or some of them several times';
  return limits;
}

/** Why `reader` does not compute what pointwise `maker` stores in `ref` when it loads it. */
function notBefore(spec: PlanSpec, maker: PointwiseKernel, at: number, reader: OpKernel, ref: number): string {
  if (row(reader.op).kind === 'opaque') return `${reader.op} reads its operands from memory`;
  if (overwrites(reader)) return `${reader.op} writes over an operand`;
  if (ref < spec.externals.length + spec.results.length)
    return 'its result stays in memory: it is yours, or backward needs it';
  if (maker.stores.length > 1) return 'it has several results';
  const others = spec.kernels.flatMap((k, i) => (i !== at && readsOf(k).has(ref) ? [i + 1] : []));
  if (others.length > 0) return `its result is read by ${others.join(', ')}, too`;
  return `${reader.op} reads elements several times, and would compute them each time; or ${limits}`;
}

/** For kernel `at`, one line for each kernel that it might have been fused with. */
export function notFused(spec: PlanSpec, at: number): string[] {
  const reader = spec.kernels[at]!;
  return [...readsOf(reader)].flatMap(([ref, args]) => {
    const from = spec.kernels.slice(0, at).findLastIndex((k) => writesOf(k).includes(ref));
    if (from < 0) return [];
    const maker = spec.kernels[from]!;
    if (reader.kind === 'pointwise') return [`not fused with ${from + 1}: ${notAfter(maker, reader, ref, args)}`];
    // Two kernels of their own never become one.
    if (maker.kind !== 'pointwise') return [];
    return [`not fused with ${from + 1}: ${notBefore(spec, maker, at, reader, ref)}`];
  });
}

/** How many recorded ops a kernel computes. */
export function opsIn(kernel: Kernel): number {
  if (kernel.kind === 'pointwise') return kernel.program.instrs.length;
  const before = kernel.inputs.reduce((sum, i) => sum + (i.kind === 'program' ? i.program.instrs.length : 0), 0);
  return before + 1 + (kernel.epilogue?.program.instrs.length ?? 0);
}
