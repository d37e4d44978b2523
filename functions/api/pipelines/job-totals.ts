import { addCounts, NO_COUNTS, type OperatorCounts } from '../../core/domain/flow/counts.ts';
import type { Flow } from '../../core/domain/flow/flow.ts';
import type { Task } from '../../core/domain/flow/task.ts';
import { totalCounts, totalRecords } from '../../core/domain/flow/totals.ts';

/** What became of a job's records so far, as every answer about it sums it up. */
export interface JobTotals {
  /** Read by its sources, good or bad. */
  readonly records_in: number;
  /** Taken by its sinks: a record that two of them took counts twice. */
  readonly records_out: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  /** Records that failed, each counted once. */
  readonly errors: number;
  /** Times that an operator had to warn of something: a request that was tried again, say. */
  readonly warnings: number;
}

/** The places of a flow's operators in every list of counts. */
export function operatorIndexes({ sources, transforms, sinks }: Flow) {
  const range = (from: number, length: number) => Array.from({ length }, (_, i) => from + i);
  return {
    sources: range(0, sources.length),
    transforms: range(sources.length, transforms.length),
    sinks: range(sources.length + transforms.length, sinks.length),
  };
}

/** What several operators did, together. */
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
