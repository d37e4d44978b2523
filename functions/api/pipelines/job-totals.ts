import * as z from 'zod';
import { addCounts, NO_COUNTS, type OperatorCounts } from '../../core/domain/flow/counts.ts';
import type { Flow } from '../../core/domain/flow/flow.ts';
import type { Task } from '../../core/domain/flow/task.ts';
import { totalCounts, totalRecords } from '../../core/domain/flow/totals.ts';
import { lazy, type ViewOf } from '../http/route.ts';
import { nonNegativeInteger } from '../openapi/common-schemas.ts';

export const jobTotals = lazy(() =>
  z.object({
    records_in: nonNegativeInteger().describe('Records read by sources, including invalid ones.'),
    records_out: nonNegativeInteger().describe('Records written by sinks. A record written by two sinks counts twice.'),
    bytes_in: nonNegativeInteger(),
    bytes_out: nonNegativeInteger(),
    errors: nonNegativeInteger().describe('Failed records, each counted once.'),
    warnings: nonNegativeInteger().describe('Warnings of operators, for example about a retried request.'),
  }),
);
/** Totals of a job's records so far. */
export type JobTotals = ViewOf<typeof jobTotals>;

/** Returns the indexes of a flow's operators in lists of counts, by kind. */
export function operatorIndexes({ sources, transforms, sinks }: Flow) {
  const range = (from: number, length: number) => Array.from({ length }, (_, i) => from + i);
  return {
    sources: range(0, sources.length),
    transforms: range(sources.length, transforms.length),
    sinks: range(sources.length + transforms.length, sinks.length),
  };
}

/** Sums the counts of several operators over all tasks. */
export function sumOperatorCounts(tasks: readonly Task[], operators: readonly number[]): OperatorCounts {
  return operators.reduce((sum, operator) => addCounts(sum, totalCounts(tasks, operator)), NO_COUNTS);
}

export function toJobTotals(flow: Flow, tasks: readonly Task[]): JobTotals {
  const { sources, transforms, sinks } = operatorIndexes(flow);
  const read = sumOperatorCounts(tasks, sources);
  const written = sumOperatorCounts(tasks, sinks);
  return {
    records_in: read.in,
    records_out: written.out,
    bytes_in: read.bytesIn,
    bytes_out: written.bytesOut,
    errors: totalRecords(tasks).error,
    warnings: read.warnings + sumOperatorCounts(tasks, transforms).warnings + written.warnings,
  };
}
