/** A page of a list that is loaded completely. */
export interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** Position of the first row in the list, starting at 1. */
  readonly first: number;
  readonly total: number;
  /** Page number, starting at 1. */
  readonly number: number;
  /** Number of pages, at least 1. */
  readonly count: number;
}

/** @param requested requested page number as text; an invalid number yields the nearest page */
export function paginate<Row>(list: readonly Row[], requested: string | null, size: number): ListPage<Row> {
  const count = Math.max(1, Math.ceil(list.length / size));
  const parsed = /^\d{1,6}$/.test(requested ?? '') ? Number(requested) : 1;
  const number = Math.min(count, Math.max(1, parsed));
  const start = (number - 1) * size;
  return { rows: list.slice(start, start + size), first: start + 1, total: list.length, number, count };
}
