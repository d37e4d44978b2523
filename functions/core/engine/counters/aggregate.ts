import type { TenantId } from '../../domain/tenant.ts';
import { type SequencedDelta, shardTag, sumDeltasAfter } from '../../domain/watermark.ts';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import type { Platform } from '../../platform/platform.ts';
import { addToCounter, type CounterValues, counterOnConflict, getCounters } from '../../store/counters.ts';
import { counterKey, type Key } from '../../store/keys.ts';

/** Attempts at one counter that another invocation changes at the same time. */
const MAX_ATTEMPTS = 5;

/** Counters written at the same time. */
const CONCURRENCY = 8;

/** The change that a stream record makes to one counter. */
export interface CounterChange extends SequencedDelta {
  readonly tenant: TenantId;
}

interface CounterWork {
  readonly key: Key;
  readonly changes: CounterChange[];
}

/**
 * Adds a batch of one shard's changes to the counters: one update per counter, on condition that the shard's watermark
 * on the counter is the one that was read.
 *
 * Counters are independent of each other. A crash between two updates leaves each counter either before or after the
 * batch, and the repeated batch skips the counters whose watermark covers it.
 */
export async function aggregate(
  platform: Pick<Platform, 'db' | 'now'>,
  shardId: string,
  changes: readonly CounterChange[],
): Promise<void> {
  const work = [...byCounter(changes).values()];
  const stored = await getCounters(
    platform.db,
    work.map(({ key }) => key),
  );
  const pending = work.map((item, i) => ({ item, seen: stored[i] as CounterValues }));
  await forEachConcurrent(CONCURRENCY, pending, ({ item, seen }) => add(platform, shardId, item, seen));
}

function byCounter(changes: readonly CounterChange[]): Map<string, CounterWork> {
  const work = new Map<string, CounterWork>();
  for (const change of changes) {
    const key = counterKey(change.tenant, change.delta.counter);
    const name = `${key.pk}\n${key.sk}`;
    const item = work.get(name) ?? { key, changes: [] };
    item.changes.push(change);
    work.set(name, item);
  }
  return work;
}

async function add(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  shardId: string,
  { key, changes }: CounterWork,
  stored: CounterValues,
): Promise<void> {
  let seen = stored;
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const generation = seen.rebuild?.generation;
    const counted = changes.filter(({ delta }) => delta.generation === undefined || delta.generation === generation);
    const sum = sumDeltasAfter(counted, seen.watermarks[shardTag(shardId)]?.sequence ?? '');
    if (!sum) return;
    const updated = await addToCounter(db, key, seen, shardId, sum, now());
    if (updated.ok) return;
    seen = counterOnConflict(updated);
  }
  throw new Error(`counter ${key.sk}: changed by others ${MAX_ATTEMPTS} times`);
}
