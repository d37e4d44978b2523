import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliOptions, createVitest, parseCLI, type TestModule, type Vitest } from 'vitest/node';

/**
 * `npm test` runs all tests, `npm test -- <filter> <options of vitest>` those of the matching files. The last line of
 * the output holds the totals of the run.
 *
 * The tests on a local system often wait. The others run beside them, because Vitest itself runs its projects one after
 * another. An explicit number of workers is a maximum for all: it makes the parts run one after the other.
 */
const PARTS: readonly CliOptions[] = [
  // The smallest supported machine has two cores.
  { project: ['local-system'], maxWorkers: 3 },
  { project: ['!local-system'], maxWorkers: 2 },
];

// The tests start hundreds of processes, which load TypeScript, the CDK and its command line from this cache: half the CPU.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');

const { filter, options } = parseCLI(['vitest', ...process.argv.slice(2)]);
const parts = options.project === undefined ? PARTS : [{}];

// The reporter's summary at the end of a terminal is for one run at a time.
const reporters: NonNullable<CliOptions['reporters']> = [['default', { summary: false }]];

/** @returns the failures of a file, each with its title and its errors. The hook of a group may have failed. */
function failuresOf(module: TestModule): string[] {
  const file = module.relativeModuleId;
  const failures = [
    { title: file, errors: module.errors() },
    ...[...module.children.allSuites()].map((suite) => ({
      title: `${file} > ${suite.fullName}`,
      errors: suite.errors(),
    })),
    ...[...module.children.allTests('failed')].map((test) => ({
      title: `${file} > ${test.fullName}`,
      errors: test.result().errors ?? [],
    })),
  ];
  return failures.filter(({ errors }) => errors.length > 0).map(({ title, errors }) => describe(title, errors));
}

/** Maximum length of a message in the list of failures. The whole one is above. */
const MAX_MESSAGE_LENGTH = 500;

/** @returns the tests of a file that passed after a failure, each with its first errors */
const flakyTestsOf = (module: TestModule): string[] =>
  [...module.children.allTests('passed')]
    .filter((test) => test.diagnostic()?.flaky)
    .map((test) => describe(`${module.relativeModuleId} > ${test.fullName}`, test.result().errors ?? []));

const describe = (title: string, errors: readonly unknown[]) =>
  [title, ...errors.map((error) => messageOf(error).slice(0, MAX_MESSAGE_LENGTH))].join('\n  ');

const messageOf = (error: unknown): string => (error as Partial<Error>).message ?? 'an error without a message';

/** @returns the finished run, or `undefined` if the filter matches no file of the part */
async function runPart(part: CliOptions): Promise<Vitest | undefined> {
  const vitest = await createVitest({ ...part, ...options, run: true, watch: false, reporters });
  try {
    if ((await vitest.globTestSpecifications(filter)).length === 0) return undefined;
    await vitest.start(filter);
    return vitest;
  } finally {
    await vitest.close();
  }
}

const runs: Promise<Vitest | undefined>[] = [];
for (const part of parts) {
  if (options.maxWorkers !== undefined) await runs.at(-1);
  runs.push(runPart(part));
}
const finished = (await Promise.all(runs)).filter((vitest) => vitest !== undefined);

const modules = finished.flatMap(({ state }) => state.getTestModules());
const tests = modules.flatMap((module) => [...module.children.allTests()]);
const count = (state: string) => tests.filter((test) => test.result().state === state).length;
const skipped = count('skipped') + count('pending');
// A file that fails to load or in a hook, and an error outside of any test, count as failures.
const failures = [
  ...modules.flatMap(failuresOf),
  ...finished
    .flatMap(({ state }) => state.getUnhandledErrors())
    .map((error) => describe('outside of any test', [error])),
];
const failed = failures.length;
const flaky = modules.flatMap(flakyTestsOf);
if (flaky.length > 0) console.log(`\nFailed at first and passed when repeated:\n${flaky.join('\n')}\n`);
// The parts print side by side: the end of a long log alone would not name the failures.
if (failed > 0) console.log(`\nFailed:\n${failures.join('\n')}\n`);
console.log(`${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || tests.length === 0 ? 1 : 0);
