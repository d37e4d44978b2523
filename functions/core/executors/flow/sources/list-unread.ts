import {
  compareKeys,
  floorOf,
  listAfter,
  type ObjectDelta,
  type ObjectDeltaStart,
  parsePrefix,
  textAtPlaceholder,
} from '../../../domain/flow/object-delta.ts';
import type { S3Source } from '../../../domain/flow/source.ts';
import type { ObjectInfo } from '../../../platform/objects.ts';
import { findReadObjects, fingerprintOf } from '../../../store/read-objects.ts';
import type { FlowContext } from '../flow-context.ts';
import { FlowFailure } from '../flow-failure.ts';

/** Objects that a run lists and has read before. Their fingerprints take 2 MB. */
const MAX_READ_OBJECTS = 100_000;
/** Former objects that one run forgets: more than a run reads, so that the list does not grow by moved ones. */
const MAX_FORGOTTEN = 20_000;

/** The unread objects of a source, in key order, and the delta that the plan stores. */
export interface Unread {
  readonly objects: readonly ObjectInfo[];
  readonly delta: ObjectDeltaStart;
}

/** Lists the objects with a prefix behind a key, page by page. Keys are relative to the tenant's folder. */
export type ListObjects = (prefix: string, after: string | undefined) => AsyncIterable<readonly ObjectInfo[]>;

interface UnreadLimits {
  /** Objects that a run reads. The next run reads the others. */
  readonly maxUnread: number;
  /** @default 100,000 */
  readonly maxRead?: number;
}

/**
 * Lists the objects of a source that no run has read.
 *
 * @throws FlowFailure, permanent, if too many objects that were read remain
 */
export async function listUnread(
  source: Pick<S3Source, 'prefix' | 'afterwards'> & { readonly id: string; readonly delta: ObjectDelta },
  { db, objects, run, now, log }: Pick<FlowContext, 'db' | 'objects' | 'run' | 'now' | 'log'>,
  list: ListObjects,
  { maxUnread, maxRead = MAX_READ_OBJECTS }: UnreadLimits,
): Promise<Unread> {
  const { id, prefix, delta, afterwards } = source;
  const plannedAt = new Date(now()).toISOString();
  const former = await findReadObjects({ db, objects }, run, id);
  if (former.fingerprints === undefined) {
    const message = `s3: the list of the objects that ${id} has read is missing: set its cursor to null to read all again`;
    throw new FlowFailure(message, { permanent: true });
  }
  const template = parsePrefix(prefix);
  // A cursor of another prefix says nothing about this one.
  const cursor = former.prefix === prefix ? former : { cursor: null, startedAt: null };
  const floor = floorOf(template, delta, cursor);
  const unread: ObjectInfo[] = [];
  const forgotten = new Set(former.fingerprints);
  let leftOver: string | null = null;
  let read = 0;
  for await (const page of list(template.literal, listAfter(template, floor))) {
    for (const object of page) {
      const text = textAtPlaceholder(template, object.key);
      if (object.size === 0 || text === undefined || compareKeys(text, floor) < 0) continue;
      // A moved object leaves its key to a new object, which may have the same content.
      if (forgotten.delete(fingerprintOf(object, isMoved(afterwards)))) read += 1;
      else if (unread.length < maxUnread) unread.push(object);
      else leftOver = leftOver === null || compareKeys(text, leftOver) < 0 ? text : leftOver;
    }
    if (read <= maxRead) continue;
    const message = `s3: more than ${maxRead} objects with the prefix '${prefix}' were read: move them with "afterwards", or let the prefix begin at {{delta.cursor}}`;
    throw new FlowFailure(message, { permanent: true });
  }
  if (leftOver !== null) log('warn', id, `the run reads ${maxUnread} new objects and leaves others to the next run`);
  return {
    objects: unread,
    delta: {
      generation: former.generation,
      plannedAt,
      plannedBy: run.ulid,
      forgotten: [...forgotten].slice(0, MAX_FORGOTTEN),
      leftOver,
    },
  };
}

/** @returns whether the key of an object becomes free once it is read */
export const isMoved = (afterwards: S3Source['afterwards']): boolean =>
  afterwards !== undefined && 'move' in afterwards;
