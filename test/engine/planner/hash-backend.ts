/**
 * A backend that runs plans by hashing, and checks each for what no device would forgive: reading what was never written,
 * writing memory that the same kernel reads elsewhere, binding too many buffers, touching what was freed.
 */
import type {
  Arg,
  Backend,
  BackendStats,
  Buffer,
  Executable,
  Kernel,
  PlanSpec,
  Program,
  ProgramArg,
  Store,
} from '../../../src/backends/backend.ts';
import type { DType, TypedArray } from '../../../src/core/dtype.ts';
import { isContiguous, numel } from '../../../src/core/shape.ts';
import { type Contents, kernelResult, pointwiseElement, positions, readThrough, scalarElement } from './hashing.ts';

export class PlanError extends Error {}

function check(fine: boolean, message: string): asserts fine {
  if (!fine) throw new PlanError(message);
}

class HashBuffer implements Buffer {
  readonly bytes: number;
  freed = false;
  contents: Contents | null = null;
  readonly dtype: DType;
  readonly numel: number;
  readonly id: number;
  readonly allocation: number;

  constructor(dtype: DType, n: number, id: number, allocation: number) {
    this.dtype = dtype;
    this.numel = n;
    this.bytes = n * 4;
    this.id = id;
    this.allocation = allocation;
  }
}

export class HashBackend implements Backend {
  readonly name = 'cpu';
  readonly description = 'hashes';
  readonly maxBuffersPerKernel = 8;
  readonly lost = null;
  /** All plans compiled, in order. */
  readonly plans: PlanSpec[] = [];
  private ids = 0;
  liveBuffers = 0;

  checkSize(): void {}
  supports(): boolean {
    return true;
  }
  alloc(dtype: DType, n: number): Buffer {
    return this.make(dtype, n, ++this.ids);
  }
  allocArena(dtype: DType, numels: readonly number[]): Buffer[] {
    const allocation = ++this.ids;
    return numels.map((n) => this.make(dtype, n, allocation));
  }
  private make(dtype: DType, n: number, allocation: number): HashBuffer {
    this.liveBuffers++;
    return new HashBuffer(dtype, n, ++this.ids, allocation);
  }
  free(buffer: Buffer): void {
    const b = buffer as HashBuffer;
    check(!b.freed, `buffer ${b.id} is freed twice`);
    b.freed = true;
    b.contents = null;
    this.liveBuffers--;
  }
  write(buffer: Buffer, data: TypedArray): void {
    (buffer as HashBuffer).contents = Array.from(data as Float32Array);
  }
  async read(buffer: Buffer): Promise<TypedArray> {
    const { contents, freed, id } = buffer as HashBuffer;
    check(!freed && contents !== null, `buffer ${id} is read but ${freed ? 'was freed' : 'never written'}`);
    return Int32Array.from(contents);
  }
  readAll(buffers: readonly Buffer[]): Promise<TypedArray[]> {
    return Promise.all(buffers.map((buffer) => this.read(buffer)));
  }
  copy(from: Buffer, to: Buffer): void {
    (to as HashBuffer).contents = (from as HashBuffer).contents;
  }
  compile(plan: PlanSpec): Executable {
    this.plans.push(plan);
    return {
      run: (buffers, scalars) => runPlan(plan, this.maxBuffersPerKernel, buffers as readonly HashBuffer[], scalars),
      describe: () => [],
      dispose: () => {},
    };
  }
  measure(): void {}
  async throttle(): Promise<void> {}
  stats(): BackendStats {
    return {
      submits: 0,
      dispatches: 0,
      buffersCreated: 0,
      bindGroupsCreated: 0,
      pipelinesCreated: 0,
      shaderModulesCreated: 0,
      reads: 0,
      writes: 0,
    };
  }
  memory() {
    return { liveBytes: 0, liveBuffers: this.liveBuffers, temporaryBytes: 0, pooledBytes: 0, peakBytes: 0 };
  }
  onLost(): void {}
  dispose(): void {}
}

function runPlan(plan: PlanSpec, most: number, buffers: readonly HashBuffer[], scalars: readonly number[]): void {
  const bound = plan.externals.length + plan.results.length;
  check(buffers.length === bound, `${buffers.length} buffers bound, ${bound} expected`);
  check(scalars.length === plan.scalars.length, 'scalars missing');
  check(new Set(buffers).size === buffers.length, 'one buffer is bound twice');
  // Results and temporaries hold nothing yet, whatever an earlier run left there.
  const memory: (Contents | null)[] = [
    ...buffers.map((b, i) => {
      check(!b.freed, `buffer ${b.id} was freed and is bound`);
      return i < plan.externals.length ? b.contents : null;
    }),
    ...plan.temporaries.map(() => null),
  ];
  for (const kernel of plan.kernels) runKernel(kernel, most, memory, scalars);
  buffers.forEach((b, i) => {
    check(memory[i] !== null, `result ${i - plan.externals.length} is never written`);
    b.contents = memory[i]!;
  });
}

/** What one kernel reads and writes, and where. */
class Access {
  readonly memory: (Contents | null)[];
  private readonly before: readonly (Contents | null)[];
  private readonly reads = new Map<number, { readonly at: number[]; readonly elementwise: boolean }[]>();
  private readonly writes = new Set<number>();

  constructor(memory: (Contents | null)[]) {
    this.memory = memory;
    this.before = [...memory];
  }
  /** `elementwise`: element i is read when element i is written. */
  read(arg: Arg, scalars: readonly number[], elementwise: boolean): number[] {
    if (arg.kind === 'scalar') return [scalarElement(scalars[arg.slot]!)];
    const contents = this.before[arg.ref];
    check(contents !== null && contents !== undefined, `buffer ${arg.ref} is read before it is written`);
    const list = this.reads.get(arg.ref) ?? [];
    this.reads.set(arg.ref, list);
    list.push({ at: positions(arg.layout), elementwise });
    return readThrough(contents, arg.layout);
  }
  write(ref: number, contents: Contents): void {
    check(!this.writes.has(ref), `buffer ${ref} is written twice by one kernel`);
    this.writes.add(ref);
    this.memory[ref] = contents;
  }
  /** `wholly`: refs that the kernel's main op may read anywhere while it overwrites them. */
  finish(most: number, wholly: ReadonlySet<number>, free: boolean): void {
    for (const ref of this.writes) {
      for (const { at, elementwise } of this.reads.get(ref) ?? []) {
        const inStep = elementwise && at.every((p, i) => p === i);
        check(inStep || wholly.has(ref), `buffer ${ref} is read at other places than it is written`);
      }
    }
    const count = new Set([...this.reads.keys(), ...this.writes]).size;
    check(free || count <= most, `a kernel binds ${count} buffers`);
  }
}

function runKernel(kernel: Kernel, most: number, memory: (Contents | null)[], scalars: readonly number[]): void {
  const access = new Access(memory);
  if (kernel.kind === 'pointwise') {
    runStores(kernel.program, kernel.stores, null, access, scalars);
    access.finish(most, new Set(), kernel.program.instrs.length === 1);
    return;
  }
  const inputs = kernel.inputs.map((input) => operand(input, access, scalars));
  const results = kernel.outputs.map((o, n) => kernelResult(kernel.op, kernel.attrs, inputs, n, o.shape));
  const wholly = new Set<number>();
  kernel.outputs.forEach((o, n) => {
    if (o.inPlaceOf !== undefined) {
      const input = kernel.inputs[o.inPlaceOf]!;
      check(
        input.kind === 'buffer' && input.ref === o.ref,
        `${kernel.op}: what is updated in place is not where the result is`,
      );
      check(input.layout.offset === 0 && isContiguous(input.layout), `${kernel.op}: a view is updated in place`);
      const others = kernel.inputs.filter((i, at) => at !== o.inPlaceOf && i.kind === 'buffer' && i.ref === o.ref);
      check(others.length === 0, `${kernel.op}: what is updated in place is another operand, too`);
      wholly.add(o.ref);
    }
    if (o.ref >= 0) access.write(o.ref, results[n]!);
  });
  if (kernel.epilogue) runStores(kernel.epilogue.program, kernel.epilogue.stores, results[0]!, access, scalars);
  access.finish(most, wholly, !kernel.epilogue && kernel.inputs.every((i) => i.kind !== 'program'));
}

function operand(input: Arg | ProgramArg, access: Access, scalars: readonly number[]): number[] {
  if (input.kind !== 'program') return access.read(input, scalars, false);
  return readThrough(evaluate(input.program, null, access, scalars, false)[input.value]!, input.layout);
}

function runStores(
  program: Program,
  stores: readonly Store[],
  carried: Contents | null,
  access: Access,
  scalars: readonly number[],
): void {
  const values = evaluate(program, carried, access, scalars, true);
  for (const { value, ref } of stores) access.write(ref, values[value]!);
}

/** All values of a program, one element per element of its domain. */
function evaluate(
  program: Program,
  carried: Contents | null,
  access: Access,
  scalars: readonly number[],
  elementwise: boolean,
): Contents[] {
  const n = numel(program.shape);
  check((program.carried !== null) === (carried !== null), 'a program carries a result that is not there');
  const values: Contents[] = carried === null ? [] : [carried];
  for (const arg of program.args) {
    const elements = access.read(arg, scalars, elementwise);
    values.push(arg.kind === 'scalar' ? Array.from({ length: n }, () => elements[0]!) : elements);
  }
  for (const { op, dtype, inputs } of program.instrs) {
    const made = Array.from({ length: n }, (_, i) =>
      pointwiseElement(
        op,
        dtype,
        inputs.map((v) => values[v]![i]!),
        i,
      ),
    );
    values.push(made);
  }
  return values;
}
