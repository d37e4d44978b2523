/** Time constants of a run's life cycle, in milliseconds. */

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Duration of the lease that a claim sets. */
export const LEASE_MS = 60 * SECOND_MS;
/** Interval between two renewals of a lease. */
export const HEARTBEAT_INTERVAL_MS = 20 * SECOND_MS;
/**
 * Interval at which a worker polls for a cancel request. With the 5 s that a process has to exit, a cancel takes less
 * than 10 s.
 */
export const CANCEL_POLL_INTERVAL_MS = 3 * SECOND_MS;
/** Maximum timeout of a script or request. A worker lives for 15 minutes. */
export const MAX_TIMEOUT_MS = 14 * MINUTE_MS;
/** Time after which the output of a running script is readable, and interval of its updates. */
export const LIVE_OUTPUT_DELAY_MS = 5 * SECOND_MS;
/** Maximum time that a cancel request waits for the work to end. */
export const CANCEL_WAIT_MS = 10 * SECOND_MS;
/** Maximum time of a blocking trigger. API Gateway ends a request after 30 s. */
export const TRIGGER_WAIT_MS = 25 * SECOND_MS;
/** Time after which a lock is free whose run has no row. */
export const LOCK_GRACE_MS = 60 * SECOND_MS;
/**
 * Time after which the sweeper frees the lock of an ended run, which is free anyway, and stores the run as the last one.
 * Longer than {@link FREQUENT_TICKS_MS}.
 */
export const LOCK_SETTLE_MS = 20 * MINUTE_MS;
/** Time after which the message of a queued run is sent again; doubles with each repetition. */
export const RESEND_AFTER_MS = 60 * SECOND_MS;
export const MAX_RESEND_DELAY_MS = 60 * MINUTE_MS;
/**
 * Age at which a tick no longer becomes a run, and at which a tick without a row has been missed. EventBridge Scheduler
 * retries for 5 minutes (the registrar's retry policy); the rest is left to the dispatcher.
 */
export const LATE_AFTER_MS = 10 * MINUTE_MS;
/**
 * Interval of ticks up to which the start of the next run stores that the tick of an ended run has a row. The sweeper
 * looks for the row of a tick {@link LATE_AFTER_MS} later.
 */
export const FREQUENT_TICKS_MS = LATE_AFTER_MS / 2;
/** Maximum delay of an SQS message. The sweeper sends later retries. */
export const MAX_QUEUE_DELAY_MS = 15 * MINUTE_MS;
/** Tolerance by which a message may precede the due time of its run, because SQS delays in whole seconds. */
export const DUE_TOLERANCE_MS = 2 * SECOND_MS;
/**
 * Maximum time from the tick in a run's ULID to the creation of the run: its jitter and the tolerance for late ticks. Runs
 * that are created later are marked in the state of their job: a made-up tick, a run that follows a long chain, and one that
 * a late attempt of a script starts.
 */
export const TICK_LAG_MS = LATE_AFTER_MS + MAX_QUEUE_DELAY_MS;
/** Retention of an idempotency key. */
export const IDEMPOTENCY_RETENTION_MS = DAY_MS;
/**
 * Time after which no run is created from limits and a job that were read before: creation happens within one
 * invocation, of which the longest, that of a worker whose script starts runs, ends after 15 minutes. The rest is for a
 * write that takes effect late. The rows of a deleted job stay as long, so that a late creation finds the run.
 */
export const RUN_CREATION_GRACE_MS = 20 * MINUTE_MS;

/** Retention of the deduplication entries of queue messages in days: longer than the 14 days of SQS. */
export const MESSAGE_RETENTION_DAYS = 15;

/** Returns the time at which the row of a run is purged that ended at `endedAt`. */
export function purgeTime(endedAt: number, retentionDays: number): string {
  return new Date(endedAt + retentionDays * DAY_MS).toISOString();
}
