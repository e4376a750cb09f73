/**
 * Work on many tensors at once: what lies side by side in an arena, as an optimizer's parameters, gradients and states do, is
 * one dispatch.
 */
import { Var } from '../autograd/var.ts';
import { adjacent } from '../graph/arena.ts';
import { type NodeInput, Storage, type Value } from '../graph/node.ts';
import type { OpName } from '../ops/index.ts';
import type { Attrs, Scalar } from '../ops/types.ts';
import { Tensor } from './tensor.ts';

/** What takes part in a work on lists: its tensor of each list. */
export interface Member {
  readonly storages: readonly Storage[];
}

/** Members one after the other whose tensors follow each other in every list, as runs. `alike`: may they share a dispatch? */
export function sideBySide<T extends Member>(members: readonly T[], alike?: (a: T, b: T) => boolean): T[][] {
  const runs: T[][] = [];
  for (const member of members) {
    const run = runs[runs.length - 1];
    const last = run?.[run.length - 1];
    const follows =
      last?.storages.every(({ value }, i) => adjacent(value.place, member.storages[i]!.value.place)) &&
      (alike?.(last, member) ?? true);
    if (follows) run!.push(member);
    else runs.push([member]);
  }
  return runs;
}

/**
 * Records an op on a run. All tensors are read in the shape of the first list's. `rest`: tensors of one element and numbers that
 * follow them. `written`: which lists are overwritten. Returns what else comes out.
 */
export function recordLists(
  op: OpName,
  run: readonly Member[],
  rest: readonly NodeInput[],
  attrs: Attrs,
  written: readonly number[],
): Value[] {
  const { engine } = run[0]!.storages[0]!.value;
  const tensors = run[0]!.storages.flatMap((_, list) =>
    run.map(({ storages }) => ({ value: storages[list]!.value, layout: storages[0]!.value.layout })),
  );
  const results = [...engine.record(op, [...tensors, ...rest], { n: run.length, ...attrs })];
  for (const list of written) for (const { storages } of run) storages[list]!.replace(results.shift()!);
  return results;
}

/** Numbers as operands, of the dtype of a run's first list. */
export const scalarsFor = (run: readonly Member[], values: readonly number[]): Scalar[] =>
  values.map((scalar) => ({ scalar, dtype: run[0]!.storages[0]!.value.dtype }));

/** Runs of several tensors, and tensors that are alone. */
function runsOf(tensors: readonly Tensor[]): { runs: Member[][]; alone: Tensor[] } {
  const members = tensors.map((t) => ({ t, storages: [t.impl.storage] }));
  const runs = sideBySide(members, (a, b) => a.t.impl.isWhole && b.t.impl.isWhole);
  return {
    runs: runs.filter((run) => run.length > 1),
    alone: runs.flatMap((run) => (run.length > 1 ? [] : [run[0]!.t])),
  };
}

/** Tensors of which the p-norm is that of `tensors`: a norm for each run, and those that are alone. Without a tape. */
export function normsOfRuns(tensors: readonly Tensor[], p: number): { norms: Tensor[]; alone: Tensor[] } {
  const { runs, alone } = runsOf(tensors);
  const norm = p === 2 ? 'two' : p === Number.POSITIVE_INFINITY ? 'infinity' : 'any';
  const norms = runs.map((run) => {
    const [value] = recordLists('normOfLists', run, scalarsFor(run, norm === 'any' ? [p] : []), { norm }, []) as [
      Value,
    ];
    return new Tensor(new Var(new Storage(value), value.layout));
  });
  return { norms, alone };
}

/**
 * Scales tensors that lie in runs, in place and without a tape; gives back those that are alone. By 'factor': times a number.
 * By 'clip': times min(1, most/(norm + 1e-6)), with a norm of one element and most. By 'clamp': limited to two numbers.
 */
export function scaleRuns(
  tensors: readonly Tensor[],
  by: 'factor' | 'clip' | 'clamp',
  rest: readonly (number | Tensor)[],
): Tensor[] {
  const { runs, alone } = runsOf(tensors);
  for (const run of runs) {
    const operands = rest.map((v) => (typeof v === 'number' ? scalarsFor(run, [v])[0]! : v.impl.operand));
    recordLists('scaleLists', run, operands, { by }, [0]);
  }
  return alone;
}
