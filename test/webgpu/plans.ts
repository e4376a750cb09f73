/** Hand-made plans for tests of the WebGPU backend. */
import type {
  Arg,
  Backend,
  Buffer,
  Instr,
  Kernel,
  PlanSpec,
  PointwiseKernel,
  Program,
  Store,
} from '../../src/backends/backend.ts';
import { type DeviceOptions, WebGpuBackend } from '../../src/backends/webgpu/backend.ts';
import { createWebGpuBackend } from '../../src/backends/webgpu/index.ts';
import type { Capabilities } from '../../src/backends/webgpu/kernels/types.ts';
import { allocate, type DType, type TypedArray } from '../../src/core/dtype.ts';
import { contiguousLayout, type Layout, numel, type Shape } from '../../src/core/shape.ts';

const backends = new Map<string, Promise<WebGpuBackend>>();

/** A backend shared by all tests that do not break it, by the limits it runs on. */
export function sharedBackend(limits: 'maximum' | 'default' = 'maximum'): Promise<WebGpuBackend> {
  let backend = backends.get(limits);
  if (backend === undefined) {
    backend = createWebGpuBackend({ limits });
    backends.set(limits, backend);
  }
  return backend;
}

/** A backend on the same device that believes something else of it: to try what other adapters would run. */
export async function pretendingBackend(
  overrides: Partial<Capabilities>,
  options: Partial<DeviceOptions> = {},
): Promise<WebGpuBackend> {
  const { device, capabilities, description } = await sharedBackend();
  return new WebGpuBackend({
    device,
    capabilities: { ...capabilities, ...overrides },
    description,
    ownsDevice: false,
    ...options,
  });
}

export function buffer(ref: number, layout: Layout | Shape, dtype: DType = 'float32'): Arg {
  return { kind: 'buffer', ref, layout: 'strides' in layout ? layout : contiguousLayout(layout), dtype };
}

export function scalar(slot: number, dtype: DType = 'float32'): Arg {
  return { kind: 'scalar', slot, dtype };
}

export function program(
  shape: Shape,
  args: readonly Arg[],
  instrs: readonly (readonly [op: Instr['op'], inputs: readonly number[], dtype?: DType])[],
  carried: DType | null = null,
): Program {
  return { shape, carried, args, instrs: instrs.map(([op, inputs, dtype = 'float32']) => ({ op, inputs, dtype })) };
}

/** A kernel that stores the program's last value, or the ones given. */
export function pointwise(p: Program, stores: readonly Store[]): PointwiseKernel {
  return { kind: 'pointwise', program: p, stores };
}

interface Table {
  readonly externals: readonly (readonly [DType, number])[];
  readonly results: readonly (readonly [DType, number])[];
  readonly temporaries?: readonly (readonly [DType, number])[];
  readonly scalars?: readonly DType[];
}

export function plan(
  kernels: readonly Kernel[],
  { externals, results, temporaries = [], scalars = [] }: Table,
): PlanSpec {
  const metas = (list: readonly (readonly [DType, number])[]) => list.map(([dtype, n]) => ({ dtype, numel: n }));
  return { kernels, externals: metas(externals), results: metas(results), temporaries: metas(temporaries), scalars };
}

export function upload(backend: Backend, dtype: DType, values: ArrayLike<number>): Buffer {
  const data = allocate(dtype, values.length);
  data.set(values);
  const made = backend.alloc(dtype, values.length);
  backend.write(made, data);
  return made;
}

/** Compiles a plan, runs it once and reads all results. */
export async function evaluate(
  backend: Backend,
  spec: PlanSpec,
  inputs: readonly ArrayLike<number>[],
  scalars: readonly number[] = [],
): Promise<TypedArray[]> {
  const externals = inputs.map((values, i) => upload(backend, spec.externals[i]!.dtype, values));
  const results = spec.results.map((r) => backend.alloc(r.dtype, r.numel));
  const executable = backend.compile(spec);
  executable.run([...externals, ...results], scalars);
  const values = await Promise.all(results.map((r) => backend.read(r)));
  executable.dispose();
  for (const made of [...externals, ...results]) backend.free(made);
  return values;
}

/** Elements of `data` in row-major order of a layout. */
export function gatherLayout(data: ArrayLike<number>, { shape, strides, offset }: Layout): number[] {
  return Array.from({ length: numel(shape) }, (_, e) => {
    let position = offset;
    for (let i = shape.length - 1, rest = e; i >= 0; i--) {
      position += (rest % shape[i]!) * strides[i]!;
      rest = Math.floor(rest / shape[i]!);
    }
    return data[position]!;
  });
}

/** Deterministic numbers in (-1, 1). */
export function numbers(count: number, seed = 1): number[] {
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  });
}
