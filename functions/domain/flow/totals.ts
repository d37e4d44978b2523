import { NO_COUNTS, NO_RECORDS, type OperatorCounts, plus, type RecordCounts } from './counts.ts';
import type { Task } from './task.ts';

/** What all tasks of a run did with its records. */
export function totalRecords(tasks: readonly Task[]): RecordCounts {
  return tasks.reduce((sum, { records }) => plus(sum, records), NO_RECORDS);
}

/** What one operator did in all tasks of a run, by its index in the flow's operators. */
export function totalOf(tasks: readonly Task[], operator: number): OperatorCounts {
  return tasks.reduce((sum, { operators }) => plus(sum, operators[operator] ?? NO_COUNTS), NO_COUNTS);
}

/** Whether the last of the sources has been read to its end; or that source, by its index. */
export function isExported(tasks: readonly Task[], source?: number): boolean {
  return tasks.every(({ open }) => (source === undefined ? open.length === 0 : !open.includes(source)));
}
