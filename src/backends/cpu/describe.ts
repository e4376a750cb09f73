/** Programs and kernels as text, for people. */
import { formatShape } from '../../core/shape.ts';
import type { Arg, Kernel, OpKernel, Program, ProgramArg } from '../backend.ts';

/** `t2 = mul(in0, in1); out0 = relu(t2)`: operands are in0, in1, …, the main op's result is `result`. */
export function programText(program: Program, outputs: readonly { readonly value: number }[]): string {
  const names: string[] = program.carried === null ? [] : ['result'];
  program.args.forEach((arg, i) => {
    names.push(arg.kind === 'scalar' ? `scalar${arg.slot}` : `in${i}`);
  });
  const first = names.length;
  program.instrs.forEach((_, i) => {
    const stored = outputs.findIndex((o) => o.value === first + i);
    names.push(stored < 0 ? `t${first + i}` : `out${stored}`);
  });
  const lines = program.instrs.map((instr, i) => {
    const operands = instr.inputs.map((v) => names[v]!).join(', ');
    return `${names[first + i]!} = ${instr.op === 'cast' ? `cast<${instr.dtype}>` : instr.op}(${operands})`;
  });
  outputs.forEach((o, i) => {
    if (names[o.value] !== `out${i}`) lines.push(`out${i} = ${names[o.value]!}`);
  });
  return lines.join('; ');
}

function inputText(input: Arg | ProgramArg, i: number): string {
  if (input.kind === 'scalar') return `scalar${input.slot}`;
  if (input.kind === 'buffer') return `in${i} ${formatShape(input.layout.shape)}`;
  return `{ ${programText(input.program, [{ value: input.value }])} } ${formatShape(input.layout.shape)}`;
}

/** Name of a kernel and everything that was fused into it. */
export function kernelLabel(kernel: Kernel): string {
  if (kernel.kind === 'pointwise') {
    return `${kernel.program.instrs.map((i) => i.op).join(' + ') || 'copy'} ${formatShape(kernel.program.shape)}`;
  }
  const before = kernel.inputs.flatMap((input) =>
    input.kind === 'program' ? input.program.instrs.map((i) => i.op) : [],
  );
  const after = kernel.epilogue?.program.instrs.map((i) => i.op) ?? [];
  return `${[...before, kernel.op, ...after].join(' + ')} ${formatShape(kernel.outputs[0]!.shape)}`;
}

export function kernelText(kernel: Kernel): string {
  return kernel.kind === 'pointwise' ? programText(kernel.program, kernel.stores) : opText(kernel);
}

function opText(kernel: OpKernel): string {
  const attrs = Object.entries(kernel.attrs).map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`,
  );
  const call = `${kernel.op}(${[...kernel.inputs.map(inputText), ...attrs].join(', ')})`;
  if (!kernel.epilogue) return `out0 = ${call}`;
  return `result = ${call}; ${programText(kernel.epilogue.program, kernel.epilogue.stores)}`;
}
