// @ts-check
/**
 * The tests of a copy of the tree, kept ready: a process that starts Vitest once and then runs stages on request, as its files
 * change. `run.mjs` starts it, and ends it when a mutant hangs.
 */
import { createVitest } from 'vitest/node';

/**
 * @typedef {{ files: readonly string[], names?: string, changed: readonly string[] }} Request
 * @typedef {{ kind: 'progress' } | { kind: 'done', tests: number, failure: { test: string, message: string } | null }} Reply
 */

const folder = process.argv[2] ?? '';
process.chdir(folder);

/** @param {Reply} reply */
const send = (reply) => process.send?.(reply);

const vitest = await createVitest('test', {
  root: folder,
  project: ['webgpu-node'],
  watch: false,
  bail: 1,
  // So long that a busy machine is no failure.
  testTimeout: 120_000,
  reporters: [
    {
      // In Node a child's standard output would fill up.
      onTestCaseReady: () => send({ kind: 'progress' }),
      onTestCaseResult: () => send({ kind: 'progress' }),
    },
  ],
});
await vitest.standalone();

/**
 * @param {Request} request
 * @returns {Promise<Reply>}
 */
async function run({ files, names, changed }) {
  for (const file of changed) vitest.invalidateFile(file);
  const specifications = await vitest.globTestSpecifications([...files]);
  if (names === undefined) vitest.resetGlobalTestNamePattern();
  else vitest.setGlobalTestNamePattern(new RegExp(names));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, true);
  let tests = 0;
  for (const module of testModules) {
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'passed') tests++;
      if (result.state === 'failed')
        return { kind: 'done', tests, failure: { test: test.fullName, message: result.errors[0]?.message ?? '' } };
    }
    const [error] = module.errors();
    if (error) return { kind: 'done', tests, failure: { test: module.relativeModuleId, message: error.message } };
  }
  const [error] = unhandledErrors;
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'done', tests, failure: error === undefined ? null : { test: 'the process', message } };
}

process.on('message', (/** @type {Request} */ request) => {
  void run(request).then(send, (error) =>
    send({ kind: 'done', tests: 0, failure: { test: 'the process', message: String(error) } }),
  );
});
process.on('disconnect', () => process.exit());
send({ kind: 'progress' });
