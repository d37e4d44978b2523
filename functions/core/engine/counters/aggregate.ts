import type { Counter } from '../../domain/counters.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { type SequencedDelta, shardTag, sumDeltasAfter } from '../../domain/watermark.ts';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import type { Platform } from '../../platform/platform.ts';
import { TtlCache } from '../../platform/ttl-cache.ts';
import { addToCounter, type CounterHead, getCounters, NO_HEAD } from '../../store/counters.ts';
import { counterKey, type Key } from '../../store/keys.ts';

/** Attempts at one counter that another invocation changes at the same time. */
const MAX_ATTEMPTS = 5;

/** Counters written at the same time. */
const CONCURRENCY = 16;

/** Lifetime of a cached head in milliseconds. */
const HEAD_TTL_MS = 15 * 60_000;
/** Maximum number of cached heads. One takes about 1.5 KB. */
const HEAD_CACHE_SIZE = 20_000;

/** The change that a stream record makes to one counter. */
export interface CounterChange extends SequencedDelta {
  readonly tenant: TenantId;
}

/** The changes of one counter. */
interface CounterWork {
  readonly name: string;
  readonly key: Key;
  readonly kind: Counter['kind'];
  readonly changes: CounterChange[];
}

/** Heads of counters as last read or written by this execution environment. Others may have changed them since. */
export type HeadCache = TtlCache<CounterHead>;

/** Creates a cache for {@link aggregate}, once per execution environment. */
export const createHeadCache = (now: () => number): HeadCache =>
  new TtlCache({ ttlMs: HEAD_TTL_MS, size: HEAD_CACHE_SIZE, now });

/**
 * Adds a batch of one shard's changes to the counters: one update per counter, on condition that the counter contains
 * none of the batch's records. A counter that contains some fails the condition and returns its watermark; the rest of
 * the batch is then added.
 *
 * Counters are independent of each other. A crash between two updates leaves each counter either before or after the
 * batch, and the repeated batch skips the counters whose watermark covers it.
 *
 * A counter is read only if its head is unknown; an outdated head makes the condition fail, which returns the current
 * one. Tenants' counters are read for every batch.
 */
export async function aggregate(
  platform: Pick<Platform, 'db' | 'now'>,
  shardId: string,
  changes: readonly CounterChange[],
  cache: HeadCache = createHeadCache(platform.now),
): Promise<void> {
  const work = byCounter(changes);
  const heads = await readHeads(platform, work, cache);
  const tag = shardTag(shardId);
  await forEachConcurrent(CONCURRENCY, work, async (item) => {
    const at = platform.now();
    const head = await add(platform, tag, item, heads.get(item.name) ?? NO_HEAD);
    if (isCached(item.kind)) cache.set(item.name, head, at);
  });
}

function byCounter(changes: readonly CounterChange[]): readonly CounterWork[] {
  const work = new Map<string, CounterWork>();
  for (const change of changes) {
    const { counter } = change.delta;
    const key = counterKey(change.tenant, counter);
    const name = `${key.pk}\n${key.sk}`;
    const item = work.get(name) ?? { name, key, kind: counter.kind, changes: [] };
    item.changes.push(change);
    work.set(name, item);
  }
  return [...work.values()];
}

const isCached = (kind: Counter['kind']): boolean => kind === 'job' || kind === 'integration';

/** Counters of minutes and days take part in no rebuild, and no change reaches them once their watermarks are outdated. */
const isRead = (kind: Counter['kind']): boolean => kind !== 'minute' && kind !== 'day';

async function readHeads(
  { db }: Pick<Platform, 'db'>,
  work: readonly CounterWork[],
  cache: HeadCache,
): Promise<ReadonlyMap<string, CounterHead>> {
  const heads = new Map<string, CounterHead>();
  const unknown: CounterWork[] = [];
  for (const item of work.filter(({ kind }) => isRead(kind))) {
    const head = isCached(item.kind) ? cache.get(item.name) : undefined;
    if (head) heads.set(item.name, head);
    else unknown.push(item);
  }
  // An eventually consistent read costs half. It may return an outdated head, as the cache may.
  const stored = await getCounters(
    db,
    unknown.map(({ key }) => key),
    { consistent: false },
  );
  for (const [i, { name }] of unknown.entries()) heads.set(name, stored[i] ?? NO_HEAD);
  return heads;
}

/** @returns the counter's head after the update */
async function add(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  tag: string,
  { key, changes }: CounterWork,
  known: CounterHead,
): Promise<CounterHead> {
  let seen = known;
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const generation = seen.rebuild?.generation;
    const counted = changes.filter(({ delta }) => delta.generation === undefined || delta.generation === generation);
    const sum = sumDeltasAfter(counted, seen.watermarks[tag]?.sequence ?? '', seen.cut);
    if (!sum) {
      // Without an update no condition shows that the counter has joined a rebuild since.
      if (/* guard: counter.head.joined */ attempts === 0 && counted.length < changes.length) {
        seen = (await getCounters(db, [key]))[0] ?? NO_HEAD;
        continue;
      }
      return seen;
    }
    const { ok, head } = await addToCounter(db, key, seen, tag, sum, now());
    if (ok) return head;
    seen = head;
  }
  throw new Error(`counter ${key.sk}: changed by others ${MAX_ATTEMPTS} times`);
}
