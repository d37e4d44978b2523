import { isExternalRun } from '../../domain/external-execution.ts';
import type { Run } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { failExpiredRun } from '../execute/fail-expired-run.ts';
import { recoverExternal } from '../external/recover-external.ts';
import { repairEach } from './part-runner.ts';

/** Ends the attempts of those runs whose lease has expired, or looks for their executions by other services. */
export async function sweepLeases(
  platform: Platform,
  runs: readonly Run[],
  hasTime: HasTime = () => true,
): Promise<void> {
  await repairEach(runs, hasTime, async (run) => {
    if (!run.lease || Date.parse(run.lease.until) > platform.now()) return;
    // The worker may have started the execution before it was lost.
    if (/* guard: external.worker-lost */ isExternalRun(run)) await recoverExternal(platform, run);
    else await failExpiredRun(platform, run, run.lease);
  });
}
