import { DAY_MS, MESSAGE_RETENTION_DAYS } from '../domain/timing.ts';
import { type Db, getMany, type Write } from './db.ts';
import { absent, any, equals } from './expression.ts';
import { type JobRef, STAGED_ATTRIBUTE, seenMessageKey } from './keys.ts';
import { toTtl } from './ttl.ts';

/** The task that received a queue message, and the position of the message in its staged records. */
export interface MessageHolder {
  /** ULID of the run, and index of its task. */
  readonly run: string;
  readonly task: number;
  /** Key of the staged records. */
  readonly stagedKey: string;
  readonly at: number;
}

/**
 * Returns the transactional write that records the receiver of a message. The condition fails if a run of the job
 * received the message before or, with `from`, if those staged records no longer hold it.
 */
export function messageHolderWrite(
  db: Db,
  job: JobRef,
  { queue, id, from }: { readonly queue: string; readonly id: string; readonly from?: string | undefined },
  { stagedKey, ...holder }: MessageHolder,
  now: number,
): Write {
  const ttl = toTtl(now + MESSAGE_RETENTION_DAYS * DAY_MS);
  return {
    table: db.tables.records,
    put: { ...seenMessageKey(job, queue, id), ...holder, [STAGED_ATTRIBUTE]: stagedKey, ttl },
    condition:
      from === undefined
        ? /* guard: seen-message.once */ absent('pk')
        : /* guard: seen-message.adopt-once */ any(equals(STAGED_ATTRIBUTE, from), absent(STAGED_ATTRIBUTE)),
  };
}

/** Returns the receiver of each message; `undefined` if there is none or its entry has expired. */
export async function getMessageHolders(
  db: Db,
  job: JobRef,
  queue: string,
  ids: readonly string[],
): Promise<readonly (MessageHolder | undefined)[]> {
  const keys = ids.map((id) => ({ table: db.tables.records, key: seenMessageKey(job, queue, id) }));
  return (await getMany(db, keys)).map((item) => {
    if (!item) return undefined;
    const { [STAGED_ATTRIBUTE]: stagedKey, ...holder } = item;
    return { ...holder, stagedKey } as unknown as MessageHolder;
  });
}
