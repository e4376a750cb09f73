/** The WebAssembly module of the CPU's sums of products, and its memory. */
import { wasmModule } from './assembler.ts';
import { type TileFunction, type TileName, tileFunctions } from './tiles.ts';

/** Memory of WebAssembly can grow, and not shrink. */
export const maxSimdBytes = 32 * 2 ** 20;
const pageBytes = 65536;
const alignment = 64;
/** What rounding `arrays` arrays up to cache lines can add. */
const slack = (arrays: number): number => arrays * alignment;

/**
 * Working memory of the kernel that is running, and the functions that compute in it. Arrays are views of one memory, and
 * their `byteOffset` is their address there.
 */
export class Simd {
  readonly tiles: Readonly<Record<TileName, TileFunction>>;
  private readonly memory: WebAssembly.Memory;
  private taken = 0;

  constructor({ exports }: WebAssembly.Instance) {
    this.tiles = exports as unknown as Record<TileName, TileFunction>;
    this.memory = exports.memory as WebAssembly.Memory;
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /**
   * Starts anew, with place for `arrays` arrays of `bytes` bytes together: what was handed out before is void. False where
   * there is not so much; such kernels keep to JavaScript.
   */
  open(bytes: number, arrays: number): boolean {
    this.taken = 0;
    const missing = bytes + slack(arrays) - this.bytes;
    if (missing <= 0) return true;
    try {
      this.memory.grow(Math.ceil(missing / pageBytes));
      return true;
    } catch {
      // More than the module's most, or than the engine has left.
      return false;
    }
  }

  /** Uninitialised, like the arrays of the other types. */
  floats(n: number): Float32Array {
    return new Float32Array(this.memory.buffer, this.take(4 * n), n);
  }
  doubles(n: number): Float64Array {
    return new Float64Array(this.memory.buffer, this.take(8 * n), n);
  }
  ints(n: number): Int32Array {
    return new Int32Array(this.memory.buffer, this.take(4 * n), n);
  }

  private take(bytes: number): number {
    const at = this.taken;
    this.taken = at + Math.ceil(bytes / alignment) * alignment;
    return at;
  }
}

/**
 * Null where WebAssembly or its vectors are not to be had: a page whose Content-Security-Policy says `script-src 'self'` without
 * `'wasm-unsafe-eval'` may not compile.
 */
export async function createSimd(): Promise<Simd | null> {
  try {
    const { instance } = await WebAssembly.instantiate(wasmModule(tileFunctions(), maxSimdBytes));
    return new Simd(instance);
  } catch {
    return null;
  }
}
