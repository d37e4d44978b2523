/** A page of a list that is there as a whole. */
export interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** Place of the first row in the list, from 1 on. */
  readonly first: number;
  readonly total: number;
  /** From 1 on. */
  readonly number: number;
  /** Number of pages, at least 1. */
  readonly count: number;
}

/** @param wanted the number of a page, as text; what is no page of the list leads to the nearest one */
export function paginate<Row>(list: readonly Row[], wanted: string | null, size: number): ListPage<Row> {
  const count = Math.max(1, Math.ceil(list.length / size));
  const asked = /^\d{1,6}$/.test(wanted ?? '') ? Number(wanted) : 1;
  const number = Math.min(count, Math.max(1, asked));
  const start = (number - 1) * size;
  return { rows: list.slice(start, start + size), first: start + 1, total: list.length, number, count };
}
