import { decodeTime } from 'ulidx';
import type { JobOutline } from '../../domain/job.ts';
import { isLateToFinish, isLateToStart, type Lateness } from '../../domain/lateness.ts';
import type { Run, RunRef } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { flagLate } from '../../store/runs.ts';
import { emitLateness } from '../finalize/emit-lateness.ts';
import { jitterOf } from '../start/job-schedule.ts';
import type { JobOutlines } from './job-outlines.ts';
import { repairEach } from './part-runner.ts';

/** Returns those of the runs that may be late by their ULIDs. The outlines of their jobs must be loaded. */
export const findLate = <Ref extends RunRef>(
  { now }: Pick<Platform, 'now'>,
  jobs: JobOutlines,
  refs: readonly Ref[],
): readonly Ref[] => refs.filter((ref) => mayBeLate(ref.ulid, jobs.of(ref), now()));

/**
 * Flags active runs that have exceeded their job's start or finish grace period. The runs continue. A run that starts
 * or ends too late between two sweeps is flagged by its worker.
 */
export async function sweepLateness(
  platform: Platform,
  jobs: JobOutlines,
  runs: readonly Run[],
  hasTime: HasTime,
): Promise<void> {
  await repairEach(runs, hasTime, async (run) => {
    const job = jobs.of(run);
    if (job) await flagLateRun(platform, job, run);
  });
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
  if (run.startedAt === null && !run.lateStartAt && isLateToStart(job, run, now, jitterOf(job))) late.push('start');
  if (!run.lateFinishAt && isLateToFinish(job, run, now)) late.push('finish');
  for (const lateness of late) {
    const flagged = await flagLate(platform.db, run, lateness, new Date(now).toISOString());
    if (flagged) emitLateness(platform, run, lateness);
  }
}
