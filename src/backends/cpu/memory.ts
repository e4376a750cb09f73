import { bytesOf, type DType, type TypedArray, viewOf } from '../../core/dtype.ts';
import { DeviceError } from '../../core/errors.ts';

const noBits = new Int32Array(0);

/** Elements in memory, and the same memory as 32-bit words for loops that select or move bits. */
export class Memory {
  readonly data: TypedArray;
  readonly dtype: DType;
  private words: Int32Array | null = null;

  constructor(dtype: DType, data: TypedArray) {
    this.dtype = dtype;
    this.data = data;
  }

  /** Empty for dtypes that are not four bytes wide. */
  get bits(): Int32Array {
    this.words ??= bytesOf(this.dtype) === 4 ? wordsOf(this.data) : noBits;
    return this.words;
  }
}

function wordsOf(data: TypedArray): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, data.length);
}

/** The size class of an allocation: four steps per power of two, so that at most a fifth is wasted. */
export function sizeClass(bytes: number): number {
  if (bytes <= 256) return 256;
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2);
  return Math.ceil(bytes / step) * step;
}

/** `state` ends the message when there is no memory. */
export function newArrayBuffer(bytes: number, state = ''): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch {
    throw new DeviceError(`CPU out of memory: cannot allocate ${bytes} bytes${state}`);
  }
}

/**
 * Memory whose contents do not outlive a run. Runs are synchronous, so all plans share it: the k-th temporary of a size
 * class is the same memory in every plan.
 */
export class TemporaryHeap {
  private readonly slots = new Map<number, { buffer: ArrayBuffer; users: number }[]>();
  bytes = 0;

  /** Memory for the temporaries of one plan, all distinct, and a function that gives them back. */
  reserve(specs: readonly { readonly dtype: DType; readonly numel: number }[]): {
    memory: Memory[];
    release: () => void;
  } {
    const taken = new Map<number, number>();
    const memory = specs.map(({ dtype, numel }) => {
      const size = sizeClass(numel * bytesOf(dtype));
      const k = taken.get(size) ?? 0;
      const slot = this.slot(size, k);
      taken.set(size, k + 1);
      slot.users++;
      return new Memory(dtype, viewOf(dtype, slot.buffer, 0, numel));
    });
    return { memory, release: () => this.release(taken) };
  }

  private slot(size: number, k: number): { buffer: ArrayBuffer; users: number } {
    const list = this.slots.get(size) ?? [];
    this.slots.set(size, list);
    while (list.length <= k) {
      list.push({ buffer: newArrayBuffer(size), users: 0 });
      this.bytes += size;
    }
    return list[k]!;
  }

  private release(taken: ReadonlyMap<number, number>): void {
    for (const [size, count] of taken) {
      const list = this.slots.get(size)!;
      for (let k = 0; k < count; k++) list[k]!.users--;
      while (list.length > 0 && list[list.length - 1]!.users === 0) {
        list.pop();
        this.bytes -= size;
      }
    }
  }
}

// Working memory of the kernel that is running.
const scratchBuffers = new Map<number, ArrayBuffer[]>();
const scratchTaken = new Map<number, number>();
let scratchTotal = 0;

/** Uninitialised memory for the kernel that is running; it belongs to the next kernel afterwards. */
export function scratch(dtype: 'float64', numel: number): Float64Array;
export function scratch(dtype: 'int32', numel: number): Int32Array;
export function scratch(dtype: DType, numel: number): TypedArray;
export function scratch(dtype: DType, numel: number): TypedArray {
  const size = sizeClass(numel * bytesOf(dtype));
  const k = scratchTaken.get(size) ?? 0;
  scratchTaken.set(size, k + 1);
  const list = scratchBuffers.get(size) ?? [];
  scratchBuffers.set(size, list);
  if (k === list.length) {
    list.push(newArrayBuffer(size));
    scratchTotal += size;
  }
  return viewOf(dtype, list[k]!, 0, numel);
}

/** Starts a new kernel: all scratch memory is free again. */
export function resetScratch(): void {
  scratchTaken.clear();
}

/** Hands all scratch memory to the garbage collector. */
export function releaseScratch(): void {
  scratchBuffers.clear();
  scratchTaken.clear();
  scratchTotal = 0;
}

export function scratchBytes(): number {
  return scratchTotal;
}

/** An array of doubles that one kernel keeps from call to call, and that grows to the largest size asked for. */
export class Workspace {
  private array = new Float64Array(0);

  atLeast(n: number): Float64Array {
    if (this.array.length < n) this.array = new Float64Array(n);
    return this.array;
  }
}
