/** The WGSL text through which a kernel template touches memory: loads with their prologues, stores with their epilogues. */
import type { OpKernel } from '../backend.ts';
import type { KernelIO } from './kernels/types.ts';
import { Memory } from './memory.ts';
import { type Functions, programText } from './program.ts';
import { wgslType } from './shader.ts';

export interface IOOptions {
  /** Operands and results that this dispatch touches; the others are not bound. Default: all. */
  readonly inputs?: readonly number[];
  readonly outputs?: readonly number[];
  /**
   * Operands and results that also get `in0x4(p) -> vec4<f32>` and `out0x4(e, v)`, for positions that are multiples of 4.
   * Their buffers are declared as arrays of vec4 where that is possible; `in0(p)` and `out0(e, v)` stay valid.
   */
  readonly vectorInputs?: readonly number[];
  readonly vectorOutputs?: readonly number[];
}

/**
 * The header of a kernel template: bindings `b0`, `b1`, … of group 0, `scalar_block` of group 1, and in0, out0, old0 … as
 * documented in kernels/types.ts. Scratch buffers take the binding numbers after `bindings`.
 */
export function kernelIO(kernel: OpKernel, options: IOOptions = {}): KernelIO {
  const inputs = options.inputs ?? kernel.inputs.map((_, i) => i);
  const outputs = options.outputs ?? kernel.outputs.map((_, i) => i);
  const memory = new Memory(kernel, vectorRefs(kernel, options));
  const functions: Functions = new Map();
  const text: string[] = [];

  for (const i of inputs) {
    const input = kernel.inputs[i]!;
    if (input.kind === 'scalar') continue;
    const type = wgslType(input.dtype);
    if (input.kind === 'buffer') {
      text.push(
        `fn in${i}(p: u32) -> ${type} { return ${memory.load(input.ref, input.dtype, memory.place(input, 'p'))}; }`,
      );
    } else {
      const { lines, values } = programText(input.program, [input.value], memory, functions, 'e');
      const start = `let e = ${memory.place(input, 'p')};`;
      text.push([`fn in${i}(p: u32) -> ${type} {`, start, ...lines, `return ${values[0]};`, '}'].join('\n'));
    }
    if (!options.vectorInputs?.includes(i)) continue;
    const value =
      input.kind === 'buffer' && memory.isVector(input.ref)
        ? memory.loadVector(input.ref, input.dtype, memory.place(input, 'p'))
        : `vec4(in${i}(p), in${i}(p + 1u), in${i}(p + 2u), in${i}(p + 3u))`;
    text.push(`fn in${i}x4(p: u32) -> vec4<${type}> { return ${value}; }`);
  }

  for (const i of outputs) {
    const output = kernel.outputs[i]!;
    const type = wgslType(output.dtype);
    const epilogue = i === 0 ? kernel.epilogue : undefined;
    const lines: string[] = [];
    const stores: string[] = [];
    if (output.ref >= 0) stores.push(memory.store(output.ref, output.dtype, 'e', 'v'));
    if (epilogue !== undefined) {
      // Everything is read before anything is written: an epilogue may overwrite what it reads.
      const wanted = epilogue.stores.map((store) => store.value);
      const half = output.dtype === 'float16';
      const program = programText(epilogue.program, wanted, memory, functions, 'e', half ? 'half' : 'v');
      if (half) lines.push('let half = round_to_half(v);');
      lines.push(...program.lines);
      epilogue.stores.forEach((store, s) => {
        stores.push(memory.store(store.ref, store.dtype, 'e', program.values[s]!));
      });
    }
    text.push([`fn out${i}(e: u32, v: ${type}) {`, ...lines, ...stores, '}'].join('\n'));
    if (output.inPlaceOf !== undefined) {
      text.push(`fn old${i}(p: u32) -> ${type} { return ${memory.load(output.ref, output.dtype, 'p')}; }`);
    }
    if (!options.vectorOutputs?.includes(i)) continue;
    const body =
      epilogue === undefined && memory.isVector(output.ref)
        ? memory.storeVector(output.ref, output.dtype, 'e', 'v')
        : ['x', 'y', 'z', 'w'].map((c, k) => `out${i}(e + ${k}u, v.${c});`).join(' ');
    text.push(`fn out${i}x4(e: u32, v: vec4<${type}>) { ${body} }`);
  }

  return {
    header: [...memory.declarations(), ...functions.values(), ...text].join('\n'),
    bindings: memory.bindings(),
    scalars: kernel.inputs.map((input) => (input.kind === 'scalar' ? memory.scalar(input.slot, input.dtype) : '')),
  };
}

/** Refs to declare with vec4: those of plain operands, and of results that no epilogue stores one by one. */
function vectorRefs(kernel: OpKernel, options: IOOptions): Set<number> {
  const refs = new Set<number>();
  for (const i of options.vectorInputs ?? []) {
    const input = kernel.inputs[i]!;
    if (input.kind === 'buffer' && input.dtype !== 'bool') refs.add(input.ref);
  }
  for (const i of options.vectorOutputs ?? []) {
    const output = kernel.outputs[i]!;
    // Bools and halves are converted one by one as they are stored.
    if (
      output.ref >= 0 &&
      output.dtype !== 'bool' &&
      output.dtype !== 'float16' &&
      (i > 0 || kernel.epilogue === undefined)
    )
      refs.add(output.ref);
  }
  return refs;
}
