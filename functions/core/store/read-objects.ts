import { createHash } from 'node:crypto';
import type { ObjectInfo, Objects } from '../platform/objects.ts';
import { type Db, get, put } from './db.ts';
import { absent, equals } from './expression.ts';
import { flowCursorKey, type JobRef, readObjectsFolder, readObjectsKey } from './keys.ts';

/** The objects of an s3 source that runs of its flow have read. */
export interface ReadObjects {
  /** Largest text at the placeholder of the prefix that was read; null if nothing was. */
  readonly cursor: string | null;
  /** Prefix of the source for which the cursor was stored. */
  readonly prefix: string;
  /** Time at which the last run was planned that read everything; null before there is one. */
  readonly startedAt: string | null;
  /** Raised by each change; 0 if nothing is stored. */
  readonly version: number;
  /** Number of times that a user has set the cursor. */
  readonly generation: number;
  readonly fingerprints: ReadonlySet<string>;
}

/** Reads of the row and its list, because another run may replace the list between both. */
const MAX_READS = 3;

/**
 * Returns the fingerprint by which an object is recognized: of its key and ETag.
 *
 * @param withTime includes the time of the last change, so that the same content that is uploaded again is a new object
 */
export function fingerprintOf({ key, etag, modified }: Omit<ObjectInfo, 'size'>, withTime: boolean): string {
  const text = JSON.stringify(withTime ? [key, etag, modified] : [key, etag]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

/** The stored state. `fingerprints` is undefined if the list is missing. */
export type FoundObjects = Omit<ReadObjects, 'fingerprints'> & {
  readonly fingerprints: ReadObjects['fingerprints'] | undefined;
};

/** Returns what the runs of a flow have read from a source. Read consistently. */
export async function findReadObjects(
  { db, objects }: { readonly db: Db; readonly objects: Pick<Objects, 'getText'> },
  job: JobRef,
  source: string,
): Promise<FoundObjects> {
  for (let reads = 1; ; reads++) {
    const item = (await get(db, db.tables.records, flowCursorKey(job, source))) ?? {};
    const list = item.list as string | undefined;
    const text = list === undefined ? '[]' : await objects.getText(readObjectsKey(job, source, list));
    if (text === undefined && reads < MAX_READS) continue;
    return {
      cursor: (item.cursor as string | undefined) ?? null,
      prefix: (item.path as string | undefined) ?? '',
      startedAt: (item.startedAt as string | undefined) ?? null,
      version: (item.version as number | undefined) ?? 0,
      generation: (item.generation as number | undefined) ?? 0,
      fingerprints: text === undefined ? undefined : new Set(JSON.parse(text) as string[]),
    };
  }
}

/**
 * Stores what the runs of a flow have read from a source: the fingerprints in an object, then the row that names it.
 *
 * @param seen version of the stored row
 * @param savedBy ULID of the run
 * @returns `false` if the row changed since it was read
 */
export async function putReadObjects(
  { db, objects }: { readonly db: Db; readonly objects: Objects },
  job: JobRef,
  source: string,
  seen: number,
  { fingerprints, prefix, ...next }: Omit<ReadObjects, 'version'>,
  savedBy: string,
): Promise<boolean> {
  const version = seen + 1;
  const list = `${String(version).padStart(VERSION_DIGITS, '0')}-${savedBy}`;
  await objects.put(readObjectsKey(job, source, list), JSON.stringify([...fingerprints]), 'application/json');
  const row = { ...next, path: prefix, version, list, savedBy, objects: fingerprints.size };
  const isStored = await put(
    db,
    db.tables.records,
    { ...flowCursorKey(job, source), ...row },
    /* guard: read-objects.as-read */ seen === 0 ? absent('pk') : equals('version', seen),
  );
  if (isStored) await removeFormerLists(objects, job, source, list);
  return isStored;
}

const VERSION_DIGITS = 12;

/** Removes the lists of former versions. A list of a later version may be about to be named by the row. */
async function removeFormerLists(objects: Objects, job: JobRef, source: string, list: string): Promise<void> {
  const [current, folder] = [readObjectsKey(job, source, list), readObjectsKey(job, source, '')];
  const isFormer = (key: string) =>
    key.slice(folder.length, folder.length + VERSION_DIGITS) < list.slice(0, VERSION_DIGITS);
  for await (const page of objects.list(folder)) {
    for (const { key } of page) if (key !== current && isFormer(key)) await objects.remove(key);
  }
}

/** Removes the lists of all sources of a flow. */
export const removeReadObjects = (objects: Pick<Objects, 'removeAll'>, job: JobRef): Promise<void> =>
  objects.removeAll(readObjectsFolder(job));
