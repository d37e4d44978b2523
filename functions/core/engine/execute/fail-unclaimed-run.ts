import type { Run, RunRef } from '../../domain/run.ts';
import { purgeTime } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { getLimits } from '../../store/limits.ts';
import { failQueued } from '../../store/runs.ts';
import { finalizeRun } from '../finalize/finalize-run.ts';
import { endMetrics } from '../finalize/run-metrics.ts';

/**
 * Fails a queued run whose message reached the dead-letter queue. A claimed run is left to its worker and the sweeper.
 *
 * @returns the run after the call, or `undefined` if it does not exist
 */
export async function failUnclaimedRun(platform: Platform, ref: RunRef, receives: number): Promise<Run | undefined> {
  const now = platform.now();
  const { retentionDays } = await getLimits(platform.db, ref.tenant, platform.defaultLimits);
  const failure = { kind: 'lost', message: `its message was abandoned after ${receives} receives` } as const;
  const endedAt = new Date(now).toISOString();
  const failed = await failQueued(platform.db, ref, failure, endedAt, purgeTime(now, retentionDays));
  if (!failed.ok) return failed.run;
  const fields = { tenant: ref.tenant, job: ref.jobId, run: ref.ulid, receives };
  platform.metrics.event('run.abandoned', endMetrics(failed.run), fields);
  await finalizeRun(platform, failed.run);
  return failed.run;
}
