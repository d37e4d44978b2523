/** The beginning of a list, newest first, as far as it has been read. */
export interface PagedRows<Row> {
  readonly rows: readonly Row[];
  /** What leads to the rows that follow; null: there are none. */
  readonly next: string | null;
}

/**
 * What is known of a list when its first page has been read again: what has left that page goes, what followed it stays.
 * When so much has come on top that the two do not meet any more, what was known goes: nothing is left out in between.
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

/** What is known of a list when the page that followed has been read, too. */
export const appendPage = <Row>(known: PagedRows<Row>, older: PagedRows<Row>): PagedRows<Row> => ({
  rows: [...known.rows, ...older.rows],
  next: older.next,
});
