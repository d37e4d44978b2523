import { isOutdatedComputeCount } from '../domain/compute.ts';
import {
  type Counter,
  CURRENT_PREFIX,
  DAY_COUNTS,
  type LastFinish,
  laterFinish,
  REBUILD_MARKERS,
  REBUILT_PREFIX,
  RECENT_PREFIX,
  TOTAL_PREFIX,
  toMinute,
} from '../domain/counters.ts';
import { COUNTED_ATTRIBUTES, STORED_BYTES } from '../domain/run-counts.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { USAGE_RETENTION_DAYS } from '../domain/usage-report.ts';
import {
  type DeltaSum,
  fromSortable,
  toSortable,
  WATERMARK_RETENTION_MS,
  type Watermark,
} from '../domain/watermark.ts';
import { change, type Db, get, getMany, type Item, put, query, transact, update } from './db.ts';
import { absent, all, any, beginsWith, below, between, equals, equalsOrAbsent, exists } from './expression.ts';
import {
  COUNTER_PREFIXES,
  counterKey,
  type Key,
  LAST_CHARACTER,
  limitsKey,
  PLATFORM_PARTITION,
  parseCounterName,
} from './keys.ts';
import { dueSweep } from './sweep-agenda.ts';
import { toTtl } from './ttl.ts';

const WATERMARK_PREFIX = 'w_';
/** Prefix of the attributes that hold the newest finished run of a shard. */
export const LAST_FINISH_PREFIX = 'l_';
/** Time without records of a shard after which its newest finished run is no longer kept separately. */
const LAST_FINISH_RETENTION_MS = 60 * 60_000;

/** The content of a counter item. */
export interface CounterValues {
  /** Current counts by name: a state, `storedBytes`, `jobs`, `failedRegistrations`, `ok`, `error`. */
  readonly current: Readonly<Record<string, number>>;
  /**
   * Totals: ended runs by state; `timed`, the runs with a duration, and `ms`, the sum of the durations; compute time by
   * month (`computeCount`), which is kept for two months.
   */
  readonly total: Readonly<Record<string, number>>;
  readonly last: LastFinish | null;
  /** The newest finished run of each shard, by the shard's tag. */
  readonly lastByShard: Readonly<Record<string, LastFinish>>;
  /** The watermark of each shard, by the shard's tag. */
  readonly watermarks: Readonly<Record<string, Watermark>>;
  /** Last change in epoch milliseconds; 0 for none. */
  readonly changedAt: number;
  /**
   * ISO time that divides the current counts into those of older runs and those of runs created then or later; null
   * without a division.
   */
  readonly cut: string | null;
  /** Current counts of runs created at or after the cut. */
  readonly recent: Readonly<Record<string, number>>;
  /** Last change of a run created before the cut, or of the cut itself, in epoch milliseconds; 0 for none. */
  readonly oldChangedAt: number;
  readonly rebuild: RebuildPart | null;
  /** Stored time of the tenant's next sweep (`sweep-agenda.ts`). */
  readonly sweepAt: string | undefined;
}

/** The part of a counter in a rebuild. */
export interface RebuildPart {
  readonly generation: number;
  /** Runs of the generation by state, and the number of rebuild markers (`fences`). */
  readonly counts: Readonly<Record<string, number>>;
}

const NO_VALUES: CounterValues = {
  current: {},
  total: {},
  last: null,
  lastByShard: {},
  watermarks: {},
  changedAt: 0,
  cut: null,
  recent: {},
  oldChangedAt: 0,
  rebuild: null,
  sweepAt: undefined,
};

/** Attributes are flat, because `ADD` and an initial `SET` cannot address map entries. */
export function toCounterValues(item: Item | undefined): CounterValues {
  if (!item) return NO_VALUES;
  const under = (prefix: string) =>
    Object.entries(item)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value] as const);
  const numbers = (prefix: string) => Object.fromEntries(under(prefix)) as Record<string, number>;
  const lasts = under(LAST_FINISH_PREFIX).map(([tag, text]) => [tag, toFinish(text as string)] as const);
  return {
    current: numbers(CURRENT_PREFIX),
    total: numbers(TOTAL_PREFIX),
    last: lasts.map(([, finish]) => finish).reduce(laterFinish, null),
    lastByShard: Object.fromEntries(lasts),
    watermarks: Object.fromEntries(under(WATERMARK_PREFIX).map(([tag, text]) => [tag, toWatermark(text as string)])),
    changedAt: (item.changedAt as number | undefined) ?? 0,
    cut: (item.cut as string | undefined) ?? null,
    recent: numbers(RECENT_PREFIX),
    oldChangedAt: (item.oldChangedAt as number | undefined) ?? 0,
    rebuild:
      item.rebuild === undefined ? null : { generation: item.rebuild as number, counts: numbers(REBUILT_PREFIX) },
    sweepAt: item.sweepAt as string | undefined,
  };
}

const fromFinish = ({ finishedAt, startedAt, durationMs }: LastFinish) =>
  [finishedAt, startedAt ?? '', durationMs ?? ''].join('|');

function toFinish(text: string): LastFinish {
  const [finishedAt = '', startedAt = '', durationMs = ''] = text.split('|');
  return { finishedAt, startedAt: startedAt || null, durationMs: durationMs === '' ? null : Number(durationMs) };
}

/** The text of a watermark is greater than {@link toSortable} of its sequence number and of all earlier ones. */
const fromWatermark = ({ sequence, at }: Watermark) => `${toSortable(sequence)}@${at}`;

function toWatermark(text: string): Watermark {
  const [sequence = '', at = '0'] = text.split('@');
  return { sequence: fromSortable(sequence), at: Number(at) };
}

export async function getCounter(db: Db, tenant: TenantId, counter: Counter): Promise<CounterValues> {
  return toCounterValues(await get(db, db.tables.counters, counterKey(tenant, counter), false));
}

/** Returns the counter of data that belongs to no tenant. */
export const getPlatformCounter = (db: Db): Promise<CounterValues> =>
  getCounter(db, PLATFORM_PARTITION as TenantId, { kind: 'platform' });

/** Returns the counters of the keys, in order. Reads consistently unless told otherwise. */
export async function getCounters(
  db: Db,
  keys: readonly Key[],
  { consistent }: { readonly consistent: boolean } = { consistent: true },
): Promise<CounterValues[]> {
  const items = await getMany(
    db,
    keys.map((key) => ({ table: db.tables.counters, key })),
    { consistent },
  );
  return items.map(toCounterValues);
}

/** The part of a counter that its updates depend on. */
export type CounterHead = Pick<
  CounterValues,
  'total' | 'last' | 'lastByShard' | 'watermarks' | 'cut' | 'rebuild' | 'sweepAt'
>;

/** The head of a counter that does not exist. */
export const NO_HEAD: CounterHead = NO_VALUES;

export interface CounterUpdate {
  /** `false` if the counter is not as assumed; nothing was added. */
  readonly ok: boolean;
  /** The head after the update, or the current one if it failed. */
  readonly head: CounterHead;
}

/**
 * Adds a sum to a counter and advances the shard's watermark, if the counter contains no record of the sum: a repeated
 * batch finds the watermark advanced. `seen` may be outdated, because the update fails if a part of it that matters has
 * changed. The same write makes a sweep of the tenant due.
 *
 * @param tag the shard's tag
 */
export async function addToCounter(
  db: Db,
  key: Key,
  seen: CounterHead,
  tag: string,
  sum: DeltaSum,
  now: number,
): Promise<CounterUpdate> {
  const isSilent = (other: string, ms: number) => other !== tag && now - (seen.watermarks[other]?.at ?? 0) > ms;
  const ended = Object.entries(seen.watermarks).filter(([other]) => isSilent(other, WATERMARK_RETENTION_MS));
  // The newest run of all shards is stored under this shard, so those of other shards are kept only while they may
  // change.
  const former = sum.last
    ? Object.entries(seen.lastByShard).filter(([other]) => isSilent(other, LAST_FINISH_RETENTION_MS))
    : [];
  const last = laterFinish(seen.last, sum.last);
  const [mark, lastMark] = [WATERMARK_PREFIX + tag, LAST_FINISH_PREFIX + tag];
  const watermark = { sequence: sum.sequence, at: now };
  // An update cannot remove and add the same attribute.
  // guard: counter.compute.outdated
  const isOutdated = (name: string) => isOutdatedComputeCount(name.slice(TOTAL_PREFIX.length), now);
  const amounts = Object.fromEntries(Object.entries(sum.add).filter(([name]) => !isOutdated(name)));
  const outdated = Object.keys(seen.total)
    .map((name) => TOTAL_PREFIX + name)
    .filter(isOutdated);
  // guard: agenda.due
  const due = sum.sweep && dueSweep(key.pk as TenantId, sum.sweep, seen.sweepAt, now);
  const set = {
    ...Object.fromEntries(ended.map(([other]) => [WATERMARK_PREFIX + other, null])),
    ...Object.fromEntries(former.map(([other]) => [LAST_FINISH_PREFIX + other, null])),
    ...Object.fromEntries(outdated.map((name) => [name, null])),
    ...(sum.last && last && { [lastMark]: fromFinish(last) }),
    [mark]: fromWatermark(watermark),
    changedAt: now,
    ...(seen.cut !== null && sum.changesOldPart && { oldChangedAt: now }),
    ...expiry(key, now),
    ...due?.set,
  };
  const condition = all(
    // guard: counter.watermark
    any(absent(mark), below(mark, toSortable(sum.first))),
    // guard: counter.generation
    equalsOrAbsent('rebuild', seen.rebuild?.generation),
    // guard: counter.cut
    equalsOrAbsent('cut', seen.cut),
    // guard: counter.last-run
    ...former.map(([other, finish]) => equals(LAST_FINISH_PREFIX + other, fromFinish(finish))),
    // guard: counter.last-run-of-shard
    ...(sum.last && last ? [any(absent(lastMark), below(lastMark, last.finishedAt + LAST_CHARACTER))] : []),
    // guard: counter.ended-shard
    ...ended.map(([other, was]) => equals(WATERMARK_PREFIX + other, fromWatermark(was))),
    // guard: agenda.due.as-read
    ...(due ? [due.condition] : []),
  );
  const changed = await change(db, db.tables.counters, key, { set, add: { ...amounts, ...due?.add } }, condition);
  if (!changed.ok) return { ok: false, head: toCounterValues(changed.item) };
  const head = {
    total: seen.total,
    last,
    lastByShard: {
      ...without(seen.lastByShard, former),
      ...(sum.last && last && { [tag]: last }),
    },
    watermarks: { ...without(seen.watermarks, ended), [tag]: watermark },
    cut: seen.cut,
    rebuild: seen.rebuild,
    sweepAt: due?.sweepAt ?? seen.sweepAt,
  };
  return { ok: true, head };
}

function without<Value>(
  values: Readonly<Record<string, Value>>,
  removed: readonly (readonly [string, Value])[],
): Readonly<Record<string, Value>> {
  if (removed.length === 0) return values;
  const names = new Set(removed.map(([name]) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name)));
}

/** Retention of the counters of a minute. */
const MINUTE_RETENTION_MS = DAY_MS;

function expiry({ sk }: Key, now: number): Item {
  if (sk.startsWith(counterKey('' as TenantId, { kind: 'minute', minute: '' }).sk)) {
    return { ttl: toTtl(now + MINUTE_RETENTION_MS) };
  }
  const [prefix, day] = [counterKey('' as TenantId, { kind: 'day', day: '' }).sk, sk.slice(-10)];
  return sk.startsWith(prefix) ? { ttl: toTtl(Date.parse(day) + USAGE_RETENTION_DAYS * DAY_MS) } : {};
}

/** The usage of a tenant on a day. */
export interface DayUsage {
  /** For example `2026-03-02`, in UTC. */
  readonly day: string;
  /** Completed and failed runs that ended on the day. */
  readonly runs: number;
  readonly computeMs: number;
  /** Records or items that these runs processed. */
  readonly records: number;
  /** Difference of the stored bytes between the end and the start of the day. */
  readonly storedBytesChange: number;
}

/** Returns the usage of the days in a range, in order; days without usage are omitted. */
export async function listDays(db: Db, tenant: TenantId, from: string, through: string): Promise<readonly DayUsage[]> {
  const skOf = (day: string) => counterKey(tenant, { kind: 'day', day }).sk;
  const key = all(equals('pk', tenant), between('sk', skOf(from), skOf(through)));
  const items = await query(db, db.tables.counters, key);
  return items.map((item) => {
    const { current, total } = toCounterValues(item);
    return {
      day: (item.sk as string).slice(-10),
      runs: total[DAY_COUNTS.runs] ?? 0,
      computeMs: total[DAY_COUNTS.busyMs] ?? 0,
      records: total[DAY_COUNTS.records] ?? 0,
      storedBytesChange: current[STORED_BYTES] ?? 0,
    };
  });
}

export interface MinuteCounts {
  /** For example `2026-03-02T01:03`. */
  readonly minute: string;
  readonly ok: number;
  readonly error: number;
}

/**
 * Returns the runs that finished in each of the last `minutes` minutes including the current one; empty minutes are
 * omitted.
 */
export async function listMinutes(db: Db, tenant: TenantId, now: number, minutes: number): Promise<MinuteCounts[]> {
  const skOf = (time: number) => counterKey(tenant, { kind: 'minute', minute: toMinute(time) }).sk;
  const key = all(equalsOrAbsent('pk', tenant), between('sk', skOf(now - (minutes - 1) * 60_000), skOf(now)));
  const items = await query(db, db.tables.counters, key);
  return items.map((item) => {
    const { current } = toCounterValues(item);
    return { minute: (item.sk as string).slice(-16), ok: current.ok ?? 0, error: current.error ?? 0 };
  });
}

/** A counter with its subject, for recounts and rebuilds. */
export interface NamedCounter {
  readonly counter: Extract<Counter, { kind: 'tenant' | 'job' | 'integration' }>;
  readonly values: CounterValues;
}

/**
 * Lists the tenant's counters with current counts: of the tenant, its jobs and its integrations. Reads consistently.
 */
export async function listCounters(db: Db, tenant: TenantId): Promise<NamedCounter[]> {
  const under = (prefix: string) =>
    query(db, db.tables.counters, all(equalsOrAbsent('pk', tenant), beginsWith('sk', prefix)), { consistent: true });
  const tenantCounter = { kind: 'tenant' } as const;
  const [own, jobs, integrations] = await Promise.all([
    get(db, db.tables.counters, counterKey(tenant, tenantCounter)),
    under(COUNTER_PREFIXES.job),
    under(COUNTER_PREFIXES.integration),
  ]);
  const named = [...jobs, ...integrations].flatMap((item) => {
    const counter = parseCounterName(item.sk as string);
    return counter ? [{ counter, values: toCounterValues(item) }] : [];
  });
  return [...(own ? [{ counter: tenantCounter, values: toCounterValues(own) }] : []), ...named];
}

/**
 * Divides a counter's current counts anew: runs created at `cut` or later count as recent.
 *
 * @param seen the counter's cut as read
 * @param cut ISO time at which no run can have been created yet, so that the recent part is empty
 * @returns `false` if the counter was divided meanwhile or does not exist
 */
export async function setCut(
  db: Db,
  tenant: TenantId,
  counter: Counter,
  seen: string | null,
  cut: string,
  now: number,
): Promise<boolean> {
  const empty = Object.fromEntries(COUNTED_ATTRIBUTES.map((name) => [RECENT_PREFIX + name, null]));
  const { ok } = await change(
    db,
    db.tables.counters,
    counterKey(tenant, counter),
    { set: { ...empty, cut, oldChangedAt: now } },
    all(exists('pk'), equalsOrAbsent('cut', seen)),
  );
  return ok;
}

const noRebuildPart = {
  rebuild: null,
  ...Object.fromEntries([...COUNTED_ATTRIBUTES, REBUILD_MARKERS].map((name) => [REBUILT_PREFIX + name, null])),
};

/**
 * Adds a counter to a rebuild, unless it takes part already or new runs may have the generation by now: a counter added
 * later would miss some of them.
 */
export async function joinRebuild(db: Db, tenant: TenantId, counter: Counter, generation: number): Promise<void> {
  const earlier = (attribute: string) => any(absent(attribute), below(attribute, generation));
  const changes = { set: { ...noRebuildPart, rebuild: generation } };
  await transact(db, [
    // guard: rebuild.join
    { table: db.tables.access, check: limitsKey(tenant), condition: earlier('generation') },
    { table: db.tables.counters, update: counterKey(tenant, counter), changes, condition: earlier('rebuild') },
  ]);
}

/** Adds the differences found by a rebuild to a counter's current counts and ends its part in the rebuild, once. */
export async function correctCounter(
  db: Db,
  tenant: TenantId,
  counter: Counter,
  { generation, missing }: { readonly generation: number; readonly missing: Readonly<Record<string, number>> },
  now: number,
): Promise<boolean> {
  const add = Object.fromEntries(Object.entries(missing).map(([state, n]) => [CURRENT_PREFIX + state, n]));
  const changes = { set: { ...noRebuildPart, changedAt: now }, add };
  const { ok } = await update(
    db,
    db.tables.counters,
    counterKey(tenant, counter),
    changes,
    // guard: rebuild.correct.generation
    equals('rebuild', generation),
  );
  return ok;
}

/** Attributes of a counter by their stored names. */
export type CounterRow = Record<string, number | string>;

/** Creates a counter with imported values, unless it exists. */
export async function seedCounter(db: Db, tenant: TenantId, sk: string, row: CounterRow): Promise<void> {
  await put(db, db.tables.counters, { pk: tenant, sk, ...row }, absent('pk'));
}
