import type { RunRef } from '../domain/run.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, putMany, query } from './db.ts';
import { all, between, equals } from './expression.ts';
import { liveOutputKey, liveOutputPrefix, type OutputStream, recordsPartition } from './keys.ts';

/** A piece of what an attempt has written to one of its streams so far. */
export interface OutputPiece {
  readonly stream: OutputStream;
  /** Characters of the stream before it. */
  readonly offset: number;
  readonly text: string;
}

/**
 * Keeps pieces of an attempt's output for a day: nobody reads them when it has ended. Done again, it writes the same.
 *
 * @param pieces each an item's worth
 */
export async function putLiveOutput(
  db: Db,
  ref: RunRef,
  attempt: number,
  pieces: readonly OutputPiece[],
  now: number,
): Promise<void> {
  const ttl = Math.ceil((now + DAY_MS) / 1_000);
  const items = pieces.map(({ stream, offset, text }) => ({
    ...liveOutputKey(ref, stream, attempt, offset),
    text,
    ttl,
  }));
  await putMany(db, db.tables.records, items);
}

/** What an attempt has written to one stream by now, from a character on with which a piece begins. */
export async function getLiveOutput(
  db: Db,
  ref: RunRef,
  attempt: number,
  stream: OutputStream,
  offset = 0,
): Promise<string> {
  // `~` sorts after every digit.
  const from = liveOutputKey(ref, stream, attempt, offset).sk;
  const range = between('sk', from, `${liveOutputPrefix(stream, attempt)}~`);
  const key = all(equals('pk', recordsPartition(ref)), range);
  const items = await query(db, db.tables.records, key, { consistent: true });
  return items.map((item) => item.text as string).join('');
}
