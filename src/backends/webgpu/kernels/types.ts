import type { OpKernel } from '../../backend.ts';

/** What a builder may rely on. */
export interface Capabilities {
  /** A software adapter: workgroup memory and barriers cost more than they save. */
  readonly software: boolean;
  readonly subgroups: boolean;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxStorageBufferBindingSize: number;
  /** vendor and architecture of the adapter, lower case. */
  readonly vendor: string;
  readonly architecture: string;
}

/** One storage binding of group 0, in order of `@binding`. */
export type Binding =
  /** A buffer of the plan's table. */
  | { readonly kind: 'buffer'; readonly ref: number; readonly access: 'read' | 'read_write' }
  /** The hull of consecutive ranges of one arena: all `refs` lie in one allocation, in order. */
  | { readonly kind: 'arena'; readonly refs: readonly number[]; readonly access: 'read' | 'read_write' }
  /** Scratch memory of this kernel, by index into `scratch`. */
  | { readonly kind: 'scratch'; readonly index: number; readonly access: 'read' | 'read_write' };

export interface Dispatch {
  /** Short name for people, e.g. `matmul 128x784x256 + add + relu`. */
  readonly label: string;
  /** Complete WGSL with entry point `main`. Equal text is one pipeline. */
  readonly source: string;
  readonly bindings: readonly Binding[];
  readonly workgroups: readonly [x: number, y: number, z: number];
}

export interface BuiltKernel {
  readonly dispatches: readonly Dispatch[];
  /** Bytes of each scratch buffer. Shared with other kernels of the plan; contents do not outlive this kernel. */
  readonly scratch?: readonly number[];
}

export type KernelBuilder = (kernel: OpKernel, capabilities: Capabilities) => BuiltKernel;

/**
 * The WGSL text through which a kernel template touches memory, made by `kernelIO(kernel)` in ../io.ts:
 *   fn in0(p: u32) -> f32         element at physical position p of operand 0 (p is computed by the template from the
 *                                 operand's layout: offset + Σ i·strides). A fused prologue is evaluated inside.
 *   fn out0(e: u32, v: f32)       stores result 0 at row-major position e; a fused epilogue is evaluated inside.
 *   fn old0(p: u32) -> f32        for a result that overwrites an operand: the old element at p.
 * Values are f32, i32, u32 or bool by dtype (bool is stored as u32). Scalars are expressions: `scalars[i]` for operand i.
 */
export interface KernelIO {
  readonly header: string;
  readonly bindings: readonly Binding[];
  readonly scalars: readonly string[];
}
