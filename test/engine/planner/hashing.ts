/**
 * Arithmetic without meaning: every op is a hash of its name, attributes and operands. Two computations agree only if they
 * do the same ops on the same operands in the same places, so a plan can be checked without any device.
 */
import type { DType } from '../../../src/core/dtype.ts';
import { type Layout, numel, type Shape } from '../../../src/core/shape.ts';
import type { Attrs } from '../../../src/ops/types.ts';

export type Contents = readonly number[];

function mix(h: number, x: number): number {
  const m = Math.imul(h ^ x, 0x9e3779b1);
  return (m ^ (m >>> 15)) | 0;
}
function text(s: string): number {
  let h = 7;
  for (let i = 0; i < s.length; i++) h = mix(h, s.charCodeAt(i));
  return h;
}

/** The element that a scalar operand stands for. */
export const scalarElement = (value: number): number => mix(text('scalar'), text(String(value)));

/** One element of a pointwise op. Copies and fills hash to their operand, since plans add and remove them freely. */
export function pointwiseElement(op: string, dtype: DType, inputs: readonly number[], index: number): number {
  if (op === 'copy' || op === 'fill') return inputs[0]!;
  const start = op === 'arange' ? mix(text(op), index) : text(op);
  return inputs.reduce(mix, mix(start, text(dtype)));
}

/** One element of a result of any other op: all of all operands matter. */
export function kernelResult(
  op: string,
  attrs: Attrs,
  inputs: readonly Contents[],
  output: number,
  shape: Shape,
): Contents {
  const h = inputs.reduce(
    (a, input) => mix(input.reduce(mix, mix(a, input.length)), 1),
    text(op + JSON.stringify(attrs)),
  );
  return Array.from({ length: numel(shape) }, (_, i) => mix(mix(h, output), i));
}

/** Where a layout's elements lie, in row-major order. */
export function positions({ shape, strides, offset }: Layout): number[] {
  let list = [offset];
  shape.forEach((size, d) => {
    list = list.flatMap((p) => Array.from({ length: size }, (_, i) => p + i * strides[d]!));
  });
  return list;
}
export const readThrough = (contents: Contents, layout: Layout): number[] => positions(layout).map((p) => contents[p]!);
