/** The planner's own copy of a trace: items (ops) and slots of data between them, free to be rewritten. */
import type { DType } from '../core/dtype.ts';
import { contiguousLayout, isContiguous, type Layout, numel, type Shape } from '../core/shape.ts';
import { type OpName, row } from '../ops/index.ts';
import type { Attrs, KernelRow, PointwiseRow } from '../ops/types.ts';
import { isOperand } from './node.ts';
import { originOf, type Placement, type Trace } from './trace.ts';

export interface ItemArg {
  readonly value: ItemValue;
  /** Counted from the origin. */
  readonly layout: Layout;
  /** The scalar that says where it starts, if that is not where the value does. */
  readonly origin?: number | undefined;
}
export interface ItemScalar {
  readonly slot: number;
  readonly dtype: DType;
}
export type ItemInput = ItemArg | ItemScalar;
export const isArg = (input: ItemInput): input is ItemArg => 'value' in input;

export class ItemValue {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly numel: number;
  /** Null for externals. */
  producer: Item | null = null;
  /** Index among the externals, or -1. */
  external = -1;
  /** Index among the survivors, or -1. */
  survivor = -1;
  placement: Placement | null = null;
  /** The value whose memory this one is written over, once that is known to be safe. */
  over: ItemValue | null = null;

  constructor(shape: Shape, dtype: DType) {
    this.shape = shape;
    this.dtype = dtype;
    this.numel = numel(shape);
  }
}

export class Item {
  readonly op: OpName;
  readonly row: PointwiseRow | KernelRow;
  readonly attrs: Attrs;
  inputs: ItemInput[];
  outputs: ItemValue[];
  /** Items that must run before this one although no data flows: they read memory that this one overwrites. */
  readonly after = new Set<Item>();

  constructor(op: OpName, attrs: Attrs, inputs: ItemInput[], outputs: ItemValue[]) {
    this.op = op;
    this.row = row(op) as PointwiseRow | KernelRow;
    this.attrs = attrs;
    this.inputs = inputs;
    this.outputs = outputs;
    for (const o of outputs) o.producer = this;
  }

  get args(): ItemArg[] {
    return this.inputs.filter(isArg);
  }
}

export interface Items {
  items: Item[];
  readonly externals: readonly ItemValue[];
  readonly survivors: ItemValue[];
}

export function itemsOf(trace: Trace): Items {
  const externals = trace.externals.map((v, i) => {
    const value = new ItemValue(v.shape, v.dtype);
    value.external = i;
    return value;
  });
  const produced: ItemValue[] = [];
  let slot = 0;
  const items = trace.nodes.map((node) => {
    const inputs = node.inputs.map((input): ItemInput => {
      if (!isOperand(input)) return { slot: slot++, dtype: input.dtype };
      const { local } = input.value;
      const value = local < 0 ? externals[-local - 1]! : produced[local]!;
      const { layout } = input;
      const origin = trace.origins.get(input);
      if (origin === undefined) return { value, layout };
      return { value, layout: { ...layout, offset: layout.offset - originOf(layout) }, origin };
    });
    const outputs = node.outputs.map((v) => {
      const value = new ItemValue(v.shape, v.dtype);
      produced.push(value);
      return value;
    });
    return new Item(node.op, node.attrs, inputs, outputs);
  });
  const survivors = trace.survivors.map(({ value, placement }, i) => {
    const v = produced[value.local]!;
    v.survivor = i;
    v.placement = placement;
    return v;
  });
  return { items, externals, survivors };
}

/** The whole value, in the order in which it lies in memory. */
export function isWhole({ value, layout, origin }: ItemArg): boolean {
  return origin === undefined && layout.offset === 0 && numel(layout.shape) === value.numel && isContiguous(layout);
}

/** Everything that reads `value`, in order. */
export function readersOf(items: readonly Item[], value: ItemValue): Item[] {
  return items.filter((item) => item.inputs.some((i) => isArg(i) && i.value === value));
}

/** A new item computing a contiguous copy of `value`. */
export function copyItem(value: ItemValue): Item {
  return new Item(
    'copy',
    {},
    [{ value, layout: contiguousLayout(value.shape) }],
    [new ItemValue(value.shape, value.dtype)],
  );
}

/**
 * A pointwise op that reads a `fill` needs no tensor: it takes the fill's number as a scalar operand. Fills that nobody
 * else reads disappear.
 */
export function absorbFills(graph: Items): void {
  for (const item of graph.items) {
    if (item.row.kind !== 'pointwise') continue;
    const inputs = item.inputs.map((input) => {
      if (!isArg(input)) return input;
      const { producer } = input.value;
      return producer?.op === 'fill' ? producer.inputs[0]! : input;
    });
    // A pointwise op needs one tensor to tell its shape.
    if (inputs.some(isArg) || inputs.length === 0) item.inputs = inputs;
  }
  graph.items = graph.items.filter(
    (item) =>
      item.op !== 'fill' || item.outputs[0]!.survivor >= 0 || readersOf(graph.items, item.outputs[0]!).length > 0,
  );
}
