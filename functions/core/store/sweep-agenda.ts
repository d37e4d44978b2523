import { CURRENT_PREFIX } from '../domain/counters.ts';
import { COUNTED_STATES, DELAYED_RUNS } from '../domain/run-counts.ts';
import { SWEEP_DELAY_MS, type SweepPart, sweepShardOf } from '../domain/sweep-agenda.ts';
import { parseTenantId, type TenantId } from '../domain/tenant.ts';
import { COUNTER_INDEXES } from '../platform/index-names.ts';
import { type Db, get, type Item, put, query, queryPages, update } from './db.ts';
import {
  above,
  absent,
  all,
  any,
  atMost,
  between,
  type Changes,
  type Clause,
  equals,
  equalsOrAbsent,
  exists,
} from './expression.ts';
import { counterKey, LAST_CHARACTER, PLATFORM_PARTITION, sweepPassKey, TENANT_PREFIX } from './keys.ts';

/**
 * The sweep agenda: the times at which tenants must be swept. An entry consists of attributes of the tenant's counter, so
 * that one conditional write counts a change and makes the sweep of its effects due.
 */

/** A time in epoch milliseconds; `null` if nothing is expected. */
export type SweepTime = number | null;

/** The agenda entry of a tenant. */
export interface AgendaEntry {
  /** Time at which the tenant is due. */
  readonly sweepAt: SweepTime;
  /** Time at which its definitions are due; 0 after a change. */
  readonly definitionsAt: SweepTime;
  /** Time at which the delayed runs are due; 0 after a change. */
  readonly delaysAt: SweepTime;
  /** Time at which expired rows are removed. */
  readonly purgeAt: SweepTime;
  /** Id of the job behind which an unfinished walk over the definitions continues. */
  readonly walkAfter: string | undefined;
  /** Position behind which an unfinished walk over the runs that wait for a retry continues. */
  readonly retriesAfter: string | undefined;
  /** Position behind which an unfinished walk over the delayed runs continues. */
  readonly delaysAfter: string | undefined;
  /** `true` if a count of active runs, without delayed ones, is not 0; it may be wrong and negative. */
  readonly hasActiveRuns: boolean;
  /** `true` if the counter shows runs, active or ended. */
  readonly hasRuns: boolean;
  /** Number of changes that made a sweep due. */
  readonly changes: number;
  /** Number of changes that made the definitions or the delayed runs due. */
  readonly definitionChanges: number;
}

/** Stored instead of a time if nothing is expected. An absent time is due. */
const NEVER = 'never';

const fromTime = (time: SweepTime): string => (time === null ? NEVER : new Date(time).toISOString());
const toTime = (stored: unknown): SweepTime =>
  stored === undefined ? 0 : stored === NEVER ? null : Date.parse(stored as string);

const keyOf = (tenant: TenantId) => counterKey(tenant, { kind: 'tenant' });

/** Returns the tenant's entry, read consistently, or `undefined` if the tenant has no counter. */
export async function getAgendaEntry(db: Db, tenant: TenantId): Promise<AgendaEntry | undefined> {
  const item = await get(db, db.tables.counters, keyOf(tenant));
  return item && toEntry(item);
}

function toEntry(item: Item): AgendaEntry {
  const count = (name: string) => (item[CURRENT_PREFIX + name] as number | undefined) ?? 0;
  const active = { running: count('running'), stopping: count('stopping'), due: count('queued') - count(DELAYED_RUNS) };
  return {
    sweepAt: item.sweepAt === undefined ? null : toTime(item.sweepAt),
    definitionsAt: toTime(item.definitionsAt),
    delaysAt: toTime(item.delaysAt),
    purgeAt: toTime(item.purgeAt),
    walkAfter: item.walkAfter as string | undefined,
    retriesAfter: item.retriesAfter as string | undefined,
    delaysAfter: item.delaysAfter as string | undefined,
    hasActiveRuns: Object.values(active).some((counted) => counted !== 0),
    hasRuns: COUNTED_STATES.some((state) => count(state) !== 0),
    changes: (item.sweepChanges as number | undefined) ?? 0,
    definitionChanges: (item.definitionChanges as number | undefined) ?? 0,
  };
}

/** Returns the attributes of a time in the index; without a time the entry leaves the index. */
function indexed(tenant: TenantId, sweepAt: SweepTime): Item {
  return {
    sweepAt: sweepAt === null ? null : new Date(sweepAt).toISOString(),
    sweepShard: sweepAt === null ? null : sweepShardOf(tenant),
  };
}

/** The changes of a counter that make a sweep due, and their condition. */
export interface DueSweep {
  /** Stored time of the entry after the changes. */
  readonly sweepAt: string | undefined;
  readonly set: Item;
  readonly add: Readonly<Record<string, number>>;
  /** The entry is as it was read. */
  readonly condition: Clause;
}

/**
 * Returns the changes that make a sweep of the tenant due in a minute. An entry that is due earlier stays, so that the
 * index is not written.
 *
 * @param seen stored time of the entry, as read; `undefined` for none
 */
export function dueSweep(tenant: TenantId, part: SweepPart, seen: string | undefined, now: number): DueSweep {
  const dueAt = now + SWEEP_DELAY_MS;
  const isEarlier = seen !== undefined && Date.parse(seen) <= dueAt;
  const ofDefinitions = part === 'definitions';
  const ofDelays = ofDefinitions || part === 'delays';
  return {
    sweepAt: isEarlier ? seen : new Date(dueAt).toISOString(),
    set: {
      ...(!isEarlier && indexed(tenant, dueAt)),
      ...(ofDefinitions && { definitionsAt: null, walkAfter: null }),
      ...(ofDelays && { delaysAt: null }),
    },
    add: { sweepChanges: 1, ...(ofDelays && { definitionChanges: 1 }) },
    condition: equalsOrAbsent('sweepAt', seen),
  };
}

/** The times of a tenant's next sweep. */
export type NextEntry = Pick<
  AgendaEntry,
  'sweepAt' | 'definitionsAt' | 'delaysAt' | 'purgeAt' | 'walkAfter' | 'retriesAfter' | 'delaysAfter'
>;

/**
 * Stores the times of the next sweep after a sweep. Costs no write if they are as before.
 *
 * The entry must show the time that the sweep read, and no change of definitions or delayed runs since. A sweep further ahead than the
 * delay of a change requires that nothing changed since: what changed during the sweep may not have been checked.
 *
 * @param startedAt start of the sweep in epoch milliseconds
 * @returns `false` if the entry has changed; it is then due a minute after the start, or as another process set it
 */
export async function postponeSweep(
  db: Db,
  tenant: TenantId,
  seen: AgendaEntry,
  next: NextEntry,
  startedAt: number,
): Promise<boolean> {
  if (isSame(seen, next)) return true;
  const isFar = next.sweepAt === null || next.sweepAt > startedAt + SWEEP_DELAY_MS;
  const { walkAfter = null, retriesAfter = null, delaysAfter = null } = next;
  // Independent of changes: new runs are behind these positions.
  const positions = { retriesAfter, delaysAfter };
  const [definitionsAt, delaysAt, purgeAt] = [next.definitionsAt, next.delaysAt, next.purgeAt].map(fromTime);
  const times = { definitionsAt, delaysAt, purgeAt, walkAfter, ...positions };
  const isAsRead = all(exists('pk'), /* guard: agenda.postpone.as-read */ equalsOrAbsent('sweepAt', storedTime(seen)));
  const postponed = await updateEntry(
    db,
    tenant,
    { set: { ...indexed(tenant, next.sweepAt), ...times } },
    all(
      isAsRead,
      // guard: agenda.postpone.definitions
      equalsOrAbsent('definitionChanges', seen.definitionChanges || undefined),
      // guard: agenda.postpone.unchanged
      ...(isFar ? [equalsOrAbsent('sweepChanges', seen.changes || undefined)] : []),
    ),
  );
  if (postponed) return true;
  const soon = indexed(tenant, startedAt + SWEEP_DELAY_MS);
  await updateEntry(db, tenant, { set: { ...soon, .../* guard: agenda.postpone.positions */ positions } }, isAsRead);
  return false;
}

const storedTime = ({ sweepAt }: AgendaEntry): string | undefined =>
  sweepAt === null ? undefined : new Date(sweepAt).toISOString();

const isSame = (seen: AgendaEntry, next: NextEntry): boolean =>
  seen.sweepAt === next.sweepAt &&
  seen.definitionsAt === next.definitionsAt &&
  seen.delaysAt === next.delaysAt &&
  seen.purgeAt === next.purgeAt &&
  seen.walkAfter === next.walkAfter &&
  seen.retriesAfter === next.retriesAfter &&
  seen.delaysAfter === next.delaysAfter;

async function updateEntry(db: Db, tenant: TenantId, changes: Changes, condition: Clause): Promise<boolean> {
  return (await update(db, db.tables.counters, keyOf(tenant), changes, condition)).ok;
}

/**
 * Makes a sweep of the tenant due at `at` or earlier. Has no effect on a tenant without a counter: the first counted
 * change makes a sweep due.
 *
 * @param at epoch milliseconds
 */
export async function hastenSweep(db: Db, tenant: TenantId, at: number): Promise<void> {
  const time = new Date(at).toISOString();
  // A sweep that is in progress must not postpone the next beyond `at`.
  const add = { sweepChanges: 1 };
  const isEarlier = atMost('sweepAt', time);
  if (await updateEntry(db, tenant, { add }, all(exists('pk'), /* guard: agenda.hasten.earlier */ isEarlier))) return;
  const isLater = any(absent('sweepAt'), above('sweepAt', time));
  await updateEntry(db, tenant, { set: indexed(tenant, at), add }, all(exists('pk'), isLater));
}

/** A tenant that is due. */
export interface DueTenant {
  readonly tenant: TenantId;
  /** Epoch milliseconds. */
  readonly sweepAt: number;
}

/**
 * Walks the tenants of a partition of the agenda that are due until `until`, longest due first. The index is eventually
 * consistent.
 */
export async function* walkDueTenants(db: Db, shard: string, until: number): AsyncGenerator<readonly DueTenant[]> {
  const key = all(equals('sweepShard', shard), atMost('sweepAt', new Date(until).toISOString()));
  for await (const page of queryPages(db, db.tables.counters, key, { index: COUNTER_INDEXES.agenda })) {
    yield page.flatMap(({ pk, sweepAt }) => {
      const tenant = parseTenantId(pk);
      return tenant ? [{ tenant, sweepAt: Date.parse(sweepAt as string) }] : [];
    });
  }
}

/** The progress of the pass over all tenants. */
export interface SweepPass {
  /** Start of the pass in epoch milliseconds. */
  readonly startedAt: number;
  /** Tenant behind which the pass continues; `null` if it has ended. */
  readonly after: string | null;
}

export async function getSweepPass(db: Db): Promise<SweepPass | undefined> {
  const item = await get(db, db.tables.access, sweepPassKey);
  return item && { startedAt: item.startedAt as number, after: (item.after as string | undefined) ?? null };
}

export async function putSweepPass(db: Db, pass: SweepPass): Promise<void> {
  await put(db, db.tables.access, { ...sweepPassKey, ...pass });
}

/** Lists up to `limit` tenants behind a tenant by id, or from the first. */
export async function listTenantsAfter(db: Db, after: string | null, limit: number): Promise<TenantId[]> {
  const range = between('sk', TENANT_PREFIX + (after ?? ''), TENANT_PREFIX + LAST_CHARACTER);
  const items = await query(db, db.tables.access, all(equals('pk', PLATFORM_PARTITION), range), { limit: limit + 1 });
  const tenants = items.map((item) => parseTenantId(item.tenant)).filter((tenant) => tenant !== undefined);
  return tenants.filter((tenant) => tenant !== after).slice(0, limit);
}
