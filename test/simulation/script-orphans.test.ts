import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { removeAbandonedFolders } from '../../functions/core/executors/script/run-folder.ts';
import { children, isRunning } from '../helpers/system/processes.ts';
import { bundleScripts } from '../helpers/system/script-bundle.ts';

const RUNNER = fileURLToPath(new URL('../../functions/core/executors/script/script-runner.ts', import.meta.url));
const WORKER = fileURLToPath(new URL('../helpers/system/script-worker.ts', import.meta.url));

let bundle: Awaited<ReturnType<typeof bundleScripts>>;

beforeAll(async () => {
  bundle = await bundleScripts();
});

afterAll(async () => {
  await bundle.remove();
  // What the killed workers left.
  await removeAbandonedFolders();
});

const waitFor = <T>(condition: () => T) => vi.waitFor(condition, { timeout: 10_000, interval: 50 });

/** The process that a worker started for its script, once it is there. */
function scriptOf(parent: number, before: readonly number[] = []): Promise<number> {
  return waitFor(() => {
    const [pid] = children(parent).filter((child) => !before.includes(child));
    return pid ?? expect.fail('no script yet');
  });
}

/** Without a PATH the kernel's help is not found: the end of the control channel has to do. */
const NO_HELP = { PATH: '' };

describe('a worker that is killed takes its script along', () => {
  it.each([
    ['that waits for a run', [], process.env],
    ['that blocks its event loop', ['misbehave', 'blocksTheLoop'], process.env],
    ['that waits for a run, without help', [], NO_HELP],
    ['that works, without help', ['sleep', '60'], NO_HELP],
    ['that does not listen, without help', ['misbehave', 'ignoresSigterm'], NO_HELP],
  ])('%s', async (_, args, env) => {
    const worker = spawn(process.execPath, [WORKER, bundle.directory, ...args], { stdio: 'ignore', env });
    const script = await scriptOf(worker.pid ?? 0);

    worker.kill('SIGKILL');
    await once(worker, 'exit');

    await waitFor(() => expect(isRunning(script)).toBe(false));
  });
});

it('a worker thread that is ended takes its script along', async () => {
  const before = children();
  const worker = new Worker(WORKER, { workerData: [bundle.directory, 'misbehave', 'blocksTheLoop'], stdout: true });
  const script = await scriptOf(process.pid, before);

  await worker.terminate();

  await waitFor(() => expect(isRunning(script)).toBe(false));
});

it('a process that only has a script waiting is free to end', async () => {
  const program = `
    import { ScriptRunner } from ${JSON.stringify(RUNNER)};
    new ScriptRunner({ directory: ${JSON.stringify(bundle.directory)} }).prestart();`;
  const worker = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' });

  expect(await once(worker, 'exit')).toEqual([0, null]);
});
