import { defineConfig } from 'vitest/config';
import { SYSTEM_RETRIES } from '../../system-retries.ts';

/** The console in Chromium: `npm run test:e2e`. Separate from `npm test`, which needs no browser. */
export default defineConfig({
  test: {
    include: ['test/e2e/browser/**/*.test.ts'],
    globalSetup: ['test/helpers/system/build-assemblies.ts'],
    pool: 'forks',
    // The files of a worker share a local system and a browser (support/test-console.ts), whose start takes longer than
    // the tests of most files.
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    allowOnly: false,
    retry: SYSTEM_RETRIES,
  },
});
