import { DeviceError } from '../../core/errors.ts';
import { roundToHalves } from '../../core/float16.ts';
import { numel } from '../../core/shape.ts';
import type {
  Buffer,
  DispatchTime,
  Executable,
  Kernel,
  OpKernel,
  PlanSpec,
  PointwiseKernel,
  RunTimes,
} from '../backend.ts';
import { kernelLabel, kernelText } from './describe.ts';
import type { CpuOutput, CpuTensor } from './kernel.ts';
import type { Kernels } from './kernels/index.ts';
import { Memory, resetScratch, scratch, type TemporaryHeap } from './memory.ts';
import { CompiledProgram } from './program.ts';

/** Runs one kernel on the plan's table of memory. */
type Run = (memory: readonly Memory[], scalars: readonly number[]) => void;

export interface Host {
  readonly kernels: Kernels;
  readonly temporaries: TemporaryHeap;
  /** The memory of a live buffer. */
  memoryOf(buffer: Buffer): Memory;
  /** Called once per run with the number of kernels. */
  ran(dispatches: number): void;
  /** Is told what each run took, if anyone wants to know. */
  readonly sink: ((times: Promise<RunTimes>) => void) | null;
}

/** Compiles a plan: everything that depends on structure alone is done here, once. */
export function compilePlan(plan: PlanSpec, host: Host): Executable {
  const runs = plan.kernels.map((k) => (k.kind === 'pointwise' ? compilePointwise(k) : compileOp(k, host.kernels)));
  const temporaries = host.temporaries.reserve(plan.temporaries);
  const bound = [...plan.externals, ...plan.results];
  let disposed = false;
  return {
    run(buffers, scalars) {
      if (disposed) throw new DeviceError('run: this plan has been disposed');
      if (buffers.length !== bound.length)
        throw new DeviceError(`run: expected ${bound.length} buffers, got ${buffers.length}`);
      const memory = buffers.map((b, i) => {
        const { dtype, numel: n } = bound[i]!;
        if (b.dtype !== dtype || b.numel < n) {
          throw new DeviceError(`run: buffer ${i} should hold ${n} x ${dtype}, got ${b.numel} x ${b.dtype}`);
        }
        return host.memoryOf(b);
      });
      memory.push(...temporaries.memory);
      const submitted = host.sink === null ? 0 : performance.now();
      const dispatches: DispatchTime[] = [];
      for (const [kernel, run] of runs.entries()) {
        const began = host.sink === null ? 0 : performance.now();
        resetScratch();
        run(memory, scalars);
        if (host.sink === null) continue;
        const label = kernelLabel(plan.kernels[kernel]!);
        dispatches.push({ kernel, label, start: began - submitted, duration: performance.now() - began });
      }
      host.ran(runs.length);
      host.sink?.(Promise.resolve({ clock: 'host', submitted, dispatches }));
    },
    describe: () => plan.kernels.map((k: Kernel) => ({ kernel: kernelLabel(k), source: kernelText(k) })),
    dispose() {
      if (!disposed) temporaries.release();
      disposed = true;
    },
  };
}

function compilePointwise(kernel: PointwiseKernel): Run {
  const program = new CompiledProgram(kernel.program, kernel.stores);
  const refs = kernel.stores.map((s) => s.ref);
  return (memory, scalars) =>
    program.run(
      memory,
      scalars,
      refs.map((r) => memory[r]!),
      null,
    );
}

type Operand = (memory: readonly Memory[], scalars: readonly number[]) => CpuTensor | number;

function compileOp(kernel: OpKernel, kernels: Kernels): Run {
  const operands = kernel.inputs.map(compileOperand);
  const { epilogue } = kernel;
  const after = epilogue && new CompiledProgram(epilogue.program, epilogue.stores);
  const afterRefs = epilogue?.stores.map((s) => s.ref) ?? [];
  const sizes = kernel.outputs.map((o) => numel(o.shape));
  const run = kernels[kernel.op];
  return (memory, scalars) => {
    const inputs = operands.map((operand) => operand(memory, scalars));
    const results = kernel.outputs.map((o, i) =>
      o.ref < 0 ? new Memory(o.dtype, scratch(o.dtype, sizes[i]!)) : memory[o.ref]!,
    );
    const outputs = kernel.outputs.map(
      ({ shape, dtype }, i): CpuOutput => ({ data: exactly(results[i]!, sizes[i]!), shape, dtype }),
    );
    run(inputs, outputs, kernel.attrs);
    // Kernels compute halves in float32 or wider; they are rounded here, before anything reads them.
    for (const { data, dtype } of outputs) if (dtype === 'float16') roundToHalves(data);
    after?.run(
      memory,
      scalars,
      afterRefs.map((r) => memory[r]!),
      results[0]!,
    );
  };
}

/** A buffer may be larger than what a kernel writes. */
function exactly({ data }: Memory, n: number): Memory['data'] {
  return data.length === n ? data : data.subarray(0, n);
}

function compileOperand(input: OpKernel['inputs'][number]): Operand {
  if (input.kind === 'scalar') return (_memory, scalars) => scalars[input.slot]!;
  const { layout, dtype, origin } = input;
  const from = (data: Memory['data'], scalars: readonly number[]): Memory['data'] =>
    origin === undefined ? data : data.subarray(scalars[origin]);
  if (input.kind === 'buffer')
    return (memory, scalars) => ({ data: from(memory[input.ref]!.data, scalars), layout, dtype });
  const program = new CompiledProgram(input.program, [{ value: input.value, dtype }]);
  const size = numel(input.program.shape);
  return (memory, scalars) => {
    const target = new Memory(dtype, scratch(dtype, size));
    program.run(memory, scalars, [target], null);
    return { data: from(target.data, scalars), layout, dtype };
  };
}
