import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startFunction } from '../helpers/system/lambda-function.ts';
import { waitUntil } from '../helpers/wait.ts';

/** Returns the state of each child process by process id, including zombies. */
function children(): Map<string, string> {
  const found = new Map<string, string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (Number(parent) === process.pid) found.set(pid, state);
    } catch {
      // The process has exited.
    }
  }
  return found;
}

test('leaves no child process or zombie of a retired environment', async () => {
  const source = `
    import { spawn } from 'node:child_process';
    export const handler = async () => {
      const child = spawn('sleep', ['60'], { stdio: 'ignore' });
      child.unref();
      return String(child.pid);
    };`;
  const { fn } = await startFunction(source, { idleMs: 50 });

  const pid = await fn.invoke({});

  const before = children();
  await waitUntil(() => !children().has(String(pid)), { what: 'the end of the child' });
  expect(before.has(String(pid))).toBe(true);
  expect(fn.stats.environments).toBe(0);
});
