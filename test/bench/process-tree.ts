import { readFileSync } from 'node:fs';
import { residentMb } from '../../functions/core/executors/process/memory.ts';
import { children } from '../helpers/system/processes.ts';

/** A process and all that it started, as `/proc` shows them. */
export function processTree(root: number): readonly number[] {
  return [root, ...children(root).flatMap((child) => processTree(child))];
}

/** What is resident of each process, added up: memory that they share is counted for each of them. */
export function treeMb(root: number): number {
  return Math.round(processTree(root).reduce((total, pid) => total + residentMb(pid), 0));
}

/** The same with shared memory divided among those that share it. */
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
