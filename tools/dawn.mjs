// @ts-check
/**
 * WebGPU in Node: Dawn, from the optional npm package `webgpu`.
 * Its Vulkan loader reads the environment when the process starts, so `dawnEnvironment` is for whoever starts it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.mjs';

const SWIFTSHADER = 'vk_swiftshader_icd.json';

/** Folders where a Chromium keeps its software Vulkan driver. */
function chromiumFolders() {
  const executable = findChromium();
  const own = executable ? [dirname(realpathSync(executable))] : [];
  return [...own, '/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
}

/** A GPU that the kernel shows, and a Vulkan driver for it; drivers alone say nothing, Mesa installs them all. */
function hasGpu() {
  const nodes = ['/dev/dri/renderD128', '/dev/nvidia0', '/dev/dxg'];
  const drivers = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
  const real = (/** @type {string} */ file) => file.endsWith('.json') && !/lvp|swiftshader/.test(file);
  return nodes.some(existsSync) && drivers.some((folder) => existsSync(folder) && readdirSync(folder).some(real));
}

/**
 * The environment that gives a Node process an adapter: that of the machine's GPU, else of Chromium's software driver.
 * Under CI it is always the software driver, so that every run is the same.
 * @returns {Record<string, string>}
 */
export function dawnEnvironment() {
  const chosen = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES;
  if (process.platform !== 'linux' || (!process.env.CI && (hasGpu() || chosen))) return {};
  const folder = chromiumFolders().find((candidate) => existsSync(join(candidate, SWIFTSHADER)));
  if (!folder) return {};
  const driver = join(folder, SWIFTSHADER);
  // Chromium's own Vulkan loader comes last: it is used where the system has none.
  const libraries = [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':');
  return {
    VK_DRIVER_FILES: driver,
    VK_ICD_FILENAMES: driver,
    LD_LIBRARY_PATH: libraries,
    XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir(),
  };
}

/**
 * Makes `navigator.gpu` and the `GPU*` globals exist in this process.
 * @returns {Promise<boolean>} whether they now do: false where the package is not installed
 */
export async function installDawn() {
  if (globalThis.navigator?.gpu) return true;
  const dawn = await import('webgpu').catch(() => null);
  if (!dawn) return false;
  Object.assign(globalThis, dawn.globals);
  // Held by navigator for the life of the process: Dawn breaks once its GPU object is collected.
  const gpu = dawn.create([]);
  if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  return true;
}

/**
 * The name of the adapter that a Node process gets with this environment, or undefined. Asked in a process of its own,
 * because a driver that fails may take the process with it.
 * @param {Record<string, string>} environment
 * @returns {string | undefined}
 */
export function probeDawn(environment) {
  const { status, stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--probe'], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return status === 0 ? stdout.trim() || undefined : undefined;
}

if (process.argv[2] === '--probe' && process.argv[1] === fileURLToPath(import.meta.url)) {
  const adapter = (await installDawn()) ? await navigator.gpu.requestAdapter() : null;
  console.log(adapter ? adapter.info.description || adapter.info.vendor : '');
}
