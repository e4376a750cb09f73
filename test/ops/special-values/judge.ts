/** Reads the goldens of special values, and says whether a result is one of PyTorch's. */
import file from '../../golden/special-values.json';

/** Per result (and then per gradient): dtype, PyTorch's float32 answer, and its float64 answer where that is another one. */
type Encoded = readonly [dtype: string, answer: string, exact?: string] | null;
interface Table {
  readonly values: string;
  readonly functions: Readonly<Record<string, readonly Encoded[]>>;
}
const tables = file as unknown as Readonly<Record<'unary' | 'binary', Table>>;

export interface Answer {
  readonly dtype: string;
  /** One or two answers per element, either of which is right. */
  readonly elements: readonly (readonly number[])[];
}

const words: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity };
const numberOf = (word: string): number => words[word] ?? Number(word);
/** `1*3 2` is 1 1 1 2. */
const spread = (text: string): string[] =>
  text.split(' ').flatMap((run) => {
    const [word, n] = run.split('*');
    return new Array<string>(Number(n ?? 1)).fill(word!);
  });

function decode(encoded: Encoded): Answer | null {
  if (encoded === null) return null;
  const [dtype, answer, exact] = encoded;
  const other = exact === undefined ? [] : spread(exact);
  const elements = spread(answer).map((word, i) => {
    const second = other[i] ?? '=';
    return second === '=' ? [numberOf(word)] : [numberOf(word), numberOf(second)];
  });
  return { dtype, elements };
}

/** The arguments of a table's functions. */
export const valuesOf = (table: 'unary' | 'binary'): number[] => spread(tables[table].values).map(numberOf);
/** The names that there are goldens of. */
export const goldenNames = (table: 'unary' | 'binary'): string[] => Object.keys(tables[table].functions);
/** PyTorch's result, then the gradient of each argument. */
export const answersOf = (table: 'unary' | 'binary', name: string): (Answer | null)[] =>
  (tables[table].functions[name] ?? []).map(decode);

export interface Bound {
  /** Relative error; 1e-5 unless told. */
  readonly rtol?: number;
  /** Absolute error where rounding of the argument decides; none unless told. */
  readonly atol?: number;
}

/**
 * What is promised instead of PyTorch's answer at some arguments, where that is the rounding of an intermediate value or a
 * mistake; undefined elsewhere.
 */
export type Instead = (...x: number[]) => { readonly result?: number; readonly gradient?: number } | undefined;

/** Below this, numbers and intermediate values may be read and written as 0 (see docs/numerics.md). */
const smallestNormal = 2 ** -126;

/** Is `got` one of the answers, rounding and flushed subnormal numbers apart? */
function right(got: number, answers: readonly number[], { rtol = 1e-5, atol = 0 }: Bound): boolean {
  return answers.some((want) => {
    if (Object.is(got, want) || got === want) return true;
    if (!Number.isFinite(got) || !Number.isFinite(want)) return false;
    return Math.abs(got - want) <= rtol * Math.abs(want) + Math.max(atol, smallestNormal);
  });
}

/** Indices of other elements whose answers are as good: those of zeros, where a subnormal argument may be read as 0. */
export type Alternatives = (i: number) => readonly number[] | 'any';

/** What is wrong with `got`, element by element. */
export function complaints(
  what: string,
  got: ArrayLike<number>,
  answer: Answer,
  bound: Bound,
  alternatives: Alternatives,
  argument: (i: number) => string,
): string[] {
  const wrong: string[] = [];
  answer.elements.forEach((answers, i) => {
    const others = alternatives(i);
    if (others === 'any') return;
    const allowed = [answers, ...others.map((k) => answer.elements[k]!)];
    if (allowed.some((a) => right(Number(got[i]), a, bound))) return;
    wrong.push(`${what} at ${argument(i)}: ${got[i]}, PyTorch has ${answers.join(' or ')}`);
  });
  return wrong;
}

export const isSubnormal = (x: number): boolean => x !== 0 && Math.abs(x) < smallestNormal;
