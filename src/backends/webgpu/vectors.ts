/** Programs evaluated four neighbouring elements at a time: vec4 loads and stores, and one set of coordinates for all four. */
import { numel } from '../../core/shape.ts';
import type { BufferArg, PointwiseKernel } from '../backend.ts';
import { coalesce, positions } from './layout.ts';
import { Memory, toElement, toValue } from './memory.ts';
import { type Functions, instructions, numbering } from './program.ts';
import { storageType } from './shader.ts';

/** Below this the text for four elements costs more to compile than it saves. */
const fewest = 1024;
const components = ['x', 'y', 'z', 'w'] as const;

export interface ElementText {
  readonly memory: Memory;
  readonly functions: Functions;
  /** `fn element(e: u32)` for one element, or `fn element(q: u32)` for elements 4q to 4q + 3. */
  readonly text: string;
}

/** The kernel's text four elements at a time, or null where rows are not whole groups of four. */
export function vectorText(kernel: PointwiseKernel): ElementText | null {
  const { program, stores } = kernel;
  const wanted = stores.map((store) => store.value);
  const { firstArg, needed } = numbering(program, wanted);
  const buffers = program.args.filter((arg, i): arg is BufferArg => arg.kind === 'buffer' && needed.has(firstArg + i));
  const layouts = buffers.map((arg) => arg.layout);
  const { shape, strides } = coalesce(
    program.shape,
    layouts.map((layout) => layout.strides),
  );
  if (numel(program.shape) < fewest || shape.at(-1)! % 4 !== 0) return null;

  const inner = (b: number): number => strides[b]!.at(-1)!;
  const aligned = (b: number): boolean =>
    inner(b) === 1 && layouts[b]!.offset % 4 === 0 && strides[b]!.slice(0, -1).every((stride) => stride % 4 === 0);
  const vectors = new Set(stores.map((store) => store.ref));
  buffers.forEach((arg, b) => {
    if (aligned(b)) vectors.add(arg.ref);
  });
  const memory = new Memory(kernel, vectors);
  const functions: Functions = new Map();
  const places = positions(program.shape, layouts, 'first');
  const lines = ['let first = q * 4u;', ...places.lines];

  // Each arg as an expression per component.
  const values = program.args.map((arg, i): readonly string[] => {
    const name = `v${firstArg + i}`;
    if (!needed.has(firstArg + i)) return components.map(() => name);
    if (arg.kind === 'scalar') {
      lines.push(`let ${name} = ${memory.scalar(arg.slot, arg.dtype)};`);
      return components.map(() => name);
    }
    const b = buffers.indexOf(arg);
    const at = memory.place(arg, places.at[b]!);
    if (aligned(b)) {
      lines.push(`let ${name} = ${memory.loadVector(arg.ref, arg.dtype, at)};`);
      return components.map((c) => toValue(arg.dtype, `${name}.${c}`));
    }
    if (inner(b) === 0) {
      lines.push(`let ${name} = ${memory.load(arg.ref, arg.dtype, at)};`);
      return components.map(() => name);
    }
    lines.push(`let ${name} = ${at};`);
    const step = inner(b);
    const distance = (k: number): string => (k === 0 ? name : `${name} ${step > 0 ? '+' : '-'} ${k * Math.abs(step)}u`);
    return components.map((c, k) => {
      lines.push(`let ${name}${c} = ${memory.load(arg.ref, arg.dtype, distance(k))};`);
      return `${name}${c}`;
    });
  });

  stores.forEach((store, s) => {
    lines.push(`var r${s}: vec4<${storageType(store.dtype)}>;`);
  });
  components.forEach((c, k) => {
    const argValues = values.map((perComponent) => perComponent[k]!);
    const body = instructions(program, wanted, argValues, functions, 'e');
    const results = stores.map((store, s) => `r${s}.${c} = ${toElement(store.dtype, body.values[s]!)};`);
    lines.push('{', `let e = first + ${k}u;`, ...body.lines, ...results, '}');
  });
  stores.forEach((store, s) => {
    lines.push(memory.storeVector(store.ref, store.dtype, 'first', `r${s}`));
  });
  return { memory, functions, text: ['fn element(q: u32) {', ...lines, '}'].join('\n') };
}
