/** The times that the life of a run keeps to (DESIGN 2 and 4), in milliseconds. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** A claimed run is its worker's for this long, */
export const LEASE_MS = 60 * SECOND;
/** which renews it this often. */
export const HEARTBEAT_INTERVAL_MS = 20 * SECOND;
/** How often a worker looks whether its run was cancelled. With the 5 s a process gets to end, under 10 s in all. */
export const CANCEL_POLL_INTERVAL_MS = 3 * SECOND;
/** The longest that a script or a request may take: a worker lives for 15 minutes. */
export const MAX_TIMEOUT_MS = 14 * MINUTE;
/** What a script has written can be read once it has run for this long, and then at each of these looks. */
export const LIVE_OUTPUT_DELAY_MS = 5 * SECOND;
/** How long an answer to a cancel waits for the work to end. */
export const CANCEL_WAIT_MS = 10 * SECOND;
/** How long a blocking trigger waits; API Gateway ends a request at 30 s. */
export const TRIGGER_WAIT_MS = 25 * SECOND;
/** A lock whose run's row is missing for longer than this belongs to nobody. */
export const LOCK_GRACE_MS = 60 * SECOND;
/** A queued run nobody claimed for this long is sent again, then after twice that, and so on. */
export const RESEND_AFTER_MS = 60 * SECOND;
export const MAX_RESEND_DELAY_MS = 60 * MINUTE;
/**
 * A tick handled later than this does not run any more, and one without a row by then was missed. EventBridge
 * Scheduler tries for 5 minutes (the registrar's retry policy); the rest is the dispatcher's.
 */
export const LATE_AFTER_MS = 10 * MINUTE;
/** SQS delays a message by at most this; later retries wait for the sweeper. */
export const MAX_QUEUE_DELAY_MS = 15 * MINUTE;
/** A message may come this much before its run is due: SQS delays whole seconds. */
export const DUE_TOLERANCE_MS = 2 * SECOND;
/** How long an idempotency key is remembered. */
export const IDEMPOTENCY_RETENTION_MS = 24 * 60 * MINUTE;
/**
 * A start of a run reads its job and the limits and makes the row within one invocation, the longest of which (the
 * sweeper's) ends after 55 s; what it read may be a moment behind. After this long, nobody makes a run by what was then.
 */
export const RUN_CREATION_GRACE_MS = 5 * MINUTE;
/** A deleted job's remains are looked at once more after this, for runs that were being made meanwhile. */
export const DELETED_JOB_GRACE_MS = 15 * MINUTE;

export const DAY_MS = 24 * 60 * MINUTE;
/** For so many days it is known what became of a message of a queue: SQS keeps none for more than 14. */
export const MESSAGE_RETENTION_DAYS = 15;

/** When a row that ended at `endedAt` goes. */
export function purgeTime(endedAt: number, retentionDays: number): string {
  return new Date(endedAt + retentionDays * DAY_MS).toISOString();
}
