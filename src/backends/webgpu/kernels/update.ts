/** Optimizer updates, norms and scalings of lists. Each list of tensors lies in one arena, so that one dispatch takes all of them. */
import { numel } from '../../../core/shape.ts';
import { type UpdateOp, type UpdateRule, updateRules } from '../../../ops/extended/update.ts';
import type { OpKernel } from '../../backend.ts';
import { arenaRanges, elementBytes } from '../buffers.ts';
import { kernelIO } from '../io.ts';
import { type Holes, render, shader } from '../shader.ts';
import { threadsFor } from './domains.ts';
import type { Binding, BuiltKernel, Capabilities, Dispatch, KernelBuilder, KernelIO } from './types.ts';

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

/** Sizes of the kernel's first list. */
const sizesOf = (kernel: OpKernel): number[] =>
  kernel.inputs.slice(0, kernel.attrs.n as number).map((input) => {
    if (input.kind !== 'buffer') throw new Error(`${kernel.op}: expected a buffer`);
    return numel(input.layout.shape);
  });

const labelOf = (kernel: OpKernel, { first, last, count }: Run): string =>
  `${kernel.op} of ${last - first + 1} tensors, ${count} elements`;

/** A run of list `list` as one binding. */
function arena(kernel: OpKernel, list: number, { first, last }: Run, access: 'read' | 'read_write'): Binding {
  const start = list * (kernel.attrs.n as number);
  const refs = kernel.inputs.slice(start + first, start + last + 1).map((input) => {
    if (input.kind !== 'buffer') throw new Error(`${kernel.op}: expected a buffer`);
    return input.ref;
  });
  return { kind: 'arena', refs, access };
}

const declared = (binding: number, name: string, access: 'read' | 'read_write', type = 'vec4<f32>'): string =>
  `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<${type}>;`;

const holeName = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `_${c}`).toUpperCase();

const update =
  (rule: UpdateRule): KernelBuilder =>
  (kernel, capabilities) => {
    const { attrs } = kernel;
    const names = ['p', 'g', ...rule.states(attrs)];
    const accessOf = (name: string) => (name === 'g' ? 'read' : 'read_write');
    const io = kernelIO(kernel, { inputs: [], outputs: [] });
    const [lr, weightDecay, ...own] = io.scalars.slice(names.length * (attrs.n as number));
    const formula = render(`update/${rule.file}.wgsl`, {
      ...Object.fromEntries(rule.scalars.map((name, i) => [holeName(name), own[i]!])),
      ...Object.fromEntries(rule.flags.map((name) => [holeName(name), Boolean(attrs[name])])),
    });
    const holes: Holes = {
      HEADER: io.header,
      FIELDS: names.map((name) => `  ${name}: f32,`).join('\n'),
      BINDINGS: names.map((name, i) => declared(i, `all_${name}`, accessOf(name))).join('\n'),
      FORMULA: formula,
      LR: lr!,
      WEIGHT_DECAY: weightDecay!,
      MAXIMIZE: Boolean(attrs.maximize),
      DECOUPLED: Boolean(attrs.decoupled),
      HALF: halves(kernel),
      LANES: lanes(names).join('\n'),
    };
    const dispatches = runs(sizesOf(kernel), capabilities).map((run): Dispatch => {
      const vectors = Math.ceil(run.count / 4);
      const threads = threadsFor(vectors, capabilities);
      return {
        label: labelOf(kernel, run),
        source: shader('update/update.wgsl', { ...holes, COUNT: vectors, ...threads.holes }),
        bindings: names.map((name, list) => arena(kernel, list, run, accessOf(name))),
        workgroups: threads.workgroups,
      };
    });
    return { dispatches };
  };

/** Statements that read a vector of each list, update its four elements, and store what is written. */
function lanes(names: readonly string[]): string[] {
  const axes = [...'xyzw'];
  return [
    ...names.map((name) => `  let old_${name} = all_${name}[at];`),
    ...axes.map(
      (axis) => `  let ${axis} = updated(Element(${names.map((name) => `old_${name}.${axis}`).join(', ')}));`,
    ),
    ...names
      .filter((name) => name !== 'g')
      .map((name) => `  all_${name}[at] = vec4(${axes.map((axis) => `stored(${axis}.${name})`).join(', ')});`),
  ];
}

/** Groups that leave partial results: more would only make the last step longer. */
const mostGroups = 256;

const normOfLists: KernelBuilder = (kernel, capabilities): BuiltKernel => {
  const width = Math.min(256, capabilities.maxComputeInvocationsPerWorkgroup);
  const parts: { run: Run; vectors: number; groups: number; offset: number }[] = [];
  let partials = 0;
  for (const run of runs(sizesOf(kernel), capabilities)) {
    const vectors = Math.ceil(run.count / 4);
    // Four vectors a thread: enough to be worth a group.
    const groups = Math.min(mostGroups, Math.ceil(vectors / (4 * width)));
    parts.push({ run, vectors, groups, offset: partials });
    partials += groups;
  }
  const alone = partials <= 1;
  const scratch: Binding = { kind: 'scratch', index: 0, access: 'read_write' };
  const dispatchOf = (
    label: string,
    stage: { FIRST: boolean; LAST: boolean; COUNT: number; GROUPS: number; OFFSET: number },
    list?: Binding,
  ): Dispatch => {
    const io = kernelIO(kernel, { inputs: [], outputs: stage.LAST ? [0] : [] });
    const own = [
      ...(list ? [{ binding: list, name: 'list', access: 'read', type: 'vec4<f32>' } as const] : []),
      ...(alone ? [] : [{ binding: scratch, name: 'partials', access: 'read_write', type: 'f32' } as const]),
    ];
    const source = shader('update/norm.wgsl', {
      ...stage,
      HEADER: io.header,
      WIDTH: width,
      BINDINGS: own.map(({ name, access, type }, i) => declared(io.bindings.length + i, name, access, type)).join('\n'),
      INFINITY: kernel.attrs.norm === 'infinity',
      TWO: kernel.attrs.norm === 'two',
      P: io.scalars[kernel.attrs.n as number] ?? '2.0',
    });
    const bindings = [...io.bindings, ...own.map(({ binding }) => binding)];
    return { label, source, bindings, workgroups: [stage.GROUPS, 1, 1] };
  };
  const dispatches = parts.map(({ run, vectors, groups, offset }) =>
    dispatchOf(
      labelOf(kernel, run),
      { FIRST: true, LAST: alone, COUNT: vectors, GROUPS: groups, OFFSET: offset },
      arena(kernel, 0, run, 'read'),
    ),
  );
  if (alone && dispatches.length > 0) return { dispatches };
  const last = { FIRST: false, LAST: true, COUNT: partials, GROUPS: 1, OFFSET: 0 };
  dispatches.push(dispatchOf(`${kernel.op}, ${partials} parts`, last));
  return { dispatches, scratch: [Math.max(1, partials) * elementBytes] };
};

const halves = (kernel: OpKernel): boolean => kernel.outputs[0]!.dtype === 'float16';

const scaleLists: KernelBuilder = (kernel, capabilities) => {
  const n = kernel.attrs.n as number;
  const clip = kernel.attrs.by === 'clip';
  const io = kernelIO(kernel, { inputs: clip ? [n] : [], outputs: [] });
  const scalars = io.scalars.slice(clip ? n + 1 : n);
  const holes = {
    CLIP: clip,
    CLAMP: kernel.attrs.by === 'clamp',
    NORM: clip ? `in${n}(0u)` : '0.0',
    FIRST_SCALAR: scalars[0]!,
    SECOND_SCALAR: scalars[1] ?? '0.0',
    HALF: halves(kernel),
  };
  return inPlaceDispatches(kernel, capabilities, io, 'scale', ['list'], holes);
};

const averageLists: KernelBuilder = (kernel, capabilities) => {
  const weight = 2 * (kernel.attrs.n as number);
  const io = kernelIO(kernel, { inputs: [weight], outputs: [] });
  const holes = { WEIGHT: `in${weight}(0u)`, HALF: halves(kernel) };
  return inPlaceDispatches(kernel, capabilities, io, 'average', ['averages', 'news'], holes);
};

/** A template that goes over lists, and writes the first. */
function inPlaceDispatches(
  kernel: OpKernel,
  capabilities: Capabilities,
  io: KernelIO,
  file: string,
  names: readonly string[],
  holes: Holes,
): BuiltKernel {
  const accessOf = (list: number) => (list === 0 ? 'read_write' : 'read');
  const first = io.bindings.length;
  const BINDINGS = names.map((name, list) => declared(first + list, name, accessOf(list))).join('\n');
  const dispatches = runs(sizesOf(kernel), capabilities).map((run): Dispatch => {
    const vectors = Math.ceil(run.count / 4);
    const threads = threadsFor(vectors, capabilities);
    return {
      label: labelOf(kernel, run),
      source: shader(`update/${file}.wgsl`, {
        ...holes,
        HEADER: io.header,
        BINDINGS,
        COUNT: vectors,
        ...threads.holes,
      }),
      bindings: [...io.bindings, ...names.map((_, list) => arena(kernel, list, run, accessOf(list)))],
      workgroups: threads.workgroups,
    };
  });
  return { dispatches };
}

const updates = Object.fromEntries(
  Object.entries<UpdateRule>(updateRules).map(([name, rule]) => [name, update(rule)]),
) as Record<UpdateOp, KernelBuilder>;

export const updateKernels = { ...updates, normOfLists, averageLists, scaleLists } satisfies Record<
  string,
  KernelBuilder
>;
