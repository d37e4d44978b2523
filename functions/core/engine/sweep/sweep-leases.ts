import type { Run } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { failExpiredRun } from '../execute/fail-expired-run.ts';
import { repairEach } from './part-runner.ts';

/** Ends the attempts of those runs whose lease has expired. */
export async function sweepLeases(
  platform: Platform,
  runs: readonly Run[],
  hasTime: HasTime = () => true,
): Promise<void> {
  await repairEach(runs, hasTime, async (run) => {
    if (run.lease && Date.parse(run.lease.until) <= platform.now()) await failExpiredRun(platform, run, run.lease);
  });
}
