import * as z from 'zod';
import type { LogLine } from '../../core/domain/flow/log-line.ts';
import type { RecordError } from '../../core/domain/flow/record-error.ts';
import { truncateInput } from '../../core/domain/flow/truncate-input.ts';
import { listLogLines } from '../../core/store/flow-logs.ts';
import { listRecordErrors } from '../../core/store/record-errors.ts';
import { inputObject, oneOf } from '../http/input-schemas.ts';
import { takeWithinResponse } from '../http/response.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { epochMilliseconds, namedSchema, nonNegativeInteger } from '../openapi/common-schemas.ts';
import { jobParameter, requirePipelineJob } from './find-job.ts';
import { toLogLineView } from './logs.ts';
import { pageOf } from './page.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { assertOperator, limit, operatorId } from './query-parameters.ts';

/**
 * Maximum record errors read per request. They are stored by position, not by time, so the newest of more errors may be
 * missed.
 */
const MAX_RECORD_ERRORS = 5_000;

const jobError = lazy(() =>
  namedSchema(
    'PipelinesJobError',
    z.object({
      id: z.string(),
      timestamp: epochMilliseconds(),
      level: z.enum(['error', 'warning', 'info']),
      operator_id: z.string().nullable().describe('`null` for the job as a whole.'),
      task_index: nonNegativeInteger().nullable().describe('`null` before planning.'),
      message: z.string(),
      details: z.string().nullable(),
      record: z
        .string()
        .nullable()
        .describe('The record as the operator received it; `null` if the error concerns no record.'),
    }),
  ),
);
/** A failed record, an error or a warning of a job. */
export type JobErrorView = ViewOf<typeof jobError>;

export const listErrors = route({
  method: 'GET',
  path: '/api/v1/jobs/{job_id}/errors',
  operation: 'listErrors',
  action: 'read',
  query: () =>
    inputObject(
      { level: oneOf(['error', 'warning']).optional(), operator_id: operatorId(), limit: limit(1_000, 100) },
      'query parameter',
    ),
  openapi: () => ({
    summary: 'List the errors of a job',
    description:
      'Returns failed records, errors and warnings. Of more than 5,000 failed records, those at the first positions of ' +
      'the first operators are considered.',
    pathParameters: jobParameter(),
    errors: [404],
  }),
  responses: () => ({ 200: { description: 'A page of errors, newest first.', body: pageOf(jobError()) } }),
  async handle(
    { caller: { tenant }, params: { job_id }, query: { level, operator_id: operator, limit } },
    platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>,
  ) {
    const job = await requirePipelineJob(platform, tenant, job_id);
    assertOperator(job, operator);
    const matches = (line: LogLine) =>
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
      listLogLines(platform.db, job.run, { limit: limit + 1, matches }),
    ]);
    const found = [...records.map(toRecordErrorView), ...lines.map(toLogErrorView)].sort(
      (a, b) => b.timestamp - a.timestamp,
    );
    const data = takeWithinResponse(found.slice(0, limit));
    return { status: 200, body: { data, has_more: data.length < found.length } };
  },
});

const ERROR_LEVELS = { info: 'info', warn: 'warning', error: 'error' } as const;

function toRecordErrorView(error: RecordError): JobErrorView {
  const { operator, split, page, index, task, message, input, occurredAt } = error;
  return {
    id: `err_${operator}.${split}.${page}.${index}`,
    timestamp: Date.parse(occurredAt),
    level: 'error',
    operator_id: operator,
    task_index: task,
    message,
    details: `record ${index} of page ${page} in split ${split}`,
    record: error.isWhole ? truncateInput(input) : input,
  };
}

function toLogErrorView(line: LogLine): JobErrorView {
  const { details, ...view } = toLogLineView(line);
  // The store does not preserve the order of fields.
  const pairs = Object.entries(details)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .sort();
  return {
    ...view,
    level: ERROR_LEVELS[line.level],
    details: pairs.length > 0 ? pairs.join(', ') : null,
    record: null,
  };
}
