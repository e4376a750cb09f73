/** What recording makes: values, the nodes that compute them, and storages (the memory that tensors alias). */
import type { Backend, Buffer } from '../backends/backend.ts';
import type { DType, TypedArray } from '../core/dtype.ts';
import { contiguousLayout, type Layout, numel, type Shape } from '../core/shape.ts';
import type { OpName } from '../ops/index.ts';
import type { Attrs, KernelRow, PointwiseRow, Scalar } from '../ops/types.ts';

/** What values, tapes and tensors need of an engine. */
export interface Recorder {
  readonly backend: Backend;
  /** Throws a DeviceLostError once the device is gone. */
  checkAlive(op: string): void;
  /** Checks operands, infers the results and appends a node. Numbers wait; errors do not. */
  record(op: OpName, inputs: readonly NodeInput[], attrs: Attrs): Value[];
  /** A value holding `data`, uploaded now. */
  upload(data: TypedArray, shape: Shape, dtype: DType): Value;
  /** The elements that `operand` selects, in row-major order. */
  read(operand: Operand): Promise<TypedArray>;
  /** Runs what is pending. Submits and returns; nothing is awaited. */
  flush(): void;
  /** A check that only the device can make: reads made from now on reject with `error`, given the `flag`, unless it is 0 or false. */
  assertFalse(flag: Value, error: (found: number) => Error): void;
  /** Makes sure that `value` is in memory or about to be computed. */
  ensure(value: Value): void;
  /** Frees an interior value's memory once nothing recorded so far needs it. */
  releaseWhenIdle(value: Value): void;
  /** Ends a value's life at the user's wish. */
  dispose(value: Value): void;
  /** Resolves when at most `inFlight` runs are unfinished. */
  throttle(inFlight: number): Promise<void>;
}

/** A value read through a layout. */
export interface Operand {
  readonly value: Value;
  readonly layout: Layout;
}
export type NodeInput = Operand | Scalar;

export function isOperand(input: NodeInput): input is Operand {
  return 'value' in input;
}

/** A recorded op. It stays reachable from its results as their recipe until they are in memory for good. */
export class Node {
  readonly op: OpName;
  readonly row: PointwiseRow | KernelRow;
  readonly inputs: readonly NodeInput[];
  readonly attrs: Attrs;
  readonly outputs: Value[] = [];
  /** Waiting for the next run. */
  pending = true;
  /** Op and attributes: this node's part of a plan's key. */
  readonly signature: string;

  constructor(op: OpName, row: PointwiseRow | KernelRow, inputs: readonly NodeInput[], attrs: Attrs) {
    this.op = op;
    this.row = row;
    this.inputs = inputs;
    this.attrs = attrs;
    this.signature = op + JSON.stringify(attrs);
  }
}

/**
 * One contiguous array: the result of a node, or data. Values never change; writing in place makes a new value that
 * takes over the memory of the old one.
 */
export class Value {
  readonly engine: Recorder;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly numel: number;
  readonly layout: Layout;
  /** How to compute it, while that is known. */
  node: Node | null;
  buffer: Buffer | null = null;
  /** Survives every run: user-level values, leaves, parameters, gradients, optimizer state (see docs/memory.md). */
  kept = false;
  /** How many tape nodes saved it for backward. */
  saved = 0;
  /** Reads under way. */
  wanted = 0;
  /** The value whose memory this one takes over (in-place ops). */
  takesOver: Value | null = null;
  /** A newer value has taken over the memory. */
  superseded = false;
  /** Why the contents are gone for good, or null. */
  gone: string | null = null;
  /** Where the result must be placed (gradients live in their optimizer's arena). */
  home: Home | null = null;
  /** Bounds of the elements, where the data came from the host: lets indices be checked at the call. */
  range: Range | null = null;
  /** Untouched memory that makes GPU bytes visible to the garbage collector. */
  ballast: ArrayBuffer | null = null;

  // Scratch space of the planner: which trace this value was last seen in, and its number there.
  trace = 0;
  local = 0;

  constructor(engine: Recorder, shape: Shape, dtype: DType, node: Node | null) {
    this.engine = engine;
    this.shape = shape;
    this.dtype = dtype;
    this.numel = numel(shape);
    this.layout = contiguousLayout(shape);
    this.node = node;
  }

  /** The memory that it lives in, or will be placed in, where that is known. */
  get place(): Buffer | null {
    return this.buffer ?? this.home?.buffer ?? null;
  }

  /** Has the result placed in `home`. Too late for what has been computed already, as everything has in immediate mode. */
  settleIn(home: Home | null): void {
    if (this.buffer === null) this.home = home;
  }

  /** Must be in memory after the next run. */
  get survives(): boolean {
    return (this.kept || this.saved > 0 || this.wanted > 0) && !this.superseded && this.gone === null;
  }
}

/** Bounds of a value's elements. `exact`: the least and the greatest of them; else some may be stricter. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly exact: boolean;
  /** The elements themselves, of a few thousand at most: lengths, orders. Only where `exact`. */
  readonly elements?: TypedArray | null;
}

/** A fixed place in an arena, and the value that lives there now. */
export interface Home {
  readonly buffer: Buffer;
  occupant: Value | null;
}

/** The memory that a tensor and all its views share. Reads see the newest value; the version counts in-place writes. */
export class Storage {
  value: Value;
  version = 0;

  constructor(value: Value) {
    this.value = value;
  }

  /** Makes `next` the contents, after a write in place. */
  replace(next: Value): void {
    next.takesOver = this.value;
    next.kept = this.value.kept;
    next.settleIn(this.value.home);
    this.value.superseded = true;
    this.value = next;
    this.version++;
  }
}
