import type { Job } from '../../domain/job.ts';
import type { JobState } from '../../domain/job-state.ts';
import type { Run } from '../../domain/run.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { RESEND_AFTER_MS, RESEND_AT_MOST_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { oldestActive } from '../../store/run-lists.ts';
import { getRuns, markResent } from '../../store/runs.ts';
import { changeState } from '../../store/states.ts';
import { cancelRun } from '../cancel.ts';
import { JOB_DELETED } from '../claim.ts';
import { inspectLock } from '../lock.ts';
import { moveLine, wakeNext } from '../settle.ts';
import { SWEEP_LIMIT } from './bounds.ts';

/** Who cancels a run that waited for a lock, when a newer one was given its place. */
const REPLACED = 'overlap policy: replace';

/** Puts right what keeps queued runs from their workers: lost messages, missed wake-ups, retries that are due. */
export async function sweepQueued(
  platform: Platform,
  tenant: TenantId,
  jobs: ReadonlyMap<string, Job>,
  states: ReadonlyMap<string, JobState>,
): Promise<void> {
  const runs = await getRuns(platform.db, await oldestActive(platform.db, tenant, 'queued', SWEEP_LIMIT));
  for (const run of runs) {
    if (run?.state !== 'queued') continue;
    const job = jobs.get(run.jobId);
    const state = states.get(run.jobId);
    if (job?.incarnation !== run.incarnation || !state) await cancelRun(platform, run, JOB_DELETED);
    else if (/* guard: sweep.queued.overlap */ run.waiting === 'overlap') await sweepOverlap(platform, job, state, run);
    else if (/* guard: sweep.queued.resend */ !run.waiting && isUnheard(run, platform.now()))
      await resend(platform, run);
  }
  /* guard: sweep.queued.limit */ if (runs.some((run) => run?.waiting === 'limit'))
    await moveLine(platform, tenant, SWEEP_LIMIT);
}

/** Whether a run should have been claimed by now. Each time it is sent again it is given twice as long. */
export function isUnheard(run: Run, now: number): boolean {
  const patience = Math.min(RESEND_AFTER_MS * 2 ** run.resends, RESEND_AT_MOST_MS);
  const since = Math.max(...[run.createdAt, run.sentAt, run.dueAt].map((time) => (time ? Date.parse(time) : 0)));
  return now - since > patience;
}

async function resend(platform: Platform, run: Run): Promise<void> {
  const marked = await markResent(platform.db, run, new Date(platform.now()).toISOString());
  if (!marked.ok) return;
  platform.log.info('run.resent', { tenant: run.tenant, job: run.jobId, run: run.ulid, resends: marked.run.resends });
  await platform.queues.sendRun(run);
}

/** A run that waits for its job's lock: it has it by now, can take it, goes on waiting, or was replaced. */
async function sweepOverlap(platform: Platform, job: Job, state: JobState, run: Run): Promise<void> {
  const pointer = { ulid: run.ulid, number: run.number };
  const { view, ended } = await inspectLock(platform, job, state, run.ulid);
  if (view === 'own') return wakeNext(platform, run);
  const waitsNext = state.next === null || state.next.ulid === run.ulid;
  if (view === 'free' && waitsNext) {
    const lock = { ...pointer, since: new Date(platform.now()).toISOString() };
    const taken = await changeState(platform.db, job, state, { lock, next: null, ...(ended && { last: ended }) });
    if (taken) await wakeNext(platform, run);
    return;
  }
  if (state.next === null) {
    await changeState(platform.db, job, state, { next: pointer });
    return;
  }
  // Not a candidate any more: under `replace` the newer run has its place.
  if (!waitsNext && state.next.number > run.number) await cancelRun(platform, run, REPLACED);
}
