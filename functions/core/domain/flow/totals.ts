import type { Child } from './child.ts';
import { addCounts, NO_COUNTS, NO_RECORDS, type OperatorCounts, type RecordCounts } from './counts.ts';
import type { Task } from './task.ts';

/** What all tasks of a run did with its records. */
export function totalRecords(tasks: readonly Task[]): RecordCounts {
  return tasks.reduce((sum, { records }) => addCounts(sum, records), NO_RECORDS);
}

/** What one operator did in all tasks of a run, by its index in the flow's operators. */
export function totalCounts(tasks: readonly Task[], operator: number): OperatorCounts {
  return tasks.reduce((sum, { operators }) => addCounts(sum, operators[operator] ?? NO_COUNTS), NO_COUNTS);
}

/**
 * The counts of an export or import step of a run. `errors` are records, and each failed record counts at one step: the
 * first where it failed, which is the flow's first import for a transform. `ignored` is what a sink refused of records
 * that count already, at an earlier step or for another part of the same record.
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

/** Whether the last of the sources has been read to its end; or that source, by its index. */
export function isExported(tasks: readonly Task[], source?: number): boolean {
  return tasks.every(({ open }) => (source === undefined ? open.length === 0 : !open.includes(source)));
}
