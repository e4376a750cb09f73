// @ts-check
/**
 * `npm test`: sees to it that there is a Chromium if that can be done, then runs Vitest with the arguments given.
 * Where there is none, vitest.config.ts leaves the browser tests out with a line that says so, or fails under CI.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { getChromium } from './chromium.mjs';

getChromium();
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const child = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { stdio: 'inherit' });
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});
