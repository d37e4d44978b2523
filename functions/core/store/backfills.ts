import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Backfill, type BackfillRef, MAX_BACKFILL_DAYS } from '../domain/backfill.ts';
import { jsonBytes } from '../domain/json.ts';
import type { RunInput } from '../domain/run-input.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, get, type Item, put, query, queryPages, remove, transact, type Write } from './db.ts';
import { absent, all, beginsWith, between, equals, equalsOrAbsent } from './expression.ts';
import { idempotencyWrite, type KeyedRequest } from './idempotency.ts';
import {
  BACKFILL_PREFIX,
  backfillInputKey,
  backfillKey,
  backfillsOfJob,
  backfillsPartition,
  backfillsVersionKey,
  backfillTicksKey,
  type JobRef,
  LAST_CHARACTER,
  OPEN_BACKFILL_PREFIX,
  openBackfillKey,
} from './keys.ts';
import { MAX_ROW_BYTES } from './run-inputs.ts';
import { formatInput, parseInput, recordTtlOf } from './run-item.ts';
import { toTtl } from './ttl.ts';

/** Time for which the rows of a backfill that is not over are kept: longer than a backfill may take. */
const OPEN_RETENTION_MS = (MAX_BACKFILL_DAYS + 30) * DAY_MS;

/** A backfill to create. The store decides where its input is placed. */
export interface NewBackfill {
  readonly backfill: Omit<Backfill, 'input' | 'inputBytes'>;
  /** The ticks in the order of their runs, ISO 8601. */
  readonly ticks: readonly string[];
  readonly input: RunInput | null;
  /** @defaultValue none */
  readonly idempotency?: KeyedRequest | undefined;
  /**
   * The number of backfills that requests had created (`getBackfillsVersion`) before the open ones were counted. Another one
   * prevents the creation.
   *
   * @defaultValue none: concurrent creations are possible
   */
  readonly countedAt?: number | undefined;
}

/** Returns the number of backfills of a tenant that requests have created, read consistently. */
export async function getBackfillsVersion(db: Db, tenant: TenantId): Promise<number> {
  const item = await get(db, db.tables.records, backfillsVersionKey(tenant));
  return (item?.version as number | undefined) ?? 0;
}

/**
 * Creates a backfill: its ticks and input, then its row and its entry in the list of open backfills in one transaction.
 * Ticks without a backfill expire.
 *
 * @returns the backfill; `exists` if it, or the unexpired idempotency key, exists already; `outdated` if a request has created
 * another one since they were counted
 */
export async function createBackfill(
  db: Db,
  { backfill, ticks, input, idempotency, countedAt }: NewBackfill,
  now: number,
): Promise<Backfill | 'exists' | 'outdated'> {
  const table = db.tables.records;
  const ttl = toTtl(now + OPEN_RETENTION_MS);
  const bytes = input === null ? 0 : jsonBytes(input);
  const isInline = bytes <= MAX_ROW_BYTES;
  const created: Backfill = { ...backfill, input: isInline ? input : null, inputBytes: isInline ? 0 : bytes };
  // guard: backfill.ticks.first
  await put(db, table, { ...backfillTicksKey(created), ticks: compressTicks(ticks), ttl });
  if (input !== null && !isInline)
    await put(db, table, { ...backfillInputKey(created), json: formatInput(input), ttl });
  const key = { ...created, ulid: created.id };
  const writes: readonly Write[] = [
    { table, put: fromBackfill(created), condition: absent('pk') },
    { table, put: { ...openBackfillKey(created), ttl } },
    ...(idempotency ? [idempotencyWrite(db, key, idempotency, now)] : []),
  ];
  const failed = await transact(db, [
    ...writes,
    ...(countedAt === undefined ? [] : [countWrite(db, backfill.tenant, countedAt, now)]),
  ]);
  if (failed < 0) return created;
  return failed < writes.length ? 'exists' : 'outdated';
}

/** The number matters for the duration of a request. Without a row it begins at 0 again. */
const countWrite = (db: Db, tenant: TenantId, countedAt: number, now: number): Write => ({
  table: db.tables.records,
  update: backfillsVersionKey(tenant),
  changes: { add: { version: 1 }, set: { ttl: toTtl(now + DAY_MS) } },
  condition: /* guard: backfill.limit.concurrent */ equalsOrAbsent('version', countedAt === 0 ? undefined : countedAt),
});

/**
 * Stores the ticks of a backfill whose id is derived, unless an earlier attempt has.
 *
 * @returns the stored ticks
 */
export async function putTicksOnce(
  db: Db,
  ref: BackfillRef,
  ticks: readonly string[],
  now: number,
): Promise<readonly string[]> {
  const key = backfillTicksKey(ref);
  const item = { ...key, ticks: compressTicks(ticks), ttl: toTtl(now + OPEN_RETENTION_MS) };
  if (await put(db, db.tables.records, item, absent('pk'))) return ticks;
  const stored = await get(db, db.tables.records, key);
  return stored ? decompressTicks(stored.ticks as string) : ticks;
}

/** Minutes between ticks repeat, so that 10,000 regular ticks take some 100 bytes. */
function compressTicks(ticks: readonly string[]): string {
  const times = ticks.map((tick) => Date.parse(tick));
  const steps = times.map((time, i) => time - (times[i - 1] ?? 0));
  return deflateRawSync(steps.join()).toString('base64');
}

function decompressTicks(text: string): string[] {
  const steps = inflateRawSync(Buffer.from(text, 'base64')).toString().split(',').map(Number);
  let time = 0;
  return steps.map((step) => {
    time += step;
    return new Date(time).toISOString();
  });
}

function fromBackfill(backfill: Backfill): Item {
  const { tenant: _, input, active, tags, purgeAt, createdAt, ...rest } = backfill;
  return {
    ...backfillKey(backfill),
    ...rest,
    input: input && formatInput(input),
    active: active.length > 0 ? active.join() : null,
    tags: tags.length > 0 ? tags : null,
    createdAt,
    purgeAt,
    ttl: purgeAt === null ? toTtl(Date.parse(createdAt) + OPEN_RETENTION_MS) : recordTtlOf(purgeAt),
  };
}

function toBackfill(tenant: TenantId, item: Item): Backfill {
  const { pk, sk, ttl, input, active, tags, ...rest } = item;
  return {
    cause: 'request',
    skipped: 0,
    createdBy: null,
    note: null,
    finishedAt: null,
    canceledBy: null,
    purgeAt: null,
    ...rest,
    tenant,
    input: input === undefined ? null : parseInput(input as string),
    active: active === undefined ? [] : (active as string).split(',').map(Number),
    tags: tags ?? [],
  } as unknown as Backfill;
}

/** Returns the backfill, read consistently, unless it does not exist or its retention is over. */
export async function getBackfill(db: Db, ref: BackfillRef, now: number): Promise<Backfill | undefined> {
  const item = await get(db, db.tables.records, backfillKey(ref));
  const backfill = item && toBackfill(ref.tenant, item);
  return backfill && isShown(backfill, now) ? backfill : undefined;
}

const isShown = ({ purgeAt }: Backfill, now: number): boolean => purgeAt === null || Date.parse(purgeAt) > now;

/** A backfill with its ticks, which are removed when it is over. */
export interface BackfillWithTicks {
  readonly backfill: Backfill;
  /** The ticks in the order of their runs, ISO 8601; `undefined` after the removal. */
  readonly ticks: readonly string[] | undefined;
}

/** Reads a backfill and its ticks, consistently. */
export async function getBackfillWithTicks(db: Db, ref: BackfillRef): Promise<BackfillWithTicks | undefined> {
  const [item, ticks] = await Promise.all([
    get(db, db.tables.records, backfillKey(ref)),
    get(db, db.tables.records, backfillTicksKey(ref)),
  ]);
  return item && { backfill: toBackfill(ref.tenant, item), ticks: ticks && decompressTicks(ticks.ticks as string) };
}

/** Returns the input of a backfill; null if it has none. */
export async function getBackfillInput(db: Db, backfill: Backfill): Promise<RunInput | null> {
  if (backfill.inputBytes === 0) return backfill.input;
  const item = await get(db, db.tables.records, backfillInputKey(backfill));
  return item ? parseInput(item.json as string) : null;
}

/**
 * Replaces a backfill, unless it was changed since it was read.
 *
 * @param seen the backfill as read
 * @returns the stored backfill; `undefined` if it has changed
 */
export async function replaceBackfill(db: Db, seen: Backfill, next: Backfill): Promise<Backfill | undefined> {
  const stored = { ...next, version: seen.version + 1 };
  const isAsRead = /* guard: backfill.version */ equals('version', seen.version);
  return (await put(db, db.tables.records, fromBackfill(stored), isAsRead)) ? stored : undefined;
}

/** Removes what a backfill that is over needs no more. The entry in the list of open ones goes last. Idempotent. */
export async function closeBackfill(db: Db, backfill: Backfill): Promise<void> {
  const table = db.tables.records;
  await remove(db, table, backfillTicksKey(backfill));
  if (backfill.inputBytes > 0) await remove(db, table, backfillInputKey(backfill));
  await remove(db, table, openBackfillKey(backfill));
}

/** A page of a list. */
export interface BackfillPage {
  readonly limit: number;
  /** Id of a backfill: only older ones are returned. @defaultValue none */
  readonly before: string | null;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Rows that are read at once. */
const PAGE_SIZE = 100;

/** Lists the backfills of a job by id, newest first, read consistently. */
export async function listBackfills(db: Db, job: JobRef, { limit, before, now }: BackfillPage): Promise<Backfill[]> {
  const prefix = BACKFILL_PREFIX + backfillsOfJob(job);
  const last = prefix + (before ?? LAST_CHARACTER);
  const key = all(equals('pk', backfillsPartition(job.tenant)), between('sk', prefix, last));
  const found: Backfill[] = [];
  const options = { newestFirst: true, consistent: true, page: Math.min(limit + 1, PAGE_SIZE) };
  for await (const page of queryPages(db, db.tables.records, key, options)) {
    const backfills = page.map((item) => toBackfill(job.tenant, item));
    found.push(...backfills.filter((backfill) => backfill.id !== before && isShown(backfill, now)));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

/**
 * Lists the backfills of a tenant that are not over, by job and id.
 *
 * @param job job whose backfills are listed. @defaultValue all jobs
 */
export async function listOpenBackfills(db: Db, tenant: TenantId, job?: JobRef): Promise<BackfillRef[]> {
  const prefix = OPEN_BACKFILL_PREFIX + (job ? backfillsOfJob(job) : '');
  const key = all(equals('pk', backfillsPartition(tenant)), beginsWith('sk', prefix));
  const items = await query(db, db.tables.records, key, { consistent: job !== undefined });
  return items.map(({ sk }) => {
    const [jobId = '', incarnation = '', id = ''] = (sk as string).slice(OPEN_BACKFILL_PREFIX.length).split('#');
    return { tenant, jobId, incarnation, id };
  });
}
