/** Searching in what is sorted, membership, and what is there without repetitions. */
import type { TypedArray } from '../../core/dtype.ts';
import { checkOptions, DTypeError, describe, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, normalizeDim, sameShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { cast, full, op, resultType } from '../impl/common.ts';
import { part, pick, refuseGradient, search, sorted, uploaded } from '../impl/sorting.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor } from '../tensor.ts';

/** Options of {@link searchsorted}. */
export interface SearchsortedOptions {
  /** PyTorch's choice between int64 and int32: the result is int32 either way. */
  readonly outInt32?: boolean;
  /** Behind equal boundaries instead of before them. */
  readonly right?: boolean;
  /** 'right' is the same as `right: true`. */
  readonly side?: 'left' | 'right' | null;
  /** Positions that put the boundaries in order, where they are not: see {@link argsort}. */
  readonly sorter?: Tensor | null;
}

/**
 * Where each value would go among boundaries in increasing order, so that they stay in order: an int32 tensor of the shape of
 * `input`. One list of boundaries (1-d) for all values, or (…, n) for values (…, m): a list for each row. NaN is greater than
 * every number. Source: torch.searchsorted.
 *
 * @throws ShapeError when the rows do not match, OptionError for an unknown or contradictory side.
 * @example
 * await searchsorted(tensor([1, 3, 5]), tensor([3, 4, 9])).tolist(); // [1, 2, 3]
 * await searchsorted(tensor([1, 3, 5]), 3, { right: true }).item(); // 2
 */
export function searchsorted(
  sortedSequence: Tensor,
  input: Tensor | number,
  options: SearchsortedOptions = {},
): Tensor<'int32'> {
  checkTensor('searchsorted', sortedSequence, 'sortedSequence');
  if (typeof input !== 'number') checkTensor('searchsorted', input);
  checkOptions('searchsorted', options, ['outInt32', 'right', 'side', 'sorter']);
  const { right = false, side = null, sorter = null } = options;
  if (side !== null && side !== 'left' && side !== 'right')
    throw new OptionError(`torch.searchsorted(): side can only be 'left' or 'right' but got ${describe(side)}`);
  if (side === 'left' && right)
    throw new OptionError(
      "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True",
    );
  checkRows(sortedSequence, input);
  if (sorter !== null) checkSorter(sortedSequence, sorter);
  return scope(() => {
    const last = sortedSequence.ndim - 1;
    const boundaries = sorter === null ? sortedSequence : sortedSequence.gather(last, sorter);
    return searched(boundaries, input, right || side === 'right');
  });
}

function checkRows(boundaries: Tensor, input: Tensor | number): void {
  if (boundaries.ndim === 0)
    throw new ShapeError('torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension');
  if (boundaries.ndim === 1) return;
  const shape = typeof input === 'number' ? [] : input.shape;
  if (shape.length === 0)
    throw new ShapeError(
      `torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim(${boundaries.ndim}) and input value's dim(0) numel(1)`,
    );
  if (!sameShape(shape.slice(0, -1), boundaries.shape.slice(0, -1)))
    throw new ShapeError(
      `torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got boundaries tensor ${formatShape(boundaries.shape)} and input value tensor ${formatShape(shape)}`,
    );
}

function checkSorter(boundaries: Tensor, sorter: Tensor): void {
  checkTensor('searchsorted', sorter, 'sorter');
  if (!sameShape(boundaries.shape, sorter.shape))
    throw new ShapeError(
      `torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor ${formatShape(boundaries.shape)}and got sorter tensor ${formatShape(sorter.shape)}`,
    );
  if (sorter.dtype !== 'int32')
    throw new DTypeError(
      `torch.searchsorted(): sorter must be a tensor of long dtype but got dtype ${sorter.dtype}\n  use int32, as argsort() gives`,
    );
}

/** The search itself, in the dtype that holds both. */
function searched(boundaries: Tensor, input: Tensor | number, right: boolean): Tensor<'int32'> {
  const given = typeof input === 'number' ? input : input.impl;
  const dtype = resultType(boundaries.impl, given);
  const values = typeof given === 'number' ? full([], given, dtype, boundaries.impl.engine) : cast(given, dtype);
  return new Tensor(search(cast(boundaries.impl, dtype), values, right));
}

/** Options of {@link bucketize}. */
export interface BucketizeOptions {
  /** PyTorch's choice between int64 and int32: the result is int32 either way. */
  readonly outInt32?: boolean;
  /** Behind equal boundaries instead of before them: buckets hold their lower bound. */
  readonly right?: boolean;
}

/**
 * The number of the bucket that each value falls into; 1-d boundaries in increasing order part the buckets, which hold their
 * upper bound. int32. Source: torch.bucketize.
 *
 * @throws ShapeError when the boundaries are not 1-d.
 * @example
 * await bucketize(tensor([0, 2, 3, 9]), tensor([2, 5])).tolist(); // [0, 0, 1, 2]
 */
export function bucketize(input: Tensor | number, boundaries: Tensor, options: BucketizeOptions = {}): Tensor<'int32'> {
  if (typeof input !== 'number') checkTensor('bucketize', input);
  checkTensor('bucketize', boundaries, 'boundaries');
  checkOptions('bucketize', options, ['outInt32', 'right']);
  if (boundaries.ndim !== 1)
    throw new ShapeError(`boundaries tensor must be 1 dimension, but got dim(${boundaries.ndim})\n  in bucketize`);
  return scope(() => searched(boundaries, input, options.right ?? false));
}

/** Options of {@link isin}. */
export interface IsinOptions {
  /** That neither operand holds an element twice: a hint, which changes nothing. */
  readonly assumeUnique?: boolean;
  /** The elements that are not among them. */
  readonly invert?: boolean;
}
/** Up to this many elements are compared one by one; among more they are searched for. */
const fewElements = 32;

/**
 * Which elements are among `testElements`; either may be a number, not both. NaN is among nothing. Source: torch.isin.
 *
 * @throws DTypeError for bool, OptionError when both are numbers.
 * @example
 * await isin(tensor([[1, 2], [3, 4]]), tensor([2, 3])).tolist(); // [[false, true], [true, false]]
 */
export function isin(
  elements: Tensor | number,
  testElements: Tensor | number,
  options: IsinOptions = {},
): Tensor<'bool'> {
  checkOptions('isin', options, ['assumeUnique', 'invert']);
  if (typeof elements === 'number' && typeof testElements === 'number')
    throw new OptionError(
      'isin() received an invalid combination of arguments - got two numbers\n  one must be a Tensor',
    );
  for (const [x, name] of [
    [elements, 'elements'],
    [testElements, 'testElements'],
  ] as const) {
    if (typeof x === 'number') continue;
    checkTensor('isin', x, name);
    if (x.dtype === 'bool')
      throw new DTypeError(`Unsupported input type encountered for isin(): Bool\n  cast it with .to('int32')`);
  }
  return scope(() => {
    const found = membership(elements, testElements);
    return options.invert ? found.logicalNot() : found;
  });
}

function membership(elements: Tensor | number, tests: Tensor | number): Tensor<'bool'> {
  if (typeof tests === 'number') return (elements as Tensor).eq(tests);
  const count = tests.numel();
  if (typeof elements === 'number') return tests.eq(elements).any();
  if (count <= fewElements) return elements.unsqueeze(-1).eq(tests.flatten()).any(-1);
  const dtype = resultType(elements.impl, tests.impl);
  const [list] = sorted(cast(tests.flatten().detach().impl, dtype), 0);
  const values = new Tensor(cast(elements.detach().impl, dtype)).flatten();
  const at = new Tensor(search(list, values.impl, false)).clamp(0, count - 1);
  return new Tensor(pick(list, 0, at.impl)).eq(values).reshape(elements.shape) as Tensor<'bool'>;
}

/** Options of {@link unique}. */
export interface UniqueOptions {
  /** PyTorch's wish for increasing order: the elements always come in it. */
  readonly sorted?: boolean;
  /** Also return where each element of the input is in the result. */
  readonly returnInverse?: boolean;
  /** Also return how often each one occurs. */
  readonly returnCounts?: boolean;
  /** Slices along this dim, in lexicographic order, instead of single elements. */
  readonly dim?: number | null;
}
/** Options of {@link uniqueConsecutive}. */
export type UniqueConsecutiveOptions = Omit<UniqueOptions, 'sorted'>;
/** The optional arguments of {@link unique}. */
export type UniqueArgs = OptionalArgs<
  [sorted: boolean, returnInverse: boolean, returnCounts: boolean, dim: number | null],
  UniqueOptions
>;
/** The optional arguments of {@link uniqueConsecutive}. */
export type ConsecutiveArgs = OptionalArgs<
  [returnInverse: boolean, returnCounts: boolean, dim: number | null],
  UniqueConsecutiveOptions
>;

/** Neighbours that are equal, as groups: where each begins, and how many elements there are in all. */
interface Groups {
  readonly starts: Int32Array;
  readonly total: number;
}
function groupsOf(total: number, begins: (i: number) => boolean): Groups {
  const starts: number[] = [];
  for (let i = 0; i < total; i++) if (i === 0 || begins(i)) starts.push(i);
  return { starts: Int32Array.from(starts), total };
}
const countsOf = ({ starts, total }: Groups): Int32Array => starts.map((s, i) => (starts[i + 1] ?? total) - s);
/** The number of the group that each element is in. */
function membersOf({ starts, total }: Groups): Int32Array {
  const members = new Int32Array(total);
  for (let i = 0, group = -1; i < total; i++) {
    if (i === starts[group + 1]) group++;
    members[i] = group;
  }
  return members;
}

/** What unique() returns: the elements, and what was asked for beside them. */
function bundle(values: Tensor, inverse: () => Tensor, counts: () => Tensor, o: UniqueOptions): Tensor | Tensor[] {
  if (!o.returnInverse && !o.returnCounts) return values;
  return [values, ...(o.returnInverse ? [inverse()] : []), ...(o.returnCounts ? [counts()] : [])];
}

async function distinct(name: string, input: Tensor, o: UniqueOptions, inOrder: boolean): Promise<Tensor | Tensor[]> {
  checkTensor(name, input);
  refuseGradient(name, input.impl);
  if (o.dim !== null && o.dim !== undefined) return distinctSlices(name, input, o, o.dim, inOrder);
  const flat = input.flatten();
  const [values, places] = inOrder ? sorted(flat.impl, 0).map((v) => new Tensor(v)) : [flat, null];
  const total = flat.numel();
  // Only whether an element differs from the one before it is read; the elements stay on the device.
  const differs =
    total < 2
      ? new Uint8Array(0)
      : await scope(() =>
          new Tensor(part(values!.impl, 0, 1, total - 1)).ne(new Tensor(part(values!.impl, 0, 0, total - 1))),
        ).data();
  const groups = groupsOf(total, (i) => differs[i - 1] !== 0);
  const { engine } = input.impl;
  const inverse = (): Tensor => {
    const members = uploaded(engine, membersOf(groups), [total]);
    const back = places ? op('unsort', [members, places.impl], { dim: 0 }) : members;
    return new Tensor(back).reshape(input.shape);
  };
  const counts = (): Tensor => new Tensor(uploaded(engine, countsOf(groups), [groups.starts.length]));
  return bundle(
    values!.indexSelect(0, new Tensor(uploaded(engine, groups.starts, [groups.starts.length]))),
    inverse,
    counts,
    o,
  );
}

/** Slices are compared element by element on the host. */
async function distinctSlices(
  name: string,
  input: Tensor,
  o: UniqueOptions,
  dim: number,
  inOrder: boolean,
): Promise<Tensor | Tensor[]> {
  const d = normalizeDim(name, dim, input.ndim);
  const size = input.shape[d] ?? 1;
  if (input.shape.some((s, i) => i !== d && s === 0))
    throw new ShapeError(
      `There are 0 sized dimensions, and they aren't selected, so unique cannot be applied\n  in ${name} of ${formatShape(input.shape)} along ${d}`,
    );
  const x = input.ndim === 0 ? input.reshape(1) : input;
  const rest = [...x.shape.keys()].filter((i) => i !== d);
  const data = (await x.permute(d, ...rest).data()) as TypedArray;
  const width = size === 0 ? 0 : data.length / size;
  const order = Int32Array.from({ length: size }, (_, i) => i);
  if (inOrder) order.sort((a, b) => compareSlices(data, width, a, b) || a - b);
  const groups = groupsOf(size, (i) => !equalSlices(data, width, order[i - 1]!, order[i]!));
  const { engine } = input.impl;
  const vector = (values: Int32Array): Tensor => new Tensor(uploaded(engine, values, [values.length]));
  const inverse = (): Tensor => {
    const members = new Int32Array(size);
    membersOf(groups).forEach((group, i) => {
      members[order[i]!] = group;
    });
    return vector(members);
  };
  const first = vector(groups.starts.map((i) => order[i]!));
  return bundle(x.indexSelect(d, first), inverse, () => vector(countsOf(groups)), o);
}

/** Lexicographic; NaN is the greatest. */
function compareSlices(data: TypedArray, width: number, a: number, b: number): number {
  for (let i = 0; i < width; i++) {
    const x = data[a * width + i]!;
    const y = data[b * width + i]!;
    if (x < y) return -1;
    if (x > y) return 1;
    if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  }
  return 0;
}
function equalSlices(data: TypedArray, width: number, a: number, b: number): boolean {
  for (let i = 0; i < width; i++) if (data[a * width + i] !== data[b * width + i]) return false;
  return true;
}

/**
 * The distinct elements in increasing order, 1-d; with `dim` the distinct slices along it, in lexicographic order. How many
 * there are depends on the data: await it. With `returnInverse` or `returnCounts` a list: the elements, where each element of
 * the input is among them (int32), how often each occurs (int32). NaN equals nothing. Source: torch.unique.
 *
 * @throws GradError when the tensor requires grad, ShapeError when a dim that is not selected has no elements.
 * @example
 * await (await unique(tensor([3, 1, 3]))).tolist(); // [1, 3]
 * const [values, counts] = await unique(tensor([3, 1, 3]), { returnCounts: true });
 * await counts.tolist(); // [1, 2]
 */
export function unique(
  input: Tensor,
  options?: UniqueOptions & { readonly returnInverse?: false; readonly returnCounts?: false },
): Promise<Tensor>;
export function unique(
  input: Tensor,
  options: UniqueOptions & ({ readonly returnInverse: true } | { readonly returnCounts: true }),
): Promise<Tensor[]>;
export function unique(input: Tensor, ...rest: UniqueArgs): Promise<Tensor | Tensor[]>;
export async function unique(input: Tensor, ...rest: unknown[]): Promise<Tensor | Tensor[]> {
  const o = optionalArgs<UniqueOptions>('unique', ['sorted', 'returnInverse', 'returnCounts', 'dim'], rest);
  return distinct('unique', input, o, true);
}

/**
 * As {@link unique}, but only neighbours are compared: each run of equal elements (or slices) becomes one, in the order in
 * which they come. Source: torch.unique_consecutive.
 *
 * @throws GradError when the tensor requires grad, ShapeError when a dim that is not selected has no elements.
 * @example
 * await (await uniqueConsecutive(tensor([1, 1, 2, 1]))).tolist(); // [1, 2, 1]
 */
export function uniqueConsecutive(
  input: Tensor,
  options?: UniqueConsecutiveOptions & { readonly returnInverse?: false; readonly returnCounts?: false },
): Promise<Tensor>;
export function uniqueConsecutive(
  input: Tensor,
  options: UniqueConsecutiveOptions & ({ readonly returnInverse: true } | { readonly returnCounts: true }),
): Promise<Tensor[]>;
export function uniqueConsecutive(input: Tensor, ...rest: ConsecutiveArgs): Promise<Tensor | Tensor[]>;
export async function uniqueConsecutive(input: Tensor, ...rest: unknown[]): Promise<Tensor | Tensor[]> {
  const o = optionalArgs<UniqueOptions>('uniqueConsecutive', ['returnInverse', 'returnCounts', 'dim'], rest);
  return distinct('uniqueConsecutive', input, o, false);
}
