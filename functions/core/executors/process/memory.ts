import { readFileSync } from 'node:fs';

/** How often a script's memory is looked at: it can grow by about 100 MB in between. */
const CHECK_INTERVAL_MS = 100;

/**
 * Watches the resident memory of a process where there is a `/proc`; elsewhere V8's own limit is the only one.
 *
 * @param onExceeded called once, when it is over `limitMb`
 * @returns ends the watch
 */
export function watchMemory(pid: number, limitMb: number, onExceeded: () => void): () => void {
  const timer = setInterval(() => {
    if (residentMb(pid) <= limitMb) return;
    clearInterval(timer);
    onExceeded();
  }, CHECK_INTERVAL_MS);
  return () => clearInterval(timer);
}

/** MB that the process has in memory; 0 when it is gone or the system does not say. */
export function residentMb(pid: number): number {
  try {
    // `status` and not `statm`, which counts in pages of a size that only the machine knows.
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
