/**
 * A page that trains is killed at random moments, and goes on as if it had not been. A few kills by default; the long run is
 * `KILLS=50 npm run e2e -- e2e/resume`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aliases } from '../tools/aliases.mjs';
import { chromiumArgs, findChromium } from '../tools/chromium.mjs';
import type { Report } from './resume/page.ts';

const kills = Number(process.env.KILLS ?? 6);
/** Numbers that make a checkpoint heavy, so that writing it takes a while. */
const ballast = 500_000;

let folder = '';
let server: PreviewServer | undefined;
let address = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lumigrad-resume-'));
  const root = fileURLToPath(new URL('../', import.meta.url));
  const config = { root, configFile: false, logLevel: 'error', resolve: { alias: aliases } } as const;
  const outDir = join(folder, 'site');
  await build({
    ...config,
    publicDir: false,
    build: { outDir, target: 'es2022', rolldownOptions: { input: join(root, 'e2e/resume/index.html') } },
  });
  server = await preview({ ...config, build: { outDir }, preview: { port: 0, host: '127.0.0.1', open: false } });
  const bound = server.httpServer.address();
  if (!bound || typeof bound === 'string') throw new Error('the server did not start to listen');
  address = `http://127.0.0.1:${bound.port}/e2e/resume/`;
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The same dice in every run of the test. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** One life of the page, from its load to its end. */
class Life {
  readonly reports: Report[] = [];
  /** The test is about to end it. */
  doomed = false;
  private listener = () => {};
  private over = false;

  add(report: Report): void {
    // What was on its way when the page was killed belongs to no life.
    if (this.over) return;
    this.reports.push(report);
    this.listener();
  }
  /** Resolves at a report of that kind, `false` when the life ends before. */
  until(...kinds: Report[0][]): Promise<boolean> {
    return new Promise((done) => {
      this.listener = () => {
        if (this.reports.some(([what]) => kinds.includes(what))) done(true);
        else if (this.over) done(false);
      };
      this.listener();
    });
  }
  died(why: string): void {
    if (!this.doomed) this.add(['failed', 0, why]);
  }
  end(): void {
    this.over = true;
    this.listener();
  }
  /** Steps of the reports of one kind. */
  steps(kind: Report[0]): number[] {
    return this.reports.filter(([what]) => what === kind).map(([, step]) => step);
  }
}

/** A profile on the disk, its browser, and one page in it: whatever is killed, the next life finds the same profile. */
class Profile {
  private readonly path: string;
  private context: BrowserContext | null = null;
  private life: Life | null = null;

  constructor(name: string) {
    this.path = join(folder, name);
  }
  private async browser(): Promise<BrowserContext> {
    if (this.context) return this.context;
    const executablePath = findChromium();
    if (!executablePath) throw new Error('no Chromium: install one, or set CHROMIUM_PATH');
    // No process in reserve: those of pages are killed, and a new page must not get a dead one.
    const args = [...chromiumArgs, '--disable-features=SpareRendererForSitePerProcess'];
    this.context = await chromium.launchPersistentContext(this.path, { executablePath, args });
    await this.context.exposeFunction('report', (...message: Report) => this.life?.add(message));
    return this.context;
  }
  async open(settings: Record<string, string | number>): Promise<{ page: Page; life: Life }> {
    const context = await this.browser();
    const page = await context.newPage();
    for (const other of context.pages()) if (other !== page) await other.close();
    this.life = new Life();
    const query = new URLSearchParams(Object.entries(settings).map(([name, value]) => [name, String(value)]));
    const { life } = this;
    // Not awaited: a page that is killed while it loads must not hold up the test.
    page.goto(`${address}?${query}`, { waitUntil: 'commit' }).catch((error) => life.died(String(error)));
    page.on('crash', () => life.died('the page crashed by itself'));
    return { page, life };
  }
  async kill(page: Page, how: Way): Promise<void> {
    const life = this.life!;
    life.doomed = true;
    await ways[how](page, this.context!);
    life.end();
    if (how === 'browser') this.context = null;
  }
  async close(): Promise<void> {
    await this.context?.close();
    this.context = null;
  }
}

const ways = {
  /** The page's process, by the system: at any instruction. */
  async process(page: Page, context: BrowserContext) {
    await killProcesses(context, 'renderer', () => page.waitForEvent('crash', { timeout: 20_000 }));
  },
  /** The page's process, by itself: between two of its tasks. */
  async crash(page: Page, context: BrowserContext) {
    const crashed = page.waitForEvent('crash', { timeout: 20_000 });
    const session = await context.newCDPSession(page);
    session.send('Page.crash').catch(() => {});
    await crashed;
  },
  /** The whole browser, its storage included. */
  async browser(_: Page, context: BrowserContext) {
    await killProcesses(context, 'browser', () => new Promise<void>((done) => context.on('close', () => done())));
  },
} satisfies Record<string, (page: Page, context: BrowserContext) => Promise<void>>;
type Way = keyof typeof ways;

async function killProcesses(context: BrowserContext, type: string, gone: () => Promise<unknown>): Promise<void> {
  const session = await context.browser()!.newBrowserCDPSession();
  const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as {
    processInfo: { type: string; id: number }[];
  };
  const waiting = gone();
  for (const { id } of processInfo.filter((info) => info.type === type)) process.kill(id, 'SIGKILL');
  await waiting;
}

/** What lies in the page's own file system, whoever wrote it. */
function filesOf(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const files: string[] = [];
    for await (const folder of (await navigator.storage.getDirectory()).values())
      if (folder.kind === 'directory')
        for await (const name of (folder as FileSystemDirectoryHandle).keys()) files.push(name);
    return files;
  });
}

const runs = [
  { name: 'file system', store: 'opfs', device: 'cpu', share: 0.5 },
  { name: 'database', store: 'database', device: 'cpu', share: 0.5 },
  { name: 'file system', store: 'opfs', device: 'webgpu', share: 0.25 },
] as const;

test.each(runs)(
  'in the $name, on $device: a page killed again and again trains as one that never was',
  {
    timeout: 60_000 + kills * 10_000,
  },
  async ({ store, device, share, name }) => {
    const random = dice(store.length + device.length);
    const profile = new Profile(`${store}-${device}`);
    const settings = { store, device, ballast };
    const curve: (readonly [step: number, loss: number])[] = [];
    const count = {
      kills: 0,
      'within a save': 0,
      'before the first step': 0,
      damaged: 0,
      process: 0,
      crash: 0,
      browser: 0,
    };
    let [saved, begun] = [0, 0];
    const look = (life: Life): void => {
      const [from] = life.steps('from');
      expect(life.reports.filter(([what]) => what === 'failed')).toEqual([]);
      count.damaged += life.steps('damaged').length;
      if (from === undefined) return;
      // No save that was done is lost; one that was not done is there as a whole or not at all.
      expect([saved, begun]).toContain(from);
      if (begun > saved && from === saved) count['within a save']++;
      const steps = life.steps('step');
      expect(steps).toEqual(steps.map((_, i) => from + 1 + i));
      for (const [what, step, loss] of life.reports) if (what === 'step') curve.push([step, loss as number]);
      saved = life.steps('saved').at(-1) ?? from;
      begun = life.steps('saving').at(-1) ?? saved;
    };
    for (; count.kills < Math.ceil(kills * share); count.kills++) {
      const { page, life } = await profile.open({ ...settings, name: 'run', end: 1_000_000 });
      const moment = count.kills % 3;
      // Now while it loads, now while it trains, now while it saves.
      if (moment > 0) await life.until(moment === 1 ? 'step' : 'saving', 'failed');
      await pause(random() * [600, 100, 10][moment]!);
      const way = (['process', 'crash', 'browser'] as const)[Math.floor(random() * 3)]!;
      count[way]++;
      await profile.kill(page, way);
      if (life.steps('step').length === 0) count['before the first step']++;
      look(life);
    }
    const end = Math.max(...curve.map(([step]) => step), 0) + 6;
    const { life, page } = await profile.open({ ...settings, name: 'run', end });
    await life.until('end', 'failed');
    look(life);
    expect(await filesOf(page)).toHaveLength(store === 'opfs' ? 2 : 0);
    const { life: whole } = await profile.open({ ...settings, name: 'whole', end });
    await whole.until('end', 'failed');
    await profile.close();
    const expected = new Map(whole.reports.filter(([what]) => what === 'step').map(([, step, loss]) => [step, loss]));
    expect(expected.size).toBe(end);
    expect(curve.filter(([step, loss]) => loss !== expected.get(step))).toEqual([]);
    expect(new Set(curve.map(([step]) => step)).size).toBe(end);
    // Of many kills some fall into saves; of a few they may all miss them.
    if (kills >= 50) expect(count['within a save']).toBeGreaterThan(0);
    console.log(`${name}, ${device}:`, { ...count, steps: end, 'steps done again': curve.length - end });
  },
);
