/** What a page's Content-Security-Policy allows decides how the CPU computes, and the page need not know. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright';
import { build, preview } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aliases } from '../tools/aliases.mjs';
import { launchChromium, openPage } from './helpers.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const config = { root, configFile: false, logLevel: 'error', resolve: { alias: aliases } } as const;
let outDir = '';
let browser: Browser;

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'lumigrad-policy-'));
  const input = join(root, 'e2e/policy/index.html');
  await build({
    ...config,
    publicDir: false,
    build: { outDir, emptyOutDir: true, target: 'es2022', rolldownOptions: { input } },
  });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(outDir, { recursive: true, force: true });
});

test.each([
  ["script-src 'self'", 'JavaScript on one CPU thread'],
  ["script-src 'self' 'wasm-unsafe-eval'", 'WebAssembly and JavaScript on one CPU thread'],
])('%s: %s', async (policy, description) => {
  const headers = { 'Content-Security-Policy': policy };
  const server = await preview({
    ...config,
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1', open: false, headers },
  });
  try {
    const { port } = server.httpServer.address() as { port: number };
    const site = { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
    const { page, problems, close } = await openPage(browser, site, 'e2e/policy/');
    await page.waitForFunction(() => document.title !== '', null, { timeout: 60_000 });
    expect(JSON.parse(await page.title())).toEqual([description, 71610]);
    // Nothing in the console either.
    expect(problems).toEqual([]);
    await close();
  } finally {
    await server.close();
  }
});
