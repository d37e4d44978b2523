import type { Run, RunRef } from '../domain/run.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, isConflict, put, query, remove, transact, type Write } from './db.ts';
import { absent, all, beginsWith, between, type Clause, equals, exists } from './expression.ts';
import {
  CONCURRENCY_KEYS_PREFIX,
  concurrencyKeyPrefix,
  concurrencyKeysPartition,
  type Key,
  LAST_CHARACTER,
  parseConcurrencyKey,
  slotHoldersKey,
  waitingForKeyKey,
} from './keys.ts';
import { concurrencyAdmissionWrite, waitingWrite } from './runs.ts';
import { toTtl } from './ttl.ts';

/** Time after the last change of a key value after which its rows expire: longer than a run lasts. */
const EXPIRY_MS = 400 * DAY_MS;

/** A key value of a tenant, by its name (`concurrencyKeyOf`). */
export interface KeyValue {
  readonly tenant: TenantId;
  readonly key: string;
}

/** The runs that hold the slots of a key value, as names (`holderName`). */
export type SlotHolders = readonly string[];

/** A run with a concurrency key. */
export type KeyedRun = Run & { readonly concurrencyKey: string };

export const hasKey = (run: Run): run is KeyedRun => run.concurrencyKey !== null;

/** Returns the name under which a run holds a slot. */
export const holderName = ({ jobId, incarnation, ulid }: RunRef): string => `${jobId}#${incarnation}#${ulid}`;

/** Parses the name under which a run holds a slot. */
export function parseHolder(tenant: TenantId, name: string): RunRef {
  const [jobId = '', incarnation = '', ulid = ''] = name.split('#');
  return { tenant, jobId, incarnation, ulid };
}

/** A key value: the runs that hold its slots, and the first of those that wait. */
export interface KeySlots {
  readonly holders: SlotHolders;
  readonly line: readonly WaitingRun[];
}

/** The place of a run in the line of its key value. */
export interface WaitingRun {
  readonly ref: RunRef;
  readonly place: Key;
}

/** Reads a key value consistently. `lookahead`: maximum number of waiting runs that are read. */
export async function getKeySlots(db: Db, tenant: TenantId, key: string, lookahead: number): Promise<KeySlots> {
  const rows = all(equals('pk', concurrencyKeysPartition(tenant)), beginsWith('sk', concurrencyKeyPrefix(key)));
  const items = await query(db, db.tables.records, rows, { consistent: true, limit: lookahead + 1 });
  const holders = items.find(({ holders: found }) => found !== undefined)?.holders as SlotHolders | undefined;
  const line = items.flatMap(({ pk, sk }) => {
    const { ref } = parseConcurrencyKey(tenant, sk as string);
    return ref ? [{ ref, place: { pk, sk } as Key }] : [];
  });
  return { holders: holders ?? [], line: line.slice(0, lookahead) };
}

/**
 * Replaces the runs that hold the slots of a key value. A value without any has no row.
 *
 * @returns `false` if they changed since `seen` was read
 */
export async function replaceHolders(
  db: Db,
  { tenant, key }: KeyValue,
  seen: SlotHolders,
  next: SlotHolders,
  now: number,
): Promise<boolean> {
  const { records } = db.tables;
  if (next.length > 0) return applies(put(db, records, holdersItem(tenant, key, next, now), asRead(seen)));
  return seen.length === 0 || applies(remove(db, records, slotHoldersKey(tenant, key), asRead(seen)));
}

/** Takes lasting conflicts with other writes for a change since the slots were read: the caller reads them again. */
async function applies(write: Promise<boolean>): Promise<boolean> {
  try {
    return await write;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}

/** Executes a transaction like {@link transact}. Returns whether it took effect. */
const appliesAll = (db: Db, writes: readonly Write[]): Promise<boolean> =>
  applies(transact(db, writes).then((failed) => failed < 0));

const holdersItem = (tenant: TenantId, key: string, holders: SlotHolders, now: number) => ({
  ...slotHoldersKey(tenant, key),
  holders,
  ttl: toTtl(now + EXPIRY_MS),
});

const asRead = (seen: SlotHolders): Clause =>
  // guard: key.slots.as-read
  seen.length === 0 ? absent('pk') : equals('holders', seen);

/**
 * Puts a run in the line of its key value and marks it as waiting, in one transaction.
 *
 * @returns `false` if the run is not queued or waits already
 */
export async function putInLine(db: Db, run: KeyedRun, now: number): Promise<boolean> {
  const item = { ...waitingForKeyKey(run.concurrencyKey, run), ttl: toTtl(now + EXPIRY_MS) };
  return (await transact(db, [waitingWrite(db, run, 'concurrency'), { table: db.tables.records, put: item }])) < 0;
}

/**
 * Gives a slot to a run that waits for it, in one transaction: the run is admitted and leaves the line.
 *
 * @param next the runs that hold the slots then; as `seen` if the run needs none
 * @returns `false` if the slots or the run changed since they were read
 */
export async function admitFromLine(
  db: Db,
  run: KeyedRun,
  seen: SlotHolders,
  next: SlotHolders,
  now: number,
): Promise<boolean> {
  const { tenant, concurrencyKey: key } = run;
  const admitted = concurrencyAdmissionWrite(db, run, new Date(now).toISOString());
  const left: Write = { table: db.tables.records, remove: waitingForKeyKey(key, run) };
  return appliesAll(db, [admitted, left, ...holdersWrites(db, { tenant, key }, seen, next, now)]);
}

/**
 * Takes the slot from a queued run that has to wait for the lock of its job, in one transaction.
 *
 * @returns `false` if the slots or the run changed since they were read
 */
export async function waitWithoutSlot(
  db: Db,
  run: KeyedRun,
  seen: SlotHolders,
  next: SlotHolders,
  now: number,
): Promise<boolean> {
  const value = { tenant: run.tenant, key: run.concurrencyKey };
  return appliesAll(db, [waitingWrite(db, run, 'overlap'), ...holdersWrites(db, value, seen, next, now)]);
}

function holdersWrites(
  db: Db,
  { tenant, key }: KeyValue,
  seen: SlotHolders,
  next: SlotHolders,
  now: number,
): readonly Write[] {
  const { records: table } = db.tables;
  const condition = asRead(seen);
  if (next.length > 0) return [{ table, put: holdersItem(tenant, key, next, now), condition }];
  return seen.length > 0 ? [{ table, remove: slotHoldersKey(tenant, key), condition }] : [];
}

/** Removes an ended run from the line of its key value. */
export async function removeFromLine(db: Db, run: KeyedRun): Promise<void> {
  await removePlace(db, waitingForKeyKey(run.concurrencyKey, run));
}

/** Removes the place of a run that has ended, or has no row. */
export async function removePlace(db: Db, place: Key): Promise<void> {
  await remove(db, db.tables.records, place, exists('pk'));
}

/** Rows of a tenant's key values that are read together. */
const WALK_PAGE = 100;

/**
 * Walks the key values of a tenant for which runs wait, each once, without reading long lines. Read consistently. One key
 * value of a page may have no waiting run.
 *
 * @param start name before which no key value is walked until all others have been
 */
export async function* walkKeysWithLine(db: Db, tenant: TenantId, start: string): AsyncGenerator<string> {
  yield* walkBetween(db, tenant, CONCURRENCY_KEYS_PREFIX + start, CONCURRENCY_KEYS_PREFIX + LAST_CHARACTER);
  yield* walkBetween(db, tenant, CONCURRENCY_KEYS_PREFIX, CONCURRENCY_KEYS_PREFIX + start);
}

async function* walkBetween(db: Db, tenant: TenantId, first: string, end: string): AsyncGenerator<string> {
  const partition = equals('pk', concurrencyKeysPartition(tenant));
  for (let after = first; ; ) {
    const behind = between('sk', after, end);
    const items = await query(db, db.tables.records, all(partition, behind), { consistent: true, limit: WALK_PAGE });
    const rows = items.map(({ sk }) => parseConcurrencyKey(tenant, sk as string));
    const last = rows.length === WALK_PAGE ? rows.at(-1)?.key : undefined;
    yield* new Set(rows.filter(({ key, ref }) => ref !== undefined || key === last).map(({ key }) => key));
    if (last === undefined) return;
    after = concurrencyKeyPrefix(last) + LAST_CHARACTER;
  }
}
