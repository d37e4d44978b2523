import { JobdeckError } from '../../domain/errors.ts';
import type { Stop } from '../../domain/flow/stop.ts';
import type { Job } from '../../domain/job.ts';
import type { Limits } from '../../domain/limits.ts';
import { isTerminal, type Run, type RunRef, type SkipReason } from '../../domain/run.ts';
import { CANCELED_BY_EXPIRY } from '../../domain/run-expiry.ts';
import { CANCEL_WAIT_MS, purgeTime } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import type { JobRef } from '../../store/keys.ts';
import { getLimits } from '../../store/limits.ts';
import { walkActiveOfJob } from '../../store/run-lists.ts';
import {
  type Cancellation,
  cancelDelayed,
  cancelExpired,
  cancelQueued,
  getRun,
  requestStop,
} from '../../store/runs.ts';
import { stopTasks } from '../flow/stop/stop-tasks.ts';
import { failuresOf, throwFailures } from '../sweep/part-runner.ts';
import { usesPrioritiesOf } from './admit-waiting.ts';
import { finalizeRun } from './finalize-run.ts';
import { type WaitOptions, waitForEnd } from './wait-for-end.ts';

/** Value of `canceledBy` for runs of a deleted job. */
export const CANCELED_BY_JOB_DELETION = 'job deleted';

/** Value of `canceledBy` for a run that a newer run replaced (overlap policy `replace`). */
export const CANCELED_BY_REPLACE = 'overlap policy: replace';

/** Value of `canceledBy` for a delayed run whose job was disabled when it was to start. */
export const CANCELED_BY_DISABLED_JOB = 'disabled job';

/** Returns the value of `canceledBy` for a delayed run for which its job's policy or a limit had no place. */
export const canceledBySkip = (reason: SkipReason, { overlapPolicy }: Pick<Job, 'overlapPolicy'>): string =>
  reason === 'overlap' ? `overlap policy: ${overlapPolicy}` : `limit: ${reason}`;

/**
 * Cancels a run. A queued run ends at once; the worker of a running one is asked to stop.
 *
 * @param stop how to stop the tasks of a flow run that has been planned
 * @returns the run after the request, unchanged if it had ended before; `undefined` if it does not exist
 */
export async function cancelRun(
  platform: Platform,
  ref: RunRef,
  canceledBy: string,
  stop: Stop | null = null,
): Promise<Run | undefined> {
  const { db } = platform;
  const queued = await cancelQueuedRun(platform, ref, canceledBy);
  if (queued?.state !== 'running') return queued;
  const requested = await requestStop(db, ref, canceledBy, stop);
  // Tasks without a worker have no heartbeat that would see the request.
  if (requested.ok) await stopTasks(platform, requested.run);
  // A worker stops the execution of another service.
  if (requested.ok && /* guard: external.cancel.send */ requested.run.external) await platform.queues.sendRun(ref);
  // Between the two writes the run ended or was queued for a retry.
  return /* guard: run.cancel.requeued */ requested.run?.state === 'queued'
    ? cancelRun(platform, ref, canceledBy, stop)
    : requested.run;
}

/**
 * Cancels a run that is queued. A run that has started goes on.
 *
 * @returns the run after the request, unchanged if it is not queued; `undefined` if it does not exist
 */
export async function cancelQueuedRun(platform: Platform, ref: RunRef, canceledBy: string): Promise<Run | undefined> {
  const limits = await getLimits(platform.db, ref.tenant, platform.defaultLimits);
  const canceled = await cancelQueued(platform.db, ref, describeCancellation(platform, limits, canceledBy));
  // The end of a run that another awaits reads the limits again.
  if (canceled.ok) await finalizeRun(platform, canceled.run, canceled.run.awaited ? {} : { limits });
  return canceled.run;
}

/**
 * Cancels a delayed run that is not to start, unless it was moved or has started since it was read.
 *
 * @param seen the run as read
 */
export async function cancelDelayedRun(platform: Platform, seen: Run, canceledBy: string): Promise<void> {
  const limits = await getLimits(platform.db, seen.tenant, platform.defaultLimits);
  const canceled = await cancelDelayed(platform.db, seen, describeCancellation(platform, limits, canceledBy));
  if (canceled.ok) await finalizeRun(platform, canceled.run);
}

/** Cancels a run that has expired, unless its first attempt has started since it was read. */
export async function cancelExpiredRun(platform: Platform, seen: Run): Promise<void> {
  const limits = await getLimits(platform.db, seen.tenant, platform.defaultLimits);
  const canceled = await cancelExpired(platform.db, seen, describeCancellation(platform, limits, CANCELED_BY_EXPIRY));
  if (canceled.ok) await finalizeRun(platform, canceled.run);
}

function describeCancellation(
  { now }: Pick<Platform, 'now'>,
  { retentionDays }: Pick<Limits, 'retentionDays'>,
  canceledBy: string,
): Cancellation {
  const at = now();
  return { canceledBy, finishedAt: new Date(at).toISOString(), purgeAt: purgeTime(at, retentionDays) };
}

/**
 * Cancels a run and waits up to 10 s for the end of its work.
 *
 * @param mayWait `false` ends the wait early
 * @returns the run after the wait; `undefined` if it does not exist
 * @throws JobdeckError `run.ended` (conflict) if the run had ended before the request
 */
export async function cancelAndWait(
  platform: Platform,
  ref: RunRef,
  canceledBy: string,
  mayWait: WaitOptions['mayWait'],
): Promise<Run | undefined> {
  const before = await getRun(platform.db, ref);
  if (!before) return undefined;
  if (isTerminal(before.state)) {
    throw new JobdeckError('conflict', 'run.ended', `Cannot cancel ${before.state} run`);
  }
  const requested = platform.now();
  const run = await cancelRun(platform, ref, canceledBy);
  const ended =
    run && !isTerminal(run.state) ? await waitForEnd(platform, ref, { waitMs: CANCEL_WAIT_MS, mayWait }) : run;
  const fields = { tenant: ref.tenant, job: ref.jobId, run: ref.ulid, state: ended?.state };
  platform.metrics.event('run.cancel_requested', { CancelLatency: platform.now() - requested }, fields);
  return ended;
}

/** Runs of a job that are canceled at once; the rest is read after them. */
const CANCEL_CHUNK = 100;

/**
 * Cancels the queued and running runs of a job.
 *
 * @param hasTime `false` ends the work early
 * @returns `false` if the work ended early
 * @throws AggregateError after the other runs, if some could not be canceled
 */
export async function cancelJob(
  platform: Platform,
  job: JobRef,
  canceledBy: string,
  hasTime: HasTime = () => true,
): Promise<boolean> {
  const failures: unknown[] = [];
  let isDone = true;
  const mayContinue = () => {
    isDone = hasTime();
    return isDone;
  };
  const cancel = async (run: Run) => void (await cancelRun(platform, run, canceledBy));
  const usesPriorities = usesPrioritiesOf(await getLimits(platform.db, job.tenant, platform.defaultLimits));
  for await (const runs of walkActiveOfJob(platform.db, job, CANCEL_CHUNK, usesPriorities)) {
    const left = runs.filter(({ state }) => state !== 'stopping');
    failures.push(...(await failuresOf(left, /* guard: job.cancel.time */ mayContinue, cancel)));
    if (!isDone) break;
  }
  throwFailures(failures, 'runs were not canceled');
  return isDone;
}
