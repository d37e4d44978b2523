import { readFileSync } from 'node:fs';
import { residentMb } from '../../functions/core/executors/process/usage.ts';
import { children } from '../helpers/system/processes.ts';

/** Returns a process and all of its descendants, from `/proc`. */
export function processTree(root: number): readonly number[] {
  return [root, ...children(root).flatMap((child) => processTree(child))];
}

/** Returns the sum of the resident memory of a process tree in MB. Shared memory counts once per process. */
export function treeMb(root: number): number {
  return Math.round(processTree(root).reduce((total, pid) => total + residentMb(pid), 0));
}

/** Returns the proportional set size of a process tree in MB. Shared memory counts once. */
export function treeProportionalMb(root: number): number {
  return Math.round(processTree(root).reduce((total, pid) => total + proportionalMb(pid), 0));
}

function proportionalMb(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
