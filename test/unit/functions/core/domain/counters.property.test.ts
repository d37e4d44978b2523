import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURRENT_PREFIX, type Delta, runDeltas, TOTAL_PREFIX } from '../../../../../functions/core/domain/counters.ts';
import type { Run } from '../../../../../functions/core/domain/run.ts';
import type { CountedState } from '../../../../../functions/core/domain/run-counts.ts';
import { bucketOf, mergeSketches, quantile } from '../../../../../functions/core/domain/sketch.ts';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';
import {
  fromSortable,
  isSequenceAfter,
  type SequencedDelta,
  shardTag,
  sumDeltasAfter,
  toSortable,
} from '../../../../../functions/core/domain/watermark.ts';
import { iterations } from '../../../../helpers/iterations.ts';

const NEXT: Readonly<Record<CountedState, readonly (CountedState | 'deleted')[]>> = {
  queued: ['running', 'canceled'],
  running: ['completed', 'failed', 'stopping', 'queued'],
  stopping: ['canceled', 'completed'],
  completed: ['deleted'],
  failed: ['deleted', 'acknowledged'],
  acknowledged: ['failed', 'acknowledged', 'deleted'],
  canceled: ['deleted'],
};

const aRun = (id: number, counted: CountedState): Run => {
  const state = counted === 'acknowledged' ? 'failed' : counted;
  return {
    tenant: 'acme' as TenantId,
    jobId: `job-${id % 3}`,
    incarnation: 'abc12345',
    ulid: `${id}`,
    state,
    integrationId: id % 2 === 0 ? 'shop' : null,
    createdAt: '2031-05-06T10:00:00.000Z',
    startedAt: state === 'queued' ? null : '2031-05-06T10:00:01.000Z',
    finishedAt: ['completed', 'failed', 'canceled'].includes(state) ? '2031-05-06T10:00:03.000Z' : null,
    acknowledged: counted === state ? null : { at: '2031-05-06T11:00:00.000Z', by: 'ana', note: null },
    // The stored bytes are known at the end of a run.
    storedBytes: ['completed', 'failed', 'canceled'].includes(state) ? id * 100 : 0,
    lateStartAt: id % 3 === 0 && state !== 'queued' ? '2031-05-06T10:00:01.000Z' : null,
    lateFinishAt: null,
    external: null,
    executionMs: ['completed', 'failed'].includes(state) ? 1_000 + id : null,
    priorComputeMs: state === 'queued' ? 0 : id * 10,
    flow: null,
    attempt: 1,
    generation: 0,
  } as Run;
};

interface StreamRecord {
  readonly shard: string;
  readonly sequence: string;
  readonly deltas: readonly Delta[];
}

/** Sequence numbers that grow by a digit, as real ones do. */
const sequenceOf = (n: number) => String(n + 95);

/** A random history of runs in the shards of a stream: a split moves later records of some runs to a child shard. */
function history(random: () => number, runs: number) {
  const states: (CountedState | 'deleted' | undefined)[] = Array.from({ length: runs });
  const shards = Array.from({ length: runs }, (_, i) => `shard-${i % 2}`);
  const parents = new Map<string, string>();
  const records: StreamRecord[] = [];
  for (let step = 0; step < runs * 5; step++) {
    const id = Math.floor(random() * runs);
    const state = states[id];
    if (state === 'deleted') continue;
    const options = state ? NEXT[state] : (['queued'] as const);
    const next = options[Math.floor(random() * options.length)] as CountedState | 'deleted';
    const before = state && aRun(id, state);
    const after = next === 'deleted' ? undefined : aRun(id, next);
    const shard = shards[id] as string;
    records.push({ shard, sequence: sequenceOf(records.length), deltas: runDeltas(before, after) });
    states[id] = next;
    if (random() < 0.03 && !parents.has(`${shard}.child`)) {
      parents.set(`${shard}.child`, shard);
      for (let i = 0; i < runs; i++) if (shards[i] === shard) shards[i] = `${shard}.child`;
    }
  }
  return { states, records, parents };
}

const nameOf = ({ counter }: Delta) => JSON.stringify(counter);

class Crash extends Error {}

/** The counters table with the aggregator's update and its faults. */
class Counters {
  readonly items = new Map<string, { values: Record<string, number>; watermarks: Record<string, string> }>();
  readonly #random: () => number;
  readonly #conditional: boolean;

  constructor(random: () => number, conditional: boolean) {
    this.#random = random;
    this.#conditional = conditional;
  }

  item(name: string) {
    const item = this.items.get(name) ?? { values: {}, watermarks: {} };
    this.items.set(name, item);
    return item;
  }

  /** One batch of one shard, processed as in `functions/core/engine/counters/aggregate.ts`. */
  take(batch: readonly StreamRecord[], faulty: boolean, meanwhile: () => void): void {
    const shard = batch[0]?.shard ?? '';
    const byName = new Map<string, SequencedDelta[]>();
    for (const { sequence, deltas } of batch) {
      for (const delta of deltas) {
        byName.set(nameOf(delta), [...(byName.get(nameOf(delta)) ?? []), { sequence, delta }]);
      }
    }
    // A counter whose head is unknown is read. A cached head may be outdated.
    const known = this.#random() < 0.5;
    const seen = new Map(
      [...byName.keys()].map((name) => [name, known ? this.item(name).watermarks[shard] : undefined]),
    );
    meanwhile();
    for (const [name, deltas] of byName) {
      this.#crash(faulty, 0.06);
      this.#add(name, shard, deltas, seen.get(name) ?? '');
      // The response is lost, and the client sends the same update again.
      if (faulty && this.#random() < 0.15) this.#write(name, shard, deltas, seen.get(name) ?? '');
      this.#crash(faulty, 0.06);
    }
  }

  #add(name: string, shard: string, deltas: readonly SequencedDelta[], seen: string): void {
    for (let watermark = seen; !this.#write(name, shard, deltas, watermark); ) {
      watermark = this.item(name).watermarks[shard] ?? '';
    }
  }

  #write(name: string, shard: string, deltas: readonly SequencedDelta[], watermark: string): boolean {
    const sum = sumDeltasAfter(deltas, watermark);
    if (!sum) return true;
    const item = this.item(name);
    if (this.#conditional && !isSequenceAfter(sum.first, item.watermarks[shard] ?? '')) return false;
    for (const [attribute, n] of Object.entries(sum.add)) item.values[attribute] = (item.values[attribute] ?? 0) + n;
    item.watermarks[shard] = sum.sequence;
    return true;
  }

  #crash(faulty: boolean, probability: number): void {
    if (faulty && this.#random() < probability) throw new Crash();
  }
}

/** Delivers a history with every fault that a stream may have, then the whole history again. */
function deliver(random: () => number, { records, parents }: ReturnType<typeof history>, conditional: boolean) {
  const counters = new Counters(random, conditional);
  const shards = [...new Set(records.map(({ shard }) => shard))].map((name) => ({
    name,
    records: records.filter(({ shard }) => shard === name),
    at: 0,
  }));
  const isDone = (name: string | undefined) => shards.every((s) => s.name !== name || s.at >= s.records.length);
  const attempt = (batch: readonly StreamRecord[], faulty: boolean, meanwhile = () => {}) => {
    try {
      counters.take(batch, faulty, meanwhile);
      return true;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      return false;
    }
  };
  for (let open = shards; open.length > 0; open = shards.filter(({ name }) => !isDone(name))) {
    // A child shard is read after the end of its parent.
    const ready = open.filter(({ name }) => isDone(parents.get(name)));
    const shard = ready[Math.floor(random() * ready.length)] as (typeof shards)[number];
    const size = 1 + Math.floor(random() * 6);
    const batch = shard.records.slice(shard.at, shard.at + size);
    // A zombie of an earlier invocation, or a repeated older window, runs between read and write.
    const back = Math.floor(random() * (shard.at + 1));
    const zombie = () => void (random() < 0.1 && attempt(shard.records.slice(back, back + size), true));
    if (attempt(batch, true, zombie)) {
      // The checkpoint may be lost: the next batch repeats part of this one.
      shard.at += random() < 0.1 ? Math.floor(random() * batch.length) : batch.length;
    }
  }
  for (const { records: all } of shards) {
    for (let at = 0; at < all.length; at += 4) attempt(all.slice(at, at + 4), false);
  }
  return counters;
}

/** xorshift32 */
function randomOf(seed: number): () => number {
  let s = seed >>> 0 || 1;
  return () => {
    s ^= s << 13;
    s >>>= 0;
    s ^= s >>> 17;
    s ^= s << 5;
    s >>>= 0;
    return s / 2 ** 32;
  };
}

function wrongTotals(seed: number, conditional: boolean): string[] {
  const random = randomOf(seed * 2_654_435_761 + 1);
  const truth = history(random, 6);
  const counters = deliver(random, truth, conditional);
  const expected = new Map<string, number>();
  const count = (name: string, n = 1) => expected.set(name, (expected.get(name) ?? 0) + n);
  for (const [id, state] of truth.states.entries()) {
    if (state && state !== 'deleted') {
      count(`{"kind":"tenant"} ${CURRENT_PREFIX}${state}`);
      count(`{"kind":"tenant"} ${CURRENT_PREFIX}storedBytes`, aRun(id, state).storedBytes);
    }
    if (state && state !== 'deleted' && id % 2 === 0)
      count(`{"kind":"integration","integrationId":"shop"} ${CURRENT_PREFIX}${state}`);
  }
  // Expected totals, computed from the history itself: each run ends once.
  for (const { deltas } of truth.records) {
    for (const { counter, add } of deltas) {
      if (counter.kind === 'job') continue;
      for (const [name, n] of Object.entries(add)) {
        if (counter.kind === 'minute' || name.startsWith(TOTAL_PREFIX)) count(`${JSON.stringify(counter)} ${name}`, n);
      }
    }
  }
  const actual = new Map<string, number>();
  for (const [name, { values }] of counters.items) {
    if (!/tenant|integration|minute|day/.test(name)) continue;
    for (const [attribute, n] of Object.entries(values)) if (n !== 0) actual.set(`${name} ${attribute}`, n);
  }
  const names = new Set([...expected.keys(), ...actual.keys()]);
  return [...names].filter((name) => (expected.get(name) ?? 0) !== (actual.get(name) ?? 0));
}

/** Number of fault schedules in one run of the suite. */
const SCHEDULES = iterations(600, 10_000);

describe('counters', () => {
  it(`match the history after each of ${SCHEDULES} random fault schedules`, () => {
    const wrong: string[] = [];
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      for (const name of wrongTotals(seed, true)) wrong.push(`seed ${seed}: ${name}`);
    }

    expect(wrong).toEqual([]);
  });

  it('drift without the condition on the watermark', () => {
    const wrong = Array.from({ length: 500 }, (_, i) => wrongTotals(i + 1, false)).filter(({ length }) => length > 0);

    expect(wrong.length).toBeGreaterThan(0);
  });
});

describe('toSortable', () => {
  it('orders sequence numbers of any length as integers', () => {
    const sequence = fc.bigInt({ min: 0n, max: 10n ** 40n - 1n });
    fc.assert(
      fc.property(sequence, sequence, (a, b) => {
        expect(toSortable(String(a)) > toSortable(String(b))).toBe(a > b);
        expect(fromSortable(toSortable(String(a)))).toBe(String(a));
      }),
    );
  });
});

describe('isSequenceAfter', () => {
  it('compares sequence numbers of any length as integers', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.bigInt({ min: 0n, max: 10n ** 40n }), (a, b) => {
        expect(isSequenceAfter(String(a), String(b))).toBe(a > b);
      }),
    );
  });
});

describe('shardTag', () => {
  it('returns a name that is valid in expressions for any shard', () => {
    fc.assert(
      fc.property(fc.string(), (shardId) => {
        expect(shardTag(shardId)).toMatch(/^[A-Za-z0-9_]{6}$/);
      }),
    );
  });
});

describe('sketch', () => {
  it('returns every quantile within 2 % of an existing value, also after merging parts', () => {
    const values = fc.array(fc.integer({ min: 1, max: 840_000 }), { minLength: 1, maxLength: 200 });
    const sketchOf = (list: readonly number[]) => mergeSketches(list.map((value) => ({ [bucketOf(value)]: 1 })));
    fc.assert(
      fc.property(values, values, fc.double({ min: 0, max: 1, noNaN: true }), (some, others, q) => {
        const all = [...some, ...others].sort((x, y) => x - y);
        const exact = all[Math.floor(q * (all.length - 1))] as number;

        const merged = quantile(mergeSketches([sketchOf(some), sketchOf(others)]), q) as number;

        expect(Math.abs(Math.max(merged, 1) - exact)).toBeLessThanOrEqual(exact * 0.0201);
        expect(merged).toBe(quantile(sketchOf(all), q));
      }),
    );
  });

  it('has no quantile when empty', () => {
    expect(quantile({}, 0.5)).toBeNull();
  });
});
