import type { RunState } from '../domain/run.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Db } from './db.ts';
import { type CreatedRange, type IndexRow, walkActive, walkCreated } from './flow-lists.ts';
import { getIncarnations } from './states.ts';
import type { Spend } from './walk-runs.ts';

/** States that the index of active runs tells, in the order of a run's life; runs that it does not tell of are done. */
const TOLD = ['queued', 'running', 'stopping', 'failed', 'canceled'] as const satisfies readonly RunState[];

/** A run as the indexes know it. */
export interface RunMark {
  readonly createdAt: string;
  readonly state: RunState;
}

/**
 * When each run of a range was made, and in which state it is: from the keys of the indexes alone, without reading a run.
 * What was written a moment ago may not be in them.
 *
 * @param jobId null: of all jobs that are there
 */
export async function listRunMarks(
  db: Db,
  tenant: TenantId,
  range: Pick<CreatedRange, 'from' | 'through'>,
  jobId: string | null,
  spend: Spend,
): Promise<readonly RunMark[]> {
  const marks = new Map<string, { readonly row: IndexRow; readonly state: RunState }>();
  const isWanted = ({ kind, ref }: IndexRow) =>
    (kind === 'run' || kind === 'flow') && (jobId === null || ref.jobId === jobId);
  // One after the other, and all runs last: one that moves on meanwhile is met again in the state that it has come to.
  for (const state of TOLD) {
    for await (const { rows, read } of walkActive(db, tenant, range, { runs: [state], steps: [] })) {
      spend('keys', read);
      for (const row of rows.filter(isWanted)) marks.set(row.key, { row, state });
    }
  }
  for await (const { rows, read } of walkCreated(db, tenant, range)) {
    spend('keys', read);
    for (const row of rows.filter(isWanted)) {
      if (!marks.has(row.key)) marks.set(row.key, { row, state: 'completed' });
    }
  }
  const found = [...marks.values()];
  const incarnations = await getIncarnations(db, tenant, [...new Set(found.map(({ row }) => row.ref.jobId))]);
  return found
    .filter(({ row: { ref } }) => incarnations.get(ref.jobId) === ref.incarnation)
    .map(({ row: { createdAt }, state }) => ({ createdAt, state }));
}
