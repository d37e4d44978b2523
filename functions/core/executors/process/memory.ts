import { readFileSync } from 'node:fs';

/** Milliseconds between checks. A script can allocate about 100 MB in between. */
const CHECK_INTERVAL_MS = 100;

/**
 * Watches the resident memory of a process on systems with `/proc`; elsewhere only V8's limit applies.
 *
 * @param onExceeded called once when the memory exceeds `limitMb`
 * @returns a function that ends the watch
 */
export function watchMemory(pid: number, limitMb: number, onExceeded: () => void): () => void {
  const timer = setInterval(() => {
    if (residentMb(pid) <= limitMb) return;
    clearInterval(timer);
    onExceeded();
  }, CHECK_INTERVAL_MS);
  return () => clearInterval(timer);
}

/** Returns the resident memory of a process in MB, or 0 if the process has ended or the system does not report it. */
export function residentMb(pid: number): number {
  try {
    // `statm` counts in pages of a size that depends on the machine.
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
