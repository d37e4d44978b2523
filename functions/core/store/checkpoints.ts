import type { Checkpoint } from '../domain/flow/checkpoint.ts';
import type { RunRef } from '../domain/run.ts';
import { type Db, get, type Item, put, query, remove, update } from './db.ts';
import { absent, all, beginsWith, equals, exists } from './expression.ts';
import { CHECKPOINT_PREFIX, checkpointKey, recordsPartition } from './keys.ts';
import { type RecordOwner, stateTtlOf } from './run-item.ts';

function toCheckpoint(run: RunRef, { pk, sk, ttl, ...rest }: Item): Checkpoint {
  return { finishedAt: null, message: null, ...rest, run } as unknown as Checkpoint;
}

/**
 * Stores a new checkpoint.
 *
 * @param owner the run of the checkpoint
 * @returns `false` if its epoch exists already
 */
export async function putCheckpoint(db: Db, owner: RecordOwner, { run, ...checkpoint }: Checkpoint): Promise<boolean> {
  const ttl = stateTtlOf(owner, Date.parse(checkpoint.startedAt));
  const item = { ...checkpointKey(run, checkpoint.epoch), ...checkpoint, ttl };
  return put(db, db.tables.records, item, /* guard: checkpoint.epoch */ absent('pk'));
}

/** Ends a checkpoint that is in progress. */
export async function endCheckpoint(db: Db, { run, ...checkpoint }: Checkpoint): Promise<void> {
  const { epoch, state, finishedAt, sizeBytes, operators, message } = checkpoint;
  const set = { state, finishedAt, sizeBytes, operators, message };
  const open = /* guard: checkpoint.removed */ all(exists('pk'), equals('state', 'in_progress'));
  await update(db, db.tables.records, checkpointKey(run, epoch), { set }, open);
}

export async function getCheckpoint(db: Db, run: RunRef, epoch: number): Promise<Checkpoint | undefined> {
  const item = await get(db, db.tables.records, checkpointKey(run, epoch));
  return item && toCheckpoint(run, item);
}

/** Lists a run's checkpoints, newest first. */
export async function listCheckpoints(db: Db, run: RunRef, limit?: number): Promise<Checkpoint[]> {
  const key = all(equals('pk', recordsPartition(run)), beginsWith('sk', CHECKPOINT_PREFIX));
  const options = { newestFirst: true, consistent: true, ...(limit !== undefined && { limit }) };
  const items = await query(db, db.tables.records, key, options);
  return items.map((item) => toCheckpoint(run, item));
}

/**
 * Exempts a checkpoint from removal, or reverts this.
 *
 * @returns `undefined` if the checkpoint does not exist
 */
export async function pinCheckpoint(
  db: Db,
  run: RunRef,
  epoch: number,
  pinned: boolean,
): Promise<Checkpoint | undefined> {
  const { ok, item } = await update(
    db,
    db.tables.records,
    checkpointKey(run, epoch),
    { set: { pinned } },
    exists('pk'),
  );
  return ok ? toCheckpoint(run, item) : undefined;
}

export async function removeCheckpoint(db: Db, run: RunRef, epoch: number): Promise<void> {
  await remove(db, db.tables.records, checkpointKey(run, epoch));
}
