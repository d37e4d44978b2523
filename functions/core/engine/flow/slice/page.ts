import { NO_COUNTS, NO_RECORDS, type OperatorCounts, type RecordCounts } from '../../../domain/flow/counts.ts';
import { operatorsOf } from '../../../domain/flow/flow.ts';
import type { RecordError } from '../../../domain/flow/record-error.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { Json } from '../../../domain/json.ts';
import type { PageResult } from '../../../executors/flow/process-page.ts';
import type { RetriedError, SourceBatch, SourceRecord } from '../../../executors/flow/source-reader.ts';
import type { SliceContext } from './slice-context.ts';
import { currentSplit, positionAfterPage } from './task-position.ts';

/** A change of a task's counts, with the records that failed by it. */
export interface TaskDelta {
  readonly operators: readonly OperatorCounts[];
  readonly records: RecordCounts;
  readonly errors: readonly RecordError[];
}

/** The delta of processing a page, with the progress of the sinks within the page if they did not finish it. */
export type ProcessedPage = TaskDelta & Partial<Pick<PageResult, 'part' | 'waitMs'>>;

/** A page of records that was read and is not committed yet. */
export interface Page {
  readonly values: readonly Json[];
  /** Index in the batch of each value. */
  readonly indexes: readonly number[];
  /** The delta of reading the page. Absent if it was committed when the page's batch was staged. */
  readonly read?: TaskDelta;
  /** Records of this page and the following ones that the counts of the source contain already. */
  readonly countedRecords: number;
  /** Cursor of the source's next run, with the last page of a split that has one. */
  readonly cursor?: string;
  /** The error that the page retries. */
  readonly retried?: RetriedError;
  /** Returns the task's position after the page. */
  readonly positionAfter: () => Partial<Task>;
  /** Called after the page was committed. */
  readonly onCommitted?: () => Promise<void>;
}

/** Creates the page of a batch whose source returns the same batch again for the same position. */
export function createPage(slice: SliceContext, batch: SourceBatch): Page {
  const { values, indexes } = selectValid(batch.records);
  return {
    values,
    indexes,
    read: readDelta(slice, batch, values.length > 0 ? 1 : 0),
    countedRecords: 0,
    ...(batch.cursor !== undefined && { cursor: batch.cursor }),
    ...(batch.retried && { retried: batch.retried }),
    positionAfter: () => positionAfterPage(slice, batch.next),
  };
}

/** Selects the valid records of a batch, with the index of each. */
export function selectValid(records: readonly SourceRecord[]): {
  readonly values: Json[];
  readonly indexes: number[];
} {
  const [values, indexes]: [Json[], number[]] = [[], []];
  for (const [index, record] of records.entries()) {
    if (!('value' in record)) continue;
    values.push(record.value);
    indexes.push(index);
  }
  return { values, indexes };
}

/**
 * Returns the delta of reading records.
 *
 * @param pages number of pages that the records fill
 * @param indexes index of each record in its batch, if some records of the batch are left out
 */
export function readDelta(
  slice: SliceContext,
  { records, bytes }: Pick<SourceBatch, 'records' | 'bytes'>,
  pages: number,
  indexes: readonly number[] = [...records.keys()],
): TaskDelta {
  const { plan, leased, platform } = slice;
  const { number, source } = currentSplit(slice);
  const operators = operatorsOf(plan.flow);
  const occurredAt = new Date(platform.now()).toISOString();
  const errors = records.flatMap((record, i) => {
    if ('value' in record) return [];
    const { input, message } = record.failed;
    const place = { split: number, page: leased.task.page, index: indexes[i] ?? i, task: leased.task.index };
    const operator = operators[source]?.id ?? '';
    return [{ operator, ...place, message, input, occurredAt, source: operator }];
  });
  const counts = {
    ...NO_COUNTS,
    in: records.length,
    out: records.length - errors.length,
    errors: errors.length,
    bytesIn: bytes,
    bytesOut: bytes,
    pages,
    failedRecords: errors.length,
  };
  return {
    operators: operators.map((_, i) => (i === source ? counts : NO_COUNTS)),
    records: { ...NO_RECORDS, exported: records.length, error: errors.length, pagesGenerated: pages },
    errors,
  };
}
