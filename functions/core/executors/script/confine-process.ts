import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/**
 * Closes gaps of Node's permission model towards other processes: signals (the worker has the same user and process
 * group), the signal that opens a debugger in another process, and priorities. Protects against mistakes, not against
 * code that is written to escape.
 */
export function confineProcess(): void {
  const internals = process as unknown as { _kill: (pid: number, signal: number) => number };
  const kill = internals._kill;
  // process.kill() calls this function.
  defineLocked(process, '_kill', (pid: number, signal: number): number => {
    if (pid !== process.pid) throw denied(`a script may signal only itself, not process ${pid}`);
    return kill(pid, signal);
  });
  for (const name of ['_debugProcess', '_debugEnd']) defineLocked(process, name, undefined);

  const setPriority = os.setPriority;
  os.setPriority = (pid: number, priority?: number): void => {
    const own = priority === undefined || pid === 0 || pid === process.pid;
    if (!own) throw denied(`a script may set only its own priority, not that of ${pid}`);
    if (priority === undefined) setPriority(pid);
    else setPriority(pid, priority);
  };
  syncBuiltinESMExports();
}

function defineLocked(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: false, configurable: false });
}

function denied(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_ACCESS_DENIED' });
}
