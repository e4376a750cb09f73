/**
 * The interface between the graph and the devices: types only.
 *
 * A backend owns buffers and runs compiled plans. It knows nothing of tensors, tapes or nodes.
 */
import type { DType, TypedArray } from '../core/dtype.ts';
import type { Layout, Shape } from '../core/shape.ts';
import type { KernelOp, PointwiseOp } from '../ops/index.ts';
import type { Attrs } from '../ops/types.ts';

/** Memory on a device, opaque above the backend. Holds `numel` elements of `dtype`, contiguous. */
export interface Buffer {
  readonly dtype: DType;
  readonly numel: number;
  /** Bytes accounted for: those of the size class, not of the elements. */
  readonly bytes: number;
  /** Identity of the allocation: two ranges of one arena share it. */
  readonly allocation: number;
  /** Identity of this very range. */
  readonly id: number;
}

/**
 * Where an operand starts travels as data, so that `x[t]` is the same kernel for every t: the slot of the scalar that is to be
 * added to every position of `layout`. A multiple of 4, so that the layout alone tells which elements lie together. None: 0.
 */
interface Moving {
  readonly origin?: number | undefined;
}

/** An operand in memory. `ref` indexes the table of buffers given to `run`. */
export interface BufferArg extends Moving {
  readonly kind: 'buffer';
  readonly ref: number;
  readonly layout: Layout;
  readonly dtype: DType;
}

/** A number that travels as data on every run: the `slot`-th of the scalars given to `run`. */
export interface ScalarArg {
  readonly kind: 'scalar';
  readonly slot: number;
  readonly dtype: DType;
}

export type Arg = BufferArg | ScalarArg;

/** One pointwise op; `inputs` are value numbers of the program. */
export interface Instr {
  readonly op: PointwiseOp;
  readonly inputs: readonly number[];
  /** dtype of the result. */
  readonly dtype: DType;
}

/**
 * A DAG of pointwise ops, evaluated once per element of a domain, in row-major order.
 * Values are numbered: first `carried` (0 or 1: the result of the kernel's main op, for an epilogue), then one per
 * arg, then one per instr. Every buffer arg has a layout of exactly the domain's shape.
 */
export interface Program {
  readonly shape: Shape;
  readonly carried: DType | null;
  readonly args: readonly Arg[];
  readonly instrs: readonly Instr[];
}

/** Writes value number `value` of a program, contiguous, to buffer `ref`. */
export interface Store {
  readonly value: number;
  readonly ref: number;
  readonly dtype: DType;
}

export interface PointwiseKernel {
  readonly kind: 'pointwise';
  readonly program: Program;
  readonly stores: readonly Store[];
}

/** An operand computed on load: value `value` of `program`, whose domain is read through `layout`. */
export interface ProgramArg extends Moving {
  readonly kind: 'program';
  readonly program: Program;
  readonly value: number;
  readonly layout: Layout;
  readonly dtype: DType;
}

export interface KernelOutput {
  /** Index into the table of buffers, or -1 when only the epilogue needs it. */
  readonly ref: number;
  readonly shape: Shape;
  readonly dtype: DType;
  /** The input that this output overwrites: both have the same `ref`, and the kernel may write only what changes. */
  readonly inPlaceOf?: number;
}

/** A reduction, contraction or opaque op, with what was fused into its loads and stores. */
export interface OpKernel {
  readonly kind: 'op';
  readonly op: KernelOp;
  readonly attrs: Attrs;
  readonly inputs: readonly (Arg | ProgramArg)[];
  readonly outputs: readonly KernelOutput[];
  /** Runs over output 0's shape with output 0's element as its carried value. */
  readonly epilogue?: { readonly program: Program; readonly stores: readonly Store[] };
}

export type Kernel = PointwiseKernel | OpKernel;

/** What a backend compiles. Buffers are numbered: externals, then results, then temporaries. */
export interface PlanSpec {
  readonly kernels: readonly Kernel[];
  /** Bound on each run. */
  readonly externals: readonly { readonly dtype: DType; readonly numel: number }[];
  /** Bound on each run, written by the plan and outliving it. */
  readonly results: readonly { readonly dtype: DType; readonly numel: number }[];
  /** Owned by the backend; contents do not outlive a run. Two temporaries never share memory unless the planner gave them one number. */
  readonly temporaries: readonly { readonly dtype: DType; readonly numel: number }[];
  readonly scalars: readonly DType[];
}

/** A compiled plan. */
export interface Executable {
  /** `buffers` are the externals, then the results. Returns at once; order of runs, reads and writes is kept. */
  run(buffers: readonly Buffer[], scalars: readonly number[]): void;
  /** One entry per dispatch, for `explain()`. */
  describe(): readonly { readonly kernel: string; readonly source: string }[];
  dispose(): void;
}

/** What one dispatch took. Milliseconds since the first dispatch of its run began. */
export interface DispatchTime {
  /** Which of the plan's kernels it belongs to. */
  readonly kernel: number;
  readonly label: string;
  readonly start: number;
  readonly duration: number;
}

/** What one run took. */
export interface RunTimes {
  /**
   * Who measured: the device itself; the host, where a kernel has run when its call returns; or nobody, and the time of the
   * whole run is shared out by how much work each dispatch seems to be.
   */
  readonly clock: 'device' | 'host' | 'estimate';
  /** When it was handed to the device, as `performance.now()` says it. */
  readonly submitted: number;
  readonly dispatches: readonly DispatchTime[];
}

/** Counters since the backend was made. */
export interface BackendStats {
  submits: number;
  dispatches: number;
  buffersCreated: number;
  bindGroupsCreated: number;
  pipelinesCreated: number;
  shaderModulesCreated: number;
  reads: number;
  writes: number;
}

export interface MemoryStats {
  /** Bytes of buffers held by tensors. */
  liveBytes: number;
  liveBuffers: number;
  /** Bytes of plans' temporaries, shared by all plans. */
  temporaryBytes: number;
  /** Bytes kept for reuse. */
  pooledBytes: number;
  peakBytes: number;
}

/** Where tensors can live. */
export type DeviceName = 'cpu' | 'webgpu';

export interface Backend {
  readonly name: DeviceName;
  /** What runs the work, for people: the adapter's name, or the CPU's. */
  readonly description: string;
  /** Most buffers that one fused kernel may bind, inputs and outputs together. */
  readonly maxBuffersPerKernel: number;
  /** Throws a DeviceError when a tensor of this size cannot exist here. */
  checkSize(op: string, shape: Shape, dtype: DType): void;
  supports(dtype: DType): boolean;
  alloc(dtype: DType, numel: number): Buffer;
  /** Gives the memory back once the work recorded so far has been submitted. */
  free(buffer: Buffer): void;
  /** One allocation holding a range per entry, each aligned so that it can be bound alone. */
  allocArena(dtype: DType, numels: readonly number[]): Buffer[];
  write(buffer: Buffer, data: TypedArray): void;
  /** A fresh copy of the elements, after all work submitted before. */
  read(buffer: Buffer): Promise<TypedArray>;
  /** Reads several at once, for the cost of one. */
  readAll(buffers: readonly Buffer[]): Promise<TypedArray[]>;
  /** Copies all elements; for one-off moves, never in a step. */
  copy(from: Buffer, to: Buffer): void;
  compile(plan: PlanSpec): Executable;
  /**
   * Times every run from now on: `sink` is called within `run()`, with what that run will have taken. null: no longer. A run
   * that failed has taken no dispatches; one of a lost device rejects.
   */
  measure(sink: ((times: Promise<RunTimes>) => void) | null): void;
  /** Resolves when at most `inFlight` submitted runs are unfinished. */
  throttle(inFlight: number): Promise<void>;
  stats(): BackendStats;
  memory(): MemoryStats;
  /** Why the device can no longer be used, or null. */
  readonly lost: string | null;
  /** Calls back once, when the device is lost. */
  onLost(callback: (reason: string) => void): void;
  dispose(): void;
}
