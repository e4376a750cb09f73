/** Runs PyTorch's optimizers and schedulers, as export_optimizers.py wrote them: optimizers.ts file [cpu | webgpu] [name,…] [states.json] */
import { readFileSync, writeFileSync } from 'node:fs';
import { fromArray, full, init, type Tensor, zeros } from '../../src/index.ts';
import * as optim from '../../src/optim/index.ts';
import { followSchedule, type Schedule } from './schedules.ts';

type Json = number | string | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type Settings = Readonly<Record<string, Json>>;
interface Run {
  readonly options: Settings;
  readonly scene: 'plain' | 'groups' | 'missing' | 'closure';
  /** All parameters after each step. */
  readonly after: readonly (readonly (readonly number[])[])[];
  /** The state dict before step `savedAt`. */
  readonly saved?: { readonly state: Readonly<Record<string, Settings>>; readonly param_groups: readonly Settings[] };
  readonly start?: readonly number[];
  readonly losses?: readonly (number | string)[];
  readonly counts?: readonly (readonly number[])[];
}
interface Refusal {
  readonly desc: string;
  readonly options: Settings;
  readonly params: Json;
  readonly shapes: readonly (readonly number[])[];
  readonly words: string;
}
interface Entry {
  readonly name: string;
  readonly runs: readonly Run[];
  readonly errors: readonly Refusal[];
}
type AnyOptimizer = optim.Optimizer<{ lr: number }>;
type Make = new (params: unknown, options: object) => AnyOptimizer;

const savedAt = 3;
const shapes = [[3, 2], [2], [], [2, 2]];
const matrices = [
  [3, 2],
  [2, 4],
  [3, 2],
];

/** As in export_optimizers.py. */
const scalar = (i: number): number => Number((BigInt(i) * 2654435761n) % 1000003n) / 500001.5 - 1;
function filled(shape: readonly number[], seed: number): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: n }, (_, i) => scalar(seed * 977 + i * 31 + 7));
  return fromArray(data, shape);
}
const shapesOf = (name: string): readonly (readonly number[])[] => (name === 'Muon' ? matrices : shapes);

function decode(v: Json): unknown {
  if (Array.isArray(v)) return v.map(decode);
  if (typeof v !== 'object' || v === null) return v;
  const { filled: shape, value } = v as { filled: number[]; value: number };
  return full(shape, value, { dtype: 'float32' });
}
const optionsOf = (given: Settings): object =>
  Object.fromEntries(Object.entries(given).map(([key, v]) => [key, decode(v)]));

function make(name: string, params: readonly Tensor[], options: object, scene: string): AnyOptimizer {
  const Class = (optim as unknown as Record<string, Make>)[name]!;
  if (scene !== 'groups') return new Class(params, options);
  const half = Math.floor(params.length / 2);
  const optimizer = new Class(
    [{ params: params.slice(0, half), lr: 0.01 }, { params: params.slice(half, -1) }],
    options,
  );
  optimizer.addParamGroup({ params: params.at(-1)!, lr: 0.03 });
  return optimizer;
}
function advance(name: string, optimizer: AnyOptimizer, params: readonly Tensor[], step: number, scene: string): void {
  for (const [i, p] of params.entries())
    p.grad = scene === 'missing' && (step + i) % 3 === 0 ? null : filled(shapesOf(name)[i]!, 50 + 10 * step + i);
  if (scene === 'groups' && step === 2) optimizer.paramGroups[1]!.lr *= 0.5;
  void optimizer.step();
}

async function compare(params: readonly Tensor[], want: readonly (readonly number[])[], what: string): Promise<void> {
  for (const [i, p] of params.entries()) {
    const data = Array.from(await p.data(), Number);
    for (const [j, w] of want[i]!.entries())
      if (!(Math.abs(data[j]! - Number(w)) <= 2e-5 * (1 + Math.abs(Number(w)))) && !Object.is(data[j], Number(w)))
        throw new Error(`${what}: parameter ${i}, element ${j} is ${data[j]}, expected ${w}`);
  }
}

/** A state dict of JSON, with tensors. */
function thawed(saved: NonNullable<Run['saved']>, dtype: 'float32' | 'float64' = 'float32'): optim.OptimizerState {
  const tensorOf = (v: Json): unknown => {
    if (Array.isArray(v)) return v.map(tensorOf);
    if (typeof v !== 'object' || v === null) return v;
    const { data, shape } = v as unknown as { data: number[]; shape: number[] };
    return fromArray(Float64Array.from(data), shape, { dtype });
  };
  const state = Object.entries(saved.state).map(([k, entry]) => [
    k,
    Object.fromEntries(Object.entries(entry).map(([n, v]) => [n, tensorOf(v)])),
  ]);
  return {
    state: Object.fromEntries(state) as optim.OptimizerState['state'],
    param_groups: saved.param_groups,
  };
}
async function frozen({ state, param_groups }: optim.OptimizerState): Promise<object> {
  const entries = Object.entries(state).map(async ([k, entry]) => {
    const values = Object.entries(entry).map(async ([name, v]) => [
      name,
      typeof v === 'number' ? v : { shape: v.shape, data: Array.from(await v.data(), Number) },
    ]);
    return [k, Object.fromEntries((await Promise.all(values)) as [string, unknown][])] as const;
  });
  return { state: Object.fromEntries(await Promise.all(entries)), param_groups };
}

/** Our state dicts at `savedAt`, for PyTorch. */
const states: Record<string, object> = {};

async function follow(name: string, index: number, { options, scene, after, saved }: Run): Promise<void> {
  const params = shapesOf(name).map((shape, i) => filled(shape, i).requiresGrad_());
  const optimizer = make(name, params, optionsOf(options), scene);
  for (const [step, want] of after.entries()) {
    if (step === savedAt) states[`${name} ${index}`] = await frozen(optimizer.stateDict());
    advance(name, optimizer, params, step, scene);
    await compare(params, want, `step ${step}`);
  }
  if (!saved) return;
  // The other way round: on from PyTorch's state.
  const copies = shapesOf(name).map((shape, i) =>
    fromArray(Float32Array.from(after[savedAt - 1]![i]!), shape).requiresGrad_(),
  );
  const resumed = make(name, copies, {}, scene);
  await resumed.loadStateDict(thawed(saved));
  for (const [step, want] of after.entries()) {
    if (step < savedAt) continue;
    advance(name, resumed, copies, step, scene);
    await compare(copies, want, `resumed, step ${step}`);
  }
}

const vectors = (parts: readonly (readonly number[])[]): Tensor[] =>
  parts.map((data) => fromArray(Float64Array.from(data), [data.length], { dtype: 'float64' }).requiresGrad_());

/** L-BFGS, whose closures and states are its own. */
async function search(run: Run): Promise<void> {
  const { start, options, after, saved } = run as Run & { start: readonly number[] };
  const [w, v] = vectors([start.slice(0, 2), start.slice(2)]) as [Tensor, Tensor];
  if (!(await descend(run, new optim.LBFGS([w, v], optionsOf(options)), [w, v], 0)) || !saved) return;
  const copies = vectors(after[savedAt - 1]!);
  const resumed = new optim.LBFGS(copies);
  await resumed.loadStateDict(thawed(saved, 'float64'));
  await descend(run, resumed, copies, savedAt);
}

/** Whether it went to the end. */
async function descend(run: Run, optimizer: optim.LBFGS, params: readonly Tensor[], from: number): Promise<boolean> {
  const [w, v] = params as [Tensor, Tensor];
  const closure = (): Tensor => {
    optimizer.zeroGrad();
    const [a, b, c] = [w.at(0), w.at(1), v.at(0)] as [Tensor, Tensor, Tensor];
    const loss = a.neg().add(1).square().add(b.sub(a.square()).square().mul(10)).add(c.sub(b).square());
    loss.backward();
    return loss;
  };
  for (const [step, want] of run.after.entries()) {
    if (step < from) continue;
    const loss = await (await optimizer.step(closure)).item();
    const expected = Number(run.losses![step]);
    if (!(Math.abs(loss - expected) <= 1e-6 * (Math.abs(expected) + 1e-2)) && Number.isFinite(expected))
      throw new Error(`from ${from}: loss of step ${step} is ${loss}, expected ${expected}`);
    // Where it has arrived, rounding decides how it goes on.
    if (expected < 1e-12 || !(expected < 1e6)) return false;
    const { func_evals, n_iter } = optimizer.state(w);
    if (`${[func_evals, n_iter]}` !== `${run.counts![step]}`)
      throw new Error(`step ${step}: ${func_evals} evaluations, ${n_iter} iterations, expected ${run.counts![step]}`);
    await compare(params, want, `step ${step}`);
  }
  return true;
}

/** Settings in tensors, which are refused here: a rate in a number costs nothing either. */
const inTensors = ({ options }: Pick<Run, 'options'>): boolean => JSON.stringify(options).includes('"filled"');

/** PyTorch's numbers without the point that only Python prints. */
const plain = (words: string): string => words.replace(/(\d)\.0\b/g, '$1').replace(/^\.\*|\.\*$/g, '');

function refuse(name: string, { options, params, shapes: given, words }: Refusal): void {
  const leaves = given.map((shape) => zeros(shape).requiresGrad_());
  const decoded = (v: Json): unknown => {
    const { tensor, list, group, plain: value } = v as Record<string, never>;
    if (tensor !== undefined) return leaves[tensor];
    if (list) return (list as Json[]).map(decoded);
    return group ? Object.fromEntries(Object.entries(group).map(([k, x]) => [k, decoded(x as Json)])) : value;
  };
  const made = params === null ? [zeros([2, 2]).requiresGrad_()] : decoded(params);
  let message: string;
  try {
    new (optim as unknown as Record<string, Make>)[name]!(made, optionsOf(options));
    message = '';
  } catch (error) {
    message = (error as Error).message;
  }
  if (message === '') throw new Error(`accepted, expected '${words}'`);
  if (inTensors({ options }) && message.includes('Tensor')) return;
  if (!plain(message).includes(plain(words))) throw new Error(`says '${message.split('\n')[0]}', expected '${words}'`);
}

const [file = '.cache/optimizers.json', device = 'cpu', only = '', out] = process.argv.slice(2);
if (device !== 'cpu' && device !== 'webgpu') throw new Error(`the device is cpu or webgpu, not ${device}`);
await init({ device });
const cases = JSON.parse(readFileSync(file, 'utf8')) as { optimizers: Entry[]; schedulers: Schedule[] };
const wanted = (name: string): boolean => only === '' || only.split(',').includes(name);
const describe = (run: Run | Refusal): string => JSON.stringify(run.options);

/** Counts what agrees, and prints some of what does not. */
async function report<T>(
  name: string,
  items: readonly T[],
  check: (item: T, i: number) => unknown,
  text: (item: T) => string,
) {
  const problems: string[] = [];
  for (const [i, item] of items.entries()) {
    try {
      await check(item, i);
    } catch (error) {
      problems.push(`${text(item)}\n      ${(error as Error).message.split('\n')[0]}`);
    }
  }
  if (problems.length > 0) console.log(`${name}: ${items.length - problems.length} of ${items.length}`);
  for (const problem of problems.slice(0, only ? 40 : 3)) console.log(`    ${problem}`);
  return items.length - problems.length;
}

const found: Record<string, [good: number, all: number]> = {};
const count = (kind: string, good: number, all: number): void => {
  const [before, total] = found[kind] ?? [0, 0];
  found[kind] = [before + good, total + all];
};
for (const { name, runs, errors } of cases.optimizers) {
  if (!wanted(name)) continue;
  if (!(name in optim)) {
    console.log(`not there: ${name}`);
    continue;
  }
  const check = (run: Run, i: number) => {
    if (inTensors(run)) refuse(name, { ...run, desc: '', params: null, shapes: [], words: 'Tensor' });
    else return run.scene === 'closure' ? search(run) : follow(name, i, run);
  };
  for (const [kind, tensors] of [
    ['runs', false],
    ['runs with settings in tensors, refused', true],
  ] as const) {
    const some = runs.map((run, i) => ({ run, i })).filter(({ run }) => inTensors(run) === tensors);
    const good = await report(
      name,
      some,
      ({ run, i }) => check(run, i),
      ({ run }) => `${run.scene} ${describe(run)}`,
    );
    count(kind, good, some.length);
  }
  const refused = (error: Refusal) => refuse(name, error);
  count('refusals', await report(`${name} refuses`, errors, refused, (e) => `${e.desc} ${describe(e)}`), errors.length);
}
for (const kind of [...new Set(cases.schedulers.map((s) => s.kind))].filter(wanted)) {
  const runs = cases.schedulers.filter((s) => s.kind === kind);
  count(
    'schedules',
    await report(kind, runs, followSchedule, (s) => JSON.stringify([s.scene, s.momentum, s.call])),
    runs.length,
  );
}
if (out) writeFileSync(out, JSON.stringify(states));
for (const [kind, [good, all]] of Object.entries(found)) console.log(`${device}: ${good} of ${all} ${kind}`);
process.exit(0);
