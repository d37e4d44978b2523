import type { Run, RunState } from '../domain/run.ts';
import { isTickRun } from '../domain/run-id.ts';
import type { TenantId } from '../domain/tenant.ts';
import type { Db } from './db.ts';
import { getIncarnations } from './job-states.ts';
import { type CreationRange, type IndexRow, walkActive, walkCreated } from './run-index.ts';
import { getRuns } from './runs.ts';
import type { CountReads } from './walk-runs.ts';

/** States that the index of active runs tells, in the order of a run's life; runs that it does not tell of are done. */
const INDEXED_STATES = ['queued', 'running', 'stopping', 'failed', 'canceled'] as const satisfies readonly RunState[];

/** Runs read at once: as many as one BatchGetItem takes. */
const CHUNK_SIZE = 100;

/** A run as the indexes know it. */
export interface RunActivity {
  readonly createdAt: string;
  readonly state: RunState;
}

/** Filter of runs; `null` accepts any job or any trigger. */
export interface ActivityFilter {
  readonly jobId: string | null;
  readonly trigger: Run['trigger'] | null;
}

/**
 * When each run of a range was made, and in which state it is: from the keys of the indexes. What was written a moment
 * ago may not be in them. Runs are read only to tell flows that were triggered from flows that were restarted.
 */
export async function listRunActivity(
  db: Db,
  tenant: TenantId,
  range: Pick<CreationRange, 'from' | 'through'>,
  { jobId, trigger }: ActivityFilter,
  countReads: CountReads,
): Promise<readonly RunActivity[]> {
  const marks = new Map<string, { readonly row: IndexRow; readonly state: RunState }>();
  const isWanted = ({ kind, ref }: IndexRow) =>
    (kind === 'run' || kind === 'flow') && (jobId === null || ref.jobId === jobId);
  // One after the other, and all runs last: one that moves on meanwhile is met again in the state that it has come to.
  for (const state of INDEXED_STATES) {
    for await (const { rows, keysRead: read } of walkActive(db, tenant, range, { runs: [state], steps: [] })) {
      countReads('keys', read);
      for (const row of rows.filter(isWanted)) marks.set(row.key, { row, state });
    }
  }
  for await (const { rows, keysRead: read } of walkCreated(db, tenant, range)) {
    countReads('keys', read);
    for (const row of rows.filter(isWanted)) {
      if (!marks.has(row.key)) marks.set(row.key, { row, state: 'completed' });
    }
  }
  const found = [...marks.values()];
  const incarnations = await getIncarnations(db, tenant, [...new Set(found.map(({ row }) => row.ref.jobId))]);
  const living = found.filter(({ row: { ref } }) => incarnations.get(ref.jobId) === ref.incarnation);
  const wanted = trigger === null ? living : await filterByTrigger(db, living, trigger, countReads);
  return wanted.map(({ row: { createdAt }, state }) => ({ createdAt, state }));
}

/** Ids say which runs a tick made. Of the others only flows can have been restarted. */
async function filterByTrigger<Mark extends { readonly row: IndexRow }>(
  db: Db,
  marks: readonly Mark[],
  trigger: Run['trigger'],
  countReads: CountReads,
): Promise<readonly Mark[]> {
  if (trigger === 'schedule') return marks.filter(({ row }) => isTickRun(row.ref));
  const others = marks.filter(({ row }) => !isTickRun(row.ref));
  const flows = others.filter(({ row }) => row.kind === 'flow');
  const wanted = new Set<Mark>(trigger === 'manual' ? others.filter(({ row }) => row.kind === 'run') : []);
  for (let i = 0; i < flows.length; i += CHUNK_SIZE) {
    const chunk = flows.slice(i, i + CHUNK_SIZE);
    countReads('rows', chunk.length);
    const runs = await getRuns(
      db,
      chunk.map(({ row }) => row.ref),
    );
    for (const [at, mark] of chunk.entries()) if (runs[at]?.trigger === trigger) wanted.add(mark);
  }
  return others.filter((mark) => wanted.has(mark));
}
