import { scheduleNames } from '../../functions/core/domain/registration.ts';
import { ACTIVE_STATES } from '../../functions/core/domain/run.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import type { Platform } from '../../functions/core/platform/platform.ts';
import { createStoredBytesCache } from '../../functions/core/platform/stored-bytes-cache.ts';
import type { Item } from '../../functions/core/store/db.ts';
import { type Key, kindOfRow, limitsKey } from '../../functions/core/store/keys.ts';
import { listOldestActive } from '../../functions/core/store/run-lists.ts';
import { forEachPage, hasRows, removeRows, type TableName } from '../../functions/core/store/tenant-rows.ts';
import {
  type Deletion,
  getDeletion,
  putDeletion,
  putTombstone,
  removeImport,
  removeTenant,
  stripToTombstone,
} from '../../functions/core/store/tombstones.ts';
import type { AdminContext } from './admin-context.ts';

/** Number of items by kind. */
export type ItemCounts = Record<string, number>;

/**
 * Milliseconds after the tombstone during which components may still work for the tenant, because they have not read
 * it: the API caches limits for 30 s and a request takes up to 29 s, a sweep up to 55 s. The last pass removes what
 * they write.
 */
export const TOMBSTONE_GRACE_MS = 90_000;

/**
 * Milliseconds that canceled runs get to end before their rows are removed. A worker whose row is missing stops within
 * seconds.
 */
const RUN_END_TIMEOUT_MS = 30_000;
/** Milliseconds between two passes. */
const POLL_INTERVAL_MS = 2_000;
/** Number of runs canceled in one pass. */
const CANCEL_BATCH_SIZE = 100;

/** Order of deletion: without jobs no run starts, and without runs nothing is written. */
const DELETION_ORDER = ['jobs', 'runs', 'records', 'collections', 'access', 'counters'] as const satisfies TableName[];

export const TENANT_DELETED = 'tenant deleted';

/**
 * @returns whether the tenant has rows or a recorded deletion. A cheap check that does not see tenants with files only
 */
export async function tenantExists({ db }: AdminContext, tenant: TenantId): Promise<boolean> {
  const [deletion, ...rows] = await Promise.all([
    getDeletion(db, tenant),
    hasRows(db, 'jobs', tenant),
    hasRows(db, 'access', tenant),
    hasRows(db, 'counters', tenant),
  ]);
  return deletion !== undefined || rows.includes(true);
}

/** Counts the items that a deletion would remove. */
export async function countTenantItems({ db, files, parameters }: AdminContext, tenant: TenantId): Promise<ItemCounts> {
  const tally: ItemCounts = {};
  const count = (kind: string, n = 1) => {
    tally[kind] = (tally[kind] ?? 0) + n;
  };
  for (const table of DELETION_ORDER) {
    await forEachPage(db, table, tenant, async (rows) => {
      for (const { sk } of rows) count(kindOfRow(table, sk as string));
    });
  }
  for await (const page of files.list(tenant)) if (page.length > 0) count('file', page.length);
  const names = await parameters.names(tenant);
  if (names.length > 0) count('parameter', names.length);
  return tally;
}

/**
 * Deletes a tenant with all of its data. Can be interrupted and repeated.
 *
 * 1. Writes a tombstone: the API, the dispatcher and the workers reject work for the tenant, changes are not counted,
 *    and platform jobs skip the tenant.
 * 2. Cancels active runs and waits for them to end.
 * 3. Removes schedules, rows, files and parameters.
 * 4. Repeats until a pass finds nothing and every component has read the tombstone.
 *
 * The tombstone stays, so that unexpired tokens cannot recreate data. The returned record stays, too.
 */
export async function deleteTenant(operator: AdminContext, tenant: TenantId): Promise<Deletion> {
  const { db, now, pause, reportProgress: tell } = operator;
  const earlier = await getDeletion(db, tenant);
  const begun = new Date(now()).toISOString();
  const fencedAt = Date.parse(await putTombstone(db, tenant, begun));
  let deletion: Deletion = earlier ?? { tenant, startedAt: begun, finishedAt: null, by: operator.actor, removed: {} };
  if (earlier?.finishedAt && Date.parse(earlier.finishedAt) < fencedAt) {
    // The recorded deletion is of an earlier tenant with this name.
    deletion = { tenant, startedAt: begun, finishedAt: null, by: operator.actor, removed: {} };
  }
  await putDeletion(db, tenant, deletion);
  await removeTenant(db, tenant);
  await removeImport(db, tenant);
  tell(`${tenant} is fenced off since ${new Date(fencedAt).toISOString()}; ending its runs`);
  await endRuns(operator, tenant);

  for (let looks = 1; ; looks++) {
    const started = now();
    const found = await removeAll(operator, tenant);
    const total = Object.values(found).reduce((sum, n) => sum + n, 0);
    if (total > 0) {
      deletion = { ...deletion, finishedAt: null, removed: addCounts(deletion.removed, found) };
      await putDeletion(db, tenant, deletion);
    }
    tell(`look ${looks}: removed ${total === 0 ? 'nothing' : formatCounts(found)}`);
    const isLast = total === 0 && started - fencedAt >= TOMBSTONE_GRACE_MS;
    if (isLast) break;
    const wait = fencedAt + TOMBSTONE_GRACE_MS - now();
    if (total === 0 && wait > 0) tell(`looking once more in ${Math.ceil(wait / 1_000)} s, for what was on its way`);
    await pause(total === 0 ? Math.max(wait, POLL_INTERVAL_MS) : POLL_INTERVAL_MS);
  }
  deletion = { ...deletion, finishedAt: deletion.finishedAt ?? new Date(now()).toISOString() };
  await putDeletion(db, tenant, deletion);
  return deletion;
}

const addCounts = (a: Readonly<ItemCounts>, b: Readonly<ItemCounts>): ItemCounts => {
  const sum: ItemCounts = { ...a };
  for (const [kind, n] of Object.entries(b)) sum[kind] = (sum[kind] ?? 0) + n;
  return sum;
};

export const formatCounts = (tally: Readonly<ItemCounts>): string =>
  Object.entries(tally)
    .map(([kind, n]) => `${n} ${kind}`)
    .join(', ');

/** Cancels active runs and waits for them to end, up to `RUN_END_TIMEOUT_MS`. */
async function endRuns(operator: AdminContext, tenant: TenantId): Promise<void> {
  const { db, now, pause } = operator;
  const until = now() + RUN_END_TIMEOUT_MS;
  const platform = toSilentPlatform(operator);
  for (;;) {
    const active = await Promise.all(
      ACTIVE_STATES.map((state) => listOldestActive(db, tenant, state, CANCEL_BATCH_SIZE)),
    );
    const runs = active.flat();
    if (runs.length === 0 || now() > until) return;
    for (const run of runs) await cancelRun(platform, run, TENANT_DELETED);
    await pause(POLL_INTERVAL_MS);
  }
}

/** Returns a platform that sends no messages: the canceled runs are not notified and not executed. */
function toSilentPlatform({ db, defaultLimits, now, reportProgress: tell }: AdminContext): Platform {
  const nothing = async () => {};
  const warn = (message: string, fields: Record<string, unknown> = {}) => tell(`${message} ${JSON.stringify(fields)}`);
  return {
    db,
    queues: {
      sendRun: nothing,
      sendSlice: nothing,
      sendTick: nothing,
      sendNotification: nothing,
      sendRefusedNotice: nothing,
    },
    log: { info: () => {}, warn, error: warn },
    metrics: { event: () => {}, gauge: () => {} },
    defaultLimits,
    storedBytesCache: createStoredBytesCache(now),
    now,
    random: () => 0.5,
    newUlid: () => {
      throw new Error('no run is made for a tenant that is deleted');
    },
  };
}

async function removeAll(operator: AdminContext, tenant: TenantId): Promise<ItemCounts> {
  const { db, files, parameters } = operator;
  const removed: ItemCounts = {};
  const count = (kind: string, n = 1) => {
    if (n > 0) removed[kind] = (removed[kind] ?? 0) + n;
  };
  for (const table of DELETION_ORDER) {
    await forEachPage(db, table, tenant, async (rows) => {
      const doomed = rows.filter((row) => !isTombstone(table, tenant, row)) as unknown as Key[];
      // Schedules are removed first, because the rows contain their names.
      if (table === 'jobs') await operator.removeSchedules(rows.flatMap((row) => schedulesOf(tenant, row)));
      await removeRows(db, table, doomed);
      for (const { sk } of doomed) count(kindOfRow(table, sk));
    });
    if (table === 'access' && (await stripToTombstone(db, tenant))) count(kindOfRow('access', limitsKey(tenant).sk));
  }
  count('file', await files.removeAll(tenant));
  for (const name of await parameters.names(tenant)) {
    await parameters.remove(tenant, name);
    count('parameter');
  }
  return removed;
}

/** @returns whether the row is the tombstone, which stays */
const isTombstone = (table: TableName, tenant: TenantId, { sk }: Item): boolean =>
  table === 'access' && sk === limitsKey(tenant).sk;

/** Returns the names of the schedules that a definition, registration or deleted job may have. */
function schedulesOf(tenant: TenantId, row: Item): readonly string[] {
  const kind = kindOfRow('jobs', row.sk as string);
  if (kind !== 'definition' && kind !== 'registration' && kind !== 'deletedJob') return [];
  const id = (kind === 'definition' ? row.id : row.jobId) as string;
  return scheduleNames({ tenant, id, incarnation: row.incarnation as string });
}
