import { JobdeckError } from '../domain/errors.ts';
import { isPrivateNamespace, MAX_STATE_VALUES, type StatePlace, stateTag } from '../domain/script-state.ts';
import type { TenantId } from '../domain/tenant.ts';
import { change, count, type Db, get, type Item, put, queryPages, remove } from './db.ts';
import {
  above,
  absent,
  all,
  any,
  atMost,
  beginsWith,
  between,
  type Clause,
  equals,
  equalsOrAbsent,
  exists,
} from './expression.ts';
import {
  AFTER_EVERY_CHARACTER,
  parseStateKey,
  SCRIPT_STATE_PREFIX,
  scriptStateCountKey,
  scriptStateKey,
  scriptStatePrefix,
} from './keys.ts';
import { toTtl } from './ttl.ts';

/** A stored value with its metadata. */
export interface StateEntry {
  readonly namespace: string;
  readonly key: string;
  readonly value: unknown;
  /** Version of the value: equal for equal JSON. */
  readonly tag: string;
  /** ISO 8601. */
  readonly updatedAt: string;
  /** ISO 8601, or `null` for a value that does not expire. */
  readonly expiresAt: string | null;
}

/** The values that a change may replace: none, any, or those with one of the tags. Expired values count as none. */
export type StateCondition = 'absent' | 'present' | { readonly tags: readonly string[] };

export interface StateValue {
  /** JSON of at most `MAX_STATE_BYTES`. */
  readonly value: unknown;
  /** Seconds until the value expires, or `null` for a value that does not expire. */
  readonly ttlSeconds: number | null;
}

/** Milliseconds between two counts of all values of a tenant that has the maximum number. */
const RECOUNT_INTERVAL_MS = 3_600_000;
/** Attempts at a change that conflicts with concurrent changes of the same value. */
const MAX_TRIES = 5;
/** Bytes of JSON after which a list ends, below the maximum size of a response. */
const MAX_LIST_BYTES = 2_000_000;

/** Returns a value, or `undefined` if there is none or it has expired. Reads consistently. */
export async function getState(
  db: Db,
  tenant: TenantId,
  place: StatePlace,
  now: number,
): Promise<StateEntry | undefined> {
  const item = await get(db, db.tables.jobs, scriptStateKey(tenant, place));
  return item && isAlive(item, now) ? toEntry(item) : undefined;
}

/**
 * Stores a value. A value of which the tenant has none yet is counted.
 *
 * @param condition values that may be replaced. @defaultValue any value or none
 * @returns the stored value; `changed` if the condition does not hold, `full` if the tenant has the maximum number of values
 * @throws JobdeckError `state.busy` (conflict) after repeated conflicts with concurrent changes
 */
export async function putState(
  db: Db,
  tenant: TenantId,
  place: StatePlace,
  { value, ttlSeconds }: StateValue,
  now: number,
  condition?: StateCondition,
): Promise<StateEntry | 'changed' | 'full'> {
  const json = JSON.stringify(value);
  const row = {
    ...scriptStateKey(tenant, place),
    json,
    tag: stateTag(json),
    updatedAt: new Date(now).toISOString(),
    ...(ttlSeconds !== null && { ttl: toTtl(now + ttlSeconds * 1_000) }),
  };
  const replaced = replaces(condition, now);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    if (condition === 'absent' && (await getState(db, tenant, place, now))) return 'changed';
    if (await put(db, db.tables.jobs, row, replaced)) return toEntry(row);
    if (condition !== undefined && condition !== 'absent') return 'changed';
    if (!(await reserve(db, tenant, now))) return 'full';
    if (await put(db, db.tables.jobs, row, absent('pk'))) return toEntry(row);
    // A concurrent change has created the row.
    await release(db, tenant);
  }
  throw new JobdeckError('conflict', 'state.busy', 'The value is being changed by others; try again');
}

/** Returns the condition under which an existing row is replaced. */
function replaces(condition: StateCondition | undefined, now: number): Clause {
  if (condition === undefined) return exists('pk');
  if (condition === 'absent') return all(exists('pk'), atMost('ttl', toSeconds(now)));
  return matches(condition, now);
}

/** Returns the condition that a row exists, has not expired, and has one of the tags. */
function matches(condition: Exclude<StateCondition, 'absent'>, now: number): Clause {
  const alive = any(absent('ttl'), above('ttl', toSeconds(now)));
  if (condition === 'present') return all(exists('pk'), alive);
  // No value has the empty tag.
  const tags = condition.tags.length > 0 ? condition.tags : [''];
  return all(/* guard: state.if-match */ any(...tags.map((tag) => equals('tag', tag))), alive);
}

/**
 * Deletes a value.
 *
 * @param condition values that may be deleted. @defaultValue any value
 * @returns `false` if there is no such value
 */
export async function removeState(
  db: Db,
  tenant: TenantId,
  place: StatePlace,
  now: number,
  condition: Exclude<StateCondition, 'absent'> = 'present',
): Promise<boolean> {
  const isRemoved = await remove(db, db.tables.jobs, scriptStateKey(tenant, place), matches(condition, now));
  if (isRemoved) await release(db, tenant);
  return isRemoved;
}

/**
 * Counts one more value of the tenant. Values that expire are not subtracted when DynamoDB removes them: at the maximum, the
 * rows are counted again, at most once an hour.
 *
 * @returns `false` if the tenant has the maximum number of values
 */
async function reserve(db: Db, tenant: TenantId, now: number): Promise<boolean> {
  const key = scriptStateCountKey(tenant);
  const hasRoom = any(absent('count'), /* guard: state.limit */ lessThanMaximum());
  for (let tries = 0; tries < 2; tries++) {
    const reserved = await change(db, db.tables.jobs, key, { add: { count: 1 } }, hasRoom);
    if (reserved.ok) return true;
    const { count: counted, countedAt } = reserved.item ?? {};
    if (typeof countedAt === 'string' && now - Date.parse(countedAt) < RECOUNT_INTERVAL_MS) return false;
    const actual = await countRows(db, tenant);
    const isUnchanged = all(equals('count', counted), equalsOrAbsent('countedAt', countedAt));
    const changes = { set: { count: actual, countedAt: new Date(now).toISOString() } };
    await change(db, db.tables.jobs, key, changes, isUnchanged);
  }
  return false;
}

const lessThanMaximum = (): Clause => atMost('count', MAX_STATE_VALUES - 1);

async function release(db: Db, tenant: TenantId): Promise<void> {
  await change(db, db.tables.jobs, scriptStateCountKey(tenant), { add: { count: -1 } }, above('count', 0));
}

const countRows = (db: Db, tenant: TenantId): Promise<number> =>
  count(db, db.tables.jobs, all(equals('pk', tenant), beginsWith('sk', SCRIPT_STATE_PREFIX)));

export interface StateList {
  readonly entries: readonly StateEntry[];
  /** Key after which the list continues, or `null` at its end. */
  readonly next: string | null;
}

/**
 * Lists values of a namespace by key (order of UTF-8). A list ends early after 2 MB.
 *
 * @param after key before the first one. @defaultValue none
 */
export async function listState(
  db: Db,
  tenant: TenantId,
  namespace: string,
  { prefix, after, limit }: { readonly prefix: string; readonly after?: string | undefined; readonly limit: number },
  now: number,
): Promise<StateList> {
  const start = scriptStatePrefix(namespace);
  const first = after !== undefined && after >= prefix ? `${start}${after}\0` : start + prefix;
  const last = start + prefix + AFTER_EVERY_CHARACTER;
  const entries: StateEntry[] = [];
  let bytes = 0;
  if (Buffer.compare(Buffer.from(first), Buffer.from(last)) > 0) return { entries, next: null };
  const key = all(equals('pk', tenant), between('sk', first, last));
  for await (const page of queryPages(db, db.tables.jobs, key, { page: limit + 1 })) {
    for (const item of page) {
      if (entries.length === limit || bytes > MAX_LIST_BYTES) return { entries, next: entries.at(-1)?.key ?? null };
      if (!isAlive(item, now)) continue;
      entries.push(toEntry(item));
      bytes += (item.json as string).length;
    }
  }
  return { entries, next: null };
}

/**
 * Lists the namespaces with values, by name, without those of scripts alone. A namespace whose last values have just expired
 * may be included.
 *
 * @param after name before the first one
 */
export async function listStateNamespaces(
  db: Db,
  tenant: TenantId,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<{ readonly namespaces: readonly string[]; readonly next: string | null }> {
  const namespaces: string[] = [];
  const last = SCRIPT_STATE_PREFIX + AFTER_EVERY_CHARACTER;
  let first = after === undefined ? SCRIPT_STATE_PREFIX : afterNamespace(after);
  while (namespaces.length <= limit) {
    const key = all(equals('pk', tenant), between('sk', first, last));
    const [found] = await firstPage(db, key);
    if (!found) return { namespaces, next: null };
    const { namespace } = parseStateKey(found.sk as string);
    if (!isPrivateNamespace(namespace)) namespaces.push(namespace);
    first = afterNamespace(namespace);
  }
  const page = namespaces.slice(0, limit);
  return { namespaces: page, next: page.at(-1) ?? null };
}

async function firstPage(db: Db, key: Clause): Promise<readonly Item[]> {
  for await (const page of queryPages(db, db.tables.jobs, key, { limit: 1 })) return page;
  return [];
}

/** Returns a sort key behind all keys of a namespace and before those of the next one. */
const afterNamespace = (namespace: string): string => scriptStatePrefix(namespace) + AFTER_EVERY_CHARACTER;

const toSeconds = (ms: number): number => Math.floor(ms / 1_000);

/** DynamoDB removes expired rows some time after they expired. */
const isAlive = ({ ttl }: Item, now: number): boolean => typeof ttl !== 'number' || ttl > toSeconds(now);

function toEntry(item: Item): StateEntry {
  const { ttl } = item;
  return {
    ...parseStateKey(item.sk as string),
    value: JSON.parse(item.json as string) as unknown,
    tag: item.tag as string,
    updatedAt: item.updatedAt as string,
    expiresAt: typeof ttl === 'number' ? new Date(ttl * 1_000).toISOString() : null,
  };
}
