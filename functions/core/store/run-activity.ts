import type { Run, RunState } from '../domain/run.ts';
import { type RunClass, WAITING_CLASSES } from '../domain/run-class.ts';
import { isTickRun } from '../domain/run-id.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, GET_BATCH } from './db.ts';
import { getIncarnations } from './job-states.ts';
import { type CreationRange, type IndexRow, walkClasses, walkCreated } from './run-index.ts';
import { getRuns } from './runs.ts';
import type { CountReads } from './walk-runs.ts';

/** The creation time and state of a run, from the indexes. */
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
 * Returns creation time and state of each run of a range, from the keys of the eventually consistent indexes. Rows are
 * read only of runs that hold a slot, and to distinguish triggered flows from restarted ones.
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
  // Sequential, with all runs last: a run that changes state during the walk is found again in its new state.
  for (const { classes, state } of INDEXED) {
    for await (const { rows, keysRead } of walkClasses(db, tenant, range, classes)) {
      countReads('keys', keysRead);
      const wanted = rows.filter(isWanted);
      const states = state ? wanted.map(() => state) : await readStates(db, wanted, countReads);
      for (const [at, row] of wanted.entries()) {
        const found = states[at];
        if (found) marks.set(row.key, { row, state: found });
      }
    }
  }
  for await (const { rows, keysRead } of walkCreated(db, tenant, range)) {
    countReads('keys', keysRead);
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

/** The classes of the index in life cycle order. `state`: the state of the runs, unless the class has several. */
const INDEXED: readonly { readonly classes: readonly RunClass[]; readonly state?: RunState }[] = [
  { classes: WAITING_CLASSES, state: 'queued' },
  { classes: ['admitted'] },
  { classes: ['failed', 'acknowledged'], state: 'failed' },
  { classes: ['canceled'], state: 'canceled' },
];

/** Returns the states of runs in order, read consistently; `undefined` for a run that does not exist. */
async function readStates(
  db: Db,
  rows: readonly IndexRow[],
  countReads: CountReads,
): Promise<(RunState | undefined)[]> {
  const refs = rows.map(({ ref }) => ref);
  countReads('rows', refs.length);
  return (await getRuns(db, refs)).map((run) => run?.state);
}

/** Ticks are recognized by run id. Among other runs, only flows can be restarts. */
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
  for (let i = 0; i < flows.length; i += GET_BATCH) {
    const chunk = flows.slice(i, i + GET_BATCH);
    countReads('rows', chunk.length);
    const runs = await getRuns(
      db,
      chunk.map(({ row }) => row.ref),
    );
    for (const [at, mark] of chunk.entries()) if (runs[at]?.trigger === trigger) wanted.add(mark);
  }
  return others.filter((mark) => wanted.has(mark));
}
