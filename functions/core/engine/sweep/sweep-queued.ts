import type { JobState } from '../../domain/job-state.ts';
import type { Run } from '../../domain/run.ts';
import { isExpired } from '../../domain/run-expiry.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { MAX_RESEND_DELAY_MS, RESEND_AFTER_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { getJobStates, updateJobState } from '../../store/job-states.ts';
import { markResent } from '../../store/runs.ts';
import { CANCELED_BY_JOB_DELETION, CANCELED_BY_REPLACE, cancelExpiredRun, cancelRun } from '../finalize/cancel-run.ts';
import { admitNext, awaitLock } from '../finalize/transfer-lock.ts';
import { inspectLock, toLastRun } from '../start/overlap-lock.ts';
import { repairEach } from './part-runner.ts';

/** Repairs those of a tenant's runs that are queued: lost messages, missed lock transfers, due retries. */
export async function sweepQueued(
  platform: Platform,
  tenant: TenantId,
  runs: readonly Run[],
  hasTime: HasTime,
): Promise<void> {
  const queued = runs.filter(({ state }) => state === 'queued');
  // A job's state exists as long as the job. It is read after the runs, so that the job of a new run is found.
  const states = await getJobStates(platform.db, tenant, [...new Set(queued.map(({ jobId }) => jobId))]);
  await repairEach(queued, hasTime, async (run) => {
    const state = states.get(run.jobId);
    if (state?.incarnation !== run.incarnation) await cancelRun(platform, run, CANCELED_BY_JOB_DELETION);
    else if (/* guard: sweep.queued.expired */ isExpired(run, platform.now())) await cancelExpiredRun(platform, run);
    else if (/* guard: sweep.queued.overlap */ run.waiting === 'overlap') await sweepOverlap(platform, state, run);
    else if (/* guard: sweep.queued.resend */ !run.waiting && isClaimOverdue(run, platform.now()))
      await resend(platform, run);
  });
}

/** @returns whether the run should have been claimed by now; the allowed delay doubles with each resend */
export function isClaimOverdue(run: Run, now: number): boolean {
  const maxDelayMs = Math.min(RESEND_AFTER_MS * 2 ** run.resends, MAX_RESEND_DELAY_MS);
  const since = Math.max(...[run.createdAt, run.sentAt, run.dueAt].map((time) => (time ? Date.parse(time) : 0)));
  return now - since > maxDelayMs;
}

async function resend(platform: Platform, run: Run): Promise<void> {
  const marked = await markResent(platform.db, run, new Date(platform.now()).toISOString());
  if (!marked.ok) return;
  platform.log.info('run.resent', { tenant: run.tenant, job: run.jobId, run: run.ulid, resends: marked.run.resends });
  await platform.queues.sendRun(run);
}

/**
 * Repairs a run that waits for its job's lock: admits it if it holds or can acquire the lock, cancels it if it was
 * replaced.
 */
async function sweepOverlap(platform: Platform, state: JobState, run: Run): Promise<void> {
  const { tenant, jobId, incarnation } = run;
  const job = { tenant, id: jobId, incarnation };
  const pointer = { ulid: run.ulid, number: run.number };
  const { status: view, endedHolder: ended } = await inspectLock(platform, job, state, run.ulid);
  if (view === 'own') return admitNext(platform, run);
  const waitsNext = state.waitingRun === null || state.waitingRun.ulid === run.ulid;
  if (view === 'free' && waitsNext) {
    const lock = { ...pointer, since: new Date(platform.now()).toISOString() };
    const acquired = await updateJobState(platform.db, job, state, {
      lock,
      waitingRun: null,
      ...(ended && { lastRun: toLastRun(ended) }),
    });
    if (acquired) await admitNext(platform, run);
    return;
  }
  if (state.waitingRun === null) {
    if (await updateJobState(platform.db, job, state, { waitingRun: pointer })) await awaitLock(platform, run);
    return;
  }
  // Under the policy `replace` the newer run has this run's place.
  if (!waitsNext && state.waitingRun.number > run.number) await cancelRun(platform, run, CANCELED_BY_REPLACE);
}
