import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { startVitest } from 'vitest/node';
import { projectRoot } from '../../lib/project-root.ts';
import { disableGuard, fileOf } from './driver/guards.ts';
import { MUTATIONS } from './mutations/index.ts';
import type { Mutation } from './mutations/mutation.ts';

/**
 * `npm run test:mutations` disables every guard in turn and checks that a test notices: the test that the mutation
 * names, or the random simulations.
 *
 * `-- --only TEXT` selects guards by name or purpose, `--seeds N` sets the number of random simulations per guard,
 * `--at-once N` the number of concurrent checks.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '60' },
    'at-once': { type: 'string', default: String(availableParallelism()) },
  },
});

const wanted = MUTATIONS.filter(({ guard, why }) => `${guard} ${why}`.includes(values.only));
const left = [...wanted];
const unseen: Mutation[] = [];

await Promise.all(Array.from({ length: Math.max(1, Number(values['at-once'])) }, look));
console.log(`${wanted.length - unseen.length} of ${wanted.length} guards are covered: a test fails without the guard`);
for (const { guard, why } of unseen) console.log(`  not covered: ${guard}: ${why}`);
process.exit(unseen.length > 0 || wanted.length === 0 ? 1 : 0);

async function look(): Promise<void> {
  for (let mutation = left.shift(); mutation; mutation = left.shift()) {
    const { guard, why, test } = mutation;
    const began = Date.now();
    const looking = test ? seenByTest(mutation, test) : seenByDriver(mutation);
    const seen = await looking.catch((error: unknown) => ({ problem: String(error) }));
    const isSeen = typeof seen === 'string';
    if (!isSeen) unseen.push(mutation);
    const verdict = isSeen ? 'covered' : seen ? 'NOT JUDGED' : 'NOT COVERED';
    console.log(`${verdict}: ${why} (${guard}, ${Math.round((Date.now() - began) / 1_000)} s)`);
    if (seen) console.log(`  ${isSeen ? seen : seen.problem}`);
  }
}

/**
 * Runs the simulations of a mutation in a worker thread.
 *
 * @returns the first violation, or `undefined` if there is none
 */
function seenByDriver(mutation: Mutation): Promise<string | undefined> {
  const worker = new Worker(new URL('./driver/mutation-worker.ts', import.meta.url), {
    workerData: { mutation, seeds: Number(values.seeds) },
  });
  return new Promise((resolve, reject) => {
    worker.once('message', (seen: string | undefined) => {
      resolve(seen);
      void worker.terminate();
    });
    worker.once('error', reject);
  });
}

/**
 * Runs the named tests with the mutated source.
 *
 * @returns the first failed test, or `undefined` if all passed
 * @throws Error if no test matches, or the file cannot be loaded with the mutation
 */
async function seenByTest(mutation: Mutation, { file, named }: NonNullable<Mutation['test']>) {
  const mutated = join(projectRoot, fileOf(mutation));
  const mutate = {
    name: 'mutated',
    enforce: 'pre',
    transform: (source: string, id: string) => (id === mutated ? disableGuard(source, mutation) : undefined),
  } as const;
  // The module cache would ignore the mutation.
  const quiet = { run: true, watch: false, reporters: [{}], fsModuleCache: false };
  // Node.js would import the sources as they are.
  const experimental = { viteModuleRunner: true };
  const options = { ...quiet, experimental, testNamePattern: asPattern(named) };
  const vitest = await startVitest('test', [join(projectRoot, file)], options, {
    root: projectRoot,
    plugins: [mutate],
  });
  try {
    const modules = vitest.state.getTestModules();
    const broken = modules.flatMap((module) => module.errors());
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const results = tests.map((test) => ({ name: test.fullName, ...test.result() }));
    const failed = results.find(({ state }) => state === 'failed');
    const broke = failed?.errors?.find(({ name }) => name === 'ReferenceError' || name === 'SyntaxError');
    if (broke) throw new Error(`${mutation.why}: ${broke.message}: the replacement does not fit the code`);
    if (failed) return `${file}: ${failed.name}: ${failed.errors?.[0]?.message.split('\n')[0]}`;
    if (broken.length > 0 || !results.some(({ state }) => state === 'passed')) {
      throw new Error(`${mutation.why}: ${file}: ${broken[0]?.message ?? `no test has the name '${named}'`}`);
    }
    return undefined;
  } finally {
    await vitest.close();
  }
}

function asPattern(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
