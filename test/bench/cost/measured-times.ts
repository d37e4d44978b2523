/**
 * Milliseconds of one core, measured by `npm run bench -- cost` on 2026-11-30 (x86-64, beside other work). They depend on the
 * machine, so that the table of costs uses these figures and not those of the moment.
 */
export const MEASURED = {
  /** CPU of worker process and script process for a script that ends at once. */
  workerCpuMs: 89,
  /** CPU of the dispatcher for a tick. */
  dispatcherCpuMs: 12,
} as const;

/** Assumed latency of a DynamoDB or SQS call within a region in milliseconds. */
export const CALL_LATENCY_MS = 4;
