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

/**
 * Returns the CPU time of a process in milliseconds, or `undefined` if the process has ended or the system does not
 * report it.
 */
export function cpuTimeMs(pid: number): number | undefined {
  try {
    // Fields after the process name, which may contain any character: state is field 3, user and system time are fields
    // 14 and 15, in units of 1/100 s.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return fields && (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}
