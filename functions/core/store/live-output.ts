import type { RunRef } from '../domain/run.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, putMany, query } from './db.ts';
import { all, between, equals } from './expression.ts';
import { LAST_CHARACTER, liveOutputKey, liveOutputPrefix, type OutputStream, recordsPartition } from './keys.ts';
import { toTtl } from './ttl.ts';

/** A piece of the output that a running attempt has written to a stream. */
export interface OutputPiece {
  readonly stream: OutputStream;
  /** Position of the piece in the stream, in characters. */
  readonly offset: number;
  readonly text: string;
}

/**
 * Stores pieces of a running attempt's output for a day. They are not read after its end. Idempotent.
 *
 * @param pieces at most one item's size each
 */
export async function putLiveOutput(
  db: Db,
  ref: RunRef,
  attempt: number,
  pieces: readonly OutputPiece[],
  now: number,
): Promise<void> {
  const ttl = toTtl(now + DAY_MS);
  const items = pieces.map(({ stream, offset, text }) => ({
    ...liveOutputKey(ref, stream, attempt, offset),
    text,
    ttl,
  }));
  await putMany(db, db.tables.records, items);
}

/**
 * Returns the current output of a running attempt's stream.
 *
 * @param offset start of a piece, in characters
 */
export async function getLiveOutput(
  db: Db,
  ref: RunRef,
  attempt: number,
  stream: OutputStream,
  offset = 0,
): Promise<string> {
  const from = liveOutputKey(ref, stream, attempt, offset).sk;
  const range = between('sk', from, liveOutputPrefix(stream, attempt) + LAST_CHARACTER);
  const key = all(equals('pk', recordsPartition(ref)), range);
  const items = await query(db, db.tables.records, key, { consistent: true });
  return items.map((item) => item.text as string).join('');
}
