import type { RunState } from '../domain/run.ts';
import { CLASSES_BY_STATE, type RunClass, withoutPriorities } from '../domain/run-class.ts';
import type { TenantId } from '../domain/tenant.ts';
import { RUN_INDEXES } from '../platform/index-names.ts';
import { type Db, query } from './db.ts';
import { all, between, type Clause, equals } from './expression.ts';
import { activeChildKey, activeKey, type CreatedEntry, listPartition, parseCreatedKey } from './keys.ts';
import { usesPriorities } from './limits.ts';

/** Maximum number of keys read at once: 2,000 of the longest keys fit in the 1 MB of a query page. */
const MAX_PAGE_SIZE = 2_000;
/** Minimum number of keys read at once. A page starts with the last key of the previous page. */
const MIN_PAGE_SIZE = 100;
/** Factor by which pages grow up to the maximum. */
const GROWTH = 4;
const KEYS = { attributes: ['createdKey'] } as const;
/** Sorts after everything that follows the time in an index key. */
const AFTER_KEYS = '#~';

/** Creation times in ISO 8601, both ends inclusive. */
export interface CreationRange {
  readonly from: string;
  readonly through: string;
  /** Key of a row: only rows after it are returned. */
  readonly after?: string;
  /** @defaultValue newest first */
  readonly oldestFirst?: boolean;
  /**
   * Initial batch size; grows with each round.
   *
   * @defaultValue the maximum
   */
  readonly initialPageSize?: number;
}

/** A row as stored in an index, with its key. */
export type IndexRow = CreatedEntry & { readonly key: string };

/** A page of a list, in order. `keysRead`: number of keys read for it. */
export interface IndexPage {
  readonly rows: readonly IndexRow[];
  readonly keysRead: number;
}

/** Walks all runs and steps of the tenant, or only those of flows. The index is eventually consistent. */
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
        query(db, db.tables.runs, all(partition, keys), { index: RUN_INDEXES.byTenant, ...KEYS, ...order }),
    ),
  );
}

/**
 * Walks the runs and steps in the given states, which must be in life cycle order and must not include `completed`. Runs
 * in other active states may be included, because the index does not tell them apart.
 */
export function walkActive(
  db: Db,
  tenant: TenantId,
  range: CreationRange,
  { runs, steps }: { readonly runs: readonly RunState[]; readonly steps: readonly RunState[] },
): AsyncGenerator<IndexPage> {
  const classes = new Set(runs.flatMap((state) => CLASSES_BY_STATE[state]));
  return walkPartitions(db, tenant, range, [...classes], steps);
}

/** Walks the runs of the given classes. The index is eventually consistent. */
export const walkClasses = (
  db: Db,
  tenant: TenantId,
  range: CreationRange,
  classes: readonly RunClass[],
): AsyncGenerator<IndexPage> => walkPartitions(db, tenant, range, classes, []);

/**
 * Returns those of the classes that runs of the tenant may have. A read saves the queries of four partitions for a tenant
 * that has never used priorities.
 */
export async function findUsedClasses<Class extends RunClass>(
  db: Db,
  tenant: TenantId,
  classes: readonly Class[],
): Promise<readonly Class[]> {
  const used = withoutPriorities(classes);
  return used.length < classes.length && (await usesPriorities(db, tenant)) ? classes : used;
}

async function* walkPartitions(
  db: Db,
  tenant: TenantId,
  range: CreationRange,
  classes: readonly RunClass[],
  steps: readonly RunState[],
): AsyncGenerator<IndexPage> {
  const used = await findUsedClasses(db, tenant, classes);
  const partitions = [
    ...used.map((runClass) => activeKey(tenant, runClass)),
    ...steps.map((state) => activeChildKey(tenant, state)),
  ];
  yield* walk(
    tenant,
    range,
    partitions.map((partition) => (keys, order) => {
      const key = all(equals('activeKey', partition), keys);
      return query(db, db.tables.runs, key, { index: RUN_INDEXES.active, ...KEYS, ...order });
    }),
  );
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
    // Sequential in life cycle order: a row that changes state during the walk is found again rather than missed.
    for (const source of sources) {
      const items = await source(between('createdKey', oldest, newest), order);
      pages.push(items.map(({ createdKey }) => createdKey as string));
    }
    // A source with a full page may have more keys behind the last one, so the others are read only up to that key.
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
