/** torch.nn.utils.rnn: batches of sequences of different lengths, padded and packed. */
import type { DType } from '../../core/dtype.ts';
import { isFloat } from '../../core/dtype.ts';
import { describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, sameShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../../tensor/arguments.ts';
import { composed } from '../../tensor/compose.ts';
import { full } from '../../tensor/create.ts';
import type { DeviceName } from '../../tensor/device.ts';
import { cat } from '../../tensor/functions/core.ts';
import { checkTensor, Tensor } from '../../tensor/tensor.ts';
import { checkSwitches } from '../checks.ts';
import { batchSizesOf, type HostIntegers, hostIntegers, integers, inverse, isEmpty, Ragged, within } from './ragged.ts';

export type { HostIntegers } from './ragged.ts';

/**
 * Sequences of different lengths without their padding, which recurrent layers take in place of a tensor. Made by
 * {@link packPaddedSequence} and {@link packSequence}; by hand where the data of another is replaced, as in the example.
 *
 * `data` (Σ lengths, *) has the first steps of all sequences, longest first, then their second steps, and so on; `batchSizes`
 * says how many there are of each. Numbers that shapes depend on are known to the host: `lengths` has them as a list, and
 * `batchSizes`, `sortedIndices` and `unsortedIndices` are int32 tensors beside the data that remember theirs. Source:
 * torch.nn.utils.rnn.PackedSequence.
 *
 * @throws OptionError for batch sizes or indices that only the device knows; ShapeError for those that do not fit the data.
 * @example
 * const embedding = new nn.Embedding(10, 3);
 * const packed = nn.utils.rnn.packSequence([tensor([1, 2, 3]), tensor([4, 5])]);
 * const { data, batchSizes, sortedIndices } = packed;
 * const embedded = new nn.utils.rnn.PackedSequence(embedding.forward(data), batchSizes, sortedIndices);
 * embedded.data.shape; // [5, 3]
 */
export class PackedSequence {
  /** The same sequences with padding too, in the order in which they were given. */
  readonly ragged: Ragged;
  private sizes: Tensor<'int32'> | null = null;
  private indices: readonly [sorted: Tensor<'int32'>, unsorted: Tensor<'int32'>] | null = null;

  constructor(
    data: Tensor | Ragged,
    batchSizes?: HostIntegers,
    sortedIndices: HostIntegers | null = null,
    unsortedIndices: HostIntegers | null = null,
  ) {
    this.ragged = data instanceof Ragged ? data : raggedOf(data, batchSizes, sortedIndices, unsortedIndices);
    for (const name of ['sizes', 'indices']) Object.defineProperty(this, name, { enumerable: false });
  }

  /** All steps of all sequences: (Σ lengths, *). */
  get data(): Tensor {
    return this.ragged.data;
  }
  /** How many sequences have a step 0, 1, …: int32 (T). */
  get batchSizes(): Tensor<'int32'> {
    this.sizes ??= integers(batchSizesOf(this.lengths), this.ragged.some);
    return this.sizes;
  }
  /** Which of the sequences given is the longest, the second longest, …: int32 (N), or null where they came in that order. */
  get sortedIndices(): Tensor<'int32'> | null {
    return this.permutations?.[0] ?? null;
  }
  /** The inverse of {@link sortedIndices}. */
  get unsortedIndices(): Tensor<'int32'> | null {
    return this.permutations?.[1] ?? null;
  }
  private get permutations(): readonly [Tensor<'int32'>, Tensor<'int32'>] | null {
    const { order, some } = this.ragged;
    if (order) this.indices ??= [integers(order, some), integers(inverse(order), some)];
    return this.indices;
  }
  /** The length of each sequence, in the order in which they were given. */
  get lengths(): readonly number[] {
    return this.ragged.lengths;
  }

  /** The same with data of another dtype, or (a promise) on another device. */
  to(dtype: DType): PackedSequence;
  to(device: DeviceName): Promise<PackedSequence>;
  to(target: DType | DeviceName): PackedSequence | Promise<PackedSequence> {
    const { lengths, order } = this.ragged;
    const { data } = this;
    const replaced = (rows: Tensor): PackedSequence =>
      rows.dtype === data.dtype && rows.device === data.device
        ? this
        : new PackedSequence(new Ragged({ rows }, lengths, order));
    const moved: Tensor | Promise<Tensor> = data.to(target as DType);
    return moved instanceof Promise ? moved.then(replaced) : replaced(moved);
  }

  /** `data, batchSizes, sortedIndices, unsortedIndices`, as PyTorch's named tuple unpacks. */
  *[Symbol.iterator](): Generator<Tensor | null> {
    yield* [this.data, this.batchSizes, this.sortedIndices, this.unsortedIndices];
  }
  /** The tensors in it: they stay when it leaves a scope. @internal */
  heldTensors(): Tensor[] {
    return this.ragged.tensors;
  }

  /** As PyTorch prints it. */
  async toStringAsync(): Promise<string> {
    const text = async (t: Tensor | null): Promise<string> => (t ? t.toStringAsync() : 'None');
    const [data, sizes, sorted, unsorted] = await Promise.all([...this].map(text));
    return `PackedSequence(data=${data}, batch_sizes=${sizes}, sorted_indices=${sorted}, unsorted_indices=${unsorted})`;
  }
}

function raggedOf(
  data: Tensor,
  batchSizes: HostIntegers | undefined,
  sortedIndices: HostIntegers | null,
  unsortedIndices: HostIntegers | null,
): Ragged {
  const op = 'PackedSequence';
  checkTensor(op, data, 'data');
  const madeBy = '\n  packSequence() and packPaddedSequence() make packed sequences';
  if (batchSizes === undefined || batchSizes === null) throw new OptionError(`${op}: batchSizes are missing${madeBy}`);
  const sizes = hostIntegers(batchSizes, (got) => `batch_sizes should always be on CPU. Got ${got}\n  in ${op}`);
  const indices = (list: HostIntegers | null, name: string): number[] | null =>
    list && hostIntegers(list, (got) => `${op}: ${name} must be integers, got ${got}`);
  const unsorted = indices(unsortedIndices, 'unsortedIndices');
  const order = indices(sortedIndices, 'sortedIndices') ?? (unsorted && inverse(unsorted));
  const total = sizes.reduce((a, b) => a + b, 0);
  if (sizes.some((n, t) => n < 1 || n > (sizes[t - 1] ?? n)))
    throw new ShapeError(`${op}: batch sizes must be positive and not increase, got ${describe(sizes)}${madeBy}`);
  if (data.ndim === 0 || data.shape[0] !== total)
    throw new ShapeError(
      `${op}: batch sizes ${describe(sizes)} need ${total} rows, data has shape ${formatShape(data.shape)}${madeBy}`,
    );
  const batch = sizes[0] ?? 0;
  if (order && (order.length !== batch || new Set(order).size !== batch || order.some((n) => !(n >= 0 && n < batch))))
    throw new ShapeError(`${op}: sortedIndices must have each of 0 to ${batch - 1} once, got ${describe(order)}`);
  const byRank = Array.from({ length: batch }, (_, rank) => sizes.filter((n) => n > rank).length);
  const rank = order && inverse(order);
  return new Ragged({ rows: data }, rank ? rank.map((r) => byRank[r]!) : byRank, order);
}

/** Checks lengths in PyTorch's words, and returns which is the longest, the second longest, … unless they are sorted. */
function orderOf(op: string, lengths: readonly number[], batch: number, enforceSorted: boolean): number[] | null {
  if (lengths.length !== batch)
    throw new ShapeError(
      `Expected \`len(lengths)\` to be equal to batch_size, but got ${lengths.length} (batch_size=${batch})\n  in ${op}`,
    );
  if (lengths.some((n) => !(n > 0)))
    throw new ShapeError(
      `Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0\n  in ${op}: got ${describe(lengths)}`,
    );
  if (!enforceSorted) return lengths.map((_, n) => n).sort((a, b) => lengths[b]! - lengths[a]!);
  if (lengths.some((n, i) => n > (lengths[i - 1] ?? n)))
    throw new ShapeError(
      '`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass ' +
        '`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ' +
        `ONNX exportability.\n  in ${op}: got ${describe(lengths)}; { enforceSorted: false } sorts them`,
    );
  return null;
}

/** Settings of {@link packPaddedSequence}. */
export interface PackPaddedOptions {
  /** The input is (N, T, *). Default false: (T, N, *). */
  readonly batchFirst?: boolean;
  /** Require sequences in the order of decreasing lengths. Default true. */
  readonly enforceSorted?: boolean;
}

/**
 * Packs padded sequences (T, N, *), or (N, T, *) with `batchFirst`, of the given lengths (N). What stands beyond a length is dropped.
 * Lengths are a list, or an int32 tensor made of numbers. Source: torch.nn.utils.rnn.pack_padded_sequence.
 *
 * @throws ShapeError for lengths that are not positive, not as many as sequences, greater than T, or not in decreasing order where
 * `enforceSorted`. OptionError for a tensor of lengths that only the device knows.
 * @example
 * const padded = tensor([[1, 2, 0], [3, 0, 0], [4, 5, 6]]);
 * const packed = nn.utils.rnn.packPaddedSequence(padded, [2, 1, 3], { batchFirst: true, enforceSorted: false });
 * await packed.data.tolist(); // [4, 1, 3, 5, 2, 6]
 * await packed.batchSizes.tolist(); // [3, 2, 1]
 */
export function packPaddedSequence(
  input: Tensor,
  lengths: HostIntegers,
  ...rest: OptionalArgs<[batchFirst: boolean], PackPaddedOptions>
): PackedSequence {
  const op = 'packPaddedSequence';
  checkTensor(op, input);
  const { batchFirst = false, enforceSorted = true } = optionalArgs<PackPaddedOptions>(
    op,
    ['batchFirst', 'enforceSorted'],
    rest,
  );
  checkSwitches(op, { batchFirst, enforceSorted });
  const list = hostIntegers(
    lengths,
    (got) => `'lengths' argument should be a 1D CPU int64 tensor, but got ${got}\n  in ${op}`,
  );
  if (input.ndim < 2)
    throw new ShapeError(
      `Dimension out of range (expected to be in range of [-1, 0], but got 1)\n  in ${op}: input must have dims of steps and of sequences, got ${formatShape(input.shape)}`,
    );
  if (isEmpty(input)) throw new ShapeError(`Cannot pack empty tensors.\n  in ${op}: got ${formatShape(input.shape)}`);
  const block = batchFirst ? input.transpose(0, 1) : input;
  const order = orderOf(op, list, block.shape[1]!, enforceSorted);
  const steps = Math.max(...list);
  if (steps > block.shape[0]!)
    throw new ShapeError(
      `${op}: lengths must be at most the number of steps, got ${describe(list)} for ${formatShape(input.shape)}${batchFirst ? '' : '\n  is the first dim that of sequences? then set { batchFirst: true }'}`,
    );
  const counts = integers(list, input);
  const copied = composed('PackPaddedSequenceBackward0', () => within(block.narrow(0, 0, steps), counts, 0));
  return new PackedSequence(new Ragged({ block: copied }, list, order));
}

/** Settings of {@link padPackedSequence}. */
export interface PadPackedOptions {
  /** Return (N, T, *). Default false: (T, N, *). */
  readonly batchFirst?: boolean;
  /** Stands beyond the end of each sequence. Default 0. */
  readonly paddingValue?: number;
  /** T, if not the greatest length. */
  readonly totalLength?: number | null;
}

/**
 * The inverse of {@link packPaddedSequence}: padded sequences (T, N, *), or (N, T, *) with `batchFirst`, in the order in which they
 * were packed, and their lengths, int32 (N). Source: torch.nn.utils.rnn.pad_packed_sequence.
 *
 * @throws ShapeError when `totalLength` is less than the greatest length.
 * @example
 * const packed = nn.utils.rnn.packSequence([tensor([1, 2, 3]), tensor([4])]);
 * const [padded, lengths] = nn.utils.rnn.padPackedSequence(packed, { batchFirst: true, paddingValue: -1 });
 * await padded.tolist(); // [[1, 2, 3], [4, -1, -1]]
 * await lengths.tolist(); // [3, 1]
 */
export function padPackedSequence(
  sequence: PackedSequence,
  ...rest: OptionalArgs<[batchFirst: boolean, paddingValue: number], PadPackedOptions>
): [padded: Tensor, lengths: Tensor<'int32'>] {
  const op = 'padPackedSequence';
  if (!(sequence instanceof PackedSequence)) wrongType(op, 'sequence', 'a PackedSequence', sequence);
  const {
    batchFirst = false,
    paddingValue = 0,
    totalLength = null,
  } = optionalArgs<PadPackedOptions>(op, ['batchFirst', 'paddingValue', 'totalLength'], rest);
  checkSwitches(op, { batchFirst });
  const { ragged } = sequence;
  const { steps, lengthTensor } = ragged;
  if (totalLength !== null && !(totalLength >= steps))
    throw new ShapeError(
      `Expected total_length to be at least the length of the longest sequence in input, but got total_length=${totalLength} and max sequence length being ${steps}\n  in ${op}`,
    );
  const padded = composed('PadPackedSequenceBackward0', () => {
    const block = ragged.padded;
    const value = valueIn(block, paddingValue);
    const own = within(block, lengthTensor, value);
    const more = (totalLength ?? steps) - steps;
    const whole = more > 0 ? cat([own, padding([more, ...block.shape.slice(1)], value, block)]) : own;
    return batchFirst ? whole.transpose(0, 1) : whole;
  });
  return [padded, lengthTensor];
}

/** A padding value as the dtype has it: PyTorch truncates. */
const valueIn = ({ dtype }: Tensor, value: number): number =>
  dtype === 'bool' ? Number(value !== 0) : isFloat(dtype) ? value : Math.trunc(value);
const padding = (shape: readonly number[], value: number, { dtype, device }: Tensor): Tensor =>
  full(shape, dtype === 'bool' ? value !== 0 : value, { dtype, device });

/** Settings of {@link padSequence}. */
export interface PadSequenceOptions {
  /** Return (N, T, *). Default false: (T, N, *). */
  readonly batchFirst?: boolean;
  /** Default 0. */
  readonly paddingValue?: number;
  /** Where the padding goes. Default `'right'`: after the steps. */
  readonly paddingSide?: 'left' | 'right';
}

/**
 * Sequences (L, *) of different lengths L as one tensor (T, N, *), or (N, T, *) with `batchFirst`. Source: torch.nn.utils.rnn.pad_sequence.
 *
 * @throws ShapeError for no sequences, or sequences that differ in other dims than the first.
 * @example
 * const { padSequence } = nn.utils.rnn;
 * await padSequence([tensor([1, 2, 3]), tensor([4])], { batchFirst: true, paddingValue: -1 }).tolist(); // [[1, 2, 3], [4, -1, -1]]
 */
export function padSequence(
  sequences: Iterable<Tensor> | Tensor,
  ...rest: OptionalArgs<[batchFirst: boolean, paddingValue: number], PadSequenceOptions>
): Tensor {
  const op = 'padSequence';
  const list = sequenceList(op, sequences);
  const names = ['batchFirst', 'paddingValue', 'paddingSide'] as const;
  const {
    batchFirst = false,
    paddingValue = 0,
    paddingSide = 'right',
  } = optionalArgs<PadSequenceOptions>(op, names, rest);
  checkSwitches(op, { batchFirst });
  if (typeof paddingValue !== 'number') wrongType(op, 'paddingValue', 'a number', paddingValue);
  if (paddingSide !== 'left' && paddingSide !== 'right')
    throw new OptionError(`Expected padding_side to be one of left or right, but got ${paddingSide}.\n  in ${op}`);
  return composed('PadSequenceBackward0', () => {
    const block = padded(list, paddingValue, paddingSide);
    return batchFirst ? block : block.transpose(0, 1);
  });
}

function sequenceList(op: string, sequences: Iterable<Tensor> | Tensor): Tensor[] {
  const iterator = (sequences as Partial<Iterable<Tensor>> | null)?.[Symbol.iterator];
  if (!(sequences instanceof Tensor) && typeof iterator !== 'function')
    throw new OptionError(`${op}: Expected iterable for input sequences, but got arg of type: ${describe(sequences)}`);
  const list = sequences instanceof Tensor ? (sequences.ndim > 0 ? sequences.unbind() : []) : [...sequences];
  const [first] = list;
  if (!first) throw new ShapeError(`received an empty list of sequences\n  in ${op}`);
  for (const [i, s] of list.entries()) {
    checkTensor(op, s, `sequences[${i}]`);
    if (s.ndim === 0) throw new ShapeError(`${op}: sequences must have a dim of steps, but number ${i} is 0-d`);
    if (!sameShape(s.shape.slice(1), first.shape.slice(1)))
      throw new ShapeError(
        `${op}: sequences must be alike in all dims but the first, but number ${i} has shape ${formatShape(s.shape)} and number 0 ${formatShape(first.shape)}`,
      );
  }
  return list;
}

/** (N, T, *): all sequences and what fills them up, one after the other. */
function padded(list: readonly Tensor[], paddingValue: number, side: 'left' | 'right'): Tensor {
  const first = list[0]!;
  const steps = Math.max(...list.map((s) => s.shape[0]!));
  const each = first.shape.slice(1);
  const value = valueIn(first, paddingValue);
  const pieces = list.flatMap((s) => {
    const own = s.dtype === first.dtype ? s : s.to(first.dtype);
    const missing = steps - s.shape[0]!;
    if (missing === 0) return [own];
    const filling = padding([missing, ...each], value, first);
    return side === 'left' ? [filling, own] : [own, filling];
  });
  return cat(pieces).reshape([list.length, steps, ...each]);
}

/**
 * The inverse of {@link padSequence}: sequences (L, *) of padded ones (T, N, *), or (N, T, *) with `batchFirst`, and their lengths.
 * Source: torch.nn.utils.rnn.unpad_sequence.
 *
 * @throws ShapeError when there are not as many lengths as sequences; OptionError for lengths that only the device knows.
 * @example
 * const [a, b] = nn.utils.rnn.unpadSequence(tensor([[1, 4], [2, 0], [3, 0]]), [3, 1]);
 * await a!.tolist(); // [1, 2, 3]
 * await b!.tolist(); // [4]
 */
export function unpadSequence(
  paddedSequences: Tensor,
  lengths: HostIntegers,
  ...rest: OptionalArgs<[batchFirst: boolean], { readonly batchFirst?: boolean }>
): Tensor[] {
  const op = 'unpadSequence';
  checkTensor(op, paddedSequences, 'paddedSequences');
  const { batchFirst = false } = optionalArgs<{ batchFirst: boolean }>(op, ['batchFirst'], rest);
  checkSwitches(op, { batchFirst });
  const list = hostIntegers(lengths, (got) => `${op}: lengths must be a list of integers, got ${got}`);
  if (paddedSequences.ndim < 2)
    throw new ShapeError(
      `Dimension out of range (expected to be in range of [-1, 0], but got 1)\n  in ${op}: got ${formatShape(paddedSequences.shape)}`,
    );
  const rows = batchFirst ? paddedSequences : paddedSequences.transpose(0, 1);
  const [batch, steps] = rows.shape as [number, number];
  if (list.length !== batch)
    throw new ShapeError(
      `zip() argument 2 is ${list.length < batch ? 'shorter' : 'longer'} than argument 1\n  in ${op}: ${list.length} lengths for ${batch} sequences`,
    );
  return list.map((length, n) =>
    composed('IndexBackward0', () =>
      rows
        .at(n)
        .narrow(0, 0, Math.max(0, Math.min(length, steps)))
        .clone(),
    ),
  );
}

/**
 * Packs a list of sequences (L, *). Source: torch.nn.utils.rnn.pack_sequence.
 *
 * @throws ShapeError for no sequences, sequences without steps, and, where `enforceSorted` (the default), sequences that are
 * not in the order of decreasing lengths.
 * @example
 * const { packSequence } = nn.utils.rnn;
 * await packSequence([tensor([1, 2, 3]), tensor([4, 5]), tensor([6])]).data.tolist(); // [1, 4, 6, 2, 5, 3]
 */
export function packSequence(
  sequences: Iterable<Tensor>,
  ...rest: OptionalArgs<[enforceSorted: boolean], { readonly enforceSorted?: boolean }>
): PackedSequence {
  const op = 'packSequence';
  const list = sequenceList(op, sequences);
  const { enforceSorted = true } = optionalArgs<{ enforceSorted: boolean }>(op, ['enforceSorted'], rest);
  checkSwitches(op, { enforceSorted });
  const lengths = list.map((s) => s.shape[0]!);
  const order = orderOf(op, lengths, list.length, enforceSorted);
  const block = composed('PackPaddedSequenceBackward0', () => padded(list, 0, 'right').transpose(0, 1));
  if (isEmpty(block)) throw new ShapeError(`Cannot pack empty tensors.\n  in ${op}`);
  return new PackedSequence(new Ragged({ block }, lengths, order));
}

/**
 * The sequences of a packed batch, in the order in which they were packed. Source: torch.nn.utils.rnn.unpack_sequence.
 *
 * @example
 * const { packSequence, unpackSequence } = nn.utils.rnn;
 * const [first] = unpackSequence(packSequence([tensor([1, 2, 3]), tensor([4, 5])]));
 * await first!.tolist(); // [1, 2, 3]
 */
export function unpackSequence(packedSequences: PackedSequence): Tensor[] {
  if (!(packedSequences instanceof PackedSequence))
    wrongType('unpackSequence', 'packedSequences', 'a PackedSequence', packedSequences);
  const { padded: block, lengths } = packedSequences.ragged;
  return unpadSequence(block, lengths);
}

/**
 * The inverse of a permutation, int32 (N); null of null. Source: torch.nn.utils.rnn.invert_permutation.
 *
 * @throws OptionError for a permutation that only the device knows: its argsort() is its inverse.
 * @example
 * await nn.utils.rnn.invertPermutation(tensor([2, 0, 1]))!.tolist(); // [1, 2, 0]
 */
export function invertPermutation(permutation: Tensor | null): Tensor | null {
  if (permutation === null) return null;
  checkTensor('invertPermutation', permutation, 'permutation');
  const order = hostIntegers(permutation, (got) => `invertPermutation: permutation must be int32 (N), got ${got}`);
  if (order.some((n) => !(n >= 0 && n < order.length)))
    throw new ShapeError(`index out of range\n  in invertPermutation: got ${describe(order)}`);
  return integers(inverse(order), permutation);
}
