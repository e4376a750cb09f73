/** Tensors as text, letter for letter as PyTorch prints them (torch/_tensor_str.py's rules). */
import type { DType, TypedArray } from '../core/dtype.ts';
import { isFloat } from '../core/dtype.ts';
import { numel, type Shape } from '../core/shape.ts';

export interface PrintInfo {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly gradFn: string | null;
  readonly requiresGrad: boolean;
}

const precision = 4;
const threshold = 1000;
const edgeItems = 3;
const lineWidth = 80;

/** The text of `print(tensor)`. */
export function formatTensor(data: TypedArray, { shape, dtype, gradFn, requiresGrad }: PrintInfo): string {
  const prefix = 'tensor(';
  const n = numel(shape);
  const suffixes: string[] = [];
  let body: string;
  if (n === 0) {
    body = '[]';
    if (shape.length !== 1) suffixes.push(`size=(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`);
    if (dtype !== 'float32') suffixes.push(`dtype=torch.${dtype}`);
  } else {
    if (!['float32', 'bool'].includes(dtype) && dtype !== 'int32') suffixes.push(`dtype=torch.${dtype}`);
    if (dtype === 'int32') suffixes.push('dtype=torch.int32');
    const summarize = n > threshold;
    const format = formatter(shown(data, shape, summarize), dtype);
    body = nested(data, shape, format, summarize, prefix.length);
  }
  if (gradFn) suffixes.push(`grad_fn=<${gradFn}>`);
  else if (requiresGrad) suffixes.push('requires_grad=True');
  return withSuffixes(prefix + body, suffixes, prefix.length);
}

function withSuffixes(text: string, suffixes: readonly string[], indent: number): string {
  const lines = [text];
  let last = text.length - text.lastIndexOf('\n') - 1;
  if (text.lastIndexOf('\n') < 0) last = text.length;
  for (const s of suffixes) {
    if (last + s.length + 2 > lineWidth) {
      lines.push(`,\n${' '.repeat(indent)}${s}`);
      last = indent + s.length;
    } else {
      lines.push(`, ${s}`);
      last += s.length + 2;
    }
  }
  return `${lines.join('')})`;
}

/** The elements that will appear, which alone decide the format. */
function shown(data: TypedArray, shape: Shape, summarize: boolean): number[] {
  if (!summarize) return Array.from(data as Float32Array);
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
/** Indices along a dim; null is the ellipsis. */
function visible(size: number): (number | null)[] {
  if (size <= 2 * edgeItems) return Array.from({ length: size }, (_, i) => i);
  const head = Array.from({ length: edgeItems }, (_, i) => i);
  return [...head, null, ...head.map((i) => size - edgeItems + i)];
}

interface Format {
  readonly width: number;
  text(v: number): string;
}

function formatter(values: readonly number[], dtype: DType): Format {
  if (dtype === 'bool') return padded(values, (v) => (v ? 'True' : 'False'));
  if (!isFloat(dtype)) return padded(values, (v) => String(v));
  const finite = values.filter((v) => Number.isFinite(v) && v !== 0).map(Math.abs);
  if (finite.length === 0) return padded(values, (v) => special(v) ?? '0.');
  const max = Math.max(...finite);
  const min = Math.min(...finite);
  if (values.every((v) => !Number.isFinite(v) || Number.isInteger(v))) {
    const scientific = max / min > 1000 || max > 1e8;
    return padded(values, (v) => special(v) ?? (scientific ? exponential(v) : `${plain(v, 0)}.`));
  }
  const scientific = max / min > 1000 || max > 1e8 || min < 1e-4;
  return padded(values, (v) => special(v) ?? (scientific ? exponential(v) : plain(v, precision)));
}
const padded = (values: readonly number[], text: (v: number) => string): Format => ({
  text,
  width: Math.max(1, ...values.map((v) => text(v).length)),
});
function special(v: number): string | null {
  return Number.isNaN(v) ? 'nan' : v === Number.POSITIVE_INFINITY ? 'inf' : v === Number.NEGATIVE_INFINITY ? '-inf' : null;
}
const plain = (v: number, digits: number): string => (Object.is(v, -0) ? `-${(0).toFixed(digits)}` : v.toFixed(digits));
function exponential(v: number): string {
  const [mantissa, exponent] = v.toExponential(precision).split('e') as [string, string];
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${mantissa}e${sign}${exponent.replace(/[+-]/, '').padStart(2, '0')}`;
}

function nested(data: TypedArray, shape: Shape, format: Format, summarize: boolean, indent: number): string {
  const cell = (v: number): string => format.text(v).padStart(format.width);
  const build = (dim: number, at: number, size: number, pad: number): string => {
    if (dim === shape.length) return shape.length === 0 ? format.text(data[at]!) : cell(data[at]!);
    const count = shape[dim]!;
    const step = size / count;
    const order = summarize ? visible(count) : Array.from({ length: count }, (_, i) => i);
    if (dim === shape.length - 1) return vector(order.map((i) => (i === null ? ' ...' : cell(data[at + i]!))), format.width, pad);
    const rows = order.map((i) => (i === null ? '...' : build(dim + 1, at + i * step, step, pad + 1)));
    return `[${rows.join(`,${'\n'.repeat(shape.length - dim - 1)}${' '.repeat(pad + 1)}`)}]`;
  };
  return build(0, 0, data.length, indent);
}

function vector(cells: readonly string[], width: number, indent: number): string {
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / (width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += perLine) lines.push(cells.slice(i, i + perLine).join(', '));
  return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`;
}
