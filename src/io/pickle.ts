/**
 * Pickles, as far as they are data: a machine for the opcodes that PyTorch's files use, which can call nothing but what a table
 * allows. Source: https://github.com/python/cpython/blob/main/Lib/pickletools.py, and torch/_weights_only_unpickler.py for what
 * is safe.
 */
import { FormatError } from '../core/errors.ts';
import { quote } from './elements.ts';

/** A name that a pickle imports: a function or class of the table. */
export class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** What may stand for the names that a pickle imports, and for the things that are stored outside of it. */
export interface PickleTable {
  /** Functions by `module.name`: what a call with these arguments gives. */
  readonly functions: Readonly<Record<string, (args: readonly unknown[]) => unknown>>;
  /** Names that are only values: what each stands for. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What a persistent id stands for. */
  persistent(id: unknown): unknown;
}

/** A value, and where the pickle ended. */
export interface Unpickled {
  readonly value: unknown;
  readonly end: number;
}

/** No honest number is longer, and what is would take time to read. */
const longestInteger = 256;
/** What calls look at, at most, for each byte of the pickle: arguments that are kept and given again and again cost more. */
const mostWork = 4;

export const failPickle = (problem: string): never => {
  throw new FormatError(`pickle: ${problem}`);
};

/**
 * Reads the pickle that starts at `at`. Dicts become Maps, tuples and lists arrays, sets Sets, integers beyond 2^53 bigints.
 *
 * @throws FormatError for a truncated or malformed pickle, and for every name that is not in the table.
 */
export function unpickle(bytes: Uint8Array, table: PickleTable, at = 0): Unpickled {
  return new Machine(bytes, table, at).run();
}

class Machine {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly table: PickleTable;
  private at: number;
  private readonly stack: unknown[] = [];
  /** Heights of the stack at the marks. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, unknown>();
  private work = 0;

  constructor(bytes: Uint8Array, table: PickleTable, at: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.table = table;
    this.at = at;
  }

  run(): Unpickled {
    for (;;) {
      const code = this.byte();
      if (code === STOP) {
        const value = this.pop();
        if (this.stack.length > 0) failPickle('values are left at the end');
        return { value, end: this.at };
      }
      const step = steps[code];
      if (!step) failPickle(`the opcode 0x${code.toString(16).padStart(2, '0')} at byte ${this.at - 1} is not allowed`);
      else step(this);
    }
  }

  /** Reserves the next `count` bytes, and returns where they start. */
  private take(count: number): number {
    const start = this.at;
    if (count > this.bytes.length - start) failPickle('truncated');
    this.at += count;
    return start;
  }
  byte(): number {
    return this.bytes[this.take(1)]!;
  }
  uint16(): number {
    return this.view.getUint16(this.take(2), true);
  }
  int32(): number {
    return this.view.getInt32(this.take(4), true);
  }
  uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }
  uint64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }
  double(): number {
    return this.view.getFloat64(this.take(8));
  }
  data(length: number): Uint8Array {
    const start = this.take(length);
    return this.bytes.slice(start, start + length);
  }
  text(length: number): string {
    const start = this.take(length);
    return decode(this.bytes.subarray(start, start + length));
  }
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) failPickle('truncated');
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }
  integer(length: number): number | bigint {
    if (length > longestInteger) failPickle(`an integer of ${length} bytes`);
    const start = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[start + i]!);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  push(value: unknown): void {
    this.stack.push(value);
  }
  pop(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) failPickle('a value is missing');
    return this.stack.pop();
  }
  top(): unknown {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) failPickle('a value is missing');
    return this.stack.at(-1);
  }
  mark(): void {
    this.marks.push(this.stack.length);
  }
  popMark(): unknown[] {
    return this.stack.splice(this.marks.pop() ?? failPickle('a mark is missing'));
  }

  get(index: number): void {
    if (!this.memo.has(index)) failPickle(`nothing was kept under ${index}`);
    this.push(this.memo.get(index));
  }
  put(index: number): void {
    this.memo.set(index, this.top());
  }
  memoize(): void {
    this.put(this.memo.size);
  }

  global(module: unknown, name: unknown): void {
    // Looked at as they are: a list of lists that are shared has no end of a text.
    if (typeof module !== 'string' || typeof name !== 'string') return failPickle('a name that is no text is imported');
    const full = `${module}.${name}`;
    const { functions, values } = this.table;
    if (Object.hasOwn(functions, full)) this.push(new Global(full));
    else if (Object.hasOwn(values, full)) this.push(values[full]);
    else {
      failPickle(
        `the file asks for ${quote(full).slice(1, -1)}, which is not allowed: only tensors and plain data are read` +
          '\n  save model.state_dict(), and no whole objects',
      );
    }
  }
  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof Global)) failPickle('a call of what is no function');
    else if (!Array.isArray(args)) failPickle(`a call of ${callee.name} without arguments`);
    else {
      this.spend(args.length);
      for (const arg of args)
        this.spend(Array.isArray(arg) || typeof arg === 'string' || arg instanceof Uint8Array ? arg.length : 0);
      this.push(this.table.functions[callee.name]!(args));
    }
  }
  private spend(items: number): void {
    this.work += items;
    if (this.work > mostWork * this.bytes.length) failPickle('calls have the same arguments over and over');
  }
  persistent(): void {
    this.push(this.table.persistent(this.pop()));
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) failPickle('items are added to what is no list');
    else for (const item of items) list.push(item);
  }
  add(items: readonly unknown[]): void {
    const set = this.top();
    if (!(set instanceof Set)) failPickle('items are added to what is no set');
    else for (const item of items) set.add(item);
  }
  set(items: readonly unknown[]): void {
    const map = this.top();
    if (!(map instanceof Map) || items.length % 2 === 1) failPickle('items are set in what is no dict');
    else for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  }
  /** The attributes of an OrderedDict: PyTorch keeps the versions of modules there. */
  build(): void {
    const state = this.pop();
    if (!(this.top() instanceof Map && state instanceof Map)) failPickle('attributes are set on what is no dict');
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return failPickle('a text is not valid UTF-8');
  }
}

const STOP = 0x2e;
const tupleOf = (m: Machine, count: number): unknown[] => {
  const items = Array.from({ length: count }, () => m.pop());
  return items.reverse();
};
const pairOf = (m: Machine): unknown[] => tupleOf(m, 2);

/** What each opcode does. Where two names stand in a comment, the second is Python's. */
const steps: Readonly<Record<number, (m: Machine) => void>> = {
  128: (m) => void m.byte(), // PROTO
  149: (m) => void m.uint64(), // FRAME
  40: (m) => m.mark(), // (
  48: (m) => void m.pop(), // 0
  49: (m) => void m.popMark(), // 1
  78: (m) => m.push(null), // N
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  74: (m) => m.push(m.int32()), // J BININT
  75: (m) => m.push(m.byte()), // K BININT1
  77: (m) => m.push(m.uint16()), // M BININT2
  138: (m) => m.push(m.integer(m.byte())), // LONG1
  139: (m) => m.push(m.integer(m.uint32())), // LONG4
  71: (m) => m.push(m.double()), // G BINFLOAT
  88: (m) => m.push(m.text(m.uint32())), // X BINUNICODE
  140: (m) => m.push(m.text(m.byte())), // SHORT_BINUNICODE
  141: (m) => m.push(m.text(m.uint64())), // BINUNICODE8
  85: (m) => m.push(m.text(m.byte())), // U SHORT_BINSTRING, of Python 2
  84: (m) => m.push(m.text(m.uint32())), // T BINSTRING
  67: (m) => m.push(m.data(m.byte())), // C SHORT_BINBYTES
  66: (m) => m.push(m.data(m.uint32())), // B BINBYTES
  142: (m) => m.push(m.data(m.uint64())), // BINBYTES8
  150: (m) => m.push(m.data(m.uint64())), // BYTEARRAY8
  93: (m) => m.push([]), // ]
  97: (m) => m.append([m.pop()]), // a
  101: (m) => m.append(m.popMark()), // e
  41: (m) => m.push([]), // )
  116: (m) => m.push(m.popMark()), // t
  133: (m) => m.push(tupleOf(m, 1)),
  134: (m) => m.push(tupleOf(m, 2)),
  135: (m) => m.push(tupleOf(m, 3)),
  125: (m) => m.push(new Map()), // }
  115: (m) => m.set(pairOf(m)), // s
  117: (m) => m.set(m.popMark()), // u
  143: (m) => m.push(new Set()),
  144: (m) => m.add(m.popMark()),
  145: (m) => m.push(new Set(m.popMark())), // FROZENSET
  99: (m) => m.global(m.line(), m.line()), // c GLOBAL
  147: (m) => m.global(...(pairOf(m) as [unknown, unknown])), // STACK_GLOBAL
  82: (m) => m.reduce(), // R
  129: (m) => m.reduce(), // NEWOBJ: a class of the table is as good as a function
  98: (m) => m.build(), // b
  113: (m) => m.put(m.byte()), // q BINPUT
  114: (m) => m.put(m.uint32()), // r LONG_BINPUT
  104: (m) => m.get(m.byte()), // h BINGET
  106: (m) => m.get(m.uint32()), // j LONG_BINGET
  148: (m) => m.memoize(),
  81: (m) => m.persistent(), // Q BINPERSID
};
