/** A plan as text for people. */
import type { Arg, Kernel, Program, ProgramArg } from '../backends/backend.ts';
import { bytesText } from '../core/bytes.ts';
import { bytesOf, type DType } from '../core/dtype.ts';
import type { CompiledPlan } from './engine.ts';
import { notFused, opsIn } from './fusion-report.ts';

/** Every kernel of the plan with what was fused into it; with `source`, the text that the backend runs. */
export function describePlan(plan: CompiledPlan, hit: boolean, source: boolean): string {
  const { spec, executable } = plan;
  const name = (ref: number): string => {
    if (ref < 0) return '_';
    if (ref < spec.externals.length) return `in${ref}`;
    const result = ref - spec.externals.length;
    return result < spec.results.length ? `out${result}` : `tmp${result - spec.results.length}`;
  };
  const lines = [
    `plan: ${spec.kernels.length} kernels, ${spec.externals.length} inputs, ${spec.results.length} results, ` +
      `${spec.temporaries.length} temporaries, ${spec.scalars.length} scalars${hit ? ' (replayed)' : ' (new)'}`,
    `  ${sum(spec.kernels.map(opsIn))} ops; inputs ${bytes(spec.externals)}, results ${bytes(spec.results)}, temporaries ${bytes(spec.temporaries)}`,
  ];
  spec.kernels.forEach((k, i) => {
    lines.push(`  ${String(i + 1).padStart(2)}. ${describeKernel(k, name)}`);
    for (const reason of notFused(spec, i)) lines.push(`        ${reason}`);
  });
  const dispatches = executable.describe();
  lines.push(`dispatches: ${dispatches.length}`);
  dispatches.forEach((d, i) => {
    lines.push(`  ${String(i + 1).padStart(2)}. ${d.kernel}`);
    if (source) lines.push(d.source.replace(/^/gm, '      | '));
  });
  return lines.join('\n');
}

const sum = (list: readonly number[]): number => list.reduce((total, n) => total + n, 0);
const bytes = (list: readonly { readonly dtype: DType; readonly numel: number }[]): string =>
  bytesText(sum(list.map(({ dtype, numel }) => numel * bytesOf(dtype))));

type Name = (ref: number) => string;

function describeKernel(k: Kernel, name: Name): string {
  if (k.kind === 'pointwise') {
    return `pointwise [${k.program.shape.join(', ')}] ${programText(k.program, name)} -> ${k.stores.map((s) => name(s.ref)).join(', ')}`;
  }
  const inputs = k.inputs.map((i) => argText(i, name)).join(', ');
  const outputs = k.outputs.map((o) => `${name(o.ref)} [${o.shape.join(', ')}]`).join(', ');
  const epilogue = k.epilogue
    ? ` | then ${programText(k.epilogue.program, name)} -> ${k.epilogue.stores.map((s) => name(s.ref)).join(', ')}`
    : '';
  return `${k.op}(${inputs}) -> ${outputs}${epilogue}`;
}

function argText(arg: Arg | ProgramArg, name: Name): string {
  if (arg.kind === 'scalar') return `scalar${arg.slot}`;
  if (arg.kind === 'program') return `{${programText(arg.program, name)}} [${arg.layout.shape.join(', ')}]`;
  return `${name(arg.ref)} [${arg.layout.shape.join(', ')}]`;
}

function programText(p: Program, name: Name): string {
  const values = [
    ...(p.carried ? ['result'] : []),
    ...p.args.map((a) => (a.kind === 'buffer' ? name(a.ref) : `scalar${a.slot}`)),
  ];
  const steps = p.instrs.map((instr, i) => {
    values.push(`t${i}`);
    return `t${i} = ${instr.op}(${instr.inputs.map((v) => values[v]).join(', ')})`;
  });
  return steps.join('; ');
}
