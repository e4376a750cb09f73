/** The site: the landing page and one page per folder of demos/ and notebooks/. */
import { existsSync, readdirSync } from 'node:fs';
import { defineConfig } from 'vite';
import { aliases } from './tools/aliases.mjs';
import { compactShaders } from './tools/compact-shaders.mjs';
import { serveFullMnist } from './tools/data/serve-mnist.mjs';

const root = import.meta.dirname;

function pages(): string[] {
  const folders = ['demos', 'notebooks'].flatMap((group) =>
    existsSync(`${root}/${group}`) ? readdirSync(`${root}/${group}`).map((name) => `${group}/${name}/`) : [],
  );
  return ['', ...folders].map((folder) => `${root}/${folder}index.html`).filter((file) => existsSync(file));
}

export default defineConfig({
  root,
  // Relative addresses: the built site works from any folder of any host.
  base: './',
  appType: 'mpa',
  resolve: { alias: aliases },
  plugins: [compactShaders(), serveFullMnist()],
  worker: { format: 'es' },
  build: {
    outDir: 'site-dist',
    target: 'es2022',
    // Assets as files, not data: addresses, which a strict Content-Security-Policy forbids.
    assetsInlineLimit: 0,
    rolldownOptions: { input: pages(), output: { keepNames: true } },
  },
  preview: {
    // The strictest policy that users are promised: no eval, nothing from elsewhere.
    headers: {
      'Content-Security-Policy':
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'",
    },
  },
});
