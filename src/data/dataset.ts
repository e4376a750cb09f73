import { allocate, type DType, dtypes, isFloat, type TypedArray } from '../core/dtype.ts';
import { checkOptions, DTypeError, describe, OptionError, ShapeError, wrongType } from '../core/errors.ts';
import { checkShape, formatShape, numel, type Shape } from '../core/shape.ts';
import { fromArray } from '../tensor/create.ts';
import { noGrad, Tensor } from '../tensor/tensor.ts';
import type { Collated } from './collate.ts';

/**
 * Examples by position. Anything with these members will do, a list of examples too; a class may extend this or not. Source:
 * torch.utils.data.Dataset.
 *
 * @example
 * class Squares extends data.Dataset<[Tensor, number]> {
 *   length = 10;
 *   get(i: number): [Tensor, number] {
 *     return [tensor([i, i * i]), i % 2];
 *   }
 * }
 * for await (const [x, y] of new DataLoader(new Squares(), { batchSize: 5 })) {
 *   x.shape; // [5, 2]
 *   y.shape; // [5]
 * }
 */
export abstract class Dataset<T, B = Collated<T>> {
  /** Number of examples. */
  abstract readonly length: number;
  /** The example at a position; may be fetched. */
  abstract get(index: number): T | Promise<T>;
  /** A whole batch, where that is faster than joining examples. Used unless the loader is given a collate function. */
  getBatch?(indices: Int32Array): B | Promise<B>;
}

/** What examples are taken from by position: a dataset, or simply a list of them. */
export type Examples<T, B = unknown> = Dataset<T, B> | ArrayLike<T>;

/** The example at a position of either. */
export const exampleAt = <T>(from: Examples<T>, index: number): T | Promise<T> =>
  'get' in from ? from.get(index) : from[index]!;

/** Element arrays that stay on the host. */
export type HostData = TypedArray | Int8Array | Uint8ClampedArray | Int16Array | Uint16Array;

/** Data that stays on the host, in row-major order; its first dim counts the examples. It is not copied. */
export interface HostArray {
  readonly data: HostData;
  readonly shape: Shape;
  /** Default: float32 for floats and scaled data, int32 for other integers. */
  readonly dtype?: DType;
  /** Elements become scale·x + offset: `1 / 255` makes bytes fractions. Default 1. */
  readonly scale?: number;
  /** Default 0. */
  readonly offset?: number;
}

/** Reads rows of a {@link HostArray}. */
class HostRows {
  readonly rows: number;
  private readonly data: HostData;
  private readonly rowShape: Shape;
  private readonly rowSize: number;
  private readonly dtype: DType;
  private readonly staging: DType;
  private readonly convert: ((value: number) => number) | null;

  constructor(source: HostArray, place: string) {
    checkOptions(place, source, ['data', 'shape', 'dtype', 'scale', 'offset']);
    const { data, shape, scale = 1, offset = 0 } = source;
    if (!ArrayBuffer.isView(data) || data instanceof DataView)
      throw new OptionError(`${place}: data must be a typed array`);
    if (!Array.isArray(shape) || shape.length === 0)
      throw new ShapeError(`${place}: shape must be a list that begins with the number of examples`);
    checkShape(place, shape);
    if (numel(shape) !== data.length)
      throw new ShapeError(`${place}: shape ${formatShape(shape)} needs ${numel(shape)} elements, got ${data.length}`);
    const scaled = scale !== 1 || offset !== 0;
    this.data = data;
    this.rows = shape[0]!;
    this.rowShape = shape.slice(1);
    this.rowSize = numel(this.rowShape);
    this.dtype = source.dtype ?? (scaled ? 'float32' : naturalType(data));
    if (!dtypes.includes(this.dtype))
      throw new DTypeError(`${place}: unknown dtype ${describe(this.dtype)}; use ${dtypes.join(', ')}`);
    // What might not fit goes through doubles, where fromArray() looks at every element.
    this.staging = isFloat(this.dtype) || (!scaled && naturalType(data) === this.dtype) ? this.dtype : 'float64';
    this.convert = scaled ? converter(data, scale, offset) : null;
  }

  gather(indices: Int32Array): Tensor {
    const { data, rowSize, convert } = this;
    const out = allocate(this.staging, indices.length * rowSize);
    for (let b = 0; b < indices.length; b++) {
      checkPosition(indices[b]!, this.rows);
      const from = indices[b]! * rowSize;
      if (!convert) out.set(data.subarray(from, from + rowSize), b * rowSize);
      else for (let i = 0; i < rowSize; i++) out[b * rowSize + i] = convert(data[from + i]!);
    }
    return fromArray(out, [indices.length, ...this.rowShape], { dtype: this.dtype });
  }
  row(index: number): Tensor {
    const batch = this.gather(Int32Array.of(index));
    return batch.reshape(this.rowShape);
  }
}

function checkPosition(index: number, length: number): void {
  if (Number.isInteger(index) && index >= 0 && index < length) return;
  throw new ShapeError(`index ${describe(index)} is out of range for a dataset of ${length} examples`);
}

function naturalType(data: HostData): DType {
  if (data instanceof Float32Array || data instanceof Float64Array) return 'float32';
  return data instanceof Uint32Array ? 'uint32' : 'int32';
}

/** Bytes have few values: a table of the results. */
function converter(data: HostData, scale: number, offset: number): (value: number) => number {
  if (data.BYTES_PER_ELEMENT > 1 || data instanceof Int8Array) return (value) => scale * value + offset;
  const table = Float32Array.from({ length: 256 }, (_, byte) => scale * byte + offset);
  return (value) => table[value]!;
}

/** One column of a {@link TensorDataset}. */
export type TensorSource = Tensor | HostArray;

/**
 * Examples cut from tensors along their first dim: example i is `[a[i], b[i], …]`. Sources that are typed arrays stay on the
 * host, and each batch is gathered there and uploaded once; tensors stay on their device. Source:
 * torch.utils.data.TensorDataset.
 *
 * @throws ShapeError when the sources differ in their number of examples.
 * @example
 * const digits = new TensorDataset(
 *   { data: images, shape: [60000, 1, 28, 28], scale: 1 / 255 },
 *   { data: labels, shape: [60000] },
 * );
 */
export class TensorDataset<S extends readonly TensorSource[]> implements Dataset<Columns<S>, Columns<S>> {
  readonly length: number;
  private readonly columns: readonly (Tensor | HostRows)[];

  constructor(...sources: S) {
    if (sources.length === 0) throw new OptionError('TensorDataset: needs at least one tensor');
    this.columns = sources.map((source, i) => {
      const place = `TensorDataset, source ${i}`;
      if (source instanceof Tensor) {
        if (source.ndim === 0) throw new ShapeError(`${place}: a 0-d tensor has no examples`);
        return source;
      }
      if (typeof source !== 'object' || source === null) {
        throw new OptionError(
          `${place}: expected a tensor or { data, shape }, got ${source === null ? 'null' : typeof source}`,
        );
      }
      return new HostRows(source, place);
    });
    const sizes = this.columns.map(rowsOf);
    this.length = sizes[0]!;
    if (sizes.some((n) => n !== this.length)) {
      throw new ShapeError(
        `Size mismatch between tensors\n  in TensorDataset: the sources have ${sizes.join(', ')} examples`,
      );
    }
  }

  get(index: number): Columns<S> {
    checkPosition(index, this.length);
    return this.columns.map((c) => (c instanceof Tensor ? noGrad(() => c.at(index)) : c.row(index))) as Columns<S>;
  }

  getBatch(indices: Int32Array): Columns<S> {
    // One upload of the positions for all columns of a device.
    const uploaded = new Map<string, Tensor>();
    const positions = (like: Tensor): Tensor => {
      const found = uploaded.get(like.device) ?? fromArray(indices, indices.length, { device: like.device });
      uploaded.set(like.device, found);
      return found;
    };
    return this.columns.map((c) =>
      c instanceof Tensor ? noGrad(() => c.indexSelect(0, positions(c))) : c.gather(indices),
    ) as Columns<S>;
  }
}
const rowsOf = (column: Tensor | HostRows): number => (column instanceof Tensor ? column.size(0) : column.rows);

/** A tensor for each source. */
export type Columns<S extends readonly unknown[]> = { -readonly [K in keyof S]: Tensor };

/**
 * Some examples of another dataset. Source: torch.utils.data.Subset.
 *
 * @example
 * const firstHundred = new Subset(dataset, Array.from({ length: 100 }, (_, i) => i));
 */
export class Subset<T, B = Collated<T>> implements Dataset<T, B> {
  readonly getBatch?: (indices: Int32Array) => B | Promise<B>;
  private readonly dataset: Examples<T, B>;
  private readonly indices: Int32Array;

  constructor(dataset: Examples<T, B>, indices: ArrayLike<number>) {
    if (typeof dataset?.length !== 'number') wrongType('Subset', 'dataset', 'a dataset', dataset);
    if (typeof indices?.length !== 'number') wrongType('Subset', 'indices', 'a list of positions', indices);
    const size = dataset.length;
    for (let i = 0; i < indices.length; i++) {
      const at = indices[i]!;
      if (!Number.isInteger(at) || at < 0 || at >= size)
        throw new ShapeError(`Subset: index ${at} is out of range for a dataset of ${size} examples`);
    }
    this.dataset = dataset;
    // A copy: the caller may go on using its list.
    this.indices = Int32Array.from(indices);
    const { getBatch } = dataset as Partial<Dataset<T, B>>;
    if (getBatch)
      this.getBatch = (batch) =>
        getBatch.call(
          dataset as Dataset<T, B>,
          batch.map((i) => this.at(i)),
        );
  }
  get length(): number {
    return this.indices.length;
  }
  get(index: number): T | Promise<T> {
    return exampleAt(this.dataset, this.at(index));
  }
  private at(index: number): number {
    checkPosition(index, this.length);
    return this.indices[index]!;
  }
}
