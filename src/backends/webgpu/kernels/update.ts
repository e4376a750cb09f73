/** Optimizer updates. Each list of tensors lies in one arena, so that one dispatch updates all of them. */
import { numel } from '../../../core/shape.ts';
import type { Attrs } from '../../../ops/types.ts';
import type { OpKernel } from '../../backend.ts';
import { arenaRanges, elementBytes } from '../buffers.ts';
import { kernelIO } from '../io.ts';
import { type Holes, shader } from '../shader.ts';
import { threadsFor } from './domains.ts';
import type { Binding, Capabilities, KernelBuilder } from './types.ts';

interface Run {
  readonly first: number;
  readonly last: number;
  /** Elements from the start of the first tensor to the end of the last. */
  readonly count: number;
}

/** Splits a list of tensors into consecutive runs that fit one binding. */
function runs(sizes: readonly number[], { maxStorageBufferBindingSize }: Capabilities): Run[] {
  const out: Run[] = [];
  const ranges = arenaRanges(sizes);
  let first = 0;
  const bytes = (i: number): number => ranges[i]!.offset - ranges[first]!.offset + sizes[i]! * elementBytes;
  sizes.forEach((_, i) => {
    if (bytes(i) <= maxStorageBufferBindingSize || i === first) return;
    out.push({ first, last: i - 1, count: bytes(i - 1) / elementBytes });
    first = i;
  });
  out.push({ first, last: sizes.length - 1, count: bytes(sizes.length - 1) / elementBytes });
  return out.filter(({ count }) => count > 0);
}

interface Update {
  readonly file: string;
  /** Lists of tensors that come first in the operands, and which of them are written. */
  readonly lists: (attrs: Attrs) => number;
  readonly written: readonly number[];
  /** Holes for scalars, in the order of the operands. */
  readonly scalars: readonly string[];
  readonly flags: (attrs: Attrs) => Holes;
}

const update =
  ({ file, lists, written, scalars, flags }: Update): KernelBuilder =>
  (kernel, capabilities) => {
    const n = kernel.attrs.n as number;
    const listCount = lists(kernel.attrs);
    const io = kernelIO(kernel, { inputs: [], outputs: [] });
    const scalarHoles = Object.fromEntries(scalars.map((name, i) => [name, io.scalars[listCount * n + i]!]));
    const sizes = kernel.outputs.slice(0, n).map(({ shape }) => numel(shape));
    const dispatches = runs(sizes, capabilities).map(({ first, last, count }) => {
      const vectors = Math.ceil(count / 4);
      const threads = threadsFor(vectors, capabilities);
      const source = shader(`update/${file}.wgsl`, {
        HEADER: io.header,
        COUNT: vectors,
        ...scalarHoles,
        HALF: kernel.outputs[0]!.dtype === 'float16',
        ...flags(kernel.attrs),
        ...threads.holes,
      });
      const bindings = Array.from(
        { length: listCount },
        (_, list): Binding => ({
          kind: 'arena',
          refs: refs(kernel, list * n + first, list * n + last),
          access: written.includes(list) ? 'read_write' : 'read',
        }),
      );
      return {
        label: `${kernel.op} of ${last - first + 1} tensors, ${count} elements`,
        source,
        bindings,
        workgroups: threads.workgroups,
      };
    });
    return { dispatches };
  };

function refs(kernel: OpKernel, first: number, last: number): number[] {
  return kernel.inputs.slice(first, last + 1).map((input) => {
    if (input.kind !== 'buffer') throw new Error(`${kernel.op}: expected a buffer`);
    return input.ref;
  });
}

export const updateKernels = {
  sgdStep: update({
    file: 'sgd',
    lists: (attrs) => (attrs.momentum ? 3 : 2),
    written: [0, 2],
    scalars: ['LR', 'MOMENTUM_FACTOR', 'DAMPENING', 'WEIGHT_DECAY'],
    flags: ({ momentum, nesterov, maximize }) => ({
      MOMENTUM: Boolean(momentum),
      NESTEROV: Boolean(nesterov),
      MAXIMIZE: Boolean(maximize),
    }),
  }),
  adamStep: update({
    file: 'adam',
    lists: () => 4,
    written: [0, 2, 3],
    scalars: ['LR', 'BETA2', 'EPS', 'WEIGHT_DECAY', 'CORRECTION1', 'CORRECTION2', 'REST1', 'REST2'],
    flags: ({ decoupled, maximize }) => ({ DECOUPLED: Boolean(decoupled), MAXIMIZE: Boolean(maximize) }),
  }),
} satisfies Record<string, KernelBuilder>;
