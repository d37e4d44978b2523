import type { LogLine } from '../../core/domain/flow/log-line.ts';
import type { RecordError } from '../../core/domain/flow/record-error.ts';
import { listLogLines } from '../../core/store/flow-logs.ts';
import { listRecordErrors } from '../../core/store/record-errors.ts';
import { inputObject, oneOf } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';
import { takeWithinResponse } from '../http/response.ts';
import { requirePipelineJob } from './find-job.ts';
import { toLogLineView } from './logs.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { assertOperator, limit, operatorId } from './query-parameters.ts';

const errorsQuery = inputObject(
  { level: oneOf(['error', 'warning']).optional(), operator_id: operatorId, limit: limit(1_000, 100) },
  'query parameter',
);

/**
 * Maximum record errors read per request. They are stored by position, not by time, so the newest of more errors may be
 * missed.
 */
const MAX_RECORD_ERRORS = 5_000;

/** Lists failed records and warnings of the job and its operators, newest first. */
export const listErrors = (platform: PipelinesPlatform) =>
  operation({
    query: errorsQuery,
    async handle({ caller: { tenant }, params: { job_id: id = '' }, query: { level, operator_id: operator, limit } }) {
      const job = await requirePipelineJob(platform, tenant, id);
      assertOperator(job, operator);
      const wanted = (line: LogLine) =>
        line.level !== 'info' &&
        (level === undefined || level === ERROR_LEVELS[line.level]) &&
        (operator === undefined || line.operator === operator);
      const [records, lines] = await Promise.all([
        level === 'warning'
          ? []
          : listRecordErrors(platform.db, job.run, {
              limit: MAX_RECORD_ERRORS,
              ...(operator !== undefined && { operator }),
            }),
        listLogLines(platform.db, job.run, { limit: limit + 1, matches: wanted }),
      ]);
      const found = [...records.map(toRecordErrorView), ...lines.map(toLogErrorView)].sort(
        (a, b) => b.timestamp - a.timestamp,
      );
      const data = takeWithinResponse(found.slice(0, limit));
      return { status: 200, body: { data, has_more: data.length < found.length } };
    },
  });

const ERROR_LEVELS = { info: 'info', warn: 'warning', error: 'error' } as const;

interface ErrorView {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly level: string;
  /** `null` for the job as a whole. */
  readonly operator_id: string | null;
  /** `null` before planning. */
  readonly task_index: number | null;
  readonly message: string;
  readonly details: string | null;
  /** The record as the operator received it; `null` if the error concerns no record. */
  readonly record: string | null;
}

function toRecordErrorView({ operator, split, page, index, task, message, input, occurredAt }: RecordError): ErrorView {
  return {
    id: `err_${operator}.${split}.${page}.${index}`,
    timestamp: Date.parse(occurredAt),
    level: 'error',
    operator_id: operator,
    task_index: task,
    message,
    details: `record ${index} of page ${page} in split ${split}`,
    record: input,
  };
}

function toLogErrorView(line: LogLine): ErrorView {
  const { details, ...view } = toLogLineView(line);
  // The store does not preserve the order of fields.
  const words = Object.entries(details)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .sort();
  return {
    ...view,
    level: ERROR_LEVELS[line.level],
    details: words.length > 0 ? words.join(', ') : null,
    record: null,
  };
}
