/** The storage bindings and dynamic scalars of one shader, collected while its text is generated. */
import type { DType } from '../../core/dtype.ts';
import type { Arg, BufferArg, Kernel, Program, ProgramArg } from '../backend.ts';
import type { Binding } from './kernels/types.ts';
import { literal, storageType, wgslType } from './shader.ts';

interface Entry {
  readonly ref: number;
  readonly dtype: DType;
  written: boolean;
}

/** The scalars that a kernel reads, in the order in which they lie in its block of the plan's uniform buffer. */
export function scalarSlots(kernel: Kernel): number[] {
  const slots = new Set<number>();
  const visit = (arg: Arg | ProgramArg): void => {
    const slot = arg.kind === 'scalar' ? arg.slot : arg.origin;
    if (slot !== undefined) slots.add(slot);
  };
  const visitAll = (program: Program): void => program.args.forEach(visit);
  if (kernel.kind === 'pointwise') visitAll(kernel.program);
  else {
    for (const input of kernel.inputs) {
      if (input.kind === 'program') visitAll(input.program);
      visit(input);
    }
    if (kernel.epilogue !== undefined) visitAll(kernel.epilogue.program);
  }
  return [...slots];
}

/** What memory holds, as a value; and the reverse. */
export const toValue = (dtype: DType, element: string): string => (dtype === 'bool' ? `(${element} != 0u)` : element);
export const toElement = (dtype: DType, value: string): string =>
  dtype === 'bool' ? `select(0u, 1u, ${value})` : dtype === 'float16' ? `round_to_half(${value})` : value;

/** Buffers are named `b0`, `b1`, … in order of first mention; one that is mentioned twice is bound once. */
export class Memory {
  private readonly entries: Entry[] = [];
  private readonly slots: readonly number[];
  private readonly vectors: ReadonlySet<number>;

  /** `vectors`: refs that are declared as arrays of vec4. */
  constructor(kernel: Kernel, vectors: ReadonlySet<number> = new Set()) {
    this.slots = scalarSlots(kernel);
    this.vectors = vectors;
  }

  private index(ref: number, dtype: DType): number {
    let i = this.entries.findIndex((entry) => entry.ref === ref);
    if (i < 0) i = this.entries.push({ ref, dtype, written: false }) - 1;
    return i;
  }

  private element(ref: number, dtype: DType, at: string): string {
    const name = `b${this.index(ref, dtype)}`;
    return this.vectors.has(ref) ? `${name}[(${at}) / 4u][(${at}) % 4u]` : `${name}[${at}]`;
  }

  /** A position counted from where the operand starts, as one in its buffer (or in the program that computes it). */
  place({ origin }: BufferArg | ProgramArg, at: string): string {
    return origin === undefined ? at : `${at} + ${this.scalar(origin, 'uint32')}`;
  }

  /** The element at a position, as a value. */
  load(ref: number, dtype: DType, at: string): string {
    return toValue(dtype, this.element(ref, dtype, at));
  }

  /** A statement that writes `value` at a position. */
  store(ref: number, dtype: DType, at: string, value: string): string {
    const element = this.element(ref, dtype, at);
    this.entries[this.index(ref, dtype)]!.written = true;
    return `${element} = ${toElement(dtype, value)};`;
  }

  isVector(ref: number): boolean {
    return this.vectors.has(ref);
  }

  /** The four elements, as memory holds them, at a position that is a multiple of 4, of a buffer declared with vec4. */
  loadVector(ref: number, dtype: DType, at: string): string {
    return `b${this.index(ref, dtype)}[(${at}) / 4u]`;
  }

  storeVector(ref: number, dtype: DType, at: string, value: string): string {
    const i = this.index(ref, dtype);
    this.entries[i]!.written = true;
    return `b${i}[(${at}) / 4u] = ${value};`;
  }

  /** The value of a dynamic scalar. */
  scalar(slot: number, dtype: DType): string {
    const i = this.slots.indexOf(slot);
    const bits = `scalar_block[${i >> 2}].${'xyzw'[i & 3]}`;
    const type = wgslType(dtype);
    if (type === 'u32') return bits;
    return type === 'bool' ? `(${bits} != 0u)` : `bitcast<${type}>(${bits})`;
  }

  /** Declarations, once everything has been mentioned. */
  declarations(): string[] {
    const lines = this.entries.map(({ ref, dtype, written }, i) => {
      const type = this.vectors.has(ref) ? `vec4<${storageType(dtype)}>` : storageType(dtype);
      return `@group(0) @binding(${i}) var<storage, ${written ? 'read_write' : 'read'}> b${i}: array<${type}>;`;
    });
    if (this.slots.length > 0) {
      const length = literal(Math.ceil(this.slots.length / 4), 'uint32');
      lines.push(`@group(1) @binding(0) var<uniform> scalar_block: array<vec4<u32>, ${length}>;`);
    }
    return lines;
  }

  bindings(): Binding[] {
    return this.entries.map(({ ref, written }) => ({ kind: 'buffer', ref, access: written ? 'read_write' : 'read' }));
  }
}
