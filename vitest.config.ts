import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Files that put something in the place of a module, load one again, or have one find an environment: no other file may
 * have loaded it before.
 */
const APART = ['flow-definition', 'script-list', 'dead-letters-counters', 'dead-letters-notifications'].map(
  (name) => `test/unit/${name}.test.ts`,
);

const testsIn = (folder: string) => `test/${folder}/**/*.test.ts`;

export default defineConfig({
  test: {
    pool: 'forks',
    // Two cores are the smallest machine; more workers only make each of them slower there.
    maxWorkers: 2,
    // What CDK finds suspicious in a template it says in `cdk synth`; it takes seconds, which every file would pay.
    env: { CDK_VALIDATION: 'false' },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test that is skipped or focussed by accident fails the run.
    allowOnly: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['unit', 'property', 'integration/stack'].map(testsIn),
          exclude: [...configDefaults.exclude, ...APART],
          // Their files share a process and the modules that it has loaded, which takes longer than most of them.
          isolate: false,
        },
      },
      {
        extends: true,
        // The tests in test/e2e/browser need Chromium: npm run test:e2e.
        test: {
          name: 'wholes',
          include: [...['integration/contract', 'simulation', 'e2e'].map(testsIn), ...APART],
          exclude: [...configDefaults.exclude, 'test/e2e/browser/**'],
        },
      },
    ],
  },
});
