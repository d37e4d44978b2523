import { readdirSync, readFileSync } from 'node:fs';

/** The processes that `parent` started and that are not yet gone, as `/proc` shows them. */
export function children(parent = process.pid): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => field(pid, 'PPid') === String(parent) && !field(pid, 'State')?.startsWith('Z'));
}

/** Whether the process is there, and is no zombie that only waits to be counted. */
export function isRunning(pid: number): boolean {
  const state = field(pid, 'State');
  return state !== undefined && !state.startsWith('Z');
}

function field(pid: number, name: string): string | undefined {
  try {
    return new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
