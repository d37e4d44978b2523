import type { Child } from './child.ts';
import { addCounts, NO_COUNTS, NO_RECORDS, type OperatorCounts, type RecordCounts } from './counts.ts';
import type { Task } from './task.ts';

/** Sums the record counts of all tasks of a run. */
export function totalRecords(tasks: readonly Task[]): RecordCounts {
  return tasks.reduce((sum, { records }) => addCounts(sum, records), NO_RECORDS);
}

/**
 * Sums the counts of one operator over all tasks.
 *
 * @param operator index in the flow's operators
 */
export function totalCounts(tasks: readonly Task[], operator: number): OperatorCounts {
  return tasks.reduce((sum, { operators }) => addCounts(sum, operators[operator] ?? NO_COUNTS), NO_COUNTS);
}

/**
 * Returns the counts of an export or import step of a run.
 *
 * `errors` counts each failed record at one step: the step where it failed first, which is the first import for a
 * transform. `ignored` counts sink errors of records that are already counted, at an earlier step or for another result
 * of the same record.
 */
export function stepCounts(
  tasks: readonly Task[],
  { index, transforms }: Pick<Child, 'index' | 'transforms'>,
): OperatorCounts {
  const own = totalCounts(tasks, index);
  const before = transforms.reduce((sum, _, i) => sum + totalCounts(tasks, index - 1 - i).failedRecords, 0);
  const ignored = own.errors - own.failedRecords;
  return { ...own, in: own.in + before, errors: own.failedRecords + before, ignored };
}

/** Checks whether all sources, or only the source with index `source`, have been read to the end. */
export function isExported(tasks: readonly Task[], source?: number): boolean {
  return tasks.every(({ open }) => (source === undefined ? open.length === 0 : !open.includes(source)));
}
