import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need a browser: npm run test:e2e.
    exclude: [...configDefaults.exclude, 'test/e2e-browser/**'],
    pool: 'forks',
    // Two cores are the smallest machine; more workers only make each of them slower there.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test that is skipped or focussed by accident fails the run.
    allowOnly: false,
  },
});
