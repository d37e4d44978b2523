import { readdirSync, readFileSync } from 'node:fs';

/** Returns the running child processes of `parent`, from `/proc`. */
export function children(parent = process.pid): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => field(pid, 'PPid') === String(parent) && !field(pid, 'State')?.startsWith('Z'));
}

/** @returns whether the process exists and is not a zombie */
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
