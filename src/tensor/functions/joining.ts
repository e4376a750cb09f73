/** Joining tensors, and taking them apart again. */
import type { DType } from '../../core/dtype.ts';
import { DTypeError, describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { contiguousStrides, formatShape, normalizeDim } from '../../core/shape.ts';
import { dimOption, type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { fromArray, zeros } from '../create.ts';
import { cast, named, op, resultType } from '../impl/common.ts';
import { written } from '../impl/parts.ts';
import { split } from '../impl/shape.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { cat, stack } from './core.ts';
import { atleast1d, atleast2d, atleast3d, sliceAlong, tensorArgs } from './views.ts';

type DimOption = number | { readonly dim?: number };
/** Tensors one by one or in a list. */
type Several = readonly (Tensor | readonly Tensor[])[];

// ---- joining --------------------------------------------------------------------------------------------------------

/**
 * Joins tensors along an existing dim: cat() by another name. Source: torch.concat.
 *
 * @throws ShapeError when their other dims differ.
 * @example
 * await concat([tensor([1]), tensor([2, 3])]).tolist(); // [1, 2, 3]
 */
export function concat(tensors: readonly Tensor[], dim: DimOption = 0): Tensor {
  return cat(tensors, dim);
}
/** Joins tensors along an existing dim: cat() by another name. Source: torch.concatenate. */
export function concatenate(tensors: readonly Tensor[], dim: DimOption = 0): Tensor {
  return cat(tensors, dim);
}

function parts(name: string, tensors: readonly Tensor[]): Tensor[] {
  if (!Array.isArray(tensors)) wrongType(name, 'tensors', 'a list of Tensors', tensors);
  if (tensors.length === 0) throw new OptionError(`${name} expects a non-empty TensorList`);
  return tensorArgs(name, tensors);
}
/**
 * Joins tensors side by side: along dim 1, 1-d ones along dim 0. Source: torch.hstack.
 *
 * @throws ShapeError when their other dims differ.
 * @example
 * await hstack([tensor([[1], [2]]), tensor([[3], [4]])]).tolist(); // [[1, 3], [2, 4]]
 */
export function hstack(tensors: readonly Tensor[]): Tensor {
  const list = atleast1d(parts('hstack', tensors));
  return cat(list, list[0]!.ndim === 1 ? 0 : 1);
}
/**
 * Stacks tensors as rows: along dim 0, 1-d ones being rows. Source: torch.vstack.
 *
 * @throws ShapeError when their other dims differ.
 * @example
 * await vstack([tensor([1, 2]), tensor([3, 4])]).tolist(); // [[1, 2], [3, 4]]
 */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return cat(atleast2d(parts('vstack', tensors)), 0);
}
/** Stacks tensors as rows: vstack() by another name. Source: torch.row_stack. */
export function rowStack(tensors: readonly Tensor[]): Tensor {
  return vstack(tensors);
}
/**
 * Stacks tensors in depth: along dim 2, after atleast3d(). Source: torch.dstack.
 *
 * @throws ShapeError when their other dims differ.
 * @example
 * await dstack([tensor([1, 2]), tensor([3, 4])]).tolist(); // [[[1, 3], [2, 4]]]
 */
export function dstack(tensors: readonly Tensor[]): Tensor {
  return cat(atleast3d(parts('dstack', tensors)), 2);
}
/**
 * Joins tensors side by side, 0-d and 1-d ones being columns. Source: torch.column_stack.
 *
 * @throws ShapeError when their other dims differ.
 * @example
 * await columnStack([tensor([1, 2]), tensor([3, 4])]).tolist(); // [[1, 3], [2, 4]]
 */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  const columns = parts('columnStack', tensors).map((x) => (x.ndim > 1 ? x : x.reshape(x.numel(), 1)));
  return hstack(columns);
}
/**
 * The matrix with these along its diagonal and zeros elsewhere; 0-d and 1-d tensors are rows. Source: torch.block_diag.
 *
 * @throws ShapeError for more than two dims.
 * @example
 * await blockDiag(tensor([[1, 2]]), tensor([[3], [4]])).tolist(); // [[1, 2, 0], [0, 0, 3], [0, 0, 4]]
 */
export function blockDiag(...tensors: Several): Tensor {
  const list = tensorArgs('blockDiag', tensors);
  if (list.length === 0) return zeros([1, 0]);
  for (const [i, x] of list.entries()) {
    if (x.ndim > 2) {
      throw new ShapeError(
        `torch.block_diag: Input tensors must have 2 or fewer dimensions. Input ${i} has ${x.ndim} dimensions`,
      );
    }
  }
  return composed('BlockDiagBackward0', () => {
    const blocks = atleast2d(list);
    const [height, width] = [0, 1].map((d) => blocks.reduce((n, x) => n + x.shape[d]!, 0)) as [number, number];
    const dtype = resultType(...list.map((x) => x.impl));
    let [row, column] = [0, 0];
    let whole = zeros([height, width], { dtype, device: list[0]!.device }).impl;
    for (const { impl, shape } of blocks) {
      const block = { strides: contiguousStrides([height, width]), offset: row * width + column };
      whole = written(whole, cast(impl, dtype), block);
      row += shape[0]!;
      column += shape[1]!;
    }
    return new Tensor(whole);
  });
}

/** Options of {@link meshgrid}. */
export interface MeshgridOptions {
  /** 'ij' (default): dim i of each grid counts tensor i. 'xy': the first two dims are swapped, as for images. */
  readonly indexing?: 'ij' | 'xy';
}
/**
 * Coordinate grids: of 1-d tensors of sizes N, M, … one grid (N, M, …) each, repeating its values along the others' dims. Views.
 * Source: torch.meshgrid.
 *
 * @throws ShapeError for tensors of more than one dim, DTypeError for different dtypes.
 * @example
 * const [x, y] = meshgrid(tensor([1, 2]), tensor([3, 4, 5]));
 * await x!.tolist(); // [[1, 1, 1], [2, 2, 2]]
 * await y!.tolist(); // [[3, 4, 5], [3, 4, 5]]
 */
export function meshgrid(...args: readonly (Tensor | readonly Tensor[] | MeshgridOptions)[]): Tensor[] {
  const last = args.at(-1);
  const hasOptions = last !== undefined && !(last instanceof Tensor) && !Array.isArray(last);
  const { indexing = 'ij' } = optionalArgs<MeshgridOptions>('meshgrid', ['indexing'], hasOptions ? [last] : []);
  const list = tensorArgs('meshgrid', (hasOptions ? args.slice(0, -1) : args) as Several);
  if (list.length === 0) throw new OptionError('meshgrid expects a non-empty TensorList');
  for (const x of list) {
    if (x.ndim > 1) {
      throw new ShapeError(
        `torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: ${formatShape(x.shape)}\n  flatten() it`,
      );
    }
    if (x.dtype !== list[0]!.dtype) {
      throw new DTypeError(
        `meshgrid expects all tensors to have the same dtype\n  got ${list[0]!.dtype} and ${x.dtype}`,
      );
    }
  }
  if (indexing !== 'ij' && indexing !== 'xy') {
    throw new OptionError(`torch.meshgrid: indexing must be one of "xy" or "ij", but received: ${describe(indexing)}`);
  }
  const swapped = indexing === 'xy' && list.length > 1;
  const place = (i: number): number => (swapped && i < 2 ? 1 - i : i);
  const shape = list.map((_, i) => list[place(i)]!.numel());
  return list.map((x, i) => x.reshape(shape.map((d, at) => (at === place(i) ? d : 1))).expand(shape));
}
/**
 * All combinations of one element from each 1-d tensor, as rows: (N·M·…, number of tensors). One tensor stays as it is.
 * Source: torch.cartesian_prod.
 *
 * @throws ShapeError for tensors that are not 1-d, DTypeError for different dtypes.
 * @example
 * await cartesianProd(tensor([1, 2]), tensor([3, 4])).tolist(); // [[1, 3], [1, 4], [2, 3], [2, 4]]
 */
export function cartesianProd(...tensors: Several): Tensor {
  const list = tensorArgs('cartesianProd', tensors);
  for (const x of list)
    if (x.ndim !== 1)
      throw new ShapeError(`Expect a 1D vector, but got shape ${formatShape(x.shape)}\n  in cartesianProd`);
  if (list.length === 1) return list[0]!.reshape(-1);
  return composed('StackBackward0', () =>
    stack(
      meshgrid(list).map((x) => x.flatten()),
      1,
    ),
  );
}
/** Options of {@link combinations}. */
export interface CombinationsOptions {
  /** Elements per combination, 2 by default. */
  readonly r?: number;
  /** May an element occur several times? */
  readonly withReplacement?: boolean;
}
/**
 * All combinations of `r` elements of a 1-d tensor, in order, as rows: (number of combinations, r). Source: torch.combinations.
 *
 * @throws ShapeError for tensors that are not 1-d.
 * @example
 * await combinations(tensor([1, 2, 3])).tolist(); // [[1, 2], [1, 3], [2, 3]]
 */
export function combinations(
  input: Tensor,
  ...rest: OptionalArgs<[r: number, withReplacement: boolean], CombinationsOptions>
): Tensor {
  checkTensor('combinations', input);
  const { r = 2, withReplacement = false } = optionalArgs<CombinationsOptions>(
    'combinations',
    ['r', 'withReplacement'],
    rest,
  );
  if (input.ndim !== 1)
    throw new ShapeError(`Expect a 1D vector, but got shape ${formatShape(input.shape)}\n  in combinations`);
  if (!(Number.isInteger(r) && r >= 0))
    throw new OptionError(`Expect a non-negative number, but got ${describe(r)}\n  in combinations`);
  if (r === 0) return zeros([0], { dtype: input.dtype, device: input.device });
  const chosen = positions(input.shape[0]!, r, withReplacement);
  return composed('StackBackward0', () => {
    const index = fromArray(Int32Array.from(chosen), [chosen.length], { device: input.device });
    return input.indexSelect(0, index).reshape(chosen.length / r, r);
  });
}
/** The combinations of r numbers below n, one after the other, in lexicographic order. */
function positions(n: number, r: number, repeated: boolean): number[] {
  const all: number[] = [];
  const chosen = Array.from({ length: r }, (_, i) => (repeated ? 0 : i));
  const most = (i: number): number => (repeated ? n - 1 : n - r + i);
  if (most(0) < 0) return all;
  for (;;) {
    all.push(...chosen);
    let i = r - 1;
    while (i >= 0 && chosen[i] === most(i)) i--;
    if (i < 0) return all;
    const next = chosen[i]! + 1;
    for (let j = i; j < r; j++) chosen[j] = repeated ? next : next + j - i;
  }
}

// ---- taking apart ---------------------------------------------------------------------------------------------------

/**
 * Parts of the given sizes along `dim`. Views. Source: torch.split_with_sizes.
 *
 * @throws ShapeError when the sizes do not add up to the dim's.
 * @example
 * const [a, b] = splitWithSizes(tensor([1, 2, 3]), [1, 2]);
 * await b!.tolist(); // [2, 3]
 */
export function splitWithSizes(input: Tensor, splitSizes: readonly number[], dim: DimOption = 0): Tensor[] {
  checkTensor('splitWithSizes', input);
  if (!Array.isArray(splitSizes)) wrongType('splitWithSizes', 'splitSizes', 'a list of ints', splitSizes);
  return split(input.impl, splitSizes, dimOption('splitWithSizes', dim)).map((v) => new Tensor(v));
}

/** split() by another name: here a part is never unsafe to write. Source: torch.unsafe_split. */
export function unsafeSplit(input: Tensor, splitSize: number | readonly number[], dim: DimOption = 0): Tensor[] {
  checkTensor('unsafeSplit', input);
  return input.split(splitSize, dim);
}
/** chunk() by another name: here a part is never unsafe to write. Source: torch.unsafe_chunk. */
export function unsafeChunk(input: Tensor, chunks: number, dim: DimOption = 0): Tensor[] {
  checkTensor('unsafeChunk', input);
  return input.chunk(chunks, dim);
}

/** How many parts, or where to cut. */
export type Sections = number | readonly number[];

/**
 * Parts along `dim`: so many of nearly equal size (the first ones larger by one), or cut before each of the given positions,
 * as Python's slices are. A tensor of either has to be read: await it. Views. Source: torch.tensor_split.
 *
 * @throws ShapeError for a 0-d tensor, OptionError for no sections.
 * @example
 * const [a, b, c] = tensorSplit(arange(7), 3);
 * await a!.tolist(); // [0, 1, 2]
 * await c!.tolist(); // [5, 6]
 */
export function tensorSplit(input: Tensor, indicesOrSections: Sections, dim?: DimOption): Tensor[];
export function tensorSplit(input: Tensor, indicesOrSections: Tensor, dim?: DimOption): Promise<Tensor[]>;
export function tensorSplit(
  input: Tensor,
  indicesOrSections: Sections | Tensor,
  dim: DimOption = 0,
): Tensor[] | Promise<Tensor[]> {
  checkTensor('tensorSplit', input);
  if (indicesOrSections instanceof Tensor) return splitByTensor(input, indicesOrSections, dim);
  if (input.ndim === 0) {
    throw new ShapeError(
      'tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims\n  use unsqueeze(0) first',
    );
  }
  const at = normalizeDim('tensorSplit', dimOption('tensorSplit', dim), input.ndim);
  const size = input.shape[at]!;
  const cuts = typeof indicesOrSections === 'number' ? evenly(indicesOrSections, size) : indicesOrSections;
  if (!Array.isArray(cuts) || !cuts.every(Number.isInteger))
    wrongType('tensorSplit', 'indicesOrSections', 'int or a list of ints', indicesOrSections);
  const clip = (v: number): number => Math.min(Math.max(v < 0 ? v + size : v, 0), size);
  return [...cuts, size].map((end, i) => {
    const start = clip(i === 0 ? 0 : cuts[i - 1]!);
    return sliceAlong(input, at, start, Math.max(clip(end) - start, 0));
  });
}
async function splitByTensor(input: Tensor, given: Tensor, dim: DimOption): Promise<Tensor[]> {
  if (given.ndim > 1 || given.dtype !== 'int32') {
    throw new OptionError(
      `tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor of int32, but got ${given.dtype} ${formatShape(given.shape)}`,
    );
  }
  const numbers = Array.from((await given.data()) as Int32Array);
  return tensorSplit(input, given.ndim === 0 ? numbers[0]! : numbers, dim);
}
function evenly(sections: number, size: number): number[] {
  if (!(Number.isInteger(sections) && sections > 0)) {
    throw new OptionError(`number of sections must be larger than 0, got ${describe(sections)}\n  in tensorSplit`);
  }
  const [least, larger] = [Math.floor(size / sections), size % sections];
  return Array.from({ length: sections - 1 }, (_, i) => (i + 1) * least + Math.min(i + 1, larger));
}
function splitAlong(name: string, input: Tensor, sections: Sections, dim: number, rank: number): Tensor[] {
  checkTensor(name, input);
  if (input.ndim < rank) {
    throw new ShapeError(
      `torch.${name} requires a tensor with at least ${rank} dimension, but got a tensor with ${input.ndim} dimensions!`,
    );
  }
  const size = input.shape[dim]!;
  if (typeof sections === 'number' && !(sections > 0 && size % sections === 0)) {
    throw new ShapeError(
      `torch.${name} attempted to split along dimension ${dim}, but the size of the dimension ${size} is not divisible by the split_size ${sections}!\n  tensorSplit() makes parts of nearly equal size`,
    );
  }
  return tensorSplit(input, sections, dim);
}
/**
 * Equal parts, or parts cut before the given positions, along dim 1 (1-d tensors: dim 0). Views. Source: torch.hsplit.
 *
 * @throws ShapeError when the dim is not divisible.
 * @example
 * const [a, b] = hsplit(tensor([[1, 2], [3, 4]]), 2);
 * await b!.tolist(); // [[2], [4]]
 */
export function hsplit(input: Tensor, indicesOrSections: Sections): Tensor[] {
  return splitAlong('hsplit', input, indicesOrSections, isTensorOfRank(input, 1) ? 0 : 1, 1);
}
/** Equal parts, or parts cut before the given positions, along dim 0. Views. Source: torch.vsplit. */
export function vsplit(input: Tensor, indicesOrSections: Sections): Tensor[] {
  return splitAlong('vsplit', input, indicesOrSections, 0, 2);
}
/** Equal parts, or parts cut before the given positions, along dim 2. Views. Source: torch.dsplit. */
export function dsplit(input: Tensor, indicesOrSections: Sections): Tensor[] {
  return splitAlong('dsplit', input, indicesOrSections, 2, 3);
}
const isTensorOfRank = (x: unknown, rank: number): boolean => x instanceof Tensor && x.ndim === rank;

/**
 * All slices along `dim`, which is dropped. Views. Source: torch.unbind.
 *
 * @throws ShapeError for a 0-d tensor.
 * @example
 * const [a, b] = unbind(tensor([[1, 2], [3, 4]]));
 * await b!.tolist(); // [3, 4]
 */
export function unbind(input: Tensor, dim: DimOption = 0): Tensor[] {
  checkTensor('unbind', input);
  const at = normalizeDim('unbind', dimOption('unbind', dim), input.ndim);
  if (input.ndim === 0) throw new ShapeError(`Dimension specified as ${at} but tensor has no dimensions\n  in unbind`);
  const shape = input.shape.filter((_, i) => i !== at);
  return Array.from(
    { length: input.shape[at]! },
    (_, i) => new Tensor(named(op('reshape', [sliceAlong(input, at, i, 1).impl], { shape }), 'UnbindBackward0')),
  );
}

export const splittingMethods = {
  unsafeSplit,
  unsafeChunk,
  splitWithSizes,
  hsplit,
  vsplit,
  dsplit,
  unbind,
};
/** A method in two forms. */
export const sectionMethods = { tensorSplit };
/** The method: {@link tensorSplit} of this tensor. */
export interface SectionMethods<D extends DType> {
  /** Parts along `dim` of nearly equal size, or cut at positions: see the free function of this name. */
  tensorSplit(indicesOrSections: Sections, dim?: DimOption): Tensor<D>[];
  tensorSplit(indicesOrSections: Tensor, dim?: DimOption): Promise<Tensor[]>;
}
