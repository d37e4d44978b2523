import type { RunState } from '../domain/run.ts';
import type { CountedState } from '../domain/run-counts.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, query } from './db.ts';
import { all, between, type Clause, equals } from './expression.ts';
import { activeChildKey, activeKey, type CreatedEntry, listPartition, parseCreatedKey } from './keys.ts';

const BY_TENANT = 'byTenant';
const ACTIVE = 'active';

/** Keys read at once, at most: 2,000 of the longest are just below the 1 MB of a query's page. */
const MAX_PAGE_SIZE = 2_000;
/** Keys read at once, at least. A page begins with the last key of the one before. */
const MIN_PAGE_SIZE = 100;
/** By how much a page has more than the one before, until it has the most. */
const GROWTH = 4;
const KEYS = { attributes: ['createdKey'] } as const;
/** Sorts after all that follows the time in a key of the indexes. */
const AFTER_KEYS = '#~';

/** When rows were made: ISO 8601, both ends included. */
export interface CreationRange {
  readonly from: string;
  readonly through: string;
  /** Only those after this place in the list: the key of a row. */
  readonly after?: string;
  /** @default newest first */
  readonly oldestFirst?: boolean;
  /** Keys that are likely to be enough: so many are read at first, and ever more after them. @default the most */
  readonly initialPageSize?: number;
}

/** What an index knows of a row, and its place there. */
export type IndexRow = CreatedEntry & { readonly key: string };

/** A part of a list, in its order. `read`: how many keys were read for it. */
export interface IndexPage {
  readonly rows: readonly IndexRow[];
  readonly keysRead: number;
}

/**
 * All runs and steps of the tenant, or those of flows alone. From an index: what was written a moment ago may not be in it.
 */
export function walkCreated(
  db: Db,
  tenant: TenantId,
  range: CreationRange,
  of: readonly ('flows' | 'others')[] = ['flows', 'others'],
): AsyncGenerator<IndexPage> {
  const partitions = of.map((kind) => equals('tenant', listPartition(tenant, kind)));
  return walk(
    tenant,
    range,
    partitions.map(
      (partition) => (keys, order) =>
        query(db, db.tables.runs, all(partition, keys), { index: BY_TENANT, ...KEYS, ...order }),
    ),
  );
}

/**
 * The same of the runs and of the steps that are in these states, none of them `completed`, in the order of a run's life.
 */
export function walkActive(
  db: Db,
  tenant: TenantId,
  range: CreationRange,
  { runs, steps }: { readonly runs: readonly RunState[]; readonly steps: readonly RunState[] },
): AsyncGenerator<IndexPage> {
  const partitions = [
    ...runs.flatMap((state) => partitionsOf(state).map((counted) => activeKey(tenant, counted))),
    ...steps.map((state) => activeChildKey(tenant, state)),
  ].map((partition) => equals('activeKey', partition));
  return walk(
    tenant,
    range,
    partitions.map(
      (partition) => (keys, order) =>
        query(db, db.tables.runs, all(partition, keys), { index: ACTIVE, ...KEYS, ...order }),
    ),
  );
}

/** An acknowledged run is a failed one still. */
const partitionsOf = (state: RunState): readonly CountedState[] =>
  state === 'failed' ? ['failed', 'acknowledged'] : [state];

/** The failed runs that nobody has acknowledged. From an index: see `walkCreated`. */
export function walkFailures(db: Db, tenant: TenantId, range: CreationRange): AsyncGenerator<IndexPage> {
  const partition = equals('activeKey', activeKey(tenant, 'failed'));
  return walk(tenant, range, [
    (keys, order) => query(db, db.tables.runs, all(partition, keys), { index: ACTIVE, ...KEYS, ...order }),
  ]);
}

/** Reads the first keys of a range. */
type Source = (
  keys: Clause,
  order: { readonly newestFirst: boolean; readonly limit: number },
) => Promise<readonly { readonly createdKey?: unknown }[]>;

async function* walk(
  tenant: TenantId,
  { from, through, after, oldestFirst = false, initialPageSize: likely = MAX_PAGE_SIZE }: CreationRange,
  sources: readonly Source[],
): AsyncGenerator<IndexPage> {
  let last = after;
  for (
    let limit = Math.min(MAX_PAGE_SIZE, Math.max(MIN_PAGE_SIZE, likely));
    ;
    limit = Math.min(MAX_PAGE_SIZE, limit * GROWTH)
  ) {
    const order = { newestFirst: !oldestFirst, limit };
    const oldest = (oldestFirst && last) || from;
    const newest = (!oldestFirst && last) || through + AFTER_KEYS;
    if (newest < oldest) return;
    const pages: string[][] = [];
    // One after the other, as states follow each other: a row that moves on meanwhile is met again, and not missed.
    for (const source of sources) {
      const items = await source(between('createdKey', oldest, newest), order);
      pages.push(items.map(({ createdKey }) => createdKey as string));
    }
    // Behind the last key of a full page its source may have more: the others wait for it there.
    const ends = pages.filter(({ length }) => length === limit).map((keys) => keys.at(-1) ?? '');
    const end = ends.sort().at(oldestFirst ? 0 : -1);
    const isReached = (key: string) => end === undefined || (oldestFirst ? key <= end : key >= end);
    const keys = [...new Set(pages.flat().filter((key) => key !== last && isReached(key)))].sort();
    const rows = oldestFirst ? keys : keys.reverse();
    yield {
      rows: rows.map((key) => ({ ...parseCreatedKey(tenant, key), key })),
      keysRead: pages.reduce((sum, { length }) => sum + length, 0),
    };
    if (end === undefined) return;
    last = end;
  }
}
