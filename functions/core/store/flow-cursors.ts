import type { DeltaStart } from '../domain/flow/delta.ts';
import { type Db, get, put, query, removeMany, type Write } from './db.ts';
import { absent, any, equals } from './expression.ts';
import { FLOW_CURSOR_PREFIX, flowCursorKey, flowCursorsPartition, type JobRef, type Key } from './keys.ts';

/** The stored cursor of a source of a flow. */
export interface FlowCursor {
  /** null: the start of the definition, which a user has restored. */
  readonly cursor: string | null;
  /** Path of the values in records that the cursor is of; prefix of an s3 source. */
  readonly path: string;
  /** The number of times that a user has set the cursor. */
  readonly generation: number;
  /** Raised by each change; 0 if no cursor is stored. */
  readonly version: number;
  /** Time at which the run was planned that stored the cursor; null if a user set it. */
  readonly startedAt: string | null;
  /** ULID of the first run of the lineage that stored the cursor; null if a user set it. */
  readonly savedBy: string | null;
}

/** Returns the cursor of a source, or `undefined` if none is stored. Read consistently. */
export async function getFlowCursor(db: Db, job: JobRef, source: string): Promise<FlowCursor | undefined> {
  const item = await get(db, db.tables.records, flowCursorKey(job, source));
  return item && toFlowCursor(item);
}

/** Returns the stored cursors of a flow by the ids of their sources. Read consistently. */
export async function listFlowCursors(db: Db, job: JobRef): Promise<ReadonlyMap<string, FlowCursor>> {
  const items = await query(db, db.tables.records, equals('pk', flowCursorsPartition(job)), { consistent: true });
  return new Map(items.map((item) => [String(item.sk).slice(FLOW_CURSOR_PREFIX.length), toFlowCursor(item)]));
}

/**
 * Returns the transactional write that stores the cursor of a source that a run has read to its end. The condition fails
 * if the cursor changed since the run was planned, unless a run of the same lineage changed it.
 */
export const flowCursorWrite = (
  db: Db,
  job: JobRef,
  source: string,
  { path, version, plannedAt, plannedBy }: DeltaStart,
  cursor: string,
): Write => ({
  table: db.tables.records,
  put: { ...flowCursorKey(job, source), cursor, path, version: version + 1, startedAt: plannedAt, savedBy: plannedBy },
  condition: /* guard: delta.cursor.as-planned */ any(hasVersion(version), equals('savedBy', plannedBy)),
});

/**
 * Sets the cursor of a source. A run that was planned before does not replace it.
 *
 * @param seen the stored cursor
 * @returns `false` if the cursor changed since `seen` was read
 */
export async function setFlowCursor(
  db: Db,
  job: JobRef,
  source: string,
  seen: FlowCursor | undefined,
  { cursor, path }: Pick<FlowCursor, 'cursor' | 'path'>,
): Promise<boolean> {
  const version = seen?.version ?? 0;
  const generation = (seen?.generation ?? 0) + 1;
  return put(
    db,
    db.tables.records,
    { ...flowCursorKey(job, source), cursor, path, version: version + 1, generation },
    /* guard: delta.cursor.as-read */ hasVersion(version),
  );
}

/** Deletes the cursors of a flow. */
export async function removeFlowCursors(db: Db, job: JobRef): Promise<void> {
  const items = await query(db, db.tables.records, equals('pk', flowCursorsPartition(job)), {
    attributes: ['pk', 'sk'],
  });
  await removeMany(db, db.tables.records, items as unknown as Key[]);
}

const hasVersion = (version: number) => (version === 0 ? absent('pk') : equals('version', version));

const toFlowCursor = (item: Readonly<Record<string, unknown>>): FlowCursor => ({
  cursor: (item.cursor as string | undefined) ?? null,
  path: item.path as string,
  generation: (item.generation as number | undefined) ?? 0,
  version: item.version as number,
  startedAt: (item.startedAt as string | undefined) ?? null,
  savedBy: (item.savedBy as string | undefined) ?? null,
});
