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
import { operation } from '../http/operation.ts';
import { takeWithinResponse } from '../http/response.ts';
import { type PipelineJob, requirePipelineJob } from './find-job.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { pollUntil } from './poll-until.ts';
import { assertOperator, epochMs, limit, operatorId, taskIndex, wait } from './query-parameters.ts';

const CURSOR = /^(?<written>\d{1,15})\.(?<task>\d{1,2})\.(?<line>\d{1,5})$/;

const logsQuery = inputObject(
  {
    level: oneOf(LOG_LEVELS).optional(),
    operator_id: operatorId,
    task_index: taskIndex,
    since: epochMs,
    until: epochMs,
    after: matchingText(new RegExp(`^start$|${CURSOR.source}`), 'a cursor of an answer, or start').optional(),
    limit: limit(1_000, 100),
    wait,
  },
  'query parameter',
);

/**
 * Delay after which a stored line is certain to be visible, in milliseconds. A younger line may still be preceded by
 * lines of other tasks.
 */
const VISIBILITY_DELAY_MS = 2_000;

interface Lines {
  readonly lines: readonly LogLine[];
  /** Whether the job has ended, so no further lines follow. */
  readonly ended: boolean;
  /** The position after all lines that were read. */
  readonly end: LogPosition;
}

/**
 * Lists log lines, newest first. With `after`, lists the lines written since that cursor, oldest first and each once.
 * With `wait`, responds when there is a line or the job ends.
 */
export const listLogs = (platform: PipelinesPlatform) =>
  operation({
    query: logsQuery,
    async handle({ caller: { tenant }, params: { job_id: id = '' }, query, remainingMs }) {
      const { level, operator_id, task_index, since, until: last, limit } = query;
      const after = query.after === undefined ? undefined : parseCursor(query.after);
      if (after && (since !== undefined || last !== undefined)) {
        throw new InvalidInput('after', 'must stand alone: since and until are for lists that are newest first');
      }
      if (query.wait > 0 && since === undefined && !after) throw new InvalidInput('after', 'is required beside wait');
      const matches = (line: LogLine): boolean =>
        (level === undefined || line.level === level) &&
        (operator_id === undefined || line.operator === operator_id) &&
        (task_index === undefined || line.task === task_index);
      const range = { ...(since !== undefined && { since }), ...(last !== undefined && { until: last }) };
      const more = { limit: limit + 1, matches };
      const readLines = async ({ run }: PipelineJob): Promise<Lines> => {
        const ended = isTerminal(run.state);
        const visibleThrough = logPositionAt(platform.now() - VISIBILITY_DELAY_MS);
        if (!after)
          return { ended, lines: await listLogLines(platform.db, run, { ...more, ...range }), end: visibleThrough };
        const through = ended ? LOG_END : visibleThrough;
        return { ended, lines: await listLogLinesAfter(platform.db, run, { ...more, after, through }), end: through };
      };
      const poll = async () => {
        const job = await requirePipelineJob(platform, tenant, id);
        assertOperator(job, operator_id);
        const value = await readLines(job);
        return { value, isFinal: value.lines.length > 0 || value.ended };
      };
      const { lines, end } = await pollUntil(poll, { waitMs: query.wait * 1_000, remainingMs });
      const data = takeWithinResponse(lines.slice(0, limit).map(toLogLineView));
      const hasMore = data.length < lines.length;
      const lastShown = lines[data.length - 1];
      const cursor = after && hasMore && lastShown ? logPositionOf(lastShown) : end;
      return { status: 200, body: { data, has_more: hasMore, cursor: formatCursor(cursor) } };
    },
  });

const formatCursor = ({ written, task, line }: LogPosition): string => `${written}.${task}.${line}`;

function parseCursor(text: string): LogPosition {
  const { written, task, line } = CURSOR.exec(text)?.groups ?? {};
  return written === undefined ? LOG_START : { written: Number(written), task: Number(task), line: Number(line) };
}

/** Lines of the run itself have no operator; lines of planning have no task. */
export function toLogLineView({ time, line, level, operator, task, message, details }: LogLine) {
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
