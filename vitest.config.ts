/**
 * Three projects. `*.device.test.ts` run on the CPU, on WebGPU in Node (Dawn) and on WebGPU in Chromium; what is built on tensors
 * alone (layers, optimizers, models …) on the CPU and in Chromium.
 * `*.webgpu.test.ts` run in the latter two (tests of single kernels in Node only), `*.browser.test.ts` in Chromium alone, all
 * other tests once in Node.
 */
import { availableParallelism } from 'node:os';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { aliases } from './tools/aliases.mjs';
import { chromiumArgs, findChromium } from './tools/chromium.mjs';
import { dawnEnvironment, probeDawn } from './tools/dawn.mjs';

const DEVICE_TESTS = 'test/**/*.device.test.ts';
const WEBGPU_TESTS = 'test/**/*.webgpu.test.ts';
const BROWSER_TESTS = 'test/**/*.browser.test.ts';
// Tests of single kernels take long and say the same in Node and in Chromium, whose WebGPU is Dawn too. In the browser run
// those of the runtime and of the numerics, besides the engine's, and every op through the device tests.
const KERNEL_TESTS = 'test/webgpu/!(prelude|snippets|device|executable|memory).webgpu.test.ts';

// Two processes test WebGPU side by side, and that in Node has the kernels too: what is built on tensors alone runs in the browser.
const BUILT_ON_TENSORS = 'test/{nn,optim,amp,data,distributions,models,demos,vis}/**/!(pretrained).device.test.ts';

const common = {
  // Test files make their own tensors and seed their own randomness, so they can share modules and compiled kernels.
  isolate: false,
  testTimeout: 30_000,
  hookTimeout: 60_000,
} as const;

const cpu: TestProjectConfiguration = {
  resolve: { alias: aliases },
  test: {
    ...common,
    name: 'cpu',
    include: ['test/**/*.test.ts'],
    exclude: [WEBGPU_TESTS, BROWSER_TESTS],
    pool: 'forks',
    maxWorkers: availableParallelism(),
    execArgv: ['--expose-gc'],
    setupFiles: ['test/setup-cpu.ts'],
    env: { LUMIGRAD_TEST_DEVICE: 'cpu' },
    provide: { testDevice: 'cpu' },
  },
};

const webgpuNode = (environment: Record<string, string>): TestProjectConfiguration => ({
  resolve: { alias: aliases },
  test: {
    ...common,
    name: 'webgpu-node',
    include: [DEVICE_TESTS, WEBGPU_TESTS],
    exclude: [BUILT_ON_TENSORS],
    // Processes, not threads: Dawn is one per process and reads its environment when the process starts.
    pool: 'forks',
    maxWorkers: 1,
    execArgv: ['--expose-gc'],
    setupFiles: ['test/setup-dawn.ts', 'test/setup-cpu.ts'],
    env: { ...environment, LUMIGRAD_TEST_DEVICE: 'webgpu' },
    provide: { testDevice: 'webgpu' },
    sequence: { groupOrder: 1 },
  },
});

const webgpuChromium = (executablePath: string): TestProjectConfiguration => ({
  resolve: { alias: aliases },
  // Named here, or Vite finds them half-way through and reloads the page under the tests.
  optimizeDeps: { include: ['wgsl-preprocessor/wgsl-preprocessor.js', 'fast-check'] },
  test: {
    ...common,
    name: 'webgpu-chromium',
    include: [DEVICE_TESTS, WEBGPU_TESTS, BROWSER_TESTS],
    exclude: [KERNEL_TESTS],
    maxWorkers: 1,
    fileParallelism: false,
    setupFiles: ['test/setup-cpu.ts'],
    provide: { testDevice: 'webgpu' },
    sequence: { groupOrder: 1 },
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args: chromiumArgs } }),
      instances: [{ browser: 'chromium' }],
    },
  },
});

/** Leaves a project out with one line that says why; under CI, where every project must run, fails instead. */
function unavailable(project: string, why: string): [] {
  if (process.env.CI) throw new Error(`${project}: ${why}`);
  console.warn(`Not run: ${project} (${why}).`);
  return [];
}

const executable = findChromium();
const environment = dawnEnvironment();

export default defineConfig({
  test: {
    projects: [
      cpu,
      ...(probeDawn(environment) ? [webgpuNode(environment)] : unavailable('webgpu-node', 'no WebGPU adapter in Node')),
      ...(executable
        ? [webgpuChromium(executable)]
        : unavailable('webgpu-chromium', 'no Chromium: install Chromium or Chrome, or set CHROMIUM_PATH')),
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
  },
});
