/**
 * Milliseconds of one core, the median of three measurements by `npm run bench -- cost` on 2026-11-30 (x86-64, beside other
 * work). They depend on the machine, so that the table of costs uses these figures and not those of the moment.
 */
export const MEASURED = {
  /** CPU of worker process and script process for a script that ends at once. */
  workerCpuMs: 65,
  /** CPU of the dispatcher for a tick. */
  dispatcherCpuMs: 5,
} as const;

/** Assumed latency of a DynamoDB or SQS call within a region in milliseconds. */
export const CALL_LATENCY_MS = 4;
