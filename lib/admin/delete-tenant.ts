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

/** How many of what, by its kind. */
export type ItemCounts = Record<string, number>;

/**
 * From the fence on, for so long somebody may still work for the tenant who has not seen it: an API keeps limits for
 * 30 s and a request lasts 29 s, a sweep 55 s. What these leave behind is found by the last look.
 */
export const TOMBSTONE_GRACE_MS = 90_000;

/** How long runs that are cancelled have to end before their rows go; a worker without its row stops within seconds. */
const RUN_END_TIMEOUT_MS = 30_000;
/** Between two looks. */
const POLL_INTERVAL_MS = 2_000;
/** Runs that are cancelled at a time. */
const CANCEL_BATCH_SIZE = 100;

/** Rows go in this order: without jobs nothing is started, and without runs nothing is written. */
const DELETION_ORDER = ['jobs', 'runs', 'records', 'collections', 'access', 'counters'] as const satisfies TableName[];

export const TENANT_DELETED = 'tenant deleted';

/** Whether there is anything to be removed, or going on with: cheap, and so not whether there are files only. */
export async function tenantExists({ db }: AdminContext, tenant: TenantId): Promise<boolean> {
  const [deletion, ...rows] = await Promise.all([
    getDeletion(db, tenant),
    hasRows(db, 'jobs', tenant),
    hasRows(db, 'access', tenant),
    hasRows(db, 'counters', tenant),
  ]);
  return deletion !== undefined || rows.includes(true);
}

/** What a deletion would remove. */
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
 * Removes a tenant and all that it has, whatever was removed of it before: may be cut short anywhere and asked for
 * again.
 *
 * 1. A fence goes up: the API, the dispatcher and the workers do nothing for the tenant any more, and what changes
 *    counts for nobody. Nothing of the platform's own visits it.
 * 2. What runs is cancelled, and given a while to end.
 * 3. Schedules, rows, files and parameters go.
 * 4. That is done again until nothing is found, and nobody can be at work who has not seen the fence.
 *
 * The fence stays, so that a token that is still good brings nothing back, and so does the record that this returns.
 */
export async function deleteTenant(operator: AdminContext, tenant: TenantId): Promise<Deletion> {
  const { db, now, pause, reportProgress: tell } = operator;
  const earlier = await getDeletion(db, tenant);
  const begun = new Date(now()).toISOString();
  const fencedAt = Date.parse(await putTombstone(db, tenant, begun));
  let deletion: Deletion = earlier ?? { tenant, startedAt: begun, finishedAt: null, by: operator.actor, removed: {} };
  if (earlier?.finishedAt && Date.parse(earlier.finishedAt) < fencedAt) {
    // That was another tenant of this name.
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

/** Cancels what is queued or runs, and waits a while for its end. */
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

/** Nobody is to be told of what becomes of these runs, and none of them is to be worked on. */
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
      // Before the rows: they alone tell what the schedules are called.
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

/** The one row that stays. */
const isTombstone = (table: TableName, tenant: TenantId, { sk }: Item): boolean =>
  table === 'access' && sk === limitsKey(tenant).sk;

/** Schedules that the job of a row may have: of its definition, its registration, or what is left of it. */
function schedulesOf(tenant: TenantId, row: Item): readonly string[] {
  const kind = kindOfRow('jobs', row.sk as string);
  if (kind !== 'definition' && kind !== 'registration' && kind !== 'deletedJob') return [];
  const id = (kind === 'definition' ? row.id : row.jobId) as string;
  return scheduleNames({ tenant, id, incarnation: row.incarnation as string });
}
