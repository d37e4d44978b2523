import { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

type Spawn = (this: ChildProcess, ...args: unknown[]) => unknown;

/**
 * Tracks the child processes of this thread. Only the thread that started a process can reap it: after the end of the
 * thread, an ended child remains a zombie until the host process ends.
 *
 * @returns a function that kills all running children and resolves when they have been reaped
 */
export function trackChildProcesses(): () => Promise<void> {
  const alive = new Set<ChildProcess>();
  const prototype = ChildProcess.prototype as unknown as { spawn: Spawn };
  const { spawn } = prototype;
  prototype.spawn = function (...args) {
    const result = spawn.apply(this, args);
    if (this.pid !== undefined) {
      alive.add(this);
      this.once('exit', () => alive.delete(this));
    }
    return result;
  };
  return async () => {
    const ends = [...alive].map((child) => once(child, 'exit'));
    for (const child of alive) child.kill('SIGKILL');
    await Promise.all(ends);
  };
}
