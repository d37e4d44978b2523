import { parseExactJson } from '../domain/exact-json.ts';
import type { Json } from '../domain/json.ts';
import type { RunRef } from '../domain/run.ts';
import { type Db, put, queryPages } from './db.ts';
import { all, beginsWith, equals } from './expression.ts';
import { previewKey, previewPrefix, type RecordPlace, recordsPartition } from './keys.ts';
import { detailTtlOf, type RecordOwner } from './run-item.ts';

/** A record stored for inspection. */
export interface Preview {
  readonly operator: string;
  /** Time at which the sink received the record, ISO 8601. */
  readonly at: string;
  readonly record: Json;
}

/**
 * Stores the preview records of one page as one item. A repeated page replaces the item.
 *
 * @param texts records as JSON, at most one item's size in total
 */
export async function putPreview(
  db: Db,
  run: RecordOwner,
  place: Omit<RecordPlace, 'index'>,
  texts: readonly string[],
  at: string,
): Promise<void> {
  const { operator } = place;
  const ttl = detailTtlOf(run, Date.parse(at));
  await put(db, db.tables.records, { ...previewKey(run, place), operator, at, records: `[${texts.join(',')}]`, ttl });
}

/** Lists preview records of a run, of one operator or of all, ordered by operator, split and page. */
export async function listPreviews(
  db: Db,
  run: RunRef,
  operator: string | undefined,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<Preview[]> {
  const key = all(equals('pk', recordsPartition(run)), beginsWith('sk', previewPrefix(operator)));
  const found: Preview[] = [];
  let skip = offset;
  for await (const items of queryPages(db, db.tables.records, key, { consistent: true })) {
    for (const item of items as unknown as { operator: string; at: string; records: string }[]) {
      const records = parseExactJson(item.records) as readonly Json[];
      const wanted = records.slice(skip, skip + limit - found.length);
      skip = Math.max(0, skip - records.length);
      found.push(...wanted.map((record) => ({ operator: item.operator, at: item.at, record })));
      if (found.length === limit) return found;
    }
  }
  return found;
}
