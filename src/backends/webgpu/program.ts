/** Programs of pointwise ops as WGSL statements. Each op's formula is a snippet file; this only renames and calls. */
import type { DType } from '../../core/dtype.ts';
import { row } from '../../ops/index.ts';
import type { PointwiseRow } from '../../ops/types.ts';
import type { BufferArg, Instr, Program } from '../backend.ts';
import { declarations, identifiers } from './declarations.ts';
import { positions } from './layout.ts';
import type { Memory } from './memory.ts';
import { hasShader, render, type WgslType, wgslType } from './shader.ts';

/** Functions that a shader needs, by name. */
export type Functions = Map<string, string>;

const suffix = 'Backward';

/** Where one text cannot serve every element type, integers have `<op>.int.wgsl`, and bool that or `<op>.bool.wgsl`. */
const variants: Record<WgslType, readonly string[]> = {
  f32: [],
  i32: ['.int'],
  u32: ['.int'],
  bool: ['.bool', '.int'],
};

/** The snippet file of an op for one element type. */
export function snippetFile(op: string, type: WgslType): string {
  const variant = variants[type].find((v) => hasShader(`pointwise/${op}${v}.wgsl`)) ?? '';
  return `pointwise/${op}${variant}.wgsl`;
}

const parsed = new Map<string, ReadonlyMap<string, string>>();

/** The functions of a snippet file, by name. */
function functionsOf(file: string): ReadonlyMap<string, string> {
  let all = parsed.get(file);
  if (all === undefined) {
    all = new Map(declarations(render(file, {}), file).map((d) => [d.name, d.text]));
    parsed.set(file, all);
  }
  return all;
}

/** Adds a snippet's function for one element type, with the helpers it calls; returns its name. */
export function snippet(op: string, type: WgslType, functions: Functions): string {
  const backward = op.endsWith(suffix);
  const base = backward ? op.slice(0, -suffix.length) : op;
  const file = snippetFile(base, type);
  const all = functionsOf(file);
  const rename = (name: string): string => {
    if (name === 'T') return type;
    if (!all.has(name)) return name;
    if (name === 'forward') return `${base}_${type}`;
    return name === 'backward' ? `${base}${suffix}_${type}` : `${base}_${name}_${type}`;
  };
  const add = (name: string): void => {
    const text = all.get(name);
    if (text === undefined) throw new Error(`${file}: there is no function '${name}'`);
    if (functions.has(rename(name))) return;
    functions.set(rename(name), text.replace(/[A-Za-z_]\w*/g, rename));
    for (const mentioned of identifiers(text)) if (all.has(mentioned)) add(mentioned);
  };
  const entry = backward ? 'backward' : 'forward';
  add(entry);
  return rename(entry);
}

/** Conversions between dtypes: one function per pair of types, in one file. */
function conversion(from: WgslType, to: WgslType, functions: Functions): string {
  const file = 'pointwise/cast.wgsl';
  const name = `${from}_to_${to}`;
  const text = functionsOf(file).get(name);
  if (text === undefined) throw new Error(`${file}: there is no function '${name}'`);
  functions.set(name, text);
  return name;
}

function call(
  instr: Instr,
  inputs: readonly string[],
  inputTypes: readonly DType[],
  e: string,
  functions: Functions,
): string {
  const result = wgslType(instr.dtype);
  if (instr.op === 'copy') return inputs[0]!;
  if (instr.op === 'cast') {
    const from = wgslType(inputTypes[0]!);
    if (instr.dtype === 'float16' && inputTypes[0] !== 'float16')
      return `round_to_half(${from === 'f32' ? inputs[0] : `${conversion(from, 'f32', functions)}(${inputs[0]})`})`;
    return from === result ? inputs[0]! : `${conversion(from, result, functions)}(${inputs[0]})`;
  }
  if ((row(instr.op) as PointwiseRow).source)
    return `${snippet(instr.op, result, functions)}(${[e, ...inputs].join(', ')})`;
  // Comparisons return bool, and `where` takes one: the last operand always has the type of the arithmetic.
  const type = wgslType(inputTypes[inputTypes.length - 1]!);
  return `${snippet(instr.op, type, functions)}(${inputs.join(', ')})`;
}

export interface ProgramText {
  readonly lines: readonly string[];
  /** One expression per wanted value. */
  readonly values: readonly string[];
}

/** Values of a program: its numbering, and which of them are needed for the wanted ones. */
export interface Numbering {
  readonly firstArg: number;
  readonly firstInstr: number;
  readonly needed: ReadonlySet<number>;
}

export function numbering(program: Program, wanted: readonly number[]): Numbering {
  const firstArg = program.carried === null ? 0 : 1;
  const firstInstr = firstArg + program.args.length;
  const needed = new Set<number>();
  const visit = (value: number): void => {
    if (needed.has(value)) return;
    needed.add(value);
    if (value >= firstInstr) program.instrs[value - firstInstr]!.inputs.forEach(visit);
  };
  wanted.forEach(visit);
  return { firstArg, firstInstr, needed };
}

/** Statements that apply the needed instructions to given values of the args; `e` is the name of the element's index. */
export function instructions(
  program: Program,
  wanted: readonly number[],
  argValues: readonly string[],
  functions: Functions,
  e: string,
  carried = '',
): ProgramText {
  const { firstInstr, needed } = numbering(program, wanted);
  const names = program.carried === null ? [...argValues] : [carried, ...argValues];
  const dtypes: DType[] = program.carried === null ? [] : [program.carried];
  dtypes.push(...program.args.map(({ dtype }) => dtype));
  const lines: string[] = [];
  program.instrs.forEach((instr, i) => {
    const name = `v${firstInstr + i}`;
    names.push(name);
    dtypes.push(instr.dtype);
    if (!needed.has(firstInstr + i)) return;
    const inputs = instr.inputs.map((value) => names[value]!);
    const inputTypes = instr.inputs.map((value) => dtypes[value]!);
    const result = call(instr, inputs, inputTypes, e, functions);
    // Halves are rounded op by op, so that a fused chain gives what its ops give one by one. A cast has done it.
    const half = instr.dtype === 'float16' && instr.op !== 'cast';
    lines.push(`let ${name} = ${half ? `round_to_half(${result})` : result};`);
  });
  return { lines, values: wanted.map((value) => names[value]!) };
}

/**
 * Statements that evaluate the wanted values of a program at the row-major index `e` (the name of a u32 value). Nothing is
 * stored in between, so a program may overwrite what it reads. `carried` is the name of the main op's result.
 */
export function programText(
  program: Program,
  wanted: readonly number[],
  memory: Memory,
  functions: Functions,
  e: string,
  carried = '',
): ProgramText {
  const { firstArg, needed } = numbering(program, wanted);
  const buffers = program.args.filter((arg, i): arg is BufferArg => arg.kind === 'buffer' && needed.has(firstArg + i));
  const places = positions(
    program.shape,
    buffers.map((arg) => arg.layout),
    e,
  );
  const loads: string[] = [];
  const argValues = program.args.map((arg, i) => {
    const name = `v${firstArg + i}`;
    if (!needed.has(firstArg + i)) return name;
    const value =
      arg.kind === 'scalar'
        ? memory.scalar(arg.slot, arg.dtype)
        : memory.load(arg.ref, arg.dtype, memory.place(arg, places.at[buffers.indexOf(arg)]!));
    loads.push(`let ${name} = ${value};`);
    return name;
  });
  const { lines, values } = instructions(program, wanted, argValues, functions, e, carried);
  return { lines: [...places.lines, ...loads, ...lines], values };
}
