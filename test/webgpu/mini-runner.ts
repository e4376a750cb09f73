/** Runs one kernel's dispatches on a device, without the rest of the backend: for tests of kernels. */

import type { Arg, KernelOutput, OpKernel, ScalarArg } from '../../src/backends/backend.ts';
import { arenaRanges, decode, encode } from '../../src/backends/webgpu/buffers.ts';
import type { Binding, BuiltKernel, Capabilities, KernelBuilder } from '../../src/backends/webgpu/kernels/types.ts';
import { scalarSlots } from '../../src/backends/webgpu/memory.ts';
import { allocate, type DType, type TypedArray } from '../../src/core/dtype.ts';
import { contiguousLayout, type Layout, numel, type Shape } from '../../src/core/shape.ts';
import { originOf } from '../../src/graph/trace.ts';
import type { KernelOp } from '../../src/ops/index.ts';
import type { Attrs, Scalar } from '../../src/ops/types.ts';

export interface Operand {
  readonly dtype: DType;
  /** The memory, in which `layout` selects the elements. */
  readonly data: TypedArray;
  readonly layout: Layout;
}

export interface Call {
  readonly op: KernelOp;
  readonly inputs: readonly (Operand | Scalar | number)[];
  readonly outputs: readonly { readonly shape: Shape; readonly dtype: DType; readonly inPlaceOf?: number }[];
  readonly attrs?: Attrs;
  readonly capabilities?: Partial<Capabilities>;
  /** Lists of operands that lie in one arena each. */
  readonly arenas?: readonly (readonly number[])[];
}

export interface Result {
  readonly outputs: readonly TypedArray[];
  readonly built: BuiltKernel;
}

export const capabilities: Capabilities = {
  software: false,
  subgroups: false,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeWorkgroupsPerDimension: 65535,
  maxStorageBufferBindingSize: 128 * 1024 * 1024,
  vendor: '',
  architecture: '',
};

let shared: Promise<GPUDevice> | undefined;

/** One device for all kernel tests, on the default limits. */
function testGpu(): Promise<GPUDevice> {
  shared ??= (async () => {
    const adapter = await navigator.gpu.requestAdapter();
    if (adapter === null) throw new Error('navigator.gpu.requestAdapter() gave none');
    return adapter.requestDevice({ requiredFeatures: adapter.features.has('subgroups') ? ['subgroups'] : [] });
  })();
  return shared;
}

interface Range {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** What memory holds before a kernel writes it: a NaN as float, and no small number as integer. */
const poison = 0x7fc12345;

export async function runKernel(build: KernelBuilder, call: Call): Promise<Result> {
  const device = await testGpu();
  const owned: GPUBuffer[] = [];
  const create = (bytes: number, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({
      size: Math.max(256, Math.ceil(bytes / 256) * 256),
      usage: usage | GPUBufferUsage.COPY_DST,
    });
    owned.push(buffer);
    return buffer;
  };
  const storage = (bytes: number, fill = poison): GPUBuffer => {
    const buffer = create(bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
    device.queue.writeBuffer(buffer, 0, new Uint32Array(buffer.size / 4).fill(fill));
    return buffer;
  };

  const ranges: Range[] = [];
  const scalars: { value: number; dtype: DType }[] = [];
  for (const list of call.arenas ?? []) {
    const places = arenaRanges(list.map((i) => (call.inputs[i] as Operand).data.length));
    const last = places.at(-1)!;
    // The gaps of an arena hold zeros.
    const buffer = storage(last.offset + last.size, 0);
    list.forEach((i, at) => {
      ranges[i] = { buffer, ...places[at]! };
    });
  }
  const scalar = (value: number, dtype: DType): ScalarArg => ({
    kind: 'scalar',
    slot: scalars.push({ value, dtype }) - 1,
    dtype,
  });
  const args = call.inputs.map((input, i): Arg => {
    if (typeof input === 'number') return scalar(input, 'float32');
    if ('scalar' in input) return scalar(input.scalar, input.dtype);
    const { buffer: memory, byteOffset, byteLength } = encode(input.data, input.dtype);
    const bytes = Uint8Array.from(new Uint8Array(memory, byteOffset, byteLength));
    if (ranges[i] === undefined) {
      const buffer = storage(bytes.byteLength);
      ranges[i] = { buffer, offset: 0, size: buffer.size };
    }
    device.queue.writeBuffer(ranges[i].buffer, ranges[i].offset, bytes);
    // As the planner does it: where a view starts is a scalar.
    const start = originOf(input.layout);
    const layout = { ...input.layout, offset: input.layout.offset - start };
    const origin = start === 0 ? undefined : scalar(start, 'uint32').slot;
    return { kind: 'buffer', ref: i, layout, dtype: input.dtype, origin };
  });
  const outputs = call.outputs.map((output, i): KernelOutput => {
    if (output.inPlaceOf !== undefined) return { ...output, ref: output.inPlaceOf };
    const ref = call.inputs.length + i;
    const buffer = storage(numel(output.shape) * 4);
    ranges[ref] = { buffer, offset: 0, size: buffer.size };
    return { ...output, ref };
  });
  const kernel: OpKernel = { kind: 'op', op: call.op, attrs: call.attrs ?? {}, inputs: args, outputs };
  const built = build(kernel, { ...capabilities, ...call.capabilities });
  const scratch = (built.scratch ?? []).map(
    (bytes): Range => ({ buffer: storage(bytes), offset: 0, size: Math.ceil(bytes / 4) * 4 }),
  );

  const resolve = (binding: Binding): GPUBufferBinding => {
    if (binding.kind === 'scratch') return scratch[binding.index]!;
    if (binding.kind === 'buffer') return ranges[binding.ref]!;
    const first = ranges[binding.refs[0]!]!;
    const last = ranges[binding.refs.at(-1)!]!;
    return { buffer: first.buffer, offset: first.offset, size: last.offset + last.size - first.offset };
  };
  const slots = scalarSlots(kernel);
  const words = new DataView(new ArrayBuffer(Math.max(1, Math.ceil(slots.length / 4)) * 16));
  slots.forEach((slot, i) => {
    const { value, dtype } = scalars[slot]!;
    if (dtype === 'float32') words.setFloat32(i * 4, value, true);
    else words.setUint32(i * 4, value, true);
  });
  const block = create(words.byteLength, GPUBufferUsage.UNIFORM);
  device.queue.writeBuffer(block, 0, words.buffer);

  device.pushErrorScope('validation');
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const { label, source, bindings, workgroups } of built.dispatches) {
    const module = device.createShaderModule({ label, code: source });
    const { messages } = await module.getCompilationInfo();
    for (const { type, lineNum, message } of messages) {
      if (type === 'error') throw new Error(`${label}, line ${lineNum}: ${message}\n${numbered(source)}`);
    }
    const group = device.createBindGroupLayout({
      entries: bindings.map(({ access }, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
      })),
    });
    const uniform = device.createBindGroupLayout({
      entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } }],
    });
    const layout = device.createPipelineLayout({ bindGroupLayouts: [group, uniform] });
    pass.setPipeline(device.createComputePipeline({ label, layout, compute: { module } }));
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: group,
        entries: bindings.map((b, binding) => ({ binding, resource: resolve(b) })),
      }),
    );
    pass.setBindGroup(
      1,
      device.createBindGroup({ layout: uniform, entries: [{ binding: 0, resource: { buffer: block } }] }),
    );
    pass.dispatchWorkgroups(...workgroups);
  }
  pass.end();
  const stagings = outputs.map(({ ref, shape }) => {
    const { buffer, offset } = ranges[ref]!;
    const bytes = numel(shape) * 4;
    const staging = create(bytes, GPUBufferUsage.MAP_READ);
    if (bytes > 0) encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes);
    return staging;
  });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error !== null) throw new Error(error.message);
  const results: TypedArray[] = [];
  for (const [i, staging] of stagings.entries()) {
    await staging.mapAsync(GPUMapMode.READ);
    results.push(decode(staging.getMappedRange().slice(0), outputs[i]!.dtype, numel(outputs[i]!.shape)));
    staging.unmap();
  }
  for (const buffer of owned) buffer.destroy();
  return { outputs: results, built };
}

function numbered(source: string): string {
  return source
    .split('\n')
    .map((line, i) => `${String(i + 1).padStart(4)} ${line}`)
    .join('\n');
}

/** Elements in row-major order. */
export function dense({ data, layout }: Operand): number[] {
  const count = numel(layout.shape);
  return Array.from({ length: count }, (_, e) => {
    let rest = e;
    let at = layout.offset;
    for (let d = layout.shape.length - 1; d >= 0; d--) {
      at += (rest % layout.shape[d]!) * layout.strides[d]!;
      rest = Math.floor(rest / layout.shape[d]!);
    }
    return data[at]!;
  });
}

export function operand(shape: Shape, data: TypedArray, dtype: DType = 'float32'): Operand {
  return { dtype, data, layout: contiguousLayout(shape) };
}

/** How an operand lies in memory. */
export type Arrangement = 'contiguous' | 'reversed' | 'permuted' | 'strided' | 'expanded';
export const arrangements: readonly Arrangement[] = ['contiguous', 'reversed', 'permuted', 'strided', 'expanded'];

/** An operand of this shape in memory filled by `fill`, read backwards, with dims swapped, with gaps, or with a repeated dim. */
export function arranged(shape: Shape, arrangement: Arrangement, dtype: DType, fill: (i: number) => number): Operand {
  const gap = arrangement === 'strided' ? 3 : 1;
  const order = shape.map((_, i) => i);
  if (arrangement === 'permuted') order.reverse();
  const strides = new Array<number>(shape.length);
  let offset = arrangement === 'strided' ? 5 : 0;
  let step = gap;
  for (const d of [...order].reverse()) {
    const repeated = arrangement === 'expanded' && d === 0;
    strides[d] = repeated ? 0 : step;
    if (!repeated) step *= Math.max(shape[d]!, 1);
  }
  if (arrangement === 'reversed') {
    strides.forEach((s, d) => {
      offset += s * Math.max(shape[d]! - 1, 0);
      strides[d] = -s;
    });
  }
  const length = step + 5;
  const data = allocate(dtype, length).map((_: number, i: number) => fill(i));
  return { dtype, data, layout: { shape, strides, offset } };
}

/** Repeatable numbers in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Fills memory with numbers in [-size, size). */
export function uniform(seed: number, size = 1): () => number {
  const next = random(seed);
  return () => (2 * next() - 1) * size;
}

/** Fails on the first element that is further off than relative · |expected| + absolute; NaN must meet NaN. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative = 1e-5,
  absolute = 1e-6,
): void {
  if (actual.length !== expected.length) throw new Error(`expected ${expected.length} elements, got ${actual.length}`);
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i]!;
    const e = expected[i]!;
    if (Object.is(a, e) || a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    if (!(Math.abs(a - e) <= relative * Math.abs(e) + absolute))
      throw new Error(`element ${i}: expected ${e}, got ${a}`);
  }
}
