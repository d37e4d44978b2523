import { InvalidInput } from '../../domain/errors.ts';
import { LOG_LEVELS, type LogLine } from '../../domain/flow/log-line.ts';
import { isTerminal } from '../../domain/run.ts';
import { listLogLines } from '../../store/flow-logs.ts';
import { fitting } from '../edge/answer.ts';
import { operation } from '../edge/operation.ts';
import { fields, oneOf } from '../edge/shapes.ts';
import { requireJob } from './find-job.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { checkOperator, instant, limit, operatorId, task, wait } from './record-query.ts';
import { until } from './until.ts';

const shape = fields(
  {
    level: oneOf(LOG_LEVELS).optional(),
    operator_id: operatorId,
    task_index: task,
    since: instant,
    until: instant,
    limit: limit(1_000, 100),
    wait,
  },
  'query parameter',
);

/** Newest first. With `since` and `wait` it answers when there is a line, or there will be none: to follow a job's log. */
export const listLogs = (platform: PipelinesPlatform) =>
  operation({
    query: shape,
    async handle({ caller: { tenant }, params: { job_id: id = '' }, query, remainingMs }) {
      const { level, operator_id, task_index, since, until: last, limit } = query;
      if (query.wait > 0 && since === undefined) throw new InvalidInput('since', 'is required beside wait');
      const matches = (line: LogLine): boolean =>
        (level === undefined || line.level === level) &&
        (operator_id === undefined || line.operator === operator_id) &&
        (task_index === undefined || line.task === task_index);
      const range = { ...(since !== undefined && { since }), ...(last !== undefined && { until: last }) };
      const look = async () => {
        const job = await requireJob(platform, tenant, id);
        checkOperator(job, operator_id);
        const lines = await listLogLines(platform.db, job.run, { limit: limit + 1, ...range, matches });
        return { seen: lines, enough: lines.length > 0 || isTerminal(job.run.state) };
      };
      const lines = await until(look, { waitMs: query.wait * 1_000, remainingMs });
      const data = fitting(lines.slice(0, limit).map(logView));
      return { status: 200, body: { data, has_more: data.length < lines.length } };
    },
  });

/** Of what the run itself has to say, there is no operator. */
export function logView({ time, line, level, operator, task, message, details }: LogLine) {
  return {
    id: `log_${time}_${task}_${line}`,
    timestamp: time,
    level,
    operator_id: operator,
    task_index: task,
    message,
    details,
  };
}
