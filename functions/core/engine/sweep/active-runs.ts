import { isTerminal, type Run, type RunRef } from '../../domain/run.ts';
import type { ACTIVE_CLASSES } from '../../domain/run-class.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Db } from '../../store/db.ts';
import { listOldestActive } from '../../store/run-lists.ts';
import { getRuns } from '../../store/runs.ts';
import { SWEEP_LIMIT } from './sweep-limits.ts';

/** References of a tenant's oldest active runs by class, from the eventually consistent index. */
export type ActiveRuns = Readonly<Record<(typeof ACTIVE_CLASSES)[number], readonly RunRef[]>>;

export async function listActiveRuns(db: Db, tenant: TenantId): Promise<ActiveRuns> {
  const list = (runClass: (typeof ACTIVE_CLASSES)[number]) => listOldestActive(db, tenant, runClass, SWEEP_LIMIT);
  const [limit, overlap, retry, admitted] = await Promise.all([
    list('limit'),
    list('overlap'),
    list('retry'),
    list('admitted'),
  ]);
  return { limit, overlap, retry, admitted };
}

/** Returns those of the runs that have not ended, read consistently. */
export async function getActiveRuns(db: Db, refs: readonly RunRef[]): Promise<Run[]> {
  const runs = await getRuns(db, refs);
  return runs.filter((run) => run !== undefined && !isTerminal(run.state)) as Run[];
}
