import { configDefaults, defineConfig } from 'vitest/config';
import { TIMEOUT_MS } from './test/helpers/wait.ts';
import { LongestFirst } from './test/longest-first.ts';
import { SYSTEM_RETRIES } from './test/system-retries.ts';

/** Files that mock or reload a module, or change its environment: no other file may have loaded the module before. */
const ISOLATED = [
  'functions/api/definition/flow-request',
  'functions/api/import',
  'functions/dead-letter/counters',
  'functions/dead-letter/notifications',
].map((name) => `test/unit/${name}.test.ts`);

const testsIn = (folder: string) => `test/${folder}/**/*.test.ts`;

export default defineConfig({
  test: {
    pool: 'forks',
    // Node.js imports the sources, as for `npm start`. Vite's module runner takes a fifth more CPU time: each use of an
    // import calls a getter.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // The smallest supported machine has two cores. A third worker uses them while the tests of the others wait.
    maxWorkers: 3,
    // `cdk synth` validates the templates. The validation takes seconds and would run once a test file.
    env: { CDK_VALIDATION: 'false' },
    // Allows for a machine that is ten times slower at times.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // The default of Vitest is one second.
    expect: { poll: { timeout: TIMEOUT_MS } },
    sequence: { sequencer: LongestFirst },
    // A focused test would hide all others.
    allowOnly: false,
    // Projects run in the order of their names: the long tests first, so that short ones fill the workers at the end.
    projects: [
      {
        extends: true,
        test: {
          name: 'local-system',
          // The tests in test/e2e/browser need Chromium: `npm run test:e2e`.
          include: ['e2e', 'integration/contract'].map(testsIn),
          exclude: [...configDefaults.exclude, 'test/e2e/browser/**'],
          // Builds what the local systems run, once for all workers.
          globalSetup: ['test/helpers/system/build-assemblies.ts'],
          // The files of a process share the code of the local system, and most of them one system
          // (test/helpers/system/shared-system.ts), whose start and first invocations take longer than their tests.
          isolate: false,
          retry: SYSTEM_RETRIES,
        },
      },
      {
        extends: true,
        test: {
          name: 'simulations',
          include: [testsIn('simulation')],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'units',
          include: ['unit', 'integration/stack'].map(testsIn),
          exclude: [...configDefaults.exclude, ...ISOLATED],
          // Loading the modules takes longer than most of these tests: the files share processes and loaded modules.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'units-isolated',
          include: ISOLATED,
          // `vi.mock` and `vi.resetModules` need it.
          experimental: { viteModuleRunner: true },
        },
      },
    ],
  },
});
