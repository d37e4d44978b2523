import { decodeTime } from 'ulidx';
import type { Job } from '../../domain/job.ts';
import { isLateToFinish, isLateToStart, type Lateness } from '../../domain/lateness.ts';
import { isTerminal, type Run } from '../../domain/run.ts';
import { ACTIVE_CLASSES } from '../../domain/run-class.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { listOldestActive } from '../../store/run-lists.ts';
import { flagLate, getRuns } from '../../store/runs.ts';
import { emitLateness } from '../finalize/emit-lateness.ts';
import { jitterOf } from '../start/job-schedule.ts';
import { SWEEP_LIMIT } from './sweep-limits.ts';

/**
 * Flags active runs that have exceeded their job's start or finish grace period. The runs continue. A run that starts
 * or ends too late between two sweeps is flagged by its worker.
 */
export async function sweepLateness(
  platform: Platform,
  tenant: TenantId,
  jobs: ReadonlyMap<string, Job>,
): Promise<void> {
  for (const runClass of ACTIVE_CLASSES) {
    const active = await listOldestActive(platform.db, tenant, runClass, SWEEP_LIMIT);
    const candidates = active.filter(({ ulid, jobId }) => mayBeLate(ulid, jobs.get(jobId), platform.now()));
    for (const run of await getRuns(platform.db, candidates)) {
      const job = run && jobs.get(run.jobId);
      if (run && job?.incarnation === run.incarnation) await flagLateRun(platform, job, run);
    }
  }
}

/** @returns whether the run may be late by its ULID, which carries the time of its tick or of its creation */
function mayBeLate(ulid: string, job: Job | undefined, now: number): boolean {
  if (!job) return false;
  const graces = [job.finishGraceSeconds, job.startGraceSeconds].filter((grace) => grace > 0);
  return now - decodeTime(ulid) > Math.min(...graces) * 1_000;
}

async function flagLateRun(platform: Platform, job: Job, run: Run): Promise<void> {
  const now = platform.now();
  const late: Lateness[] = [];
  if (isTerminal(run.state)) return;
  if (run.startedAt === null && !run.lateStartAt && isLateToStart(job, run, now, jitterOf(job))) late.push('start');
  if (!run.lateFinishAt && isLateToFinish(job, run, now)) late.push('finish');
  for (const lateness of late) {
    const flagged = await flagLate(platform.db, run, lateness, new Date(now).toISOString());
    if (flagged) emitLateness(platform, run, lateness);
  }
}
