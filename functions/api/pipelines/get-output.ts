import { InvalidInput } from '../../core/domain/errors.ts';
import { type Flow, operatorsOf } from '../../core/domain/flow/flow.ts';
import { isTerminal } from '../../core/domain/run.ts';
import { toCsv } from '../../core/executors/flow/sinks/csv.ts';
import { listPreviews, type Preview } from '../../core/store/previews.ts';
import { fitting } from '../http/answer.ts';
import { operation } from '../http/operation.ts';
import { fields, oneOf, orDefault } from '../http/shapes.ts';
import { type PipelineJob, requireJob } from './find-job.ts';
import { totalOfAll } from './job-totals.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { checkOperator, limit, offset, operatorId, wait } from './record-query.ts';
import { until } from './until.ts';

const shape = fields(
  {
    operator_id: operatorId,
    limit: limit(1_000, 100),
    offset,
    format: orDefault(oneOf(['json', 'csv']), 'json'),
    wait,
  },
  'query parameter',
);

/**
 * Records that preview sinks and tapped operators keep, in the order of operators, splits and pages. With `wait` it
 * answers when there are more than `offset` of them, or there will be none.
 */
export const getOutput = (platform: PipelinesPlatform) =>
  operation({
    query: shape,
    async handle({ caller: { tenant }, params: { job_id: id = '' }, query, remainingMs }) {
      const { operator_id: operator, limit, offset, format } = query;
      const look = async () => {
        const job = await requireJob(platform, tenant, id);
        const kept = keepersOf(job, operator);
        const found = await listPreviews(platform.db, job.run, operator, { limit: limit + 1, offset });
        return { seen: { job, kept, found }, enough: found.length > 0 || isTerminal(job.run.state) };
      };
      const { job, kept, found } = await until(look, { waitMs: query.wait * 1_000, remainingMs });
      const shown = fitting(found.slice(0, limit).map(recordView));
      if (format === 'csv') {
        const rest = { limit: String(limit), ...(operator !== undefined && { operator_id: operator }) };
        const next = { format, offset: String(offset + shown.length), ...rest };
        return csvAnswer(shown, shown.length < found.length ? nextLink(`/api/v1/jobs/${id}/output`, next) : {});
      }
      return {
        status: 200,
        body: {
          data: shown,
          operator_id: kept.length === 1 ? (operatorsOf(job.flow)[kept[0] ?? 0]?.id ?? null) : null,
          /** Of all that those operators let out, of which the first are kept. */
          total_records: totalOfAll(job.tasks, kept).out,
          has_more: shown.length < found.length,
        },
      };
    },
  });

/** The header that leads to the records after these (RFC 8288): CSV has no other place to tell of them. */
const nextLink = (path: string, query: Readonly<Record<string, string>>) => ({
  link: `<${path}?${new URLSearchParams(query).toString()}>; rel="next"`,
});

interface RecordView {
  /** When it came out of its operator, epoch milliseconds. */
  readonly timestamp: number;
  readonly record: Preview['record'];
}

const recordView = ({ at, record }: Preview): RecordView => ({ timestamp: Date.parse(at), record });

/**
 * The operators that keep records, or the one of them that is asked for, by their index.
 *
 * @throws InvalidInput when that one keeps none
 */
function keepersOf(job: PipelineJob, operator: string | undefined): readonly number[] {
  checkOperator(job, operator);
  const all = keepers(job.flow);
  if (operator === undefined) return all.map(({ index }) => index);
  const asked = all.find(({ id }) => id === operator);
  if (asked) return [asked.index];
  const others = all.length > 0 ? `those that do: ${all.map(({ id }) => id).join(', ')}` : 'none does';
  throw new InvalidInput('operator_id', `'${operator}' keeps no records; a tap or a preview sink would (${others})`);
}

const keepers = (flow: Flow) =>
  operatorsOf(flow)
    .map((operator, index) => ({ ...operator, index }))
    .filter(({ type, tap }) => type === 'preview' || tap);

/** The records alone; one that is no object has one column, `value`. */
function csvAnswer(shown: readonly RecordView[], link: { readonly link?: string }) {
  const isObject = (record: Preview['record']) =>
    typeof record === 'object' && record !== null && !Array.isArray(record);
  const rows = shown.map(({ record }) => (isObject(record) ? record : { value: record }));
  return {
    status: 200,
    body: rows.length === 0 ? '' : toCsv(rows).text,
    headers: { 'content-type': 'text/csv; charset=utf-8; header=present', ...link },
  };
}
