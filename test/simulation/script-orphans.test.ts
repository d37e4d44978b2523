import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeAbandonedFolders } from '../../functions/core/executors/script/run-folder.ts';
import { children, isRunning } from '../helpers/system/processes.ts';
import { bundleScripts } from '../helpers/system/script-bundle.ts';
import { waitForAssertion } from '../helpers/wait.ts';

const RUNNER = fileURLToPath(new URL('../../functions/core/executors/script/script-runner.ts', import.meta.url));
const WORKER = fileURLToPath(new URL('../helpers/system/script-worker.ts', import.meta.url));

let bundle: Awaited<ReturnType<typeof bundleScripts>>;

beforeAll(async () => {
  bundle = await bundleScripts();
});

afterAll(async () => {
  await bundle.remove();
  // Removes the folders of the killed workers.
  await removeAbandonedFolders();
});

/** Waits for the process that a worker starts for its script. */
function scriptOf(parent: number, before: readonly number[] = []): Promise<number> {
  return waitForAssertion(() => {
    const [pid] = children(parent).filter((child) => !before.includes(child));
    return pid ?? expect.fail('no script yet');
  });
}

/** Without a PATH, the runner cannot use the kernel's parent-death signal and relies on the control channel. */
const NO_HELP = { PATH: '' };

describe('ends the script of a killed worker', () => {
  it.each([
    ['waits for a run', [], process.env],
    ['blocks its event loop', ['misbehave', 'blocksTheLoop'], process.env],
    ['waits for a run, without the parent-death signal', [], NO_HELP],
    ['is running, without the parent-death signal', ['sleep', '60'], NO_HELP],
    ['ignores SIGTERM, without the parent-death signal', ['misbehave', 'ignoresSigterm'], NO_HELP],
  ])('if the script %s', async (_, args, env) => {
    const worker = spawn(process.execPath, [WORKER, bundle.directory, ...args], { stdio: 'ignore', env });
    const script = await scriptOf(worker.pid ?? 0);

    worker.kill('SIGKILL');
    await once(worker, 'exit');

    await waitForAssertion(() => expect(isRunning(script)).toBe(false));
  });
});

it('ends the script of a terminated worker thread', async () => {
  const before = children();
  const worker = new Worker(WORKER, { workerData: [bundle.directory, 'misbehave', 'blocksTheLoop'], stdout: true });
  const script = await scriptOf(process.pid, before);

  await worker.terminate();

  await waitForAssertion(() => expect(isRunning(script)).toBe(false));
});

it('lets a process exit that only has a prestarted script', async () => {
  const program = `
    import { ScriptRunner } from ${JSON.stringify(RUNNER)};
    new ScriptRunner({ directory: ${JSON.stringify(bundle.directory)} }).prestart();`;
  const worker = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' });

  expect(await once(worker, 'exit')).toEqual([0, null]);
});
