import { jobDeltas, runDeltas } from '../../../functions/core/domain/counters.ts';
import type { Run } from '../../../functions/core/domain/run.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { aggregate } from '../../../functions/core/engine/counters/aggregate.ts';
import type { Platform } from '../../../functions/core/platform/platform.ts';
import { putRun } from '../../../functions/core/store/runs.ts';

type Counting = Pick<Platform, 'db' | 'now'>;

let sequence = 0;

async function count(platform: Counting, tenant: TenantId, deltas: ReturnType<typeof runDeltas>): Promise<void> {
  sequence += 1;
  const changes = deltas.map((delta) => ({ tenant, sequence: String(sequence), delta }));
  await aggregate(platform, 'shardId-1', changes);
}

/** Stores runs and counts them, as the stream of the Runs table does. */
export async function givenRuns(platform: Counting, ...runs: readonly Run[]): Promise<void> {
  for (const run of runs) {
    if (!(await putRun(platform.db, run))) throw new Error(`run ${run.ulid} exists`);
    await count(platform, run.tenant, runDeltas(undefined, run));
  }
}

/** Counts jobs as defined and registrations as failed. */
export async function givenJobCounts(platform: Counting, tenant: TenantId, jobs: number, failedRegistrations: number) {
  await count(platform, tenant, jobDeltas({ jobs, failedRegistrations }));
}
