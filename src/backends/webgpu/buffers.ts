/** Buffers as the graph holds them: a slot of the pool, or a range of one. */
import { bytesOf, type DType, type TypedArray, viewOf } from '../../core/dtype.ts';
import { DeviceError, DisposedError } from '../../core/errors.ts';
import { roundToHalves } from '../../core/float16.ts';
import type { Buffer } from '../backend.ts';
import { arenaAlignment } from './layout.ts';
import { nextPlace, type Slot } from './pool.ts';

/** A range of GPU memory, bound as a whole. */
export interface Range {
  readonly slot: Slot;
  readonly offset: number;
  readonly size: number;
  /** Ranges with the same place are interchangeable in a bind group. */
  readonly place: number;
}

export function wholeSlot(slot: Slot): Range {
  return { slot, offset: 0, size: slot.bytes, place: slot.place };
}

let ids = 0;

export class WebGpuBuffer implements Buffer, Range {
  readonly id = ++ids;
  readonly dtype: DType;
  readonly numel: number;
  readonly slot: Slot;
  readonly offset: number;
  readonly size: number;
  readonly place: number;
  readonly arena: Arena | null;
  freed = false;

  constructor(dtype: DType, numel: number, range: Range, arena: Arena | null) {
    this.dtype = dtype;
    this.numel = numel;
    this.slot = range.slot;
    this.offset = range.offset;
    this.size = range.size;
    this.place = range.place;
    this.arena = arena;
  }

  get bytes(): number {
    return this.size;
  }

  get allocation(): number {
    return this.slot.place;
  }
}

/** A slot cut into ranges; given back when the last of them is. */
export class Arena {
  readonly slot: Slot;
  alive = 0;

  constructor(slot: Slot) {
    this.slot = slot;
  }
}

/** Every element takes four bytes on the GPU: bool is stored as u32. */
export const elementBytes = 4;

/** Sizes of an arena's ranges; an empty one still gets one granule, so that it can be bound. */
export function arenaRanges(numels: readonly number[]): { offset: number; size: number }[] {
  let offset = 0;
  return numels.map((numel) => {
    const size = Math.max(1, Math.ceil((numel * elementBytes) / arenaAlignment)) * arenaAlignment;
    const range = { offset, size };
    offset += size;
    return range;
  });
}

export function arenaBuffers(dtype: DType, numels: readonly number[], arena: Arena): WebGpuBuffer[] {
  arena.alive = numels.length;
  return arenaRanges(numels).map(
    ({ offset, size }, i) =>
      new WebGpuBuffer(dtype, numels[i]!, { slot: arena.slot, offset, size, place: nextPlace() }, arena),
  );
}

/** The backend's own view of a buffer. */
export function unwrap(buffer: Buffer): WebGpuBuffer {
  if (!(buffer instanceof WebGpuBuffer))
    throw new DeviceError('expected a buffer on WebGPU, got one of another device');
  if (buffer.freed) throw new DisposedError('this buffer has been freed');
  return buffer;
}

/** Elements as the GPU stores them: the same array, except for bool and halves. */
export function encode(data: TypedArray, dtype: DType): TypedArray {
  if (dtype === 'float16') {
    const halves = Float32Array.from(data);
    roundToHalves(halves);
    return halves;
  }
  return dtype === 'bool' ? new Uint32Array(data) : data;
}

/** Elements from the GPU's bytes. */
export function decode(bytes: ArrayBuffer, dtype: DType, numel: number): TypedArray {
  if (dtype === 'bool') return Uint8Array.from(new Uint32Array(bytes, 0, numel), (x) => (x ? 1 : 0));
  if (bytesOf(dtype) !== elementBytes) throw new DeviceError(`${dtype} is not supported on WebGPU`);
  return viewOf(dtype, bytes, 0, numel);
}
