/**
 * What every end-to-end test needs: the site on a free port, a Chromium with WebGPU, and a page that notes all that
 * goes wrong in it.
 */
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { createServer, preview } from 'vite';
import { chromiumArgs, findChromium } from '../tools/chromium.mjs';

const configFile = fileURLToPath(new URL('../vite.config.ts', import.meta.url));

/** A running server of the site. */
export interface Site {
  /** Address of the landing page, with a trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the site on a free port: `'built'` is what `npm run build:site` made, under a strict Content-Security-Policy;
 * `'dev'` is what `npm start` serves.
 */
export async function startSite(kind: 'built' | 'dev' = 'built'): Promise<Site> {
  const options = { configFile, logLevel: 'error' } as const;
  const listen = { port: 0, host: '127.0.0.1', open: false };
  const server =
    kind === 'built'
      ? await preview({ ...options, preview: listen })
      : await (await createServer({ ...options, server: listen })).listen();
  const address = server.httpServer?.address();
  if (!address || typeof address === 'string') throw new Error('the server did not start to listen');
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}

/** A Chromium whose WebGPU is the software adapter, as in the unit tests. */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('no Chromium: install one, or set CHROMIUM_PATH');
  return chromium.launch({ executablePath, args: chromiumArgs });
}

/** A page together with everything that went wrong in it so far. */
export interface WatchedPage {
  readonly page: Page;
  /** Console errors, uncaught exceptions, failed requests, and requests to any other host. Should stay empty. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** Opens `path` of the site. Requests to other hosts are refused, and noted as problems. */
export async function openPage(
  browser: Browser,
  site: Site,
  path = '',
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const problems: string[] = [];
  const { host } = new URL(site.url);
  await context.route(
    (url) => url.protocol.startsWith('http') && url.host !== host,
    (route) => {
      problems.push(`outside request: ${route.request().url()}`);
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.stack ?? error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(new URL(path, site.url).href, { waitUntil: 'load' });
  return { page, problems, close: () => context.close() };
}
