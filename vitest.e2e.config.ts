/** `npm run e2e`: Playwright drives the site in Chromium. The pages under test are those of e2e/*.e2e.ts. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'e2e',
    include: ['e2e/*.e2e.ts'],
    pool: 'forks',
    fileParallelism: false,
    globalSetup: ['e2e/build-site.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
