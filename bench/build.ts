/** Builds what the contenders run: a bundle for Node, a page for the browser. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'vite';
import { aliases } from '../tools/aliases.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(folder, '..');
const cache = resolve(root, 'node_modules/.cache/lumigrad-bench', String(process.pid));
const peers = resolve(folder, 'peers');

/** The peers' packages, installed now if they are not there. */
export function installPeers(): void {
  const { dependencies } = JSON.parse(readFileSync(resolve(peers, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const missing = Object.keys(dependencies).some((name) => !existsSync(resolve(peers, 'node_modules', name)));
  if (!missing) return;
  console.error('Installing the peers in bench/peers …');
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'], {
    cwd: peers,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('the peers could not be installed');
}

export interface Built {
  /** The script that a Node contender runs. */
  readonly node: string;
  /** The folder to serve. */
  readonly page: string;
  /** All that was built. */
  readonly folder: string;
}

export async function buildHosts(withPeers: boolean): Promise<Built> {
  const absent = withPeers ? [] : [/^@jax-js\//, /^@tensorflow\//];
  const common: InlineConfig = {
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    resolve: { alias: aliases },
  };
  await build({
    ...common,
    ssr: { noExternal: true, external: ['webgpu', 'playwright'] },
    build: {
      ssr: resolve(folder, 'node.ts'),
      outDir: resolve(cache, 'node'),
      target: 'node20',
      minify: false,
      rolldownOptions: { external: absent },
    },
  });
  await build({
    ...common,
    build: {
      outDir: resolve(cache, 'page'),
      target: 'es2022',
      chunkSizeWarningLimit: 1e5,
      rolldownOptions: { input: resolve(folder, 'page/index.html'), external: absent },
    },
  });
  return { node: resolve(cache, 'node/node.js'), page: resolve(cache, 'page'), folder: cache };
}
