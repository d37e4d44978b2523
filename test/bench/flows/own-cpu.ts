import { readFileSync } from 'node:fs';

/** Milliseconds of a clock tick, the unit of `/proc/<pid>/stat`. */
const TICK_MS = 10;

/**
 * Returns the CPU time in milliseconds that this process and its ended child processes have used. Services that run in
 * other processes until the end of the measurement are not included.
 */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  // Fields 16 and 17 are the times of ended children; field 3 follows the process name.
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ').map(Number) ?? [];
  return (user + system) / 1_000 + ((fields[13] ?? 0) + (fields[14] ?? 0)) * TICK_MS;
}

export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Measures the wall time and the CPU time of work. */
export async function costOf(work: () => Promise<void>): Promise<Cost> {
  const [cpu, begin] = [ownCpuMs(), performance.now()];
  await work();
  return { ms: performance.now() - begin, cpuMs: ownCpuMs() - cpu };
}
