// @ts-check
/**
 * Runs a TypeScript file of this repository in Node: `node tools/run.mjs bench/run.ts --any arguments`.
 * The file and all it imports, shaders too, are bundled into one module first, so that it runs at full speed.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { aliases } from './aliases.mjs';
import { dawnEnvironment, installDawn } from './dawn.mjs';

const READY = 'LUMIGRAD_RUN_READY';
const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * `import.meta.url` must keep naming the source, because scripts find their data beside themselves.
 * @returns {import('vite').Plugin}
 */
function sourceUrls() {
  return {
    name: 'source-urls',
    enforce: 'pre',
    transform: (code, id) =>
      code.includes('import.meta.url')
        ? { code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)), map: null }
        : null,
  };
}

/**
 * Bundles `entry` and returns the path of the result.
 * @param {string} entry
 */
async function bundle(entry) {
  const outDir = resolve(root, 'node_modules/.cache/lumigrad', String(process.pid));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    resolve: { alias: aliases },
    plugins: [sourceUrls()],
    ssr: { noExternal: true, external: ['webgpu', 'vite', 'playwright'] },
    build: {
      ssr: entry,
      outDir,
      emptyOutDir: true,
      target: 'node20',
      sourcemap: 'inline',
      rolldownOptions: { output: { entryFileNames: 'main.js', codeSplitting: false } },
    },
  });
  return resolve(outDir, 'main.js');
}

/** Starts this script again with the environment that Dawn needs, which must be there from the start. */
function restart() {
  const env = { ...process.env, ...dawnEnvironment(), [READY]: '1' };
  const args = ['--expose-gc', '--enable-source-maps', ...process.argv.slice(1)];
  const child = spawn(process.execPath, args, { stdio: 'inherit', env });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

async function main() {
  const [, , entry, ...rest] = process.argv;
  if (!entry) throw new Error('usage: node tools/run.mjs <file.ts> [arguments]');
  const { rm } = await import('node:fs/promises');
  const source = resolve(entry);
  const file = await bundle(source);
  try {
    await installDawn();
    process.argv = [process.execPath, source, ...rest];
    await import(pathToFileURL(file).href);
  } finally {
    await rm(resolve(file, '..'), { recursive: true, force: true });
  }
}

if (process.env[READY]) await main();
else restart();
