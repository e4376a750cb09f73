import type { Arg, Backend, Buffer, Instr, PlanSpec } from '../../src/backends/backend.ts';
import { createCpuBackend, createSimd } from '../../src/backends/cpu/index.ts';
import type { CpuOutput, CpuTensor } from '../../src/backends/cpu/kernel.ts';
import { kernelsWith } from '../../src/backends/cpu/kernels/index.ts';
import { resetScratch } from '../../src/backends/cpu/memory.ts';
import { allocate, type DType, type TypedArray } from '../../src/core/dtype.ts';
import { contiguousLayout, type Layout, numel, type Shape } from '../../src/core/shape.ts';
import type { KernelOp, PointwiseOp } from '../../src/ops/index.ts';
import type { Attrs } from '../../src/ops/types.ts';

export function array(dtype: DType, values: readonly number[]): TypedArray {
  const out = allocate(dtype, values.length);
  out.set(values);
  return out;
}

/** A contiguous operand. */
export function tensor(shape: Shape, values: readonly number[], dtype: DType = 'float32'): CpuTensor {
  if (values.length !== numel(shape))
    throw new Error(`shape [${shape.join(', ')}] does not hold ${values.length} values`);
  return { data: array(dtype, values), layout: contiguousLayout(shape), dtype };
}

/** The same elements behind other layouts: reversed dims with an offset, and negative strides with gaps. */
export function layouts(t: CpuTensor): { readonly name: string; readonly tensor: CpuTensor }[] {
  const { shape } = t.layout;
  const n = numel(shape);
  const values = Array.from(t.data);
  const permuted = allocate(t.dtype, n + 3);
  const strides = shape.map((_, d) => shape.slice(0, d).reduce((a, b) => a * b, 1));
  const index = shape.map(() => 0);
  for (const v of values) {
    permuted[3 + index.reduce((p, i, d) => p + i * strides[d]!, 0)] = v;
    for (let d = shape.length - 1; d >= 0; d--) {
      if (++index[d]! < shape[d]!) break;
      index[d] = 0;
    }
  }
  const reversed = allocate(t.dtype, 2 * n + 2);
  values.forEach((v, i) => {
    reversed[1 + 2 * (n - 1 - i)] = v;
  });
  return [
    { name: 'contiguous', tensor: t },
    { name: 'permuted with an offset', tensor: { ...t, data: permuted, layout: { shape, strides, offset: 3 } } },
    {
      name: 'negative strides',
      tensor: {
        ...t,
        data: reversed,
        layout: { shape, strides: t.layout.strides.map((s) => -2 * s), offset: n > 0 ? 1 + 2 * (n - 1) : 0 },
      },
    },
  ];
}

/** Node has WebAssembly. */
export const simd = (await createSimd())!;
/** The kernels as they are where there is WebAssembly, and those in JavaScript alone. */
const kernelSets = { WebAssembly: kernelsWith(simd), JavaScript: kernelsWith(null) } as const;
export type KernelSet = keyof typeof kernelSets;
export const kernelSetNames = ['WebAssembly', 'JavaScript'] as const satisfies readonly KernelSet[];

/** Runs one kernel; results start out as garbage, so that what is not written shows. */
export function run(
  op: KernelOp,
  inputs: readonly (CpuTensor | number)[],
  outputs: readonly { readonly shape: Shape; readonly dtype?: DType; readonly data?: TypedArray }[],
  attrs: Attrs = {},
  set: KernelSet = 'WebAssembly',
): number[][] {
  const results = outputs.map(({ shape, dtype = 'float32', data }): CpuOutput => {
    const fresh = data ?? allocate(dtype, numel(shape)).fill(dtype.startsWith('float') ? Number.NaN : 77);
    return { data: fresh, shape, dtype };
  });
  resetScratch();
  kernelSets[set][op](inputs, results, attrs);
  return results.map((r) => Array.from(r.data));
}

/** Runs a kernel with every combination of one layout for all operands, and expects the same result each time. */
export function runInAllLayouts(
  op: KernelOp,
  inputs: readonly (CpuTensor | number)[],
  outputs: readonly { readonly shape: Shape; readonly dtype?: DType }[],
  attrs: Attrs = {},
  set: KernelSet = 'WebAssembly',
): { readonly name: string; readonly results: number[][] }[] {
  return [0, 1, 2].map((which) => {
    const variants = inputs.map((t) => (typeof t === 'number' ? t : layouts(t)[which]!.tensor));
    const name = inputs.flatMap((t) => (typeof t === 'number' ? [] : [layouts(t)[which]!.name]))[0] ?? 'scalars';
    return { name, results: run(op, variants, outputs, attrs, set) };
  });
}

/** Deterministic values in [-1, 1). */
export function noise(n: number, seed = 1): number[] {
  let state = seed * 2654435761;
  return Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  });
}

export const bufferArg = (ref: number, layout: Layout, dtype: DType = 'float32'): Arg => ({
  kind: 'buffer',
  ref,
  layout,
  dtype,
});
export const scalarArg = (slot: number, dtype: DType = 'float32'): Arg => ({ kind: 'scalar', slot, dtype });
export const instr = (op: PointwiseOp, inputs: readonly number[], dtype: DType = 'float32'): Instr => ({
  op,
  inputs,
  dtype,
});

export function upload(backend: Backend, dtype: DType, values: readonly number[]): Buffer {
  const buffer = backend.alloc(dtype, values.length);
  backend.write(buffer, array(dtype, values));
  return buffer;
}

/** Compiles and runs a plan whose table of buffers is the given externals, then fresh results. */
export async function runPlan(
  plan: Omit<PlanSpec, 'externals' | 'scalars'>,
  externals: readonly { readonly dtype: DType; readonly values: readonly number[] }[],
  scalars: readonly number[] = [],
): Promise<number[][]> {
  const backend = createCpuBackend();
  const inputs = externals.map((e) => upload(backend, e.dtype, e.values));
  const outputs = plan.results.map((r) => upload(backend, r.dtype, new Array<number>(r.numel).fill(77)));
  const executable = backend.compile({
    ...plan,
    externals: externals.map((e) => ({ dtype: e.dtype, numel: e.values.length })),
    scalars: scalars.map(() => 'float32' as const),
  });
  executable.run([...inputs, ...outputs], scalars);
  return Promise.all(outputs.map(async (b) => Array.from(await backend.read(b))));
}

/** One pointwise op over 1-d operands. */
export async function pointwiseOp(
  op: PointwiseOp,
  dtype: DType,
  operands: readonly { readonly dtype: DType; readonly values: readonly number[] }[],
): Promise<number[]> {
  const n = operands[0]!.values.length;
  const args = operands.map((o, i) => bufferArg(i, contiguousLayout([n]), o.dtype));
  const [result] = await runPlan(
    {
      kernels: [
        {
          kind: 'pointwise',
          program: {
            shape: [n],
            carried: null,
            args,
            instrs: [
              instr(
                op,
                args.map((_, i) => i),
                dtype,
              ),
            ],
          },
          stores: [{ value: args.length, ref: args.length, dtype }],
        },
      ],
      results: [{ dtype, numel: n }],
      temporaries: [],
    },
    operands,
  );
  return result!;
}
