import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { spawnSupervised } from '../../../../../lib/local/support/supervised-process.ts';
import { waitForAssertion } from '../../../../helpers/wait.ts';

/** A command that prints its process id and does not end. */
const ENDLESS = [process.execPath, '-e', 'console.log(process.pid); setInterval(() => {}, 60_000)'];

/** Returns the process id that a process prints. */
async function printedId({ stdout }: ChildProcess): Promise<number> {
  if (!stdout) throw new Error('no output');
  const [line] = await once(createInterface({ input: stdout }), 'line');
  return Number(line);
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

describe('spawnSupervised', () => {
  it('ends the command when its input is closed', async () => {
    const child = spawnSupervised('test', ENDLESS);
    const id = await printedId(child);
    expect(isRunning(id)).toBe(true);

    child.stdin.end();

    await waitForAssertion(() => expect(isRunning(id)).toBe(false));
  });

  it('ends the command when the process that started it is killed', async () => {
    const module = new URL('../../../../../lib/local/support/supervised-process.ts', import.meta.url).href;
    const code = `import { spawnSupervised } from ${JSON.stringify(module)};
      spawnSupervised('test', ${JSON.stringify(ENDLESS)}).stdout.pipe(process.stdout);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const id = await printedId(parent);
    expect(isRunning(id)).toBe(true);

    parent.kill('SIGKILL');

    await waitForAssertion(() => expect(isRunning(id)).toBe(false));
  });

  it('ends with the code of the command', async () => {
    const child = spawnSupervised('test', [process.execPath, '-e', 'process.exit(7)']);

    expect(await once(child, 'exit')).toEqual([7, null]);
  });
});
