/** Einstein summation. */
import { describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { composed } from '../compose.ts';
import { op } from '../impl/common.ts';
import { contract, type Labelled } from '../impl/contraction.ts';
import { checkTensor, Tensor, varOf } from '../tensor.ts';

/** The dims of an operand in sublist form: numbers from 0 to 51, and `'...'` for those that are not named. */
export type Sublist = readonly (number | '...')[];

/** Stands for `...` among labels. */
const ELLIPSIS = -1;
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Labels of the dims of each operand, and of the result, unless it follows from the rest. */
interface Equation {
  readonly operands: readonly (readonly number[])[];
  readonly result: readonly number[] | null;
}

/** The labels of a part of an equation, in which spaces mean nothing. `who` is for messages. */
function subscripts(equation: string, from: number, to: number, who: string, again: string): number[] {
  const labels: number[] = [];
  for (let i = from; i < to; i++) {
    const c = equation[i]!;
    if (c === ' ') continue;
    if (c === '.') {
      if (labels.includes(ELLIPSIS)) throw new OptionError(`einsum(): found '.' for ${who} ${again} already found`);
      if (i + 2 >= to || equation.slice(i, i + 3) !== '...')
        throw new OptionError(
          `einsum(): found '.' for ${who} that is not part of any ellipsis${who === 'output' ? ' (...)' : ''}`,
        );
      labels.push(ELLIPSIS);
      i += 2;
      continue;
    }
    const label = letters.indexOf(c);
    if (label < 0)
      throw new OptionError(
        `einsum(): invalid subscript given at index ${i} in the equation string, subscripts must be in [a-zA-Z]`,
      );
    labels.push(label);
  }
  return labels;
}

function parse(equation: string): Equation {
  const arrow = equation.indexOf('->');
  const end = arrow < 0 ? equation.length : arrow;
  const operands: number[][] = [];
  for (let from = 0; from <= end; ) {
    const comma = equation.indexOf(',', from);
    const to = comma < 0 || comma > end ? end : comma;
    operands.push(subscripts(equation, from, to, `operand ${operands.length}`, 'for which an ellipsis was'));
    from = to + 1;
  }
  const result =
    arrow < 0 ? null : subscripts(equation, arrow + 2, equation.length, 'output', 'but an ellipsis (...) was');
  return { operands, result };
}

function checkedSublist(list: Sublist): number[] {
  return list.map((label) => {
    if (label === '...') return ELLIPSIS;
    if (!Number.isInteger(label) || label < 0 || label >= letters.length)
      throw new OptionError(
        `einsum(): subscript in subscript list is not within the valid range [0, ${letters.length})\n  got ${describe(label)}`,
      );
    return label;
  });
}

type Arguments = readonly (string | Tensor | Sublist | readonly Tensor[])[];

/** What was asked for, in whichever form. */
function read(args: Arguments): { equation: Equation; tensors: readonly Tensor[] } {
  const [first, second] = args;
  if (typeof first === 'string') {
    const rest = args.slice(1);
    if (rest.length === 0)
      throw new OptionError(
        'einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list',
      );
    const tensors = (rest.length === 1 && Array.isArray(rest[0]) ? rest[0] : rest) as Tensor[];
    return { equation: parse(first), tensors };
  }
  if (Array.isArray(first) && typeof second === 'string')
    return { equation: parse(second), tensors: first as Tensor[] };
  if (!(first instanceof Tensor)) wrongType('einsum', 'equation', 'str', first);
  const tensors: Tensor[] = [];
  const lists: number[][] = [];
  for (const [i, x] of args.entries()) {
    if (i % 2 === 0 && i + 1 < args.length) tensors.push(x as Tensor);
    else if (Array.isArray(x)) lists.push(checkedSublist(x as Sublist));
    else wrongType('einsum', 'operands', 'tensors, each with the list of its subscripts', x);
  }
  return {
    equation: { operands: lists.slice(0, tensors.length), result: lists[tensors.length] ?? null },
    tensors,
  };
}

/** The operand's dims by label, where `...` is as many labels as it stands for; the last of them is the same everywhere. */
function labelled(x: Tensor, labels: readonly number[], at: number): readonly number[] {
  const named = labels.filter((label) => label !== ELLIPSIS).length;
  const rest = x.ndim - named;
  if (rest < 0 || (rest > 0 && !labels.includes(ELLIPSIS))) {
    const how = labels.includes(ELLIPSIS) ? 'is more than' : 'does not match';
    throw new ShapeError(
      `einsum(): the number of subscripts in the equation (${named}) ${how} the number of dimensions (${x.ndim}) for operand ${at}${labels.includes(ELLIPSIS) ? '' : ' and no ellipsis was given'}`,
    );
  }
  return withEllipsis(labels, rest);
}
/** `...` as the labels of `count` dims: numbers beyond the letters, counted from the last. */
const withEllipsis = (labels: readonly number[], count: number): number[] =>
  labels.flatMap((label) =>
    label === ELLIPSIS ? Array.from({ length: count }, (_, i) => letters.length + count - 1 - i) : [label],
  );

function checkSizes(terms: readonly Labelled[]): void {
  const seen = new Map<number, number>();
  const most = Math.max(0, ...terms.flatMap((t) => t.labels)) - letters.length;
  for (const [at, { x, labels }] of terms.entries()) {
    for (const [i, label] of labels.entries()) {
      const size = x.shape[i]!;
      const first = x.shape[labels.indexOf(label)]!;
      if (size !== first)
        throw new ShapeError(
          `einsum(): subscript ${letters[label]} is repeated for operand ${at} but the sizes don't match, ${size} != ${first}`,
        );
      const before = seen.get(label) ?? 1;
      if (before === 1) seen.set(label, size);
      else if (size !== 1 && size !== before) {
        throw new ShapeError(
          label < letters.length
            ? `einsum(): subscript ${letters[label]} has size ${size} for operand ${at} which does not broadcast with previously seen size ${before}`
            : `einsum(): dimension ${most - (label - letters.length)} covered by ellipsis in operand ${at} has size ${size} which does not broadcast with previously seen ellipsis with size ${before} for the respective dimension`,
        );
      }
    }
  }
}

/** The labels of the result: as given, or those that occur once, in alphabetical order, after those of `...`. */
function resultLabels({ operands, result }: Equation, ellipsis: number): number[] {
  const all = operands.flat();
  if (result === null) {
    const once = all.filter((label) => label !== ELLIPSIS && all.indexOf(label) === all.lastIndexOf(label));
    return withEllipsis([ELLIPSIS, ...once.sort((a, b) => a - b)], ellipsis);
  }
  for (const [i, label] of result.entries()) {
    if (label === ELLIPSIS) continue;
    const again = result.indexOf(label) < i;
    if (again || !all.includes(label))
      throw new OptionError(
        `einsum(): output subscript ${letters[label]} ${again ? 'appears more than once in the output' : 'does not appear in the equation for any input operand'}`,
      );
  }
  return withEllipsis(result, ellipsis);
}

/**
 * Sums of products by Einstein's notation: each letter is a dim; dims of one letter are multiplied with each other, and those that
 * the result (after `->`) does not name are summed. Without `->` the result has the letters that occur once, in alphabetical
 * order, capitals first. A letter twice in one operand takes the diagonal; `...` stands for the dims not named, which broadcast.
 *
 * The operands are multiplied in pairs, in the order that takes the fewest multiplications (of more than eight, nearly); each
 * pair of matrices is one batched matrix product, of views where strides allow. The operands may also come as one list, before
 * or after the equation, or without an equation each with the list of its dims as numbers from 0 to 51, the result's last:
 * `einsum(a, [0, 1], b, [1, 2], [0, 2])`. Source: torch.einsum.
 *
 * @throws OptionError for an equation that is wrong in itself, ShapeError where it does not fit the operands, DTypeError for
 * products of two dtypes.
 * @example
 * const [a, b] = [tensor([[1, 2], [3, 4]]), tensor([[1, 0], [1, 1]])];
 * await einsum('ij,jk->ik', a, b).tolist(); // [[3, 2], [7, 4]]
 * await einsum('ii', a).item(); // 5
 * await einsum('...j,...j', a, b).tolist(); // [1, 7]
 */
export function einsum(equation: string, ...operands: readonly Tensor[] | readonly [readonly Tensor[]]): Tensor;
export function einsum(operands: readonly Tensor[], equation: string): Tensor;
export function einsum(operand: Tensor, dims: Sublist, ...rest: readonly (Tensor | Sublist)[]): Tensor;
export function einsum(...args: Arguments): Tensor {
  const { equation, tensors } = read(args);
  for (const t of tensors) checkTensor('einsum', t, 'operands');
  const count = equation.operands.length;
  if (tensors.length !== count)
    throw new OptionError(
      `einsum(): ${tensors.length < count ? 'fewer' : 'more'} operands were provided than specified in the equation\n  got ${tensors.length} for ${count}`,
    );
  const terms = tensors.map(
    (t, i): Labelled => ({ x: varOf('einsum', t, 'operands'), labels: labelled(t, equation.operands[i]!, i) }),
  );
  const covered = terms.map((t) => t.labels.filter((label) => label >= letters.length).length);
  const out = resultLabels(equation, Math.max(0, ...covered));
  checkSizes(terms);
  const labels = terms.flatMap((t) => t.labels);
  const isSummed = labels.some((label) => !out.includes(label));
  const single = isSummed ? 'SumBackward1' : 'PermuteBackward0';
  const gradFn = terms.length === 1 ? single : isSummed ? 'ViewBackward0' : 'MulBackward0';
  return composed(gradFn, () => {
    const result = contract(terms, out);
    // Never the operand itself, but a view.
    const isOperand = terms.some((t) => t.x === result);
    return new Tensor(isOperand ? op('permute', [result], { dims: [...result.shape.keys()] }) : result);
  });
}
