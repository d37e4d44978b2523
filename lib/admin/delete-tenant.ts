import { MIN_SCHEDULE_NAMES, scheduleNames } from '../../functions/core/domain/registration.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import type { Item } from '../../functions/core/store/db.ts';
import { type Key, kindOfRow, limitsKey } from '../../functions/core/store/keys.ts';
import { toReconcileRequest } from '../../functions/core/store/reconcile-requests.ts';
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
import { endRuns, POLL_INTERVAL_MS } from './end-runs.ts';

/** Number of items by kind. */
export type ItemCounts = Record<string, number>;

/**
 * Milliseconds after the tombstone during which components may still work for the tenant, because they have not read
 * it: the API caches limits for 30 s and a request takes up to 29 s, a sweep up to 55 s. The last pass removes what
 * they write.
 */
export const TOMBSTONE_GRACE_MS = 90_000;

/** Order of deletion: without jobs no run starts, and without runs nothing is written. */
const DELETION_ORDER = ['jobs', 'runs', 'records', 'collections', 'access', 'counters'] as const satisfies TableName[];

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
export async function countTenantItems({ db, files }: AdminContext, tenant: TenantId): Promise<ItemCounts> {
  const counts: ItemCounts = {};
  const count = (kind: string, n = 1) => {
    counts[kind] = (counts[kind] ?? 0) + n;
  };
  for (const table of DELETION_ORDER) {
    await forEachPage(db, table, tenant, async (rows) => {
      for (const row of rows) count(kindOfRow(table, row as unknown as Key));
    });
  }
  for await (const page of files.list(tenant)) if (page.length > 0) count('file', page.length);
  return counts;
}

/**
 * Deletes a tenant with all of its data. Can be interrupted and repeated.
 *
 * 1. Writes a tombstone: the API, the dispatcher and the workers reject work for the tenant, changes are not counted,
 *    and platform jobs skip the tenant.
 * 2. Cancels active runs and waits for them to end. The record of the deletion names the executions of other services that
 *    did not end in time.
 * 3. Removes schedules, rows and files.
 * 4. Repeats until a pass finds nothing and every component has read the tombstone.
 *
 * The tombstone stays, so that unexpired tokens cannot recreate data. The returned record stays, too.
 */
export async function deleteTenant(context: AdminContext, tenant: TenantId): Promise<Deletion> {
  const { db, now, pause, reportProgress } = context;
  const previous = await getDeletion(db, tenant);
  const startedAt = new Date(now()).toISOString();
  const tombstoneAt = Date.parse(await putTombstone(db, tenant, startedAt));
  let deletion: Deletion = previous ?? {
    tenant,
    startedAt,
    finishedAt: null,
    by: context.actor,
    removed: {},
  };
  if (previous?.finishedAt && Date.parse(previous.finishedAt) < tombstoneAt) {
    // The recorded deletion is of an earlier tenant with this name.
    deletion = { tenant, startedAt, finishedAt: null, by: context.actor, removed: {} };
  }
  await putDeletion(db, tenant, deletion);
  await removeTenant(db, tenant);
  await removeImport(db, tenant);
  reportProgress(
    `the tombstone of ${tenant} was written at ${new Date(tombstoneAt).toISOString()}; canceling its runs`,
  );
  const executions = await endRuns(context, tenant);
  for (const execution of executions) {
    reportProgress(`an execution may still run, stop it by hand: ${execution}`);
  }
  if (executions.length > 0) {
    // Their references are removed with their runs.
    deletion = { ...deletion, executions: [...(deletion.executions ?? []), ...executions] };
    await putDeletion(db, tenant, deletion);
  }

  for (let pass = 1; ; pass++) {
    const started = now();
    const found = await removeAll(context, tenant);
    const total = Object.values(found).reduce((sum, n) => sum + n, 0);
    if (total > 0) {
      deletion = { ...deletion, finishedAt: null, removed: addCounts(deletion.removed, found) };
      await putDeletion(db, tenant, deletion);
    }
    reportProgress(`pass ${pass}: removed ${total === 0 ? 'nothing' : formatCounts(found)}`);
    const isLast = total === 0 && started - tombstoneAt >= TOMBSTONE_GRACE_MS;
    if (isLast) break;
    const wait = tombstoneAt + TOMBSTONE_GRACE_MS - now();
    if (total === 0 && wait > 0) reportProgress(`next pass in ${Math.ceil(wait / 1_000)} s, for pending writes`);
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

export const formatCounts = (counts: Readonly<ItemCounts>): string =>
  Object.entries(counts)
    .map(([kind, n]) => `${n} ${kind}`)
    .join(', ');

async function removeAll(context: AdminContext, tenant: TenantId): Promise<ItemCounts> {
  const { db, files } = context;
  const removed: ItemCounts = {};
  const count = (kind: string, n = 1) => {
    if (n > 0) removed[kind] = (removed[kind] ?? 0) + n;
  };
  for (const table of DELETION_ORDER) {
    await forEachPage(db, table, tenant, async (rows) => {
      const removable = rows.filter((row) => !isTombstone(table, tenant, row)) as unknown as Key[];
      // Schedules are removed first, because the rows contain their names.
      if (table === 'jobs') await context.removeSchedules(rows.flatMap((row) => schedulesOfRow(tenant, row)));
      await removeRows(db, table, removable);
      for (const key of removable) count(kindOfRow(table, key));
    });
    if (table === 'access' && (await stripToTombstone(db, tenant))) count(kindOfRow('access', limitsKey(tenant)));
  }
  count('file', await files.removeAll(tenant));
  return removed;
}

/** @returns whether the row is the tombstone, which stays */
const isTombstone = (table: TableName, tenant: TenantId, { sk }: Item): boolean =>
  table === 'access' && sk === limitsKey(tenant).sk;

/** Returns the names of the schedules that a definition, registration, request or deleted job may have. */
function schedulesOfRow(tenant: TenantId, row: Item): readonly string[] {
  const kind = kindOfRow('jobs', row as unknown as Key);
  if (kind === 'reconcileRequest') {
    const { jobId: id, incarnations } = toReconcileRequest(row);
    return incarnations.flatMap((incarnation) => scheduleNames({ tenant, id, incarnation }));
  }
  if (kind !== 'definition' && kind !== 'registration' && kind !== 'deletedJob') return [];
  const id = (kind === 'definition' ? row.id : row.jobId) as string;
  // The registration knows how many names the job has used.
  const names = (row.names as number | undefined) ?? MIN_SCHEDULE_NAMES;
  const count = kind === 'registration' ? names : row.schedules === undefined ? MIN_SCHEDULE_NAMES : undefined;
  return scheduleNames({ tenant, id, incarnation: row.incarnation as string }, count);
}
