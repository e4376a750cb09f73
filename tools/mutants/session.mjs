// @ts-check
/**
 * The tests of a copy of the tree, kept ready: a process that starts Vitest once and then runs stages on request, as its files
 * change. `run.mjs` starts it, and ends it when a mutant hangs.
 */
import { createVitest } from 'vitest/node';

/**
 * @typedef {{ files: readonly string[], names?: string, changed: readonly string[] }} Request
 * @typedef {{ test: string, message: string }} Failure
 * @typedef {{ kind: 'progress' } | { kind: 'done', tests: number, failure: Failure | null }} Reply
 */

const folder = process.argv[2] ?? '';
process.chdir(folder);

/** @param {Reply} reply */
function send(reply) {
  process.send?.(reply);
}

/** Of the run that is under way. */
let passed = 0;
/** @type {Failure | null} */
let failure = null;

/** @param {Failure} found */
function fail(found) {
  failure ??= found;
}

const vitest = await createVitest('test', {
  root: folder,
  project: ['webgpu-node'],
  watch: false,
  bail: 1,
  // So long that a busy machine is no failure.
  testTimeout: 120_000,
  // What Vitest returns holds results of earlier runs too; these are told of this run alone.
  reporters: [
    {
      onTestCaseReady: () => send({ kind: 'progress' }),
      onTestCaseResult: (test) => {
        const { state, errors } = test.result();
        if (state === 'passed') passed++;
        if (state === 'failed') fail({ test: test.fullName, message: errors[0]?.message ?? '' });
        send({ kind: 'progress' });
      },
      onTestModuleEnd: (module) => {
        const [error] = module.errors();
        if (error) fail({ test: module.relativeModuleId, message: error.message });
      },
    },
  ],
});
await vitest.standalone();

/**
 * @param {Request} request
 * @returns {Promise<Reply>}
 */
async function run({ files, names, changed }) {
  passed = 0;
  failure = null;
  for (const file of changed) vitest.invalidateFile(file);
  const specifications = await vitest.globTestSpecifications([...files]);
  if (names === undefined) vitest.resetGlobalTestNamePattern();
  else vitest.setGlobalTestNamePattern(new RegExp(names));
  const { unhandledErrors } = await vitest.runTestSpecifications(specifications);
  const [error] = unhandledErrors;
  if (error !== undefined) {
    fail({ test: 'the process', message: error instanceof Error ? error.message : JSON.stringify(error) });
  }
  return { kind: 'done', tests: passed, failure };
}

process.on('message', (/** @type {Request} */ request) => {
  void run(request).then(send, (error) =>
    send({ kind: 'done', tests: 0, failure: { test: 'the process', message: String(error) } }),
  );
});
process.on('disconnect', () => process.exit());
send({ kind: 'progress' });
