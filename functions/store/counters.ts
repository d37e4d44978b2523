import {
  type Counter,
  CURRENT,
  DURATION_BUCKET,
  LATENCY_BUCKET,
  type LastFinish,
  laterFinish,
  minuteOf,
  TOTAL,
} from '../domain/counters.ts';
import type { Sketch } from '../domain/sketch.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Sum, shardTag, WATERMARK_MS, type Watermark } from '../domain/watermark.ts';
import { type Db, get, getMany, type Item, query, type Updated, update } from './db.ts';
import { all, between, is } from './expression.ts';
import { counterKey, type Key } from './keys.ts';

const WATERMARK = 'w_';
const LAST = 'l_';

/** What a counter item says. */
export interface CounterValues {
  /** What is there now, by name: a state, `jobs`, `failedRegistrations`, `ok`, `error`. */
  readonly current: Readonly<Record<string, number>>;
  /** What ever was: ended runs by state; `timed`, the runs that have a duration, and `ms`, the sum of those. */
  readonly total: Readonly<Record<string, number>>;
  readonly last: LastFinish | null;
  /** How far each shard was taken, by the shard's tag. */
  readonly watermarks: Readonly<Record<string, Watermark>>;
  /** When it was changed last, in epoch milliseconds; 0: never. */
  readonly changedAt: number;
}

const NOTHING: CounterValues = { current: {}, total: {}, last: null, watermarks: {}, changedAt: 0 };

/** Attributes are flat, for `ADD` and a first `SET` do not reach into maps. */
function toValues(item: Item | undefined): CounterValues {
  if (!item) return NOTHING;
  const under = (prefix: string) =>
    Object.entries(item)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value] as const);
  const numbers = (prefix: string) => Object.fromEntries(under(prefix)) as Record<string, number>;
  return {
    current: numbers(CURRENT),
    total: numbers(TOTAL),
    last: under(LAST)
      .map(([, text]) => toFinish(text as string))
      .reduce(laterFinish, null),
    watermarks: Object.fromEntries(under(WATERMARK).map(([tag, text]) => [tag, toWatermark(text as string)])),
    changedAt: (item.changedAt as number | undefined) ?? 0,
  };
}

const fromFinish = ({ finishedAt, startedAt, durationMs }: LastFinish) =>
  [finishedAt, startedAt ?? '', durationMs ?? ''].join('|');

function toFinish(text: string): LastFinish {
  const [finishedAt = '', startedAt = '', durationMs = ''] = text.split('|');
  return { finishedAt, startedAt: startedAt || null, durationMs: durationMs === '' ? null : Number(durationMs) };
}

const fromWatermark = ({ sequence, at }: Watermark) => `${sequence}@${at}`;

function toWatermark(text: string): Watermark {
  const [sequence = '', at = '0'] = text.split('@');
  return { sequence, at: Number(at) };
}

export async function getCounter(db: Db, tenant: TenantId, counter: Counter, generation = 0): Promise<CounterValues> {
  return toValues(await get(db, db.tables.counters, counterKey(tenant, counter, generation), false));
}

/** A counter item as the aggregator needs it. */
export interface StoredCounter {
  /** Whether the item is there at all. */
  readonly exists: boolean;
  readonly values: CounterValues;
}

/** The counters of these keys, read consistently, in their order. */
export async function getCounters(db: Db, keys: readonly Key[]): Promise<StoredCounter[]> {
  const items = await getMany(
    db,
    keys.map((key) => ({ table: db.tables.counters, key })),
  );
  return items.map((item) => ({ exists: item !== undefined, values: toValues(item) }));
}

/**
 * Adds a sum to a counter and moves the shard's watermark on, if the watermark is still the one that was read: a batch
 * that comes again finds it moved. On refusal, the counter as it was found.
 */
export async function addToCounter(
  db: Db,
  key: Key,
  seen: CounterValues,
  shardId: string,
  sum: Sum,
  now: number,
): Promise<Updated> {
  const tag = shardTag(shardId);
  const watermark = seen.watermarks[tag];
  const stale = Object.entries(seen.watermarks).filter(([name, { at }]) => name !== tag && now - at > WATERMARK_MS);
  const lastHere = sum.last && { [LAST + tag]: fromFinish(laterFinish(seen.last, sum.last) as LastFinish) };
  const set = {
    ...Object.fromEntries(stale.flatMap(([name]) => [[WATERMARK + name, null]])),
    ...lastHere,
    [WATERMARK + tag]: fromWatermark({ sequence: sum.sequence, at: now }),
    changedAt: now,
    ...expiry(key, now),
  };
  const unmoved = is(WATERMARK + tag, watermark && fromWatermark(watermark));
  return update(db, db.tables.counters, key, { set, add: sum.add }, unmoved);
}

/** How long the counters of a minute are kept. */
const MINUTE_KEPT_MS = DAY_MS;

function expiry(key: Key, now: number): Item {
  return key.sk.startsWith(counterKey('' as TenantId, { kind: 'minute', minute: '' }).sk)
    ? { ttl: Math.ceil((now + MINUTE_KEPT_MS) / 1_000) }
    : {};
}

/** As the aggregator sees a counter after a refused update. */
export function found(updated: Extract<Updated, { ok: false }>): CounterValues {
  return toValues(updated.item);
}

export interface MinuteCounts {
  /** `2026-03-02T01:03` */
  readonly minute: string;
  readonly ok: number;
  readonly error: number;
}

/** Runs that finished in each of the last `minutes` minutes, the current one being the last; empty ones left out. */
export async function listMinutes(db: Db, tenant: TenantId, now: number, minutes: number): Promise<MinuteCounts[]> {
  const skOf = (time: number) => counterKey(tenant, { kind: 'minute', minute: minuteOf(time) }).sk;
  const key = all(is('pk', tenant), between('sk', skOf(now - (minutes - 1) * 60_000), skOf(now)));
  const items = await query(db, db.tables.counters, key);
  return items.map((item) => {
    const { current } = toValues(item);
    return { minute: (item.sk as string).slice(-16), ok: current.ok ?? 0, error: current.error ?? 0 };
  });
}

/** The sketches of a job's runs. */
export async function getSketches(
  db: Db,
  tenant: TenantId,
  job: { readonly jobId: string; readonly incarnation: string },
): Promise<{ readonly durations: Sketch; readonly latencies: Sketch }> {
  const item = await get(db, db.tables.counters, counterKey(tenant, { kind: 'sketch', ...job }), false);
  const sketch = (prefix: string) =>
    Object.fromEntries(
      Object.entries(item ?? {})
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, count]) => [name.slice(prefix.length), count as number]),
    );
  return { durations: sketch(DURATION_BUCKET), latencies: sketch(LATENCY_BUCKET) };
}
