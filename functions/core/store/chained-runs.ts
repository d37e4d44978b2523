import { chainRootOf } from '../domain/chain.ts';
import type { Run, RunRef, SkippedTick } from '../domain/run.ts';
import { parseRunId, publicRunId } from '../domain/run-id.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, getMany, put, query } from './db.ts';
import { all, beginsWith, equals } from './expression.ts';
import { chainedRunKey, chainPartition, childrenPrefix, runKey, skippedKey } from './keys.ts';
import { recordTtlOf, toRun, toSkipped } from './run-item.ts';

/** Time for which a run may be active so that it is listed in its chain until the end of its retention. */
const MAX_DURATION_MS = 30 * DAY_MS;

/** A run in the list of its chain. */
export interface ChainedRun {
  readonly ref: RunRef;
  /** Public id of the run that started it. */
  readonly parent: string;
}

/**
 * Lists a run in its chain, before its row is written. Nothing is written for the first run of a chain. Idempotent.
 */
export async function putChainedRun(db: Db, row: Run | SkippedTick): Promise<void> {
  const { tenant, chain, purgeAt } = row;
  if (!chain?.parent) return;
  const key = chainedRunKey(tenant, chainRootOf(row), chain.depth, chain.parent, publicRunId(row));
  const ttl = recordTtlOf(purgeAt) + MAX_DURATION_MS / 1_000;
  await put(db, db.tables.records, { ...key, run: publicRunId(row), parent: chain.parent, ttl });
}

/**
 * Lists the runs of a chain after the first one, those closest to it first. A run whose row was not written, or has
 * expired, is listed too.
 *
 * @param root public id of the first run
 * @param limit maximum number of runs
 */
export async function listChain(db: Db, tenant: TenantId, root: string, limit: number): Promise<ChainedRun[]> {
  const items = await query(db, db.tables.records, equals('pk', chainPartition(tenant, root)), { limit });
  return items.flatMap(({ run, parent }) => {
    const ref = parseRunId(tenant, run as string);
    return ref ? [{ ref, parent: parent as string }] : [];
  });
}

/**
 * Returns the public ids of the runs that the script of a running run has started, or was about to start. Reads
 * consistently.
 */
export async function listTriggeredBy(db: Db, parent: Run): Promise<readonly string[]> {
  const { tenant, chain } = parent;
  const prefix = childrenPrefix((chain?.depth ?? 0) + 1, publicRunId(parent));
  const key = all(equals('pk', chainPartition(tenant, chainRootOf(parent))), beginsWith('sk', prefix));
  const items = await query(db, db.tables.records, key, { consistent: true });
  return items.map(({ run }) => run as string);
}

/** Returns runs and skipped ticks of any jobs in order; `undefined` for a missing one. */
export async function getRows(db: Db, refs: readonly RunRef[]): Promise<(Run | SkippedTick | undefined)[]> {
  const items = await getMany(
    db,
    refs.flatMap((ref) => [runKey(ref), skippedKey(ref)].map((key) => ({ table: db.tables.runs, key }))),
    { consistent: false },
  );
  return refs.map((ref, i) => {
    const [run, skipped] = [items[2 * i], items[2 * i + 1]];
    if (run) return toRun(run);
    return skipped && toSkipped(ref, skipped);
  });
}
