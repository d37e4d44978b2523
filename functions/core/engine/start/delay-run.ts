import { tooManyDelayedError } from '../../domain/limits.ts';
import type { Run } from '../../domain/run.ts';
import { DELAYED_RUNS, isDelayed } from '../../domain/run-counts.ts';
import { expirySecondsOf, expiryTime } from '../../domain/run-expiry.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { MAX_QUEUE_DELAY_MS, purgeTime } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { getCounter } from '../../store/counters.ts';
import { getLimits } from '../../store/limits.ts';
import { extendRunInput } from '../../store/run-inputs.ts';
import { markDelaySent, moveDelayedRun, type RunUpdate, throttleDelayedRun } from '../../store/runs.ts';

/**
 * Sends the message that starts a delayed run at its time, which must be at most 15 minutes ahead. A repeated message has
 * no effect.
 */
export async function sendWhenDue({ queues, now }: Pick<Platform, 'queues' | 'now'>, run: Run): Promise<void> {
  const { tenant, jobId, incarnation, ulid, runAt, createdAt } = run;
  const scheduledAt = runAt ?? createdAt;
  await queues.sendTick({ v: 1, tenant, jobId, incarnation, scheduledAt, ulid }, Date.parse(scheduledAt) - now());
}

/**
 * Rejects a delayed run above the limit of the tenant.
 *
 * @throws LimitReached `limit.delayedRuns`
 */
export type AssertMayDelay = () => Promise<void>;

/**
 * Returns a function that rejects delayed runs above the limit of the tenant, and counts those that it accepts. The count
 * of other runs comes from the counter, so runs that other requests created in the last seconds may exceed the limit.
 */
export function createDelayLimit(
  { db, defaultLimits }: Pick<Platform, 'db' | 'defaultLimits'>,
  tenant: TenantId,
): AssertMayDelay {
  let countedAtFirst: number | undefined;
  let accepted = 0;
  return async () => {
    const [{ delayedRuns }, { current }] = await Promise.all([
      getLimits(db, tenant, defaultLimits),
      getCounter(db, tenant, { kind: 'tenant' }),
    ]);
    const counted = current[DELAYED_RUNS] ?? 0;
    countedAtFirst ??= counted;
    // The counter may show some of the accepted runs already.
    const used = Math.max(counted, /* guard: delay.limit.batch */ countedAtFirst + accepted);
    // guard: delay.limit
    if (used >= delayedRuns) throw tooManyDelayedError(delayedRuns, used);
    accepted += 1;
  };
}

/**
 * Sends the message of a run just created or moved if it is delayed by at most 15 minutes; the sweep sends those of others,
 * and a message that cannot be sent now.
 *
 * An error is logged only, because the run is stored: a caller that were told of it would create the run again.
 */
export async function sendIfNear(platform: Pick<Platform, 'db' | 'queues' | 'now' | 'log'>, run: Run): Promise<void> {
  if (!isDelayed(run) || run.sentAt === null) return;
  try {
    await sendWhenDue(platform, run);
  } catch (error) {
    const { tenant, jobId: job, ulid } = run;
    const warn = (reason: unknown) =>
      platform.log.warn('run.delay_message_not_sent', { tenant, job, run: ulid, error: String(reason) });
    warn(error);
    // Otherwise the sweep starts the run when it is overdue.
    await markDelaySent(platform.db, run, null).catch(warn);
  }
}

/** @returns whether SQS can delay a message from `now` to the time; otherwise the sweep sends it later */
export const isWithinQueueDelay = (runAt: string, now: number): boolean =>
  Date.parse(runAt) - now <= MAX_QUEUE_DELAY_MS;

/**
 * Changes the time at which a delayed run starts. A time that has passed starts the run at once.
 *
 * The sweep sends the message of a time that is later than SQS can delay; the change of the row makes it due.
 *
 * @returns `ok: false` if the run has started or ended, or does not exist
 */
export async function moveRun(platform: Platform, run: Run, runAt: string): Promise<RunUpdate> {
  const set = await describeMove(platform, run, runAt);
  // A start that the throttle of the job has reserved stays empty.
  const moved = await moveDelayedRun(platform.db, run, {
    ...set,
    throttledFrom: null,
    expiresAt: expiryTime({ ...run, runAt, throttledFrom: null }, expirySecondsOf(run)),
  });
  if (moved.ok) await sendIfNear(platform, moved.run);
  return moved;
}

/**
 * Moves a delayed run that is due to a start that the throttle of its job has reserved, unless another process has moved or
 * started it. The time from which its expiry counts stays.
 */
export async function moveThrottled(platform: Platform, seen: Run, runAt: string): Promise<RunUpdate> {
  const set = await describeMove(platform, seen, runAt);
  const throttledFrom = seen.throttledFrom ?? seen.runAt ?? seen.createdAt;
  const moved = await throttleDelayedRun(platform.db, seen, { ...set, throttledFrom, expiresAt: seen.expiresAt });
  if (moved.ok) await sendIfNear(platform, moved.run);
  return moved;
}

/** Prepares the fields of a moved run that depend on the start only. */
async function describeMove(
  platform: Platform,
  run: Run,
  runAt: string,
): Promise<Pick<Run, 'runAt' | 'purgeAt' | 'sentAt'>> {
  const { db } = platform;
  const at = platform.now();
  const { retentionDays } = await getLimits(db, run.tenant, platform.defaultLimits);
  const purgeAt = purgeTime(Math.max(at, Date.parse(runAt)), retentionDays);
  // Before the row, so that an input never expires before its run.
  await extendRunInput(db, { ...run, purgeAt });
  const isSent = isWithinQueueDelay(runAt, at);
  return { runAt, purgeAt, sentAt: isSent ? new Date(at).toISOString() : null };
}
