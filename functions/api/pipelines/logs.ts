import * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import {
  LOG_END,
  LOG_LEVELS,
  LOG_START,
  type LogLine,
  type LogPosition,
  logPositionAt,
  logPositionOf,
} from '../../core/domain/flow/log-line.ts';
import { isTerminal } from '../../core/domain/run.ts';
import { listLogLines, listLogLinesAfter } from '../../core/store/flow-logs.ts';
import { inputObject, matchingText, oneOf } from '../http/input-schemas.ts';
import { takeWithinResponse } from '../http/response.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { epochMilliseconds, jsonObject, namedSchema, nonNegativeInteger } from '../openapi/common-schemas.ts';
import { jobParameter, type PipelineJob, requirePipelineJob } from './find-job.ts';
import { pageOf } from './page.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { pollUntil } from './poll-until.ts';
import { assertOperator, epochMs, limit, operatorId, taskIndex, wait } from './query-parameters.ts';

const CURSOR = /^(?<written>\d{1,15})\.(?<task>\d{1,2})\.(?<line>\d{1,5})$/;

/**
 * Delay after which a stored line is certain to be visible, in milliseconds. A younger line may still be preceded by
 * lines of other tasks.
 */
const VISIBILITY_DELAY_MS = 2_000;

const logLine = lazy(() =>
  namedSchema(
    'PipelinesLogLine',
    z.object({
      id: z.string(),
      timestamp: epochMilliseconds(),
      level: z.enum(LOG_LEVELS),
      operator_id: z.string().nullable().describe('`null` for the job as a whole.'),
      task_index: nonNegativeInteger().nullable().describe('`null` for planning.'),
      message: z.string(),
      details: jsonObject(),
    }),
  ),
);
/** A line of a job's log. */
export type LogLineView = ViewOf<typeof logLine>;

interface ReadLines {
  readonly lines: readonly LogLine[];
  /** The job has ended, so no further lines follow. */
  readonly ended: boolean;
  /** The position after all lines that were read. */
  readonly end: LogPosition;
}

export const listLogs = route({
  method: 'GET',
  path: '/api/v1/jobs/{job_id}/logs',
  operation: 'listLogs',
  action: 'read',
  query: () =>
    inputObject(
      {
        level: oneOf(LOG_LEVELS).optional(),
        operator_id: operatorId(),
        task_index: taskIndex(),
        since: epochMs(),
        until: epochMs(),
        after: matchingText(new RegExp(`^start$|${CURSOR.source}`), 'the cursor of a response, or start').optional(),
        limit: limit(1_000, 100),
        wait: wait(),
      },
      'query parameter',
    ),
  openapi: () => ({
    summary: 'List the log lines of a job',
    description:
      'Returns lines, newest first. With `after` (a `cursor`, or `start`), returns the lines written since then, ' +
      'oldest first and each once. With `wait` (seconds) and `after` or `since`, responds when a line exists or the ' +
      'job ends.',
    pathParameters: jobParameter(),
    errors: [404],
  }),
  responses: () => ({
    200: {
      description: 'A page of lines.',
      body: pageOf(logLine()).extend({ cursor: z.string().describe('Value of `after` for the lines that follow.') }),
    },
  }),
  async handle(
    { caller: { tenant }, params: { job_id }, query, remainingMs, mayWait },
    platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>,
  ) {
    const { level, operator_id, task_index, since, until, limit } = query;
    const after = query.after === undefined ? undefined : parseCursor(query.after);
    if (after && (since !== undefined || until !== undefined)) {
      throw new InvalidInput('after', 'must not be combined with since or until');
    }
    if (query.wait > 0 && since === undefined && !after) throw new InvalidInput('after', 'is required with wait');
    const matches = (line: LogLine): boolean =>
      (level === undefined || line.level === level) &&
      (operator_id === undefined || line.operator === operator_id) &&
      (task_index === undefined || line.task === task_index);
    const range = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
    const options = { limit: limit + 1, matches };
    const readLines = async ({ run }: PipelineJob): Promise<ReadLines> => {
      const ended = isTerminal(run.state);
      const visibleThrough = logPositionAt(platform.now() - VISIBILITY_DELAY_MS);
      if (!after) {
        return { ended, lines: await listLogLines(platform.db, run, { ...options, ...range }), end: visibleThrough };
      }
      const end = ended ? LOG_END : visibleThrough;
      return { ended, lines: await listLogLinesAfter(platform.db, run, { ...options, after, through: end }), end };
    };
    const poll = async () => {
      const job = await requirePipelineJob(platform, tenant, job_id);
      assertOperator(job, operator_id);
      const value = await readLines(job);
      return { value, isFinal: value.lines.length > 0 || value.ended };
    };
    const { lines, end } = await pollUntil(poll, { waitMs: query.wait * 1_000, remainingMs, mayWait });
    const data = takeWithinResponse(lines.slice(0, limit).map(toLogLineView));
    const hasMore = data.length < lines.length;
    const lastReturned = lines[data.length - 1];
    const cursor = after && hasMore && lastReturned ? logPositionOf(lastReturned) : end;
    return { status: 200, body: { data, has_more: hasMore, cursor: formatCursor(cursor) } };
  },
});

const formatCursor = ({ written, task, line }: LogPosition): string => `${written}.${task}.${line}`;

function parseCursor(text: string): LogPosition {
  const { written, task, line } = CURSOR.exec(text)?.groups ?? {};
  return written === undefined ? LOG_START : { written: Number(written), task: Number(task), line: Number(line) };
}

/** Lines of the run itself have no operator; lines of planning have no task. */
export function toLogLineView({ time, line, level, operator, task, message, details }: LogLine): LogLineView {
  return {
    id: `log_${time}_${task ?? 'plan'}_${line}`,
    timestamp: time,
    level,
    operator_id: operator,
    task_index: task,
    message,
    details,
  };
}
