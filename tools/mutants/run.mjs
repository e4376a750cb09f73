// @ts-check
/**
 * Mutation tests of the shaders: `npm run mutants -- [families] [--only text] [--part 1/3] [--out report] [--again report]
 * [--dir folder] [--list]`. `--again` leaves out what a report settled; `--score reports` runs nothing, but counts what reports say.
 *
 * Each mutant is one small fault in the WGSL (or in the TypeScript that writes WGSL). It is applied in a copy of the working
 * tree, never in the tree itself; then the tests of its family run on WebGPU in Node until one fails. A mutant that no test
 * notices *survived*: a test is missing, unless the fault changes nothing that can be seen, which its row in the table says
 * with the reason (`equivalent`). One mutant runs at a time.
 */
import { fork, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { families, stagesOf } from './families.mjs';
import { mutants } from './table/index.mjs';

/**
 * @typedef {import('./table/kit.mjs').Mutant} Mutant
 * @typedef {import('./families.mjs').Stage} Stage
 * @typedef {Omit<Extract<import('./session.mjs').Reply, { kind: 'done' }>, 'kind'>} Done
 * @typedef {Mutant & { result: string, why: string, seconds: number, tests: number }} Verdict
 */

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Seconds without a test beginning or ending, after which a mutant counts as one that hangs: much more than a test takes. */
const PATIENCE = 240;

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    dir: { type: 'string' },
    out: { type: 'string' },
    part: { type: 'string' },
    again: { type: 'string' },
    list: { type: 'boolean' },
    score: { type: 'boolean' },
  },
});

/**
 * The text of a mutant's file with the fault in it.
 * @param {Mutant} mutant
 * @param {string} text
 */
function mutate({ file, from, to, nth }, text) {
  const parts = text.split(from);
  const found = parts.length - 1;
  if (nth === undefined ? found !== 1 : found < nth) throw new Error(`${file}: '${from}' occurs ${found} times`);
  const place = nth ?? 1;
  return parts.slice(0, place).join(from) + to + parts.slice(place).join(from);
}

/**
 * A copy of the working tree's sources, with the packages of the original.
 * @param {string} folder
 */
function copyTree(folder) {
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' });
  for (const file of stdout.split('\0').filter((f) => f && existsSync(join(root, f))))
    cpSync(join(root, file), join(folder, file), { recursive: true });
  // A folder of links rather than a link: what Vite and Vitest remember of a run is to stay in the copy.
  const packages = join(root, 'node_modules');
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(packages)) {
    if (/^\.(vite|cache)/.test(name)) continue;
    symlinkSync(join(packages, name), join(folder, 'node_modules', name));
  }
}

/** The tests of the copy, ready to run. A session that makes no progress for `PATIENCE` seconds is ended. */
class Session {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #process;
  #folder;

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  /**
   * Runs tests until the first failure.
   * @param {Stage} stage
   * @param {readonly string[]} changed
   * @returns {Promise<Done>}
   */
  run({ files, names }, changed) {
    this.#process ??= fork(fileURLToPath(new URL('session.mjs', import.meta.url)), [this.#folder], {
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // A process group of its own, so that a worker that hangs is ended with it.
      detached: true,
    });
    const session = this.#process;
    return new Promise((done) => {
      /** @type {NodeJS.Timeout} */
      let timer;
      const finish = (/** @type {Done} */ outcome) => {
        clearTimeout(timer);
        session.removeAllListeners();
        done(outcome);
      };
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          this.end();
          finish({ tests: 0, failure: { test: 'a test', message: `no end after ${PATIENCE} s` } });
        }, PATIENCE * 1000);
      };
      session.on('message', (/** @type {import('./session.mjs').Reply} */ reply) => {
        if (reply.kind === 'progress') wait();
        else finish(reply);
      });
      session.on('exit', () => {
        this.#process = undefined;
        finish({ tests: 0, failure: { test: 'the process', message: 'broke down' } });
      });
      wait();
      session.send({ files, names, changed });
    });
  }

  end() {
    const pid = this.#process?.pid;
    this.#process = undefined;
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  }
}

const firstLines = (/** @type {string} */ text) => text.split('\n').slice(0, 2).join(' ').slice(0, 200);

/** A fault that the WGSL compiler refuses says nothing about the tests. */
const refused = /does not compile|there is no hole|, line \d+: |error: |createShaderModule|createComputePipeline/;

/** @param {Mutant} mutant */
const nameOf = ({ file, from, to, nth }) => [file, from, to, nth].join('\0');

/** @param {readonly Verdict[]} verdicts */
function printTable(verdicts) {
  console.log('\n| Family | Mutants | Killed | Equivalent | Survived |\n| --- | --- | --- | --- | --- |');
  const row = (/** @type {string} */ label, /** @type {readonly Verdict[]} */ of) => {
    const count = (/** @type {string} */ result) => of.filter((v) => v.result === result).length;
    console.log(`| ${label} | ${of.length} | ${count('killed')} | ${count('equivalent')} | ${count('survived')} |`);
  };
  for (const [family, { label }] of Object.entries(families)) {
    const of = verdicts.filter((v) => v.family === family);
    if (of.length > 0) row(label, of);
  }
  row('all', verdicts);
  const wrong = verdicts.filter((v) => v.result === 'refused' || (v.equivalent && v.result === 'killed'));
  for (const v of wrong)
    console.log(`bad row: ${v.file}: ${v.from} is ${v.result}${v.equivalent ? ', not equivalent' : ''}`);
  process.exitCode = wrong.length > 0 || verdicts.some((v) => v.result === 'survived') ? 1 : 0;
}

if (options.score) {
  /** @type {Verdict[]} */
  const all = wanted.flatMap((report) => JSON.parse(readFileSync(report, 'utf8')));
  const latest = new Map(all.map((v) => [nameOf(v), v]));
  const known = mutants.flatMap((mutant) => {
    const verdict = latest.get(nameOf(mutant));
    if (!verdict) return [];
    const { result, why, seconds, tests } = verdict;
    const unnoticed = mutant.equivalent ? 'equivalent' : 'survived';
    return [{ ...mutant, result: /equivalent|survived/.test(result) ? unnoticed : result, why, seconds, tests }];
  });
  for (const v of known) if (v.result === 'survived') console.log(`SURVIVED ${v.file}: ${v.from} -> ${v.to}`);
  printTable(known);
  console.log(`\n${mutants.length - known.length} of ${mutants.length} were never run`);
  process.exit();
}

const chosen = mutants.filter(
  (m) =>
    (wanted.length === 0 || wanted.includes(m.family)) &&
    (!options.only || `${m.file} ${m.from} ${m.to}`.includes(options.only)),
);
/**
 * What a report of an earlier run settled.
 * @type {Set<string>}
 */
const settled = new Set();
if (options.again !== undefined) {
  /** @type {Verdict[]} */
  const report = JSON.parse(readFileSync(options.again, 'utf8'));
  for (const v of report) if (v.result === 'killed' || v.result === 'equivalent') settled.add(nameOf(v));
}

/** Every n-th, from the k-th on. */
const [k = 1, n = 1] = (options.part ?? '1/1').split('/').map(Number);
const selected = chosen.filter((m, i) => i % n === k - 1 && !settled.has(nameOf(m)));
const unknown = wanted.filter((name) => !(name in families));
if (unknown.length > 0) throw new Error(`no such family: ${unknown}; there are ${Object.keys(families).join(', ')}`);
const stale = selected.flatMap((mutant) => {
  try {
    mutate(mutant, readFileSync(join(root, mutant.file), 'utf8'));
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
});
if (stale.length > 0) throw new Error(`tools/mutants/table is out of date:\n${stale.join('\n')}`);
if (options.list) {
  for (const { family, file, from, to } of selected) console.log(`${family}\t${file}\t${from} -> ${to}`);
  console.log(`${selected.length} mutants, all of which apply`);
  process.exit(0);
}

const folder = options.dir ? resolve(options.dir) : mkdtempSync(join(tmpdir(), 'lumigrad-mutants-'));
mkdirSync(folder, { recursive: true });
copyTree(folder);

/** @type {Verdict[]} */
const verdicts = [];
const session = new Session(folder);

/**
 * Tests that have failed with a mutant and passed without.
 * @type {Set<string>}
 */
const sound = new Set();

/**
 * Files that are not as they were in the run before.
 * @type {Set<string>}
 */
const changed = new Set();

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  writeFileSync(file, text);
  changed.add(file);
}

/** @param {Stage} stage */
async function runStage(stage) {
  const files = [...changed];
  changed.clear();
  return session.run(stage, files);
}

/** A test that came to no end, or a process that did: because of the fault, or because the machine was busy. */
const timedOut = /^no end after|^broke down|^Test timed out/;

/**
 * Whether a test that a mutant failed passes without it: the test alone, or where it cannot be named, its stage.
 * @param {string} test
 * @param {Stage} stage
 */
async function assertSound(test, stage) {
  const names = `^${test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' > ', ' ')}$`;
  let outcome = await runStage({ files: stage.files, names });
  if (outcome.failure === null && outcome.tests === 0) outcome = await runStage(stage);
  if (outcome.failure) throw new Error(`fails without any mutant: ${outcome.failure.test}: ${outcome.failure.message}`);
  sound.add(test);
}

/**
 * Runs the stages until one of them fails. A time-out counts if the test passes without the mutant, and fails with it
 * once more.
 * @param {Mutant} mutant
 * @returns {Promise<Done>}
 */
async function judge(mutant) {
  const file = join(folder, mutant.file);
  const text = readFileSync(file, 'utf8');
  const faulty = mutate(mutant, text);
  let tests = 0;
  write(file, faulty);
  try {
    for (const stage of stagesOf(mutant)) {
      let { tests: passed, failure } = await runStage(stage);
      const late = failure !== null && timedOut.test(failure.message);
      if (failure && (late || !sound.has(failure.test))) {
        write(file, text);
        await assertSound(failure.test, stage);
        write(file, faulty);
      }
      if (late) ({ tests: passed, failure } = await runStage(stage));
      tests += passed;
      if (failure) return { tests, failure };
    }
    return { tests, failure: null };
  } finally {
    write(file, text);
  }
}

for (const mutant of selected) {
  const started = performance.now();
  const { tests, failure } = await judge(mutant);
  const seconds = Math.round((performance.now() - started) / 1000);
  const why = failure ? `${failure.test}: ${firstLines(failure.message)}` : '';
  const result = !failure
    ? mutant.equivalent
      ? 'equivalent'
      : 'survived'
    : refused.test(failure.message)
      ? 'refused'
      : 'killed';
  verdicts.push({ ...mutant, result, why, seconds, tests });
  const place = `${mutant.file.replace('shaders/', '')}: ${mutant.from} -> ${mutant.to}`.replaceAll('\n', '⏎');
  console.log(
    `${result.toUpperCase().padEnd(10)} ${String(seconds).padStart(4)} s  ${place}  [${why || `${tests} tests`}]`,
  );
  if (options.out) writeFileSync(options.out, JSON.stringify(verdicts, null, 1));
}
session.end();
if (!options.dir) rmSync(folder, { recursive: true });

printTable(verdicts);
