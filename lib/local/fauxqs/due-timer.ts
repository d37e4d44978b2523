import type { FauxqsQueue } from './fair-queue.ts';

/** A message that is invisible until `delayUntil`, in epoch milliseconds. */
interface Delayed {
  readonly delayUntil?: number | undefined;
}

/** Internal members of a fauxqs queue (version 2.4.1) that this module uses. */
export interface FauxqsTimedQueue extends FauxqsQueue {
  readonly delayedMessages: readonly Delayed[];
  readonly fifoDelayed: ReadonlyMap<string, readonly Delayed[]>;
  /** Pending long polls. */
  readonly pollWaiters: readonly unknown[];
  pollTimer: NodeJS.Timeout | undefined;
  startPollTimerIfNeeded(): void;
  waitForMessages(seconds: number): Promise<void>;
  changeVisibility(...request: readonly unknown[]): unknown;
}

/** Maximum delay of `setTimeout` in milliseconds. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Replaces a queue's timer, which polls every 20 ms during a long poll, by one that fires when the next message is due.
 * Otherwise an idle system with ten queues wakes up 500 times a second.
 */
export function withDueTimer<Queue extends FauxqsTimedQueue>(queue: Queue): Queue {
  const arm = (): void => {
    clearTimeout(queue.pollTimer);
    const due = queue.pollWaiters.length > 0 ? earliestDueTime(queue) : Number.POSITIVE_INFINITY;
    if (due === Number.POSITIVE_INFINITY) queue.pollTimer = undefined;
    else queue.pollTimer = setTimeout(onDue, Math.min(Math.max(1, due - Date.now()), MAX_TIMEOUT_MS));
  };
  const onDue = (): void => {
    queue.processTimers();
    arm();
  };
  queue.startPollTimerIfNeeded = arm;
  for (const method of ['enqueue', 'dequeue', 'changeVisibility'] as const) {
    const original = queue[method].bind(queue) as (...request: readonly unknown[]) => unknown;
    queue[method] = (...request: readonly unknown[]) => {
      try {
        return original(...request);
      } finally {
        arm();
      }
    };
  }
  return queue;
}

function earliestDueTime({ delayedMessages, fifoDelayed, inflightMessages }: FauxqsTimedQueue): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const { visibilityDeadline } of inflightMessages.values()) earliest = Math.min(earliest, visibilityDeadline);
  for (const messages of [delayedMessages, ...fifoDelayed.values()]) {
    for (const { delayUntil = 0 } of messages) earliest = Math.min(earliest, delayUntil);
  }
  return earliest;
}
