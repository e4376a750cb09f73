/** Tensors as text, letter for letter as PyTorch prints them. The rules are those of torch/_tensor_str.py. */
import { type DType, isFloat, type TypedArray } from '../core/dtype.ts';
import { numel, type Shape } from '../core/shape.ts';

export interface PrintInfo {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly gradFn: string | null;
  readonly requiresGrad: boolean;
}

const precision = 4;
/** Tensors of more elements are summarised: the first and last of each dim. */
const threshold = 1000;
const edgeItems = 3;
const lineWidth = 80;
const prefix = 'tensor(';

/** The text of `print(tensor)`. */
export function formatTensor(data: TypedArray, { shape, dtype, gradFn, requiresGrad }: PrintInfo): string {
  const empty = numel(shape) === 0;
  const suffixes: string[] = [];
  if (empty && shape.length !== 1) suffixes.push(`size=(${shape.join(', ')})`);
  // int32 is named, as it is not PyTorch's own default integer; nothing shows that an empty tensor is of bool.
  if (dtype !== 'float32' && (empty || dtype !== 'bool')) suffixes.push(`dtype=torch.${dtype}`);
  if (gradFn) suffixes.push(`grad_fn=<${gradFn}>`);
  else if (requiresGrad) suffixes.push('requires_grad=True');
  return withSuffixes(prefix + (empty ? '[]' : contents(data, shape, dtype)), suffixes);
}

function withSuffixes(text: string, suffixes: readonly string[]): string {
  let out = text;
  // One more than the last line's length, or two where it is the only one: so PyTorch counts.
  let used = text.length - text.lastIndexOf('\n') + 1;
  for (const suffix of suffixes) {
    if (used + suffix.length + 2 > lineWidth) {
      out += `,\n${' '.repeat(prefix.length)}${suffix}`;
      used = prefix.length + suffix.length;
    } else {
      out += `, ${suffix}`;
      used += suffix.length + 2;
    }
  }
  return `${out})`;
}

function contents(data: TypedArray, shape: Shape, dtype: DType): string {
  const visible = data.length > threshold ? edges : all;
  const format = formatter(shown(data, shape, visible), dtype);
  const build = (dim: number, at: number, size: number, indent: number): string => {
    if (dim === shape.length) return format.text(data[at]!);
    const step = size / shape[dim]!;
    const last = dim === shape.length - 1;
    const parts = visible(shape[dim]!).map((i) =>
      i === null ? (last ? ' ...' : '...') : build(dim + 1, at + i * step, step, indent + 1),
    );
    if (last) return vector(parts, format.width, indent);
    return `[${parts.join(`,${'\n'.repeat(shape.length - dim - 1)}${' '.repeat(indent + 1)}`)}]`;
  };
  return build(0, 0, data.length, prefix.length);
}

function vector(cells: readonly string[], width: number, indent: number): string {
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / (width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += perLine) lines.push(cells.slice(i, i + perLine).join(', '));
  return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`;
}

/** Positions along a dim; null is the ellipsis. */
type Visible = (size: number) => (number | null)[];
const all: Visible = (size) => Array.from({ length: size }, (_, i) => i);
const edges: Visible = (size) => {
  if (size <= 2 * edgeItems) return all(size);
  const head = all(edgeItems);
  return [...head, null, ...Array.from({ length: edgeItems }, (_, i) => size - edgeItems + i)];
};

/** The elements that will appear: they alone decide the format. */
function shown(data: TypedArray, shape: Shape, visible: Visible): number[] {
  const out: number[] = [];
  const visit = (dim: number, at: number, size: number): void => {
    if (dim === shape.length) {
      out.push(data[at]!);
      return;
    }
    const step = size / shape[dim]!;
    for (const i of visible(shape[dim]!)) if (i !== null) visit(dim + 1, at + i * step, step);
  };
  visit(0, 0, data.length);
  return out;
}

interface Format {
  /** Of a column. Zeros, infinities and NaN do not count, and may be wider. */
  readonly width: number;
  text(v: number): string;
}

function formatter(values: readonly number[], dtype: DType): Format {
  if (dtype === 'bool') return aligned(values, (v) => (v ? 'True' : 'False'));
  if (!isFloat(dtype)) return aligned(values, String);
  const regular = values.filter((v) => Number.isFinite(v) && v !== 0);
  const sizes = regular.map(Math.abs);
  const max = sizes.reduce((a, b) => Math.max(a, b), 0);
  const min = sizes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const whole = regular.every(Number.isInteger);
  const scientific = regular.length > 0 && (max / min > 1000 || max > 1e8 || min < 1e-4);
  const finite = scientific
    ? exponential
    : whole
      ? (v: number) => `${fixed(v, 0)}.`
      : (v: number) => fixed(v, precision);
  return aligned(regular, (v) => (Number.isFinite(v) ? finite(v) : special(v)));
}

function aligned(values: readonly number[], text: (v: number) => string): Format {
  const width = values.reduce((w, v) => Math.max(w, text(v).length), 1);
  return { width, text: (v) => text(v).padStart(width) };
}

const special = (v: number): string => (Number.isNaN(v) ? 'nan' : v > 0 ? 'inf' : '-inf');

// Python rounds exact halves to even, JavaScript away from zero: more digits tell whether it is one.
const guard = 30;
const half = `5${'0'.repeat(guard - 1)}`;

function fixed(v: number, digits: number): string {
  const size = Math.abs(v);
  const long = size.toFixed(digits + guard);
  const rounded = long.endsWith(half) ? toEven(long, size.toFixed(digits)) : size.toFixed(digits);
  return v < 0 || Object.is(v, -0) ? `-${rounded}` : rounded;
}
function exponential(v: number): string {
  const [long] = v.toExponential(precision + guard).split('e') as [string, string];
  const [mantissa, exponent] = v.toExponential(precision).split('e') as [string, string];
  const digits = long.endsWith(half) ? toEven(long, mantissa) : mantissa;
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}
/** The half `long` cut off, if that ends in an even digit; else `away`, which was rounded up. */
function toEven(long: string, away: string): string {
  const cut = long.slice(0, -guard).replace(/\.$/, '');
  return '02468'.includes(cut[cut.length - 1]!) ? cut : away;
}
