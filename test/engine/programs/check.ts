/** Runs programs in all modes and compares what they read. */
import { type DeviceName, engineStats, flush, Generator, setImmediateMode } from '../../../src/index.ts';
import { type GenerateOptions, generate } from './generate.ts';
import { execute, isDisposed, list, type Program, type Seen, type Variant } from './language.ts';

/** What is wrong with a program, or null. */
export type Check = (program: Program) => Promise<string | null>;

async function run(program: Program, device: DeviceName, immediate: boolean, variant: Variant): Promise<Seen[]> {
  setImmediateMode(immediate, device);
  try {
    const seen = await execute(program, device, variant, new Generator(7));
    flush();
    return seen;
  } finally {
    setImmediateMode(false, device);
  }
}

/** Compares lazy with immediate execution on the CPU and, where wanted, both with WebGPU. */
export function checkOn(devices: readonly DeviceName[]): Check {
  return async (program) => {
    const expected = [await run(program, 'cpu', true, 0), await run(program, 'cpu', true, 1)] as const;
    for (const device of devices) {
      if (device !== 'cpu') {
        const wrong = difference(expected[0], await run(program, device, true, 0));
        if (wrong) return `immediate ${device} differs from immediate cpu: ${wrong}`;
      }
      const first = await run(program, device, false, 0);
      const wrong = difference(expected[0], first);
      if (wrong) return `lazy ${device} differs from immediate cpu: ${wrong}`;
      const before = engineStats(device).planMisses;
      // Other numbers through the same plans, then the same numbers again.
      const other = difference(expected[1], await run(program, device, false, 1));
      if (other) return `replay on ${device} with other numbers differs from immediate cpu: ${other}`;
      const again = await run(program, device, false, 0);
      const changed = difference(first, again, 0);
      if (changed) return `replay on ${device} is not bit for bit the first run: ${changed}`;
      const misses = engineStats(device).planMisses - before;
      if (misses > 0) return `replay on ${device} made ${misses} new plans`;
    }
    return null;
  };
}

/** Where two runs differ, or null. Integers and bools must be equal, floats within `tolerance` of the largest element. */
function difference(expected: readonly Seen[], actual: readonly Seen[], tolerance = 1e-4): string | null {
  for (const [i, want] of expected.entries()) {
    const got = actual[i];
    const at = `read ${i} (${want.label})`;
    if (!got) return `${at} is missing; the last was ${JSON.stringify(actual[actual.length - 1])}`;
    if (got.stale && isDisposed(got)) continue;
    if (want.error !== got.error) return `${at} gave ${got.error ?? 'values'}, expected ${want.error ?? 'values'}`;
    if (!want.values || !got.values) {
      if (want.values !== got.values) return `${at} gave ${got.values ? 'values' : 'nothing'}`;
      continue;
    }
    const { dtype, shape, data } = want.values;
    if (dtype !== got.values.dtype || shape.join() !== got.values.shape.join()) {
      return `${at} is ${got.values.dtype}[${got.values.shape}], expected ${dtype}[${shape}]`;
    }
    const scale = dtype === 'float32' ? tolerance * Math.max(1, ...data.map(Math.abs)) : 0;
    const wrong = data.findIndex((v, n) => !(Math.abs(v - got.values!.data[n]!) <= scale));
    if (wrong >= 0)
      return `${at}[${wrong}] is ${got.values.data[wrong]}, expected ${data[wrong]}\n    all: ${got.values.data}\n    expected: ${data}`;
  }
  return actual.length > expected.length ? `an extra read: ${JSON.stringify(actual[expected.length])}` : null;
}

/** Cuts instructions out of a failing program as long as it still fails. */
export async function shrink(program: Program, check: Check): Promise<Program> {
  let best = program;
  for (let again = true; again; ) {
    again = false;
    for (const shorter of cuts(best)) {
      if ((await check(shorter).catch(String)) === null) continue;
      best = shorter;
      again = true;
      break;
    }
  }
  return best;
}

/** The program without one of its instructions, or with a block replaced by its body. */
function* cuts(program: Program): Generator2<Program> {
  for (let i = program.length - 1; i >= 0; i--) {
    const instr = program[i]!;
    const [before, after] = [program.slice(0, i), program.slice(i + 1)];
    yield [...before, ...after];
    if (!('body' in instr)) continue;
    yield [...before, ...instr.body, ...after];
    for (const body of cuts(instr.body)) yield [...before, { ...instr, body }, ...after];
  }
}
type Generator2<T> = IterableIterator<T>;

/** Generates the program of a seed and checks it. Throws with a shrunk listing. */
export async function checkSeed(seed: number, options: GenerateOptions, check: Check): Promise<Program> {
  setImmediateMode(true, 'cpu');
  let program: Program;
  try {
    program = generate(seed, options);
  } finally {
    setImmediateMode(false, 'cpu');
  }
  const wrong = await check(program).catch(
    (error: unknown) => `it throws ${error instanceof Error ? error.stack : error}`,
  );
  if (wrong === null) return program;
  const small = await shrink(program, check);
  const why = await check(small).catch(String);
  throw new Error(
    [`seed ${seed}: ${why ?? wrong}`, ...list(small, '  '), `rerun with LUMIGRAD_SEED=${seed}`].join('\n'),
  );
}
