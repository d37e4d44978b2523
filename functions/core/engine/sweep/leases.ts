import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { oldestActive } from '../../store/run-lists.ts';
import { getRuns } from '../../store/runs.ts';
import { endLost } from '../lost.ts';
import { SWEEP_LIMIT } from './bounds.ts';

/** Takes the runs whose lease ran out from workers that are no more. Returns how many there were. */
export async function sweepLeases(platform: Platform, tenant: TenantId): Promise<number> {
  let expired = 0;
  for (const state of ['running', 'stopping'] as const) {
    const runs = await getRuns(platform.db, await oldestActive(platform.db, tenant, state, SWEEP_LIMIT));
    for (const run of runs) {
      if (!run?.lease || Date.parse(run.lease.until) > platform.now()) continue;
      expired++;
      await endLost(platform, run, run.lease);
    }
  }
  return expired;
}
