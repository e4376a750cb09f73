import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the site once, before the first end-to-end test. */
export default async function setup(): Promise<void> {
  await build({ configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)), logLevel: 'warn' });
}
