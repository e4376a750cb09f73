/** Element types. `float64` exists on the CPU only (for gradcheck). */
export type DType = 'float32' | 'float16' | 'float64' | 'int32' | 'uint32' | 'bool';

/** All of them. */
export const dtypes: readonly DType[] = ['float32', 'float16', 'float64', 'int32', 'uint32', 'bool'];

/** The typed array that holds elements of each dtype. */
export interface DTypeArrays {
  float32: Float32Array;
  /** Every half is a float32 too, and not every browser has an array of halves. */
  float16: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  uint32: Uint32Array;
  /** One byte per element, 0 or 1. */
  bool: Uint8Array;
}
/** Elements of a tensor on the host. */
export type TypedArray = DTypeArrays[DType];

/** The float dtype that D becomes where a function computes in floating point. */
export type Floating<D extends DType> = D extends 'float64' | 'float16' ? D : 'float32';
/** What sums of D are: bools are counted. */
export type Summed<D extends DType> = D extends 'bool' ? 'int32' : D;

const constructors = {
  float32: Float32Array,
  float16: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const;

/** A zeroed typed array of `length` elements of `dtype`. */
export function allocate(dtype: DType, length: number): TypedArray {
  return new constructors[dtype](length);
}

/** A typed view of `length` elements at `byteOffset` of `buffer`. */
export function viewOf(dtype: DType, buffer: ArrayBuffer, byteOffset: number, length: number): TypedArray {
  return new constructors[dtype](buffer, byteOffset, length);
}

export function isFloat(dtype: DType): boolean {
  return dtype.startsWith('float');
}

export function bytesOf(dtype: DType): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

// PyTorch's categories (bool < integral < floating), and the rank within one.
const rank: Record<DType, readonly [category: number, width: number]> = {
  bool: [0, 0],
  uint32: [1, 0],
  int32: [1, 1],
  float16: [2, 0],
  float32: [2, 1],
  float64: [2, 2],
};

export function category(dtype: DType): number {
  return rank[dtype][0];
}

/** May a result of dtype `from` be written into a tensor of dtype `to`? Not into a lower category. As `torch.can_cast`. */
export function canCast(from: DType, to: DType): boolean {
  return category(from) <= category(to);
}

/** The wider of two dtypes, as `torch.promote_types`. uint32 with int32 gives int32 (there is no int64 here). */
export function promoteTypes(a: DType, b: DType): DType {
  const [ca, wa] = rank[a];
  const [cb, wb] = rank[b];
  if (ca !== cb) return ca > cb ? a : b;
  return wa >= wb ? a : b;
}
