import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/**
 * Takes away what Node's permission model leaves open towards other processes: signals (the worker runs as the same
 * user, in the same process group), the signal that opens a debugger in another process, and priorities.
 * It is a guard against mistakes. Code that sets out to escape is not what runs here (DESIGN 4).
 */
export function confineProcess(): void {
  const internals = process as unknown as { _kill: (pid: number, signal: number) => number };
  const kill = internals._kill;
  // process.kill() goes through this one.
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
