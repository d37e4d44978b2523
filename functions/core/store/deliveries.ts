import type { Delivery, DeliveryState, Notice } from '../domain/notification/delivery.ts';
import type { NotificationGroup } from '../domain/notification/grouping.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, get, getMany, type Item, query, queryPages, transact, update, type Write } from './db.ts';
import { absent, all, any, atMost, between, type Clause, equals, equalsOrAbsent } from './expression.ts';
import {
  DELIVERY_PREFIX,
  deliveryKey,
  FAILED_DELIVERY_PREFIX,
  failedDeliveryKey,
  type JobRef,
  LAST_CHARACTER,
  type NotifiedEvent,
  notificationGroupKey,
  notifiedKey,
  PENDING_DELIVERY_PREFIX,
  pendingDeliveryKey,
} from './keys.ts';
import { toTtl } from './ttl.ts';

/** Retention of the marks of notified runs: longer than the stream's 24 h. */
const NOTIFIED_RETENTION_MS = 3 * DAY_MS;
/** Retention of a group. After that time without a message a new group starts in any case. */
const GROUP_RETENTION_MS = DAY_MS;

const ttlOf = ({ expiresAt }: Pick<Delivery, 'expiresAt'>) => toTtl(Date.parse(expiresAt));

function toDelivery(item: Item): Delivery {
  const { pk, sk, ttl, ...rest } = item;
  const absentFields = { rule: null, lastError: null, deliveredAt: null, leaseToken: null, leaseUntil: null };
  const id = (sk as string).slice(DELIVERY_PREFIX.length);
  return { ...absentFields, ...rest, tenant: pk, id } as unknown as Delivery;
}

function fromDelivery(delivery: Delivery): Item {
  const { tenant, id, ...rest } = delivery;
  return { ...deliveryKey(tenant, id), ...rest, ttl: ttlOf(delivery) };
}

/** Returns the delivery, read consistently, or `undefined` if it does not exist or has expired. */
export async function getDelivery(db: Db, tenant: TenantId, id: string, now: number): Promise<Delivery | undefined> {
  const item = await get(db, db.tables.access, deliveryKey(tenant, id));
  return item && filterShown([toDelivery(item)], now)[0];
}

const filterShown = (deliveries: readonly Delivery[], now: number) =>
  deliveries.filter(({ expiresAt }) => Date.parse(expiresAt) > now);

/** Returns the notices of an event that belong to no message yet. */
export async function filterUngrouped(db: Db, notices: readonly Notice[], event: NotifiedEvent): Promise<Notice[]> {
  const marks = await getMany(
    db,
    notices.map((notice) => ({ table: db.tables.access, key: markKey(notice, event) })),
  );
  return notices.filter((_, i) => !marks[i]);
}

const markKey = ({ run, ...job }: Notice, event: NotifiedEvent) => notifiedKey({ ...job, ulid: run.ulid }, event);

/** Returns the newest message of a job and event, read consistently. */
export async function getNotificationGroup(
  db: Db,
  job: JobRef,
  event: NotifiedEvent,
): Promise<NotificationGroup | undefined> {
  const item = await get(db, db.tables.access, notificationGroupKey(job, event));
  return (
    item && { delivery: item.delivery as string, destination: item.destination as string, dueAt: item.dueAt as string }
  );
}

function notifiedMarks(db: Db, notices: readonly Notice[], event: NotifiedEvent, now: number): Write[] {
  const ttl = toTtl(now + NOTIFIED_RETENTION_MS);
  const isNew = /* guard: notification.once */ absent('pk');
  return notices.map((notice) => {
    return { table: db.tables.access, put: { ...markKey(notice, event), ttl }, condition: isNew };
  });
}

/**
 * Creates a message for the notices.
 *
 * @param seen the group as it was read
 * @returns `false` if one of the notices belongs to a message already, or the group has changed
 */
export async function createDelivery(
  db: Db,
  delivery: Delivery,
  notices: readonly Notice[],
  seen: NotificationGroup | undefined,
  now: number,
): Promise<boolean> {
  const { tenant, id, destination, dueAt } = delivery;
  const ttl = ttlOf(delivery);
  const group = { delivery: id, destination, dueAt, ttl: toTtl(Date.parse(dueAt) + GROUP_RETENTION_MS) };
  const failed = await transact(db, [
    ...notifiedMarks(db, notices, delivery, now),
    {
      table: db.tables.access,
      put: { ...notificationGroupKey(delivery, delivery), ...group },
      // guard: notification.group.delivery
      condition: seen ? equals('delivery', seen.delivery) : absent('pk'),
    },
    { table: db.tables.access, put: fromDelivery(delivery), condition: absent('pk') },
    { table: db.tables.access, put: { ...pendingDeliveryKey(tenant, delivery.wakeAt, id), ttl } },
  ]);
  return failed < 0;
}

const isPending = equals('state', 'pending');
/** Not attempted yet: its content may change. */
const isOpen = all(isPending, /* guard: notification.open */ equals('attempts', 0));

export type JoinResult = 'joined' | 'sealed' | 'again';

/**
 * Adds notices to a message.
 *
 * @returns `sealed` if the message was attempted or deleted; `again` if one of the notices belongs to a message already
 */
export async function joinDelivery(
  db: Db,
  { tenant, id, ...event }: Pick<Delivery, 'tenant' | 'id' | 'kind' | 'rule'>,
  notices: readonly Notice[],
  now: number,
): Promise<JoinResult> {
  const changes = { set: { run: notices.at(-1)?.run }, add: { runs: notices.length } };
  const failed = await transact(db, [
    ...notifiedMarks(db, notices, event, now),
    { table: db.tables.access, update: deliveryKey(tenant, id), changes, condition: isOpen },
  ]);
  if (failed < 0) return 'joined';
  return failed < notices.length ? 'again' : 'sealed';
}

/**
 * Claims a pending, due delivery for one attempt.
 *
 * @returns `undefined` if another deliverer holds it, or has held it since it was read
 */
export async function claimDelivery(
  db: Db,
  seen: Delivery,
  lease: { readonly token: string; readonly until: string },
  now: string,
): Promise<Delivery | undefined> {
  const unchanged = all(isPending, equals('attempts', seen.attempts), equals('dueAt', seen.dueAt));
  const free = any(absent('leaseUntil'), atMost('leaseUntil', now));
  const set = { leaseToken: lease.token, leaseUntil: lease.until, resends: 0 };
  const changes = { set, add: { attempts: 1 } };
  const claimed = await update(
    db,
    db.tables.access,
    deliveryKey(seen.tenant, seen.id),
    changes,
    all(unchanged, /* guard: notification.lease */ free),
  );
  return claimed.ok ? toDelivery(claimed.item) : undefined;
}

const released = { leaseToken: null, leaseUntil: null };
/** Matches the delivery as read by the holder of its lease, or by a caller that found it without a lease. */
const isUnchanged = ({ state, leaseToken, wakeAt }: Delivery): Clause =>
  all(equals('state', state), equalsOrAbsent('leaseToken', leaseToken), equals('wakeAt', wakeAt));

/**
 * Ends a claimed delivery.
 *
 * @returns `false` if the lease was lost
 */
export async function endDelivery(
  db: Db,
  claimed: Delivery,
  end: Pick<Delivery, 'deliveredAt' | 'lastError'> & { readonly state: 'delivered' | 'failed' },
): Promise<boolean> {
  const { tenant, id, wakeAt } = claimed;
  const listed = { ...failedDeliveryKey(tenant, id), ttl: ttlOf(claimed) };
  const failed = await transact(db, [
    {
      table: db.tables.access,
      update: deliveryKey(tenant, id),
      changes: { set: { ...released, ...end } },
      // guard: notification.end.own
      condition: isUnchanged(claimed),
    },
    { table: db.tables.access, remove: pendingDeliveryKey(tenant, wakeAt, id) },
    ...(end.state === 'failed' ? [{ table: db.tables.access, put: listed } as const] : []),
  ]);
  return failed < 0;
}

/** Changes of a delivery that is postponed. */
export type Postponement = Partial<Pick<Delivery, 'dueAt' | 'tryUntil' | 'lastError'>> &
  Pick<Delivery, 'wakeAt' | 'resends'>;

/**
 * Postpones a claimed, pending or failed delivery until its next attempt or check.
 *
 * @returns `false` if the delivery changed after it was read
 */
export async function postponeDelivery(db: Db, seen: Delivery, postponement: Postponement): Promise<boolean> {
  const { tenant, id, state } = seen;
  const listed = { ...pendingDeliveryKey(tenant, postponement.wakeAt, id), ttl: ttlOf(seen) };
  const left = pendingDeliveryKey(tenant, seen.wakeAt, id);
  const failed = await transact(db, [
    {
      table: db.tables.access,
      update: deliveryKey(tenant, id),
      changes: { set: { ...released, ...postponement, state: 'pending' } },
      // guard: notification.retry.own
      condition: isUnchanged(seen),
    },
    // A transaction may write an item only once.
    ...(left.sk === listed.sk ? [] : [{ table: db.tables.access, remove: left } as const]),
    { table: db.tables.access, put: listed },
    ...(state === 'failed' ? [{ table: db.tables.access, remove: failedDeliveryKey(tenant, id) } as const] : []),
  ]);
  return failed < 0;
}

/** Matches keys from `prefix` up to and including `prefix + last`; to the end for null. */
const upTo = (tenant: TenantId, prefix: string, last: string | null) =>
  all(equals('pk', tenant), between('sk', prefix, prefix + (last ?? LAST_CHARACTER)));

/** Deliveries read at once. */
const PAGE_SIZE = 100;

export interface DeliveriesQuery {
  readonly limit: number;
  readonly state: DeliveryState | null;
  /** Id of a delivery: only older ones are returned; null starts with the newest. */
  readonly before: string | null;
  readonly now: number;
}

/** Lists the tenant's deliveries, newest first. */
export async function listDeliveries(db: Db, tenant: TenantId, wanted: DeliveriesQuery): Promise<Delivery[]> {
  const { limit, state, before, now } = wanted;
  const found: Delivery[] = [];
  const isWanted = (delivery: Delivery) => delivery.id !== before && (state === null || delivery.state === state);
  for await (const page of walkDeliveries(db, tenant, state, before)) {
    found.push(...filterShown(page, now).filter(isWanted));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

/** Walks pages that contain all deliveries of a state and few others. */
async function* walkDeliveries(
  db: Db,
  tenant: TenantId,
  state: DeliveryState | null,
  before: string | null,
): AsyncGenerator<Delivery[]> {
  const options = { newestFirst: true, consistent: true, page: PAGE_SIZE };
  if (state === 'pending') {
    const ids = await listPendingIds(db, tenant, null);
    const older = ids.filter((id) => before === null || id < before).sort();
    while (older.length > 0) yield await getDeliveries(db, tenant, older.splice(-PAGE_SIZE).reverse());
  } else if (state === 'failed') {
    const key = upTo(tenant, FAILED_DELIVERY_PREFIX, before);
    for await (const page of queryPages(db, db.tables.access, key, options)) {
      const ids = page.map(({ sk }) => (sk as string).slice(FAILED_DELIVERY_PREFIX.length));
      yield await getDeliveries(db, tenant, ids);
    }
  } else {
    const key = upTo(tenant, DELIVERY_PREFIX, before);
    for await (const page of queryPages(db, db.tables.access, key, options)) yield page.map(toDelivery);
  }
}

async function getDeliveries(db: Db, tenant: TenantId, ids: readonly string[]): Promise<Delivery[]> {
  const items = await getMany(
    db,
    ids.map((id) => ({ table: db.tables.access, key: deliveryKey(tenant, id) })),
  );
  return items.filter((item) => item !== undefined).map(toDelivery);
}

/** Returns the ids of the tenant's pending deliveries, ordered by their next check. */
async function listPendingIds(db: Db, tenant: TenantId, through: string | null, limit = Number.POSITIVE_INFINITY) {
  const key = upTo(tenant, PENDING_DELIVERY_PREFIX, through === null ? null : through + LAST_CHARACTER);
  const items = await query(db, db.tables.access, key, { limit, consistent: true });
  return items.map(({ sk }) => (sk as string).split('#').at(-1) ?? '');
}

/** Returns the time of the next check of a pending delivery, or `undefined` if none is pending. */
export async function getNextDeliveryCheck(db: Db, tenant: TenantId): Promise<string | undefined> {
  const key = upTo(tenant, PENDING_DELIVERY_PREFIX, null);
  const [item] = await query(db, db.tables.access, key, { limit: 1, consistent: true });
  return (item?.sk as string | undefined)?.slice(PENDING_DELIVERY_PREFIX.length).split('#')[0];
}

/** Returns the tenant's pending deliveries whose check is due, longest due first. */
export async function listDeliveriesToCheck(db: Db, tenant: TenantId, now: string, limit: number): Promise<Delivery[]> {
  return getDeliveries(db, tenant, await listPendingIds(db, tenant, now, limit));
}
