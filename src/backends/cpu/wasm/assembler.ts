/**
 * As much of WebAssembly's binary format as the kernels here need. Code is nested arrays of bytes, so that a function reads
 * from the outside in. Source: https://webassembly.github.io/spec/core/binary/
 */

/** Bytes, in nested lists. */
export type Code = readonly (number | Code)[];
export type ValueType = 'i32' | 'v128';

const valueTypes: Readonly<Record<ValueType, number>> = { i32: 0x7f, v128: 0x7b };
const pageBytes = 65536;

/** LEB128 of an unsigned number. */
export function unsigned(n: number): number[] {
  const bytes: number[] = [];
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) + 128);
  return [...bytes, n];
}

/** LEB128 of a signed 32-bit number. */
export function signed(n: number): number[] {
  const bytes: number[] = [];
  for (; n < -64 || n > 63; n >>= 7) bytes.push((n & 127) | 128);
  return [...bytes, n & 127];
}

const list = (items: readonly Code[]): Code => [unsigned(items.length), items];
const flat = (code: Code): number[] => code.flatMap((part) => (typeof part === 'number' ? part : flat(part)));
/** Preceded by its length in bytes. */
function sized(code: Code): Code {
  const bytes = flat(code);
  return [unsigned(bytes.length), bytes];
}
const text = (s: string): Code => sized(Array.from(s, (c) => c.charCodeAt(0)));

// Instructions. Operands come first, as on WebAssembly's stack.
const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];
export const i32 = (n: number): Code => [0x41, signed(n)];
export const get = (local: number): Code => [0x20, unsigned(local)];
export const set = (local: number, value: Code): Code => [value, 0x21, unsigned(local)];
export const add = (a: Code, b: Code): Code => [a, b, 0x6a];
export const multiply = (a: Code, b: Code): Code => [a, b, 0x6c];
export const lessThan = (a: Code, b: Code): Code => [a, b, 0x49];
export const increase = (local: number, by: Code): Code => set(local, add(get(local), by));
/** Runs the body, and again while the condition holds. */
export const repeatWhile = (condition: Code, body: Code): Code => [0x03, 0x40, body, condition, 0x0d, 0, 0x0b];

/** An address known at run time, and a constant number of bytes past it. */
const memory = (address: Code, opcode: Code, alignment: number, offset: number): Code => [
  address,
  opcode,
  alignment,
  unsigned(offset),
];
export const loadInt = (address: Code, offset = 0): Code => memory(address, [0x28], 2, offset);
export const load = (address: Code, offset = 0): Code => memory(address, simd(0), 2, offset);
/** One float32 in all four lanes. */
export const loadSplat = (address: Code, offset = 0): Code => memory(address, simd(9), 2, offset);
export const store = (address: Code, value: Code, offset = 0): Code => memory([address, value], simd(11), 2, offset);

const zeros = new Array<number>(16).fill(0);
export const zero: Code = [simd(12), zeros];
export const addFloats = (a: Code, b: Code): Code => [a, b, simd(228)];
export const multiplyFloats = (a: Code, b: Code): Code => [a, b, simd(230)];
export const addDoubles = (a: Code, b: Code): Code => [a, b, simd(240)];
/** Lanes 0 and 1 as doubles. */
export const lowToDoubles = (a: Code): Code => [a, simd(95)];
/** Lanes 2 and 3 as doubles. */
export const highToDoubles = (a: Code): Code =>
  lowToDoubles([a, zero, simd(13), [8, 9, 10, 11, 12, 13, 14, 15], zeros.slice(8)]);

/** A function without results. Its parameters, all i32, are locals 0, 1, …; then come its other locals in the order given. */
export interface WasmFunction {
  readonly parameters: number;
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/** A module that exports the functions by name, and its `memory` of at most `maxBytes`. */
export function wasmModule(
  functions: Readonly<Record<string, WasmFunction>>,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  const all = Object.values(functions);
  const section = (id: number, items: readonly Code[]): Code => [id, sized(list(items))];
  const parameters = (n: number): Code => list(new Array<Code>(n).fill([valueTypes.i32]));
  return Uint8Array.from(
    flat([
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(
        1,
        all.map((f) => [0x60, parameters(f.parameters), 0]),
      ),
      section(
        3,
        all.map((_, i) => unsigned(i)),
      ),
      section(5, [[1, unsigned(1), unsigned(maxBytes / pageBytes)]]),
      section(7, [
        [text('memory'), 2, 0],
        ...Object.keys(functions).map((name, i): Code => [text(name), 0, unsigned(i)]),
      ]),
      section(
        10,
        all.map((f) => sized([list(f.locals.map((type) => [1, valueTypes[type]])), f.body, 0x0b])),
      ),
    ]),
  );
}
