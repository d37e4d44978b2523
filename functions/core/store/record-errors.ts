import type { RecordError } from '../domain/flow/record-error.ts';
import type { RunRef } from '../domain/run.ts';
import { type Db, putMany, query } from './db.ts';
import { all, beginsWith, between, equals } from './expression.ts';
import { LAST_CHARACTER, type RecordPlace, recordErrorKey, recordErrorPrefix, recordsPartition } from './keys.ts';
import { detailTtlOf, type RecordOwner } from './run-item.ts';

/** Stores failed records. A repeated page writes the same items. */
export async function putRecordErrors(db: Db, run: RecordOwner, errors: readonly RecordError[]): Promise<void> {
  const items = errors.map((error) => ({
    ...recordErrorKey(run, error),
    ...error,
    ttl: detailTtlOf(run, Date.parse(error.occurredAt)),
  }));
  await putMany(db, db.tables.records, items);
}

interface Page {
  readonly limit: number;
  /** The last error of the previous page. */
  readonly after?: RecordPlace;
}

/** Lists the failed records of several operators of a run, by operator and position. */
export async function listOperatorErrors(
  db: Db,
  run: RunRef,
  operators: readonly string[],
  { limit, after }: Page,
): Promise<RecordError[]> {
  const found: RecordError[] = [];
  for (const operator of [...operators].sort()) {
    if (found.length >= limit) break;
    if (after && operator < after.operator) continue;
    const page = { operator, limit: limit - found.length, ...(after?.operator === operator && { after }) };
    found.push(...(await listRecordErrors(db, run, page)));
  }
  return found;
}

/** Lists the failed records of a run or of one operator, by operator and position. */
export async function listRecordErrors(
  db: Db,
  run: RunRef,
  { operator, limit, after }: Page & { readonly operator?: string },
): Promise<RecordError[]> {
  const prefix = recordErrorPrefix(operator);
  // The item at `after` itself is dropped below.
  const range = after
    ? between('sk', recordErrorKey(run, after).sk, prefix + LAST_CHARACTER)
    : beginsWith('sk', prefix);
  const key = all(equals('pk', recordsPartition(run)), range);
  const items = await query(db, db.tables.records, key, { consistent: true, limit: limit + (after ? 1 : 0) });
  return items.slice(after ? 1 : 0).map(({ pk, sk, ttl, ...error }) => error as unknown as RecordError);
}

/** Returns the numbers of the splits with stored failed records. */
export async function listFailedSplits(db: Db, run: RunRef): Promise<ReadonlySet<number>> {
  const key = all(equals('pk', recordsPartition(run)), beginsWith('sk', recordErrorPrefix()));
  const items = await query(db, db.tables.records, key, { consistent: true, attributes: ['split'] });
  return new Set(items.map(({ split }) => split as number));
}
