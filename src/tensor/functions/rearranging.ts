/** The same elements in another order, or several times. */
import { checkOptions, DTypeError, describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, normalizeDim } from '../../core/shape.ts';
import { isOptions, type OptionalArgs, optionalArgs, shapeArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { arange, fromArray } from '../create.ts';
import { op } from '../impl/common.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { tril } from './triangular.ts';

/**
 * Columns in reverse order: flip(1). A view (PyTorch copies). Source: torch.fliplr.
 *
 * @throws ShapeError for fewer than two dims.
 * @example
 * await fliplr(tensor([[1, 2], [3, 4]])).tolist(); // [[2, 1], [4, 3]]
 */
export function fliplr(input: Tensor): Tensor {
  checkTensor('fliplr', input);
  if (input.ndim < 2) throw new ShapeError(`Input must be >= 2-d.\n  in fliplr of a ${input.ndim}-d tensor`);
  return input.flip(1);
}
/**
 * Rows in reverse order: flip(0). A view (PyTorch copies). Source: torch.flipud.
 *
 * @throws ShapeError for a 0-d tensor.
 * @example
 * await flipud(tensor([[1, 2], [3, 4]])).tolist(); // [[3, 4], [1, 2]]
 */
export function flipud(input: Tensor): Tensor {
  checkTensor('flipud', input);
  if (input.ndim < 1) throw new ShapeError('Input must be >= 1-d.\n  in flipud of a 0-d tensor');
  return input.flip(0);
}
/** Options of {@link rot90}. */
export interface Rot90Options {
  /** How many quarter turns, 1 by default; negative ones turn back. */
  readonly k?: number;
  /** The plane: from the first dim towards the second, [0, 1] by default. */
  readonly dims?: readonly number[];
}
/**
 * Turned by 90 degrees, `k` times. A view (PyTorch copies). Source: torch.rot90.
 *
 * @throws ShapeError unless `dims` are two different dims.
 * @example
 * await rot90(tensor([[1, 2], [3, 4]])).tolist(); // [[2, 4], [1, 3]]
 */
export function rot90(
  input: Tensor,
  ...rest: OptionalArgs<[k: number, dims: readonly number[]], Rot90Options>
): Tensor {
  checkTensor('rot90', input);
  const { k = 1, dims = [0, 1] } = optionalArgs<Rot90Options>('rot90', ['k', 'dims'], rest);
  if (!Number.isInteger(k)) wrongType('rot90', 'k', 'int', k);
  if (dims.length !== 2)
    throw new ShapeError(`expected total rotation dims == 2, but got dims = ${dims.length}\n  in rot90`);
  if (input.ndim < 2) throw new ShapeError(`expected total dims >= 2, but got total dims = ${input.ndim}\n  in rot90`);
  const [a, b] = dims.map((d) => normalizeDim('rot90', d, input.ndim)) as [number, number];
  if (a === b) {
    throw new ShapeError(
      `expected rotation dims to be different, but got dim0 = ${dims[0]} and dim1 = ${dims[1]}\n  in rot90`,
    );
  }
  const turns = ((k % 4) + 4) % 4;
  return composed('Rot90Backward0', () => {
    const flipped = input.flip(turns === 0 ? [] : turns === 1 ? [b] : turns === 2 ? [a, b] : [a]);
    return turns % 2 === 0 ? flipped : flipped.transpose(a, b);
  });
}
/** Options of {@link roll}. */
export interface RollOptions {
  /** One dim, or one for each shift; none: of the flattened tensor. */
  readonly dims?: number | readonly number[] | null;
}
/**
 * Shifted along dims; what leaves at the end comes back at the start. Source: torch.roll.
 *
 * @throws OptionError when shifts and dims differ in number.
 * @example
 * await roll(tensor([1, 2, 3, 4]), 1).tolist(); // [4, 1, 2, 3]
 */
export function roll(
  input: Tensor,
  shifts: number | readonly number[],
  ...rest: OptionalArgs<[dims: number | readonly number[] | null], RollOptions>
): Tensor {
  checkTensor('roll', input);
  const given = optionalArgs<RollOptions>('roll', ['dims'], rest).dims ?? [];
  const dims = typeof given === 'number' ? [given] : given;
  const by = typeof shifts === 'number' ? [shifts] : shifts;
  if (!Array.isArray(by) || !by.every(Number.isInteger)) wrongType('roll', 'shifts', 'int or a list of ints', shifts);
  if (by.length === 0) throw new OptionError('`shifts` required\n  in roll');
  if (dims.length === 0 && by.length === 1)
    return composed('RollBackward0', () => rolled(input.flatten(), by[0]!, 0).reshape(input.shape));
  if (by.length !== dims.length) {
    throw new OptionError(`shifts and dimensions must align. shifts: ${by.length}, dims:${dims.length}\n  in roll`);
  }
  const places = dims.map((d) => normalizeDim('roll', d, input.ndim));
  if (input.ndim === 0)
    throw new ShapeError(`Dimension specified as ${dims[0]} but tensor has no dimensions\n  in roll`);
  return composed('RollBackward0', () => by.reduce((x, shift, i) => rolled(x, shift, places[i]!), input));
}
function rolled(x: Tensor, shift: number, dim: number): Tensor {
  const size = x.shape[dim]!;
  const first = size === 0 ? 0 : ((shift % size) + size) % size;
  if (first === 0) return x.clone();
  return new Tensor(op('roll', [x.impl], { dim, shift: first }));
}

/** Whole copies side by side: dim i `repeats[i]` times. */
function repeated(input: Tensor, repeats: readonly number[]): Tensor {
  const shape = [...repeats.slice(input.ndim).map(() => 1), ...input.shape];
  const pairs = (list: readonly number[]): number[] => list.flatMap((n, i) => [n, shape[i]!]);
  return composed('RepeatBackward0', () =>
    input
      .reshape(pairs(shape.map(() => 1)))
      .expand(pairs(repeats))
      .clone()
      .reshape(shape.map((d, i) => d * repeats[i]!)),
  );
}
function counts(name: string, repeats: readonly (number | readonly number[])[]): number[] {
  const list = shapeArgs(repeats);
  for (const n of list) {
    if (!Number.isInteger(n)) wrongType(name, 'repeats', 'a list of ints', list);
    if (n < 0)
      throw new ShapeError(`Trying to create tensor with negative dimension ${n}: ${formatShape(list)}\n  in ${name}`);
  }
  return list;
}
/**
 * Copies of a tensor, so many along each dim; more numbers than dims make new leading ones. Source: torch.Tensor.repeat.
 *
 * @throws ShapeError for fewer numbers than dims.
 */
function repeat(input: Tensor, ...repeats: (number | readonly number[])[]): Tensor {
  const list = counts('repeat', repeats);
  if (list.length < input.ndim) {
    throw new ShapeError(
      `Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor\n  in repeat(${list.join(', ')}) of ${formatShape(input.shape)}; tile() takes fewer`,
    );
  }
  return repeated(input, list);
}
/**
 * Copies of a tensor side by side, so many along each dim; with fewer numbers than dims, of the last ones. Source: torch.tile.
 *
 * @throws ShapeError for negative numbers.
 * @example
 * await tile(tensor([1, 2]), [2]).tolist(); // [1, 2, 1, 2]
 * await tile(tensor([1, 2]), 2, 1).tolist(); // [[1, 2], [1, 2]]
 */
export function tile(input: Tensor, ...dims: (number | readonly number[])[]): Tensor {
  checkTensor('tile', input);
  const list = counts('tile', dims);
  const missing = Math.max(0, input.ndim - list.length);
  return repeated(input, [...new Array<number>(missing).fill(1), ...list]);
}

/** Options of {@link repeatInterleave}. */
export interface RepeatInterleaveOptions {
  /** Along which dim; none: of the flattened tensor. */
  readonly dim?: number | null;
  /** The size of the result along `dim`, if known: with it, repeats that are a tensor need not be read. */
  readonly outputSize?: number | null;
}
type InterleaveArgs = OptionalArgs<[dim: number | null], RepeatInterleaveOptions>;
/**
 * Each slice along `dim` several times in a row: `repeats` times, or as often as a 1-d int32 tensor says for each. With a tensor,
 * the size of the result depends on data: await it, or give `outputSize`. Called with such a tensor alone, the positions.
 * Source: torch.repeat_interleave.
 *
 * @throws ShapeError when there are not as many repeats as slices, OptionError for negative ones.
 * @example
 * await repeatInterleave(tensor([1, 2]), 2).tolist(); // [1, 1, 2, 2]
 * const uneven = await repeatInterleave(tensor([1, 2]), tensor([1, 3]));
 * await uneven.tolist(); // [1, 2, 2, 2]
 */
export function repeatInterleave(input: Tensor, repeats: number, ...rest: InterleaveArgs): Tensor;
export function repeatInterleave(
  input: Tensor,
  repeats: Tensor,
  options: RepeatInterleaveOptions & { readonly outputSize: number },
): Tensor;
export function repeatInterleave(input: Tensor, repeats: Tensor, ...rest: InterleaveArgs): Promise<Tensor>;
export function repeatInterleave(repeats: Tensor, options: { readonly outputSize: number }): Tensor;
export function repeatInterleave(repeats: Tensor): Promise<Tensor>;
export function repeatInterleave(
  input: Tensor,
  repeats?: number | Tensor | { readonly outputSize?: number | null },
  ...rest: InterleaveArgs
): Tensor | Promise<Tensor> {
  const name = 'repeatInterleave';
  checkTensor(name, input);
  if (repeats === undefined || (isOptions(repeats) && !(repeats instanceof Tensor))) {
    checkOptions(name, repeats, ['outputSize']);
    const n = checkRepeats(input, input.numel(), 0);
    return picked(arange(n.numel(), { device: input.device }), n, 0, repeats?.outputSize ?? null);
  }
  const { dim = null, outputSize = null } = optionalArgs<RepeatInterleaveOptions>(name, ['dim', 'outputSize'], rest);
  const at = dim === null ? 0 : normalizeDim(name, dim, input.ndim);
  const x = dim === null ? input.flatten() : input;
  if (typeof repeats !== 'number') {
    checkTensor(name, repeats, 'repeats');
    if (x.ndim === 0) throw new ShapeError(`Dimension specified as ${at} but tensor has no dimensions\n  in ${name}`);
    return picked(x, checkRepeats(repeats, x.shape[at]!, at), at, outputSize);
  }
  if (!Number.isInteger(repeats)) wrongType(name, 'repeats', 'int or Tensor', repeats);
  if (repeats < 0) throw new OptionError(`Repeats must be non-negative\n  in ${name}: got ${repeats}`);
  if (x.ndim === 0)
    throw new ShapeError(
      `Dimension out of range (expected to be in range of [-1, 0], but got 1)\n  in ${name} of a 0-d tensor`,
    );
  const size = x.shape[at]! * repeats;
  if (outputSize !== null && outputSize !== size)
    throw new OptionError(`repeat_interleave: Invalid output_size, expected ${size} but got ${describe(outputSize)}`);
  return composed('ViewBackward0', () => {
    const wide = x.unsqueeze(at + 1);
    const copies = wide.expand(wide.shape.map((d, i) => (i === at + 1 ? repeats : d))).clone();
    return copies.reshape(x.shape.map((d, i) => (i === at ? size : d)));
  });
}
/** The method: {@link repeatInterleave} of this tensor. */
export interface InterleavingMethods {
  /** Each slice along `dim` several times in a row: see the free function of this name. */
  repeatInterleave(repeats: number, ...rest: InterleaveArgs): Tensor;
  repeatInterleave(repeats: Tensor, options: RepeatInterleaveOptions & { readonly outputSize: number }): Tensor;
  repeatInterleave(repeats: Tensor, ...rest: InterleaveArgs): Promise<Tensor>;
}
/** One number of repeats for each of `size` slices. */
function checkRepeats(repeats: Tensor, size: number, dim: number): Tensor {
  if (repeats.dtype !== 'int32' && repeats.dtype !== 'uint32')
    throw new DTypeError(`"repeat_interleave" not implemented for '${repeats.dtype}'\n  cast the repeats with .int()`);
  if (repeats.ndim > 1) throw new ShapeError('repeats must be 0-dim or 1-dim tensor\n  in repeatInterleave');
  if (repeats.numel() === 1) return repeats.int().reshape(1).expand(size);
  if (repeats.numel() !== size) {
    throw new ShapeError(
      `repeats must have the same size as input along dim, but got repeats.size(0) = ${repeats.numel()} and input.size(${dim}) = ${size}`,
    );
  }
  return repeats.int();
}
function picked(x: Tensor, repeats: Tensor, dim: number, outputSize: number | null): Tensor | Promise<Tensor> {
  return outputSize === null ? pickedByData(x, repeats, dim) : pickedOnDevice(x, repeats, dim, outputSize);
}
async function pickedByData(x: Tensor, repeats: Tensor, dim: number): Promise<Tensor> {
  const each = (await repeats.data()) as Int32Array;
  if (each.some((n) => n < 0)) throw new OptionError('repeats can not be negative\n  in repeatInterleave');
  const index = new Int32Array(each.reduce((sum, n) => sum + n, 0));
  let end = 0;
  for (const [i, n] of each.entries()) {
    index.fill(i, end, end + n);
    end += n;
  }
  return composed('IndexSelectBackward0', () =>
    x.indexSelect(dim, fromArray(index, [index.length], { device: x.device })),
  );
}
/** Position p of the result is slice number (how many slices end at or before p). */
function pickedOnDevice(x: Tensor, repeats: Tensor, dim: number, size: number): Tensor {
  if (!(Number.isInteger(size) && size >= 0)) wrongType('repeatInterleave', 'outputSize', 'int', size);
  return composed('IndexSelectBackward0', () => {
    const ends = tril(repeats.expand(repeats.numel(), repeats.numel())).sum(1);
    const index = arange(size, { device: x.device }).unsqueeze(1).ge(ends).sum(1);
    return x.indexSelect(dim, index);
  });
}

/**
 * Channels (dim 1) of all groups interleaved: seen as (groups, C/groups), they are transposed. (N, C, …) to (N, C, …).
 * Source: torch.channel_shuffle; ShuffleNet, Zhang et al. 2018.
 *
 * @throws ShapeError for fewer than three dims or channels that `groups` does not divide.
 * @example
 * await channelShuffle(arange(4).reshape(1, 4, 1), 2).flatten().tolist(); // [0, 2, 1, 3]
 */
export function channelShuffle(input: Tensor, groups: number): Tensor {
  checkTensor('channelShuffle', input);
  if (input.ndim < 3)
    throw new ShapeError(
      `channel_shuffle expects input with > 2 dims, but got input with sizes ${formatShape(input.shape)}`,
    );
  if (!(Number.isInteger(groups) && groups > 0)) {
    throw new OptionError(
      `Number of groups to divide channels in must be positive. Value of groups:${describe(groups)}\n  in channelShuffle`,
    );
  }
  const [n, channels, ...rest] = input.shape as [number, number, ...number[]];
  if (channels % groups !== 0) {
    throw new ShapeError(
      `Number of channels must be divisible by groups. Got ${channels} channels and ${groups} groups.\n  in channelShuffle`,
    );
  }
  return composed('ChannelShuffleBackward0', () =>
    input
      .reshape(n, groups, channels / groups, ...rest)
      .transpose(1, 2)
      .clone()
      .reshape(input.shape),
  );
}

export const rearrangingMethods = { fliplr, flipud, rot90, roll, repeat, tile };
export const interleavingMethods = { repeatInterleave };
