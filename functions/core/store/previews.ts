import { parseExactJson } from '../domain/exact-json.ts';
import type { Json } from '../domain/json.ts';
import type { RunRef } from '../domain/run.ts';
import { type Db, put, queryPages } from './db.ts';
import { all, beginsWith, equals } from './expression.ts';
import { previewKey, previewPrefix, type RecordPlace, recordsPartition } from './keys.ts';

/** A record that a sink keeps to be looked at. */
export interface Preview {
  readonly operator: string;
  /** When it came to the sink: ISO 8601. */
  readonly at: string;
  readonly record: Json;
}

/**
 * Keeps what one page brought, as one item. The page made again replaces it.
 *
 * @param texts records as JSON; all together an item's worth
 */
export async function putPreview(
  db: Db,
  run: RunRef,
  place: Omit<RecordPlace, 'index'>,
  texts: readonly string[],
  at: string,
): Promise<void> {
  const { operator } = place;
  await put(db, db.tables.records, { ...previewKey(run, place), operator, at, records: `[${texts.join(',')}]` });
}

/** Kept records of a run, of one operator or of all, in the order of operators, splits and pages. */
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
