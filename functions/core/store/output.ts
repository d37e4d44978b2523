import type { RunRef } from '../domain/run.ts';
import type { HasTime } from '../platform/time-budget.ts';
import { type Db, putMany, query, queryPages, removeMany } from './db.ts';
import { all, beginsWith, equals } from './expression.ts';
import { type Key, type OutputStream, outputKey, outputPrefix, recordsPartition } from './keys.ts';
import { recordTtlOf } from './run-item.ts';

/** Stores one stream of an attempt's output in parts. Idempotent. */
export async function putOutput(
  db: Db,
  ref: RunRef,
  attempt: number,
  stream: OutputStream,
  parts: readonly string[],
  purgeAt: string,
): Promise<void> {
  const ttl = recordTtlOf(purgeAt);
  const items = parts.map((text, part) => ({ ...outputKey(ref, stream, attempt, part), text, ttl }));
  await putMany(db, db.tables.records, items);
}

/** Returns the whole output of an attempt's stream. */
export async function getOutput(db: Db, ref: RunRef, attempt: number, stream: OutputStream): Promise<string> {
  const key = all(equals('pk', recordsPartition(ref)), beginsWith('sk', outputPrefix(stream, attempt)));
  const items = await query(db, db.tables.records, key, { consistent: true });
  return items.map((item) => item.text as string).join('');
}

/**
 * Deletes the records of a run.
 *
 * @param hasTime `false` ends the deletion after the current page
 * @returns `false` if records are left
 */
export async function removeRecords(db: Db, ref: RunRef, hasTime: HasTime = () => true): Promise<boolean> {
  const key = equals('pk', recordsPartition(ref));
  for await (const page of queryPages(db, db.tables.records, key, { page: 100, attributes: ['pk', 'sk'] })) {
    // guard: purge.records.time
    if (!hasTime()) return false;
    await removeMany(db, db.tables.records, page as unknown as Key[]);
  }
  return true;
}
