import { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

type Spawn = (this: ChildProcess, ...args: unknown[]) => unknown;

/**
 * Keeps account of the processes that this thread starts. Only the thread that started a process can take note of its
 * end: once the thread is gone, an ended process stays in the system's table, as a zombie, for as long as the host runs.
 *
 * @returns what kills all that are alive, and resolves when their ends have been noted.
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
