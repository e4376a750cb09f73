// @ts-check
/**
 * Finds a Chromium for the browser tests, and gets one where there is none.
 * The order: CHROMIUM_PATH, Playwright's own copy, then the usual names and places.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';

/** What the tests need: WebGPU on the software adapter everywhere alike, and no traffic of the browser's own. */
export const chromiumArgs = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--js-flags=--expose-gc',
];

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge'];

const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The path of a Chromium that is already there.
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH || process.env.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM_PATH names ${named}, which does not exist`);
  }
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
  return [chromium.executablePath(), ...onPath, ...PLACES].find(isExecutable);
}

/**
 * Runs an installer, its output kept for when it fails.
 * @param {string} command
 * @param {string[]} args
 */
function attempt(command, args) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'ignore'], timeout: 5 * 60_000 });
  return status === 0;
}

/**
 * The path of a Chromium, installed now if need be; undefined where that is not possible.
 * @returns {string | undefined}
 */
export function getChromium() {
  const found = findChromium();
  if (found) return found;
  console.log('No Chromium found: installing one for the browser tests.');
  const cli = fileURLToPath(new URL('../node_modules/playwright/cli.js', import.meta.url));
  attempt(process.execPath, [cli, 'install', 'chromium']);
  const root = process.getuid?.() === 0;
  if (!findChromium() && root && existsSync('/usr/bin/apt-get')) {
    attempt('apt-get', ['update']);
    attempt('apt-get', ['install', '-y', '--no-install-recommends', 'chromium']);
  }
  return findChromium();
}
