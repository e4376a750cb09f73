/** Contenders: a library on a device, in a process or a page of its own, so that none disturbs another's heap or code. */
import { fork } from 'node:child_process';
import { type Browser, chromium } from 'playwright';
import { preview } from 'vite';
import { chromiumArgs, getChromium } from '../tools/chromium.mjs';
import type { Built } from './build.ts';
import type { HotSpot } from './cpu-profile.ts';
import type { Host } from './host.ts';
import type { Device } from './job.ts';
import type { LibraryName } from './libraries.ts';

export interface Contender {
  readonly library: LibraryName;
  readonly device: Device;
  readonly place: 'Node' | 'Chromium';
}

export const contenders: readonly Contender[] = [
  { library: 'lumigrad', device: 'webgpu', place: 'Chromium' },
  { library: 'jax-js', device: 'webgpu', place: 'Chromium' },
  { library: 'tfjs', device: 'webgpu', place: 'Chromium' },
  { library: 'lumigrad', device: 'webgpu', place: 'Node' },
  { library: 'lumigrad', device: 'cpu', place: 'Node' },
  { library: 'jax-js', device: 'wasm', place: 'Node' },
  { library: 'tfjs', device: 'cpu', place: 'Node' },
  { library: 'lumigrad', device: 'cpu', place: 'Chromium' },
  { library: 'jax-js', device: 'wasm', place: 'Chromium' },
];

export interface Request {
  readonly method: string;
  readonly args: readonly unknown[];
}
export type Reply = { readonly value: unknown } | { readonly error: string };

type Methods = Omit<Host, 'close'> & { profile(steps: number): Promise<HotSpot[]>; close(): Promise<void> };

/** A started contender: the host's methods, from afar. */
export type Remote = Methods & { stop(): Promise<void> };

function remote(call: (request: Request) => Promise<unknown>, stop: () => Promise<void>): Remote {
  const method =
    (name: string) =>
    (...args: unknown[]) =>
      call({ method: name, args });
  const names = ['start', 'open', 'measure', 'count', 'dispatches', 'repeat', 'profile', 'close'];
  return { ...Object.fromEntries(names.map((name) => [name, method(name)])), stop } as Remote;
}

async function startInNode(script: string): Promise<Remote> {
  const child = fork(script, { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const reply = () =>
    new Promise<unknown>((resolve, reject) => {
      const ended = () => reject(new Error('the process ended'));
      child.once('exit', ended);
      child.once('message', (message: Reply) => {
        child.off('exit', ended);
        if ('error' in message) reject(new Error(message.error));
        else resolve(message.value);
      });
    });
  await reply();
  const call = (request: Request) => {
    const answer = reply();
    child.send(request);
    return answer;
  };
  return remote(call, async () => {
    child.kill();
  });
}

/** One browser and one server for all pages. */
export class Pages {
  private browser: Browser | null = null;
  private server: Awaited<ReturnType<typeof preview>> | null = null;
  private readonly folder: string;
  private readonly args: readonly string[];

  /** With `gpu` the machine's own, else the software adapter. */
  constructor(folder: string, gpu: boolean) {
    this.folder = folder;
    const own = chromiumArgs.filter((arg) => !arg.includes('swiftshader'));
    this.args = gpu ? [...own, '--enable-features=Vulkan'] : chromiumArgs;
  }

  private async address(): Promise<string> {
    // Isolated from other origins, so that clocks are fine and WebAssembly may use threads.
    const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
    this.server ??= await preview({
      configFile: false,
      logLevel: 'error',
      root: this.folder,
      build: { outDir: this.folder },
      preview: { port: 0, host: '127.0.0.1', open: false, headers },
    });
    const address = this.server.httpServer.address();
    if (!address || typeof address === 'string') throw new Error('the server did not start to listen');
    return `http://127.0.0.1:${address.port}/bench/page/`;
  }

  async start(): Promise<Remote> {
    const executablePath = getChromium();
    if (!executablePath) throw new Error('no Chromium: install one, or set CHROMIUM_PATH');
    this.browser ??= await chromium.launch({ executablePath, args: [...this.args] });
    const page = await this.browser.newPage();
    await page.goto(await this.address());
    await page.waitForFunction(() => globalThis.benchHost !== undefined);
    const call = (request: Request) =>
      page.evaluate(
        ({ method, args }) => Reflect.apply(Reflect.get(globalThis.benchHost, method), globalThis.benchHost, args),
        request,
      );
    return remote(call, () => page.close());
  }

  async close(): Promise<void> {
    await this.browser?.close();
    await this.server?.close();
  }
}

/** Starts a contender's process or page; `host.start()` then loads the library. */
export function startHost(place: Contender['place'], built: Built, pages: Pages): Promise<Remote> {
  return place === 'Node' ? startInNode(built.node) : pages.start();
}
