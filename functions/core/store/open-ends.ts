import type { RunRef } from '../domain/run.ts';
import { parseRunId, publicRunId } from '../domain/run-id.ts';
import type { TenantId } from '../domain/tenant.ts';
import { DAY_MS } from '../domain/timing.ts';
import { type Db, put, queryPages, remove, update } from './db.ts';
import { all, beginsWith, equals, exists } from './expression.ts';
import { OPEN_END_PREFIX, openEndKey, openEndsPartition } from './keys.ts';
import { toTtl } from './ttl.ts';

/** Time after which an end is given up whose followers cannot be started. */
const RETENTION_MS = 2 * DAY_MS;

/** The end of a run after which others start, until they have been started. */
export interface OpenEnd {
  readonly ref: RunRef;
  /** Time at which a sweep starts them, epoch milliseconds. */
  readonly dueAt: number;
  /** Number of attempts of sweeps. */
  readonly attempts: number;
}

/** Records that a run has ended after which others start. Idempotent. */
export async function putOpenEnd(db: Db, { ref, dueAt, attempts }: OpenEnd): Promise<void> {
  const key = openEndKey(ref.tenant, publicRunId(ref));
  await put(db, db.tables.records, { ...key, dueAt, attempts, ttl: toTtl(dueAt + RETENTION_MS) });
}

/** Removes the record of an end when the runs after it have been started. */
export async function removeOpenEnd(db: Db, ref: RunRef): Promise<void> {
  await remove(db, db.tables.records, openEndKey(ref.tenant, publicRunId(ref)));
}

/**
 * Postpones the next attempt at the runs after an end.
 *
 * @returns `false` if they have been started, or another process has postponed the attempt since `seen` was read
 */
export async function postponeOpenEnd(db: Db, { ref, attempts }: OpenEnd, dueAt: number): Promise<boolean> {
  const key = openEndKey(ref.tenant, publicRunId(ref));
  const isAsRead = all(exists('pk'), equals('attempts', attempts));
  return (await update(db, db.tables.records, key, { set: { dueAt }, add: { attempts: 1 } }, isAsRead)).ok;
}

/** Walks the ends of a tenant whose followers have not been started, page by page. The pages are eventually consistent. */
export async function* walkOpenEnds(db: Db, tenant: TenantId, page: number): AsyncGenerator<readonly OpenEnd[]> {
  const key = all(equals('pk', openEndsPartition(tenant)), beginsWith('sk', OPEN_END_PREFIX));
  for await (const items of queryPages(db, db.tables.records, key, { page })) {
    yield items.flatMap(({ sk, dueAt, attempts }) => {
      const ref = parseRunId(tenant, (sk as string).slice(OPEN_END_PREFIX.length));
      return ref ? [{ ref, dueAt: dueAt as number, attempts: attempts as number }] : [];
    });
  }
}
