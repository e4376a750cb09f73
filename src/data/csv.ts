/** CSV: RFC 4180, with types found out column by column. */
import { checkOptions, FormatError, OptionError, wrongType } from '../core/errors.ts';
import type { HostArray } from './dataset.ts';

/** Settings of {@link parseCsv}. */
export interface CsvOptions {
  /** Between values. Default ','. */
  readonly delimiter?: string;
  /** Whether the first row has the names; otherwise they are '0', '1', … Default true. */
  readonly header?: boolean;
  /** What stands for a missing value, besides nothing at all. Default: NA, N/A, NaN, null. */
  readonly missing?: readonly string[];
}

/** One column: numbers with NaN, or text with null, where values are missing. Whole numbers of 32 bits are an Int32Array. */
export type CsvColumn = Int32Array | Float64Array | (string | null)[];

/** What {@link parseCsv} returns. */
export class CsvTable {
  /** Names in the order of the file. */
  readonly names: readonly string[];
  /** Number of rows, the header not counted. */
  readonly length: number;
  private readonly columns: ReadonlyMap<string, CsvColumn>;

  constructor(columns: ReadonlyMap<string, CsvColumn>, length: number) {
    this.columns = columns;
    this.names = [...columns.keys()];
    this.length = length;
  }

  /** A column by its name. */
  column(name: string): CsvColumn {
    const column = this.columns.get(name);
    if (column) return column;
    throw new OptionError(`CSV: there is no column '${name}'\n  there are ${this.names.join(', ')}`);
  }

  /**
   * Columns of numbers side by side, (rows, columns), as a source of a TensorDataset: by default all that are numbers.
   *
   * @throws OptionError for a column of text.
   */
  numbers(...names: readonly string[]): HostArray {
    const chosen = names.length > 0 ? names : this.names.filter((name) => !Array.isArray(this.column(name)));
    const columns = chosen.map((name) => {
      const column = this.column(name);
      if (Array.isArray(column))
        throw new OptionError(`CSV: column '${name}' is text\n  categories() makes numbers of it`);
      return column;
    });
    const data = new Float32Array(this.length * columns.length);
    columns.forEach((column, c) => {
      for (let i = 0; i < this.length; i++) data[i * columns.length + c] = column[i]!;
    });
    return { data, shape: [this.length, columns.length] };
  }

  /** A column as class numbers, (rows): values in order, or as given; −1 where a value is missing. */
  categories(
    name: string,
    values?: readonly string[],
  ): { readonly values: string[]; readonly data: Int32Array; readonly shape: [number] } {
    const column = this.column(name);
    const isMissing = (v: string | number | null): boolean => v === null || Number.isNaN(v);
    const texts = Array.from(column as ArrayLike<string | number | null>, (v) => (isMissing(v) ? null : String(v)));
    const classes = values ?? [...new Set(texts.filter((t) => t !== null))].sort(byValue);
    const number = new Map(classes.map((value, i) => [value, i]));
    const data = Int32Array.from(texts, (text, i) => {
      if (text === null) return -1;
      const found = number.get(text);
      if (found === undefined) throw new OptionError(`CSV: row ${i} has '${text}', which is none of the values given`);
      return found;
    });
    return { values: [...classes], data, shape: [this.length] };
  }
}

const byValue = (a: string, b: string): number => Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0);

/**
 * Reads CSV. A column whose values are all numbers is one of numbers; quoted values may hold delimiters, line breaks and doubled
 * quotes; empty lines are skipped. Takes time in proportion to the text, whatever is in it.
 *
 * @throws FormatError, with the line, for a quote that does not end, a row of another length, or a name that occurs twice.
 * @example
 * const table = parseCsv('name,age\n"Li, Wei",31\nAda,\n');
 * table.names; // ['name', 'age']
 * table.column('name'); // ['Li, Wei', 'Ada']
 * table.column('age').length; // 2
 */
export function parseCsv(text: string, options: CsvOptions = {}): CsvTable {
  checkOptions('parseCsv', options, ['delimiter', 'header', 'missing']);
  const { delimiter = ',', header = true, missing = ['NA', 'N/A', 'NaN', 'null'] } = options;
  if (typeof text !== 'string') wrongType('parseCsv', 'text', 'a string', text);
  if (typeof delimiter !== 'string' || delimiter.length !== 1 || '"\r\n'.includes(delimiter))
    wrongType('parseCsv', 'delimiter', 'one character', delimiter);
  const gone = new Set(['', ...missing]);
  let names: string[] | null = null;
  let columns: (string | null)[][] = [];
  let length = 0;
  for (const { line, values } of rowsOf(text, delimiter)) {
    if (names === null) {
      names = header ? values.map(({ text }) => text) : values.map((_, i) => String(i));
      const twice = names.find((name, i) => names!.indexOf(name) < i);
      if (twice !== undefined) throw new FormatError(`CSV: the name '${twice}' occurs twice in line ${line}`);
      columns = names.map(() => []);
      if (header) continue;
    }
    if (values.length !== names.length)
      throw new FormatError(`CSV: line ${line} has ${values.length} values, not ${names.length}`);
    // A quoted value is text: "" is not missing.
    values.forEach(({ text, quoted }, i) => {
      columns[i]!.push(!quoted && gone.has(text.trim()) ? null : text);
    });
    length++;
  }
  return new CsvTable(new Map((names ?? []).map((name, i) => [name, typed(columns[i]!)])), length);
}

interface Value {
  readonly text: string;
  readonly quoted: boolean;
}

function* rowsOf(text: string, delimiter: string): Generator<{ line: number; values: Value[] }> {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const values: Value[] = [];
    const first = line;
    for (;;) {
      let quoted = '';
      const isQuoted = text[at] === '"';
      if (isQuoted) {
        let from = at + 1;
        for (;;) {
          const end = text.indexOf('"', from);
          if (end < 0) throw new FormatError(`CSV: the quote that begins in line ${line} does not end`);
          quoted += text.slice(from, end);
          if (text[end + 1] !== '"') {
            at = end + 1;
            break;
          }
          quoted += '"';
          from = end + 2;
        }
        for (let i = quoted.indexOf('\n'); i >= 0; i = quoted.indexOf('\n', i + 1)) line++;
      }
      const start = at;
      while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++;
      if (isQuoted && at > start)
        throw new FormatError(
          `CSV: line ${line} has '${text.slice(start, Math.min(at, start + 20))}' behind a quoted value`,
        );
      values.push({ text: isQuoted ? quoted : text.slice(start, at), quoted: isQuoted });
      if (text[at] !== delimiter) break;
      at++;
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    line++;
    if (values.length > 1 || values[0]!.quoted || values[0]!.text.trim() !== '') yield { line: first, values };
  }
}

const decimal = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

function typed(values: (string | null)[]): CsvColumn {
  const present = values.filter((v) => v !== null);
  if (present.length === 0 || !present.every((v) => v.length < 400 && decimal.test(v))) return values;
  const numbers = Float64Array.from(values, (v) => (v === null ? Number.NaN : Number(v)));
  return numbers.every((v) => v === (v | 0) && !Object.is(v, -0)) ? Int32Array.from(numbers) : numbers;
}
