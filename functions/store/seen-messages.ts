import type { Db, Write } from './db.ts';
import { absent } from './expression.ts';
import { type JobRef, seenMessageKey } from './keys.ts';

/** Longer than SQS keeps any message (14 days). */
const REMEMBERED_MS = 15 * 24 * 3_600_000;

/** Notes that a job took messages of a queue, each once: the condition of one that was taken before does not hold. */
export function seenWrites(db: Db, job: JobRef, queue: string, messageIds: readonly string[], now: number): Write[] {
  const ttl = Math.ceil((now + REMEMBERED_MS) / 1_000);
  return messageIds.map((id) => ({
    table: db.tables.records,
    put: { ...seenMessageKey(job, queue, id), ttl },
    condition: absent('pk'),
  }));
}
