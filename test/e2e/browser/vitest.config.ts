import { defineConfig } from 'vitest/config';

/** The page in a real Chromium: `npm run test:e2e`. Apart from `npm test`, which needs no browser. */
export default defineConfig({
  test: {
    include: ['test/e2e/browser/**/*.test.ts'],
    pool: 'forks',
    // Each file has a system and a browser of its own: one at a time is what two cores can do.
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    allowOnly: false,
  },
});
