import { cpuTimeMs, residentMb } from './usage.ts';

/** Milliseconds between checks of a process; it may exceed its limits by this much. */
const WATCH_INTERVAL_MS = 100;
/** Factor of the CPU time in wall time after which a process counts as starved of CPU. */
const STARVATION_FACTOR = 30;

/** The limit that a process exceeded: `starved` if it got too little CPU to make progress. */
export type Excess =
  | { readonly kind: 'memory' }
  | { readonly kind: 'time' }
  | { readonly kind: 'starved'; readonly waitedMs: number };

export interface ProcessLimits {
  /** Limit of resident memory in MB. */
  readonly memoryMb: number;
  /** CPU milliseconds without progress. */
  readonly cpuMs: number;
  /** @returns a number that changes with each progress of the process */
  readonly progress: () => number;
}

/**
 * Watches a process from outside, because its work may block it forever. The time is CPU time where the system reports it,
 * so that a busy machine does not fail the work.
 *
 * @param onExcess called when the process exceeds a limit
 * @returns a function that ends the watch
 */
export function watchProgress(
  pid: number,
  { memoryMb, cpuMs, progress }: ProcessLimits,
  onExcess: (excess: Excess) => void,
): () => void {
  const measure = () => ({ progress: progress(), computed: cpuTimeMs(pid), at: performance.now() });
  let baseline = measure();
  const timer = setInterval(() => {
    if (residentMb(pid) > memoryMb) return onExcess({ kind: 'memory' });
    const now = measure();
    if (now.progress !== baseline.progress) {
      baseline = now;
      return;
    }
    const waitedMs = now.at - baseline.at;
    const computedMs = now.computed === undefined ? waitedMs : now.computed - (baseline.computed ?? 0);
    // A response may be waiting unread, because this process was busy, too.
    if (computedMs > cpuMs) setImmediate(() => now.progress === progress() && onExcess({ kind: 'time' }));
    else if (waitedMs > STARVATION_FACTOR * cpuMs) onExcess({ kind: 'starved', waitedMs: Math.round(waitedMs) });
  }, WATCH_INTERVAL_MS);
  return () => clearInterval(timer);
}
