/** Devices: init() picks one and says why; engines for both can live side by side. */
import type { BackendStats, DeviceName, MemoryStats } from '../backends/backend.ts';
import { createBackend, type WebGpuOptions } from '../backends/registry.ts';
import {
  checkFunction,
  checkOptions,
  DeviceError,
  DeviceLostError,
  describe,
  OptionError,
  wrongType,
} from '../core/errors.ts';
import { nextTask } from '../core/task.ts';
import { type CompiledPlan, Engine, type GraphStats } from '../graph/engine.ts';
import { describePlan } from '../graph/explain.ts';

export type { DeviceName };

/** Options of {@link init}. */
export interface InitOptions {
  /** `'auto'` takes WebGPU where it works and says why where it does not. Default `'auto'`. */
  readonly device?: DeviceName | 'auto';
  /** A GPUDevice of the application's own. */
  readonly gpuDevice?: GPUDevice;
  readonly powerPreference?: GPUPowerPreference;
}

/** What {@link init} chose. */
export interface DeviceInfo {
  readonly device: DeviceName;
  /** The adapter's or processor's name. */
  readonly description: string;
  /** Why `'auto'` did not choose WebGPU, or null. */
  readonly fallbackReason: string | null;
}

const engines = new Map<DeviceName, Engine>();
let defaultDevice: DeviceName = 'cpu';
let info: DeviceInfo | null = null;

/**
 * Loads a device and makes it the one that new tensors live on. Call it once before anything else; call it again to add
 * the other device or to start over after a loss.
 *
 * @throws OptionError for an unknown device, DeviceError with the reason when `'webgpu'` is asked for and not to be had.
 * @example
 * const { device, description, fallbackReason } = await init({ device: 'auto' });
 */
export async function init(options: InitOptions = {}): Promise<DeviceInfo> {
  checkOptions('init', options, ['device', 'gpuDevice', 'powerPreference']);
  const wanted = options.device ?? 'auto';
  if (!['auto', 'cpu', 'webgpu'].includes(wanted)) {
    throw new OptionError(`init: device must be 'auto', 'webgpu' or 'cpu', got ${describe(wanted)}`);
  }
  checkGpuOptions(wanted, options);
  let device: DeviceName = wanted === 'cpu' ? 'cpu' : 'webgpu';
  let fallbackReason: string | null = null;
  try {
    await loadDevice(device, options);
  } catch (error) {
    if (wanted !== 'auto' || !(error instanceof DeviceError)) throw error;
    fallbackReason = error.message;
    device = 'cpu';
    await loadDevice(device);
  }
  defaultDevice = device;
  info = { device, description: engineFor(device).backend.description, fallbackReason };
  return info;
}

function checkGpuOptions(wanted: string, { gpuDevice, powerPreference }: InitOptions): void {
  if (gpuDevice !== undefined) {
    if (wanted === 'cpu') throw new OptionError("init: a gpuDevice goes with device 'webgpu' or 'auto', not 'cpu'");
    if (typeof gpuDevice?.createComputePipelineAsync !== 'function')
      wrongType('init', 'gpuDevice', 'a GPUDevice', gpuDevice, 'await adapter.requestDevice() gives one');
  }
  if (powerPreference !== undefined && !['low-power', 'high-performance'].includes(powerPreference)) {
    throw new OptionError(
      `init: powerPreference must be 'low-power' or 'high-performance', got ${describe(powerPreference)}`,
    );
  }
}

/** Has the device been loaded, and not been lost since? */
export function isReady(device: DeviceName): boolean {
  return engines.get(device)?.backend.lost === null;
}

/** Makes a device ready without making it the default. */
export function loadDevice(device: DeviceName, options: InitOptions = {}): Promise<void> {
  if (options.gpuDevice) return open(device, options);
  const under = loading.get(device);
  if (under) return under;
  const load = reopen(device, options).finally(() => loading.delete(device));
  loading.set(device, load);
  return load;
}
/** Who asks while a device is being opened gets that one. */
const loading = new Map<DeviceName, Promise<void>>();

async function reopen(device: DeviceName, options: InitOptions): Promise<void> {
  const live = engines.get(device);
  if (live && live.backend.lost === null) {
    // It may have been lost just now, and not have said so yet: its queue answers in order.
    await live.throttle(0).catch(() => {});
    await nextTask();
  }
  if (live) {
    if (live.backend.lost === null) return;
    live.backend.dispose();
  }
  await open(device, options);
}

async function open(device: DeviceName, { gpuDevice, powerPreference }: InitOptions): Promise<void> {
  const gpu: WebGpuOptions = { ...(gpuDevice && { device: gpuDevice }), ...(powerPreference && { powerPreference }) };
  const [backend, { installSurface }] = await Promise.all([createBackend(device, gpu), import('../surface.ts')]);
  installSurface();
  if (gpuDevice) {
    await nextTask();
    if (backend.lost !== null)
      throw new DeviceLostError(
        `init: the gpuDevice is lost (${backend.lost})\n  request another one from its adapter`,
      );
  }
  engines.set(device, new Engine(backend));
}

/** What init() chose, or null before it ran. */
export function deviceInfo(): DeviceInfo | null {
  return info;
}

/** The engine of a device that init() has loaded. */
export function engineFor(device: DeviceName = defaultDevice): Engine {
  const engine = engines.get(device);
  if (engine) return engine;
  if (device !== 'cpu' && device !== 'webgpu') {
    throw new DeviceError(`Expected one of 'webgpu', 'cpu' as device, got '${device}'`);
  }
  throw new DeviceError(
    `the ${device} device is not ready\n  call await init() once before making tensors${info ? `, or await init({ device: '${device}' }) to add it` : ''}`,
  );
}

/** The device that new tensors live on. */
export function getDefaultDevice(): DeviceName {
  return defaultDevice;
}

/** Runs everything recorded so far, on all devices. Submits; awaits nothing. */
export function flush(): void {
  // A lost device throws; that must not keep the others from running.
  const all = [...engines.values()].sort((a, b) => Number(a.backend.lost !== null) - Number(b.backend.lost !== null));
  for (const engine of all) engine.flush();
}

/** Resolves when all work submitted so far is done. */
export async function synchronize(device?: DeviceName): Promise<void> {
  const engine = engineFor(device);
  engine.flush();
  await engine.throttle(0);
}

/**
 * Runs everything recorded so far and resolves when at most `inFlight` runs are unfinished on every device: called once per
 * step it keeps the program from running ahead of the GPU. A DataLoader does so by itself.
 */
export async function throttle(inFlight = 2): Promise<void> {
  if (!Number.isInteger(inFlight) || inFlight < 0)
    wrongType('throttle', 'inFlight', 'an integer of at least 0', inFlight);
  // A lost device says so at the next op; waiting for it would keep others from going on.
  const alive = [...engines.values()].filter((engine) => engine.backend.lost === null);
  for (const engine of alive) engine.flush();
  await Promise.all(alive.map((engine) => engine.throttle(inFlight)));
}

/** Bytes and buffers on a device. */
export function memoryStats(device?: DeviceName): MemoryStats {
  return engineFor(device).backend.memory();
}

/** What the engine and its device did so far: counters only ever grow. */
export function engineStats(device?: DeviceName): GraphStats & BackendStats {
  const engine = engineFor(device);
  return { ...engine.stats, ...engine.backend.stats() };
}

/** Immediate mode: every op runs at once, nothing is fused or reused. For debugging. */
export function setImmediateMode(on: boolean, device?: DeviceName): void {
  const engine = engineFor(device);
  engine.flush();
  engine.immediate = on;
}

/** Calls back when the device is lost: restore parameters from a checkpoint after another init(). */
export function onDeviceLost(callback: (reason: string) => void, device?: DeviceName): void {
  checkFunction('onDeviceLost', callback);
  engineFor(device).backend.onLost(callback);
}

/**
 * Runs `fn` and returns, as text, the plans that it made the engine run: each kernel with its buffers, what was fused into it
 * and why something was not, bytes of inputs, results and temporaries, and the dispatches; with `source: true` their shaders.
 * `in` are buffers that were there, `out` results that stay, `tmp` slots that results share one after the other, `_` what is
 * stored nowhere.
 *
 * @example
 * console.log(explain(() => {
 *   loss.backward();
 *   optimizer.step();
 * }));
 */
export function explain(fn: () => unknown, options: { device?: DeviceName; source?: boolean } = {}): string {
  checkFunction('explain', fn);
  checkOptions('explain', options, ['device', 'source']);
  const engine = engineFor(options.device);
  engine.flush();
  const texts: string[] = [];
  const before = engine.onRun;
  engine.onRun = (plan: CompiledPlan, hit: boolean) => texts.push(describePlan(plan, hit, options.source ?? false));
  try {
    fn();
    engine.flush();
  } finally {
    engine.onRun = before;
  }
  return texts.length > 0 ? texts.join('\n') : 'nothing ran';
}

/** Gives the device and all its memory back. Tensors on it can no longer be used. */
export function disposeDevice(device: DeviceName): void {
  const engine = engines.get(device);
  if (!engine) return;
  engines.delete(device);
  engine.backend.dispose();
  if (defaultDevice === device) defaultDevice = 'cpu';
}
