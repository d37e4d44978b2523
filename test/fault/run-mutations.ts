import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { projectRoot } from '../../lib/project-root.ts';
import { applied } from './driver/load.ts';
import { MUTATIONS, type Mutation } from './mutations.ts';

/**
 * `npm run test:mutations`: takes out every guard that is there for a fault, one at a time, and looks whether the fault
 * suite sees it. `-- --only TEXT` for those that are described or kept so; `--seeds N`: bad days that each has to be
 * seen in.
 */
const { values } = parseArgs({ options: { only: { type: 'string' }, seeds: { type: 'string', default: '60' } } });

const wanted = MUTATIONS.filter(({ file, why }) => `${file} ${why}`.includes(values.only ?? ''));
const left = [...wanted];
const unseen: Mutation[] = [];

await Promise.all(Array.from({ length: Math.max(1, availableParallelism()) }, look));
console.log(`${wanted.length - unseen.length} of ${wanted.length} guards are missed when they are not there`);
for (const { file, why } of unseen) console.log(`  not: ${file}: ${why}`);
process.exit(unseen.length > 0 || wanted.length === 0 ? 1 : 0);

async function look(): Promise<void> {
  for (let mutation = left.shift(); mutation; mutation = left.shift()) {
    const began = Date.now();
    const seen = mutation.test === undefined ? await seenByDriver(mutation) : await seenByTest(mutation, mutation.test);
    if (seen === undefined) unseen.push(mutation);
    const seconds = `${Math.round((Date.now() - began) / 1_000)} s`;
    console.log(`${seen === undefined ? 'NOT SEEN' : 'seen'}: ${mutation.why} (${mutation.file}, ${seconds})`);
    if (seen !== undefined) console.log(`  ${seen}`);
  }
}

/** What the days of some seeds, or some crashes, showed; undefined: nothing. */
function seenByDriver(mutation: Mutation): Promise<string | undefined> {
  const worker = new Worker(new URL('./driver/look-at-mutation.ts', import.meta.url), {
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

/** Whether a test file fails in a copy of the project that has the mutation. */
async function seenByTest(mutation: Mutation, test: string): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-mutation-'));
  try {
    for (const name of ['bin', 'functions', 'lib', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
      cpSync(join(projectRoot, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
    const file = join(folder, mutation.file);
    writeFileSync(file, applied(readFileSync(file, 'utf8'), mutation));
    const vitest = join(folder, 'node_modules', '.bin', 'vitest');
    const child = spawn(vitest, ['run', test], { cwd: folder, stdio: 'ignore' });
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    return code === 0 ? undefined : `${test} fails`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
