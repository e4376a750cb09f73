/** Runs single WGSL functions of the prelude and of the pointwise snippets over arrays of arguments. */
import { declarations, identifiers, stripComments } from '../../src/backends/webgpu/declarations.ts';
import { type Functions, snippet } from '../../src/backends/webgpu/program.ts';
import type { WgslType } from '../../src/backends/webgpu/shader.ts';

/** All shader files by path. */
export const files: Readonly<Record<string, string>> = import.meta.glob('/shaders/**/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Every function of the prelude by name. */
export const prelude: ReadonlyMap<string, string> = new Map(
  Object.entries(files)
    .filter(([file]) => file.startsWith('/shaders/prelude/'))
    .flatMap(([file, text]) => declarations(stripComments(text), file).map((d) => [d.name, d.text] as const)),
);

/** The text and all that it mentions of the prelude, directly or not. */
export function withPrelude(text: string): string {
  const included = new Set<string>();
  const visit = (part: string): void => {
    for (const name of identifiers(part)) {
      const found = prelude.get(name);
      if (found === undefined || included.has(name)) continue;
      included.add(name);
      visit(found);
    }
  };
  visit(text);
  return [...[...included].map((name) => prelude.get(name)!), text].join('\n');
}

interface Arrays {
  f32: Float32Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
  u32: Uint32Array<ArrayBuffer>;
  /** One word per element, 0 or 1. */
  bool: Uint32Array<ArrayBuffer>;
}
const constructors = { f32: Float32Array, i32: Int32Array, u32: Uint32Array, bool: Uint32Array } as const;

/** Arguments of one parameter. */
export type Column = { [K in WgslType]: { readonly type: K; readonly values: Arrays[K] } }[WgslType];

/** A column of numbers, rounded to the type. */
export function column<K extends WgslType>(type: K, values: ArrayLike<number>): Column {
  return { type, values: constructors[type].from(values) } as Column;
}

let opened: Promise<GPUDevice> | undefined;

async function open(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('navigator.gpu.requestAdapter() gave none');
  return adapter.requestDevice();
}

export function device(): Promise<GPUDevice> {
  opened ??= open();
  return opened;
}

/** Fails with the compiler's messages and the text. */
export async function compile(code: string): Promise<GPUShaderModule> {
  const module = (await device()).createShaderModule({ code });
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter((m) => m.type === 'error').map((m) => `line ${m.lineNum}: ${m.message}`);
  if (errors.length > 0) throw new Error(`${errors.join('\n')}\n${code}`);
  return module;
}

/** The values of a call like `precise_exp(a0)`, where a0, a1, ... are the columns and `i` the index. */
export async function evaluate<K extends WgslType>(
  text: string,
  call: string,
  columns: readonly Column[],
  result: K,
): Promise<Arrays[K]> {
  const gpu = await device();
  const n = columns[0]!.values.length;
  const stored = (type: WgslType): string => (type === 'bool' ? 'u32' : type);
  const load = (type: WgslType, k: number): string => (type === 'bool' ? `p${k}[i] != 0u` : `p${k}[i]`);
  const code = withPrelude(`${text}
@group(0) @binding(0) var<storage, read_write> results: array<${stored(result)}>;
${columns.map((c, k) => `@group(0) @binding(${k + 1}) var<storage, read> p${k}: array<${stored(c.type)}>;`).join('\n')}
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= arrayLength(&results)) {
    return;
  }
${columns.map((c, k) => `  let a${k} = ${load(c.type, k)};`).join('\n')}
  results[i] = ${stored(result)}(${call});
}`);
  const pipeline = await gpu.createComputePipelineAsync({ layout: 'auto', compute: { module: await compile(code) } });
  const buffers = columns.map((c) => {
    const buffer = gpu.createBuffer({ size: n * 4, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
    gpu.queue.writeBuffer(buffer, 0, c.values);
    return buffer;
  });
  const output = gpu.createBuffer({ size: n * 4, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const staging = gpu.createBuffer({ size: n * 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const bindGroup = gpu.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [output, ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(Math.ceil(n / 64));
  pass.end();
  encoder.copyBufferToBuffer(output, 0, staging, 0, n * 4);
  gpu.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const values = new constructors[result](staging.getMappedRange().slice(0)) as Arrays[K];
  for (const buffer of [...buffers, output, staging]) buffer.destroy();
  return values;
}

/** A pointwise op's snippet for one element type; `index` for sources, whose first argument is the element's index. */
export function evaluateOp<K extends WgslType>(
  op: string,
  type: WgslType,
  columns: readonly Column[],
  result: K,
  index = false,
): Promise<Arrays[K]> {
  const functions: Functions = new Map();
  const name = snippet(op, type, functions);
  const args = [...(index ? ['i'] : []), ...columns.map((_, k) => `a${k}`)].join(', ');
  return evaluate([...functions.values()].join('\n'), `${name}(${args})`, columns, result);
}
