import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium } from '../tools/chromium.mjs';
import { launchChromium, openPage, type Site, startSite, type WatchedPage } from './helpers.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screenshots = 'test-results/mnist';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchChromium()]);
  await mkdir(screenshots, { recursive: true });
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

async function open(hash = '', options = {}): Promise<WatchedPage> {
  const watched = await openPage(browser, site, `demos/mnist-cnn/${hash}`, options);
  await watched.page.waitForSelector('#start:enabled', { timeout: 60_000 });
  return watched;
}

/** The number after `word` in a chart's current values. */
async function current(page: Page, chart: 'loss' | 'accuracy', word: 'training' | 'test'): Promise<number> {
  const text = (await page.locator(`#${chart}-now`).textContent()) ?? '';
  return Number(new RegExp(`${word} ([\\d.]+)`).exec(text)?.[1] ?? Number.NaN);
}

async function stepsDone(page: Page): Promise<number> {
  const text = (await page.locator('#progress-where').textContent()) ?? '';
  const [, epoch, step, of] = /Epoch (\d+), step (\d+) of (\d+)/.exec(text) ?? [];
  return (Number(epoch) - 1) * Number(of) + Number(step);
}

async function waitForSteps(page: Page, steps: number): Promise<void> {
  await expect.poll(() => stepsDone(page), { timeout: 200_000, interval: 200 }).toBeGreaterThanOrEqual(steps);
}

/** Draws on the pad along points given in shares of its side. */
async function draw(page: Page, points: readonly (readonly [x: number, y: number])[]): Promise<void> {
  await page.locator('#pad').scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await page.locator('#pad').boundingBox())!;
  const at = ([px, py]: readonly [number, number]) => [x + px * width, y + py * height] as const;
  await page.mouse.move(...at(points[0]!));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 10 });
  await page.mouse.up();
}

const one = [
  [0.52, 0.15],
  [0.48, 0.85],
] as const;

/** The whole page from its top, where the sticky controls belong. */
async function picture(page: Page, path: string): Promise<void> {
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  await page.screenshot({ path, fullPage: true });
}

async function axeProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run();
    return violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html).join(' | ')}`);
  });
}

async function choose(page: Page, name: string, value: string): Promise<void> {
  await page.locator(`input[name="${name}"][value="${value}"]`).check();
}

const badge = (page: Page) => page.locator('#badge-text').textContent();
const startLabel = (page: Page) => page.locator('#start-label').textContent();

// Generous: the software adapter compiles and computes on the CPU that everything else here needs too.
describe('on software WebGPU', { timeout: 500_000 }, () => {
  test('the convnet learns, reads a drawn digit, pauses, steps and starts over', async () => {
    const { page, problems, close } = await open();
    expect(await badge(page)).toContain('WebGPU');
    await page.click('#step');
    await waitForSteps(page, 1);
    const first = await current(page, 'loss', 'training');
    expect(first).toBeGreaterThan(1.8);

    await page.click('#start');
    await expect.poll(() => startLabel(page)).toBe('Pause');
    await waitForSteps(page, 100);
    expect(await current(page, 'loss', 'training')).toBeLessThan(first / 2);

    await page.click('#start');
    await expect.poll(() => startLabel(page)).toBe('Start');
    await draw(page, one);
    await expect.poll(() => page.locator('#verdict').textContent(), { timeout: 60_000 }).toBe('It reads a 1.');

    // Paused means paused: the count stays, and one step adds one.
    await page.waitForTimeout(2000);
    const paused = await stepsDone(page);
    await page.waitForTimeout(1000);
    expect(await stepsDone(page)).toBe(paused);
    await page.keyboard.press('s');
    await waitForSteps(page, paused + 1);
    await picture(page, `${screenshots}/trained.png`);

    await page.keyboard.press('r');
    await expect.poll(() => stepsDone(page), { timeout: 20_000 }).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  test('switching to the CPU and back goes on from where it was', async () => {
    const { page, problems, close } = await open('#model=mlp&optimizer=adam');
    await page.keyboard.press('Space');
    await waitForSteps(page, 20);
    await choose(page, 'device', 'cpu');
    await expect.poll(() => badge(page), { timeout: 20_000 }).toBe('CPU');
    const atSwitch = await stepsDone(page);
    expect(atSwitch).toBeGreaterThanOrEqual(20);
    await waitForSteps(page, atSwitch + 20);
    await choose(page, 'device', 'webgpu');
    await expect.poll(() => badge(page), { timeout: 20_000 }).toContain('WebGPU');
    await waitForSteps(page, atSwitch + 40);
    await page.keyboard.press('Space');
    await expect.poll(() => current(page, 'accuracy', 'test'), { timeout: 60_000 }).toBeGreaterThan(50);
    expect(problems).toEqual([]);
    await close();
  });
});

describe('a GPU that goes away', { timeout: 500_000 }, () => {
  /** Put before the worker's own code: what is posted to the channel 'gpu' happens to its GPU. */
  const sabotage = `
    const { requestDevice } = GPUAdapter.prototype;
    const { requestAdapter } = GPU.prototype;
    let gone = false;
    GPU.prototype.requestAdapter = function (...options) {
      return gone ? Promise.resolve(null) : requestAdapter.apply(this, options);
    };
    GPUAdapter.prototype.requestDevice = async function (...options) {
      const device = await requestDevice.apply(this, options);
      new BroadcastChannel('gpu').onmessage = ({ data }) => {
        gone = data === 'for good';
        device.destroy();
      };
      return device;
    };
  `;

  test.each([
    ['for a moment', 'WebGPU'],
    ['for good', 'CPU'],
  ])('%s: training goes on, on %s', async (howLong, device) => {
    const { page, problems, close } = await openPage(browser, site);
    await page.route('**/assets/worker-*.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${sabotage};${await response.text()}` });
    });
    await page.goto(`${site.url}demos/mnist-cnn/#model=mlp`);
    await page.waitForSelector('#start:enabled', { timeout: 60_000 });
    // Some accuracy to lose: an evaluation after the first steps.
    await page.click('#start');
    await waitForSteps(page, 30);
    await page.click('#start');
    await expect.poll(() => current(page, 'accuracy', 'test'), { timeout: 60_000 }).toBeGreaterThan(30);
    await page.click('#start');
    const before = await stepsDone(page);
    await page.evaluate((message) => new BroadcastChannel('gpu').postMessage(message), howLong);
    await expect.poll(() => page.locator('#messages').textContent(), { timeout: 60_000 }).toContain('The GPU was lost');
    await waitForSteps(page, before + 40);
    expect(await badge(page)).toContain(device);
    await page.click('#start');
    await expect.poll(() => current(page, 'accuracy', 'test'), { timeout: 60_000 }).toBeGreaterThan(60);
    expect(problems).toEqual([]);
    await close();
  });
});

describe('on the CPU', () => {
  test('weights are saved, and loaded into a new run', async () => {
    const { page, problems, close } = await open('#model=mlp&optimizer=adam&device=cpu');
    await page.click('#start');
    await waitForSteps(page, 60);
    await page.click('#start');
    await expect.poll(() => startLabel(page)).toBe('Start');
    await page.waitForTimeout(1500);
    const accuracy = await current(page, 'accuracy', 'test');
    expect(accuracy).toBeGreaterThan(70);

    const downloading = page.waitForEvent('download');
    await page.click('#save');
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/^mnist-mlp-step-\d+\.safetensors$/);
    const path = `${screenshots}/weights.safetensors`;
    await download.saveAs(path);

    await page.click('#reset');
    await expect.poll(() => current(page, 'accuracy', 'test'), { timeout: 20_000 }).toBeLessThan(40);
    await page.setInputFiles('#load-file', path);
    await expect.poll(() => current(page, 'accuracy', 'test'), { timeout: 20_000 }).toBe(accuracy);
    expect(problems).toEqual([]);
    await close();
  });

  test('files that are no weights of this model say so, and training goes on', async () => {
    const { page, problems, close } = await open('#model=mlp&device=cpu');
    const load = (name: string, buffer: Buffer) =>
      page.setInputFiles('#load-file', { name, mimeType: 'application/octet-stream', buffer });
    await load('empty.safetensors', Buffer.alloc(0));
    await expect.poll(() => page.locator('.message.problem').textContent()).toContain('0 bytes');
    await load('huge.safetensors', Buffer.from('ffffffffffffffff7b7d', 'hex'));
    await expect.poll(() => page.locator('.message.problem').last().textContent()).toContain('safetensors');
    const header = '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  ';
    const other = Buffer.concat([
      Buffer.from([header.length, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from(header),
      Buffer.alloc(4),
    ]);
    await load('other.safetensors', other);
    await expect.poll(() => page.locator('.message.problem').last().textContent()).toContain('Unexpected key(s)');
    await page.click('#start');
    await waitForSteps(page, 5);
    expect(problems).toEqual([]);
    await close();
  });

  test('the address holds the settings, and the same seed gives the same run', async () => {
    const { page, problems, close } = await open('#model=mlp&device=cpu');
    await page.locator('#seed').fill('7');
    await page.locator('#seed').press('Enter');
    await page.selectOption('#optimizer', 'adam');
    expect(await page.locator('#lr').inputValue()).toBe('0.001');
    expect(new URL(page.url()).hash).toBe('#model=mlp&optimizer=adam&seed=7&device=cpu');
    const firstLoss = async () => {
      await page.click('#step');
      await waitForSteps(page, 1);
      return current(page, 'loss', 'training');
    };
    const before = await firstLoss();
    await page.reload();
    await page.waitForSelector('#start:enabled', { timeout: 60_000 });
    expect(await page.locator('#seed').inputValue()).toBe('7');
    expect(await page.locator('input[name="model"]:checked').getAttribute('value')).toBe('mlp');
    expect(await firstLoss()).toBe(before);
    expect(problems).toEqual([]);
    await close();
  });

  test('without WebGPU the page says why, and trains all the same', async () => {
    const executablePath = findChromium()!;
    const plain = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    const { page, problems, close } = await openPage(plain, site, 'demos/mnist-cnn/#model=mlp');
    await page.waitForSelector('#start:enabled', { timeout: 60_000 });
    expect(await badge(page)).toBe('CPU');
    expect(await page.locator('.message.notice').textContent()).toContain('The CPU computes, because');
    expect(await axeProblems(page)).toEqual([]);
    await page.click('#start');
    await waitForSteps(page, 5);
    expect(problems).toEqual([]);
    await close();
    await plain.close();
  });
});

describe('the look', () => {
  const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
  const desktop = { viewport: { width: 1280, height: 900 } };
  test.each([
    ['phone', 'light', phone],
    ['phone', 'dark', phone],
    ['desktop', 'light', desktop],
    ['desktop', 'dark', desktop],
  ] as const)('%s, %s: accessible, and no wider than the screen', async (name, colorScheme, options) => {
    const { page, problems, close } = await open('#model=mlp&device=cpu', {
      ...options,
      colorScheme,
      reducedMotion: 'reduce',
    });
    await page.click('#try-digit');
    await page.click('#start');
    await waitForSteps(page, 15);
    await page.click('#start');
    await expect.poll(() => startLabel(page)).toBe('Start');
    await page.waitForTimeout(1500);
    expect(await axeProblems(page)).toEqual([]);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(options.viewport.width);
    const small = await page
      .locator('button:visible, select:visible, input[type="number"]:visible, .segmented label')
      .evaluateAll((all) => all.filter((e) => e.getBoundingClientRect().height < 44).map((e) => e.outerHTML));
    expect(small).toEqual([]);
    await picture(page, `${screenshots}/${name}-${colorScheme}.png`);
    expect(problems).toEqual([]);
    await close();
  });
});
