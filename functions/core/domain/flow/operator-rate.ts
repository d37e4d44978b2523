import type { RequestRate } from '../request-rate.ts';

/** Bounds of `requestsPerSecond`. */
export const MIN_OPERATOR_RATE = 1;
export const MAX_OPERATOR_RATE = 1_000;

/** Seconds of requests that an operator may send at once, after a time without any. */
const BURST_SECONDS = 2;

/** Returns the rate of requests of a source, sink or lookup, which all tasks and runs of its flow share. */
export const operatorRate = (perSecond: number): RequestRate => ({ perSecond, burst: BURST_SECONDS * perSecond });
