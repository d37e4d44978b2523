import { DAY_MS, MESSAGE_RETENTION_DAYS } from '../domain/timing.ts';
import { type Db, getMany, type Write } from './db.ts';
import { absent, any, equals } from './expression.ts';
import { type JobRef, seenMessageKey } from './keys.ts';

/** Where a message of a queue went: what a run's task took in hand, and which of its messages it is. */
export interface MessageHolder {
  /** ULID of the run, and the index of its task. */
  readonly run: string;
  readonly task: number;
  /** Key of the hand. */
  readonly hand: string;
  readonly at: number;
}

/**
 * Notes who has a message in hand. The condition does not hold when some run of the job had it before; or, where it is
 * taken `from` a hand, when it is not there any more.
 */
export function messageHolderWrite(
  db: Db,
  job: JobRef,
  { queue, id, from }: { readonly queue: string; readonly id: string; readonly from?: string | undefined },
  holder: MessageHolder,
  now: number,
): Write {
  const ttl = Math.ceil((now + MESSAGE_RETENTION_DAYS * DAY_MS) / 1_000);
  return {
    table: db.tables.records,
    put: { ...seenMessageKey(job, queue, id), ...holder, ttl },
    condition:
      from === undefined
        ? /* guard: seen-message.once */ absent('pk')
        : /* guard: seen-message.adopt-once */ any(equals('hand', from), absent('hand')),
  };
}

/** Who took each of these messages; undefined: nobody, or it is not known any more. */
export async function getMessageHolders(
  db: Db,
  job: JobRef,
  queue: string,
  ids: readonly string[],
): Promise<readonly (MessageHolder | undefined)[]> {
  const keys = ids.map((id) => ({ table: db.tables.records, key: seenMessageKey(job, queue, id) }));
  return (await getMany(db, keys)) as unknown as (MessageHolder | undefined)[];
}
