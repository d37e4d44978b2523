/** The loaded part of a list, newest first. */
export interface PagedRows<Row> {
  readonly rows: readonly Row[];
  /** Cursor of the next page; `null` if there is none. */
  readonly next: string | null;
}

/**
 * Merges a reloaded first page into the loaded rows. Rows that left the first page are removed; rows after it stay.
 *
 * If the new page and the loaded rows do not overlap, the loaded rows are dropped, so that no gap remains.
 */
export function mergeNewestPage<Row>(
  known: PagedRows<Row> | undefined,
  newest: PagedRows<Row>,
  idOf: (row: Row) => string,
): PagedRows<Row> {
  if (!known || newest.next === null) return newest;
  const ids = new Set(newest.rows.map(idOf));
  const last = known.rows.findLastIndex((row) => ids.has(idOf(row)));
  const rest = known.rows.slice(last + 1);
  if (last < 0 || rest.length === 0) return newest;
  return { rows: [...newest.rows, ...rest], next: known.next };
}

/** Appends the next page to the loaded rows. */
export const appendPage = <Row>(known: PagedRows<Row>, older: PagedRows<Row>): PagedRows<Row> => ({
  rows: [...known.rows, ...older.rows],
  next: older.next,
});
