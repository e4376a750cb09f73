import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, openPage, type Site, startSite } from './helpers.ts';

describe.each(['built', 'dev'] as const)('the landing page, %s', (kind) => {
  let site: Site;
  let browser: Browser;

  beforeAll(async () => {
    [site, browser] = await Promise.all([startSite(kind), launchChromium()]);
  });

  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  test('loads without errors and leads to the demos', async () => {
    const { page, problems, close } = await openPage(browser, site);
    expect(await page.title()).toContain('Lumigrad');
    expect(await page.locator('a[href*="demos/mnist-cnn/"]').count()).toBeGreaterThan(0);
    await page.waitForLoadState('networkidle');
    expect(problems).toEqual([]);
    await close();
  });

  test('every local link leads to a page', async () => {
    const { page, close } = await openPage(browser, site);
    const links = await page
      .locator('a[href]')
      .evaluateAll((anchors) => anchors.map((a) => (a as HTMLAnchorElement).href));
    const local = [...new Set(links.filter((href) => href.startsWith(site.url) && !href.includes('/api/')))];
    expect(local).not.toEqual([]);
    const statuses = await Promise.all(local.map(async (href) => [href, (await page.request.get(href)).status()]));
    expect(statuses.filter(([, status]) => status !== 200)).toEqual([]);
    await close();
  });
});
