import { defineConfig } from 'vitest/config';

/** The console in Chromium: `npm run test:e2e`. Separate from `npm test`, which needs no browser. */
export default defineConfig({
  test: {
    include: ['test/e2e/browser/**/*.test.ts'],
    pool: 'forks',
    // Each file starts a system and a browser; two cores run one of them at a time.
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    allowOnly: false,
  },
});
