import type { JobSummary } from './job-view.ts';
import type { Sort } from './jobs-query.ts';

/** Creates a comparator. Ties are ordered newest first; `null` sorts last in both directions; states sort by name. */
export function compareJobs({ field, descending }: Sort): (a: JobSummary, b: JobSummary) => number {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [a[field], b[field]];
    if (left === right) return compareNewestFirst(a, b);
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -sign : sign;
  };
}

function compareNewestFirst(a: JobSummary, b: JobSummary): number {
  if (a.created_at !== b.created_at) return b.created_at - a.created_at;
  return Number(a.id < b.id) - Number(a.id > b.id);
}
