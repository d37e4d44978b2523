import type { RunRef } from '../domain/run.ts';
import { type Db, putMany, query, queryPages, removeMany } from './db.ts';
import { all, beginsWith, equals } from './expression.ts';
import { type Key, type OutputStream, outputKey, outputPrefix, recordsPartition } from './keys.ts';
import { ttlOf } from './run-item.ts';

/** Stores one stream of an attempt's output in parts. Idempotent. */
export async function putOutput(
  db: Db,
  ref: RunRef,
  attempt: number,
  stream: OutputStream,
  parts: readonly string[],
  purgeAt: string,
): Promise<void> {
  const ttl = ttlOf(purgeAt);
  const items = parts.map((text, part) => ({ ...outputKey(ref, stream, attempt, part), text, ttl }));
  await putMany(db, db.tables.records, items);
}

/** Returns the whole output of an attempt's stream. */
export async function getOutput(db: Db, ref: RunRef, attempt: number, stream: OutputStream): Promise<string> {
  const key = all(equals('pk', recordsPartition(ref)), beginsWith('sk', outputPrefix(stream, attempt)));
  const items = await query(db, db.tables.records, key, { consistent: true });
  return items.map((item) => item.text as string).join('');
}

/** Deletes all records of a run. */
export async function removeRecords(db: Db, ref: RunRef): Promise<void> {
  const key = equals('pk', recordsPartition(ref));
  for await (const page of queryPages(db, db.tables.records, key, { page: 100, attributes: ['pk', 'sk'] })) {
    await removeMany(db, db.tables.records, page as unknown as Key[]);
  }
}
