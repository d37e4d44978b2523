import type { Limits } from '../../domain/limits.ts';
import type { RunRef } from '../../domain/run.ts';
import { isExpired } from '../../domain/run-expiry.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { getRuns } from '../../store/runs.ts';
import { cancelExpiredRun } from '../finalize/cancel-run.ts';
import { repairEach } from './part-runner.ts';

/**
 * Cancels those of the runs that have expired while they wait for a slot. Reads no rows for a tenant that has never used
 * an expiry.
 *
 * @param limits the limits of the tenant; `undefined` if they could not be read
 */
export async function sweepExpired(
  platform: Platform,
  limits: Pick<Limits, 'usesExpiry'> | undefined,
  waiting: readonly RunRef[],
  hasTime: HasTime,
): Promise<void> {
  if (waiting.length === 0) return;
  if (limits && !limits.usesExpiry) return;
  const runs = await getRuns(platform.db, waiting);
  const now = platform.now();
  const expired = runs.filter((run) => run !== undefined).filter((run) => isExpired(run, now));
  await repairEach(expired, hasTime, (run) => cancelExpiredRun(platform, run));
}
