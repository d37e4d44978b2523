import { decodeTime } from 'ulidx';
import type { JobOutline } from '../../domain/job.ts';
import { isLateToFinish, isLateToStart, type Lateness } from '../../domain/lateness.ts';
import { isTerminal, type Run } from '../../domain/run.ts';
import { ACTIVE_CLASSES } from '../../domain/run-class.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { flagLate, getRuns } from '../../store/runs.ts';
import { emitLateness } from '../finalize/emit-lateness.ts';
import { jitterOf } from '../start/job-schedule.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { JobOutlines } from './job-outlines.ts';

/**
 * Flags active runs that have exceeded their job's start or finish grace period. The runs continue. A run that starts
 * or ends too late between two sweeps is flagged by its worker.
 */
export async function sweepLateness(
  platform: Platform,
  jobs: JobOutlines,
  active: ActiveRuns,
  hasTime: HasTime = () => true,
): Promise<void> {
  for (const runClass of ACTIVE_CLASSES) {
    await jobs.load(active[runClass]);
    const candidates = active[runClass].filter((ref) => mayBeLate(ref.ulid, jobs.of(ref), platform.now()));
    for (const run of await getRuns(platform.db, candidates)) {
      if (!hasTime()) return;
      const job = run && jobs.of(run);
      if (job) await flagLateRun(platform, job, run);
    }
  }
}

/** @returns whether the run may be late by its ULID, which carries the time of its tick or of its creation */
function mayBeLate(ulid: string, job: JobOutline | undefined, now: number): boolean {
  if (!job) return false;
  const graces = [job.finishGraceSeconds, job.startGraceSeconds].filter((grace) => grace > 0);
  return now - decodeTime(ulid) > Math.min(...graces) * 1_000;
}

async function flagLateRun(platform: Platform, job: JobOutline, run: Run): Promise<void> {
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
