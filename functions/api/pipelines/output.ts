import { InvalidInput } from '../../core/domain/errors.ts';
import { type Flow, operatorsOf } from '../../core/domain/flow/flow.ts';
import { isTerminal } from '../../core/domain/run.ts';
import { toCsv } from '../../core/executors/flow/sinks/format-csv.ts';
import { listPreviews, type Preview } from '../../core/store/previews.ts';
import { inputObject, oneOf, orDefault } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';
import { takeWithinResponse } from '../http/response.ts';
import { type PipelineJob, requirePipelineJob } from './find-job.ts';
import { sumOperatorCounts } from './job-totals.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { pollUntil } from './poll-until.ts';
import { assertOperator, limit, offset, operatorId, wait } from './query-parameters.ts';

const outputQuery = inputObject(
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
 * Lists the records that preview sinks and tapped operators keep, ordered by operator, split and page. With `wait`,
 * responds when more than `offset` records exist or the job ends.
 */
export const getOutput = (platform: PipelinesPlatform) =>
  operation({
    query: outputQuery,
    async handle({ caller: { tenant }, params: { job_id: id = '' }, query, remainingMs }) {
      const { operator_id: operator, limit, offset, format } = query;
      const poll = async () => {
        const job = await requirePipelineJob(platform, tenant, id);
        const previewOperators = findRecordKeepers(job, operator);
        const found = await listPreviews(platform.db, job.run, operator, { limit: limit + 1, offset });
        return {
          value: { job, kept: previewOperators, found },
          isFinal: found.length > 0 || isTerminal(job.run.state),
        };
      };
      const { job, kept: previewOperators, found } = await pollUntil(poll, { waitMs: query.wait * 1_000, remainingMs });
      const page = takeWithinResponse(found.slice(0, limit).map(toRecordView));
      if (format === 'csv') {
        const rest = { limit: String(limit), ...(operator !== undefined && { operator_id: operator }) };
        const next = { format, offset: String(offset + page.length), ...rest };
        return toCsvResponse(page, page.length < found.length ? toNextLink(`/api/v1/jobs/${id}/output`, next) : {});
      }
      return {
        status: 200,
        body: {
          data: page,
          operator_id:
            previewOperators.length === 1 ? (operatorsOf(job.flow)[previewOperators[0] ?? 0]?.id ?? null) : null,
          /** Counts all records that these operators emitted; only the first of them are kept. */
          total_records: sumOperatorCounts(job.tasks, previewOperators).out,
          has_more: page.length < found.length,
        },
      };
    },
  });

/** Returns a `Link` header to the next page (RFC 8288), because CSV has no place for pagination. */
const toNextLink = (path: string, query: Readonly<Record<string, string>>) => ({
  link: `<${path}?${new URLSearchParams(query).toString()}>; rel="next"`,
});

interface RecordView {
  /** When the operator emitted the record, in epoch milliseconds. */
  readonly timestamp: number;
  readonly record: Preview['record'];
}

const toRecordView = ({ at, record }: Preview): RecordView => ({ timestamp: Date.parse(at), record });

/**
 * Returns the indexes of the operators that keep records, or that of the requested one.
 *
 * @throws InvalidInput if the requested operator keeps no records
 */
function findRecordKeepers(job: PipelineJob, operator: string | undefined): readonly number[] {
  assertOperator(job, operator);
  const all = recordKeepers(job.flow);
  if (operator === undefined) return all.map(({ index }) => index);
  const requested = all.find(({ id }) => id === operator);
  if (requested) return [requested.index];
  const others = all.length > 0 ? `those that do: ${all.map(({ id }) => id).join(', ')}` : 'none does';
  throw new InvalidInput('operator_id', `'${operator}' keeps no records; a tap or a preview sink would (${others})`);
}

const recordKeepers = (flow: Flow) =>
  operatorsOf(flow)
    .map((operator, index) => ({ ...operator, index }))
    .filter(({ type, tap }) => type === 'preview' || tap);

/** Responds with the records alone. A record that is not an object becomes the single column `value`. */
function toCsvResponse(page: readonly RecordView[], link: { readonly link?: string }) {
  const isObject = (record: Preview['record']) =>
    typeof record === 'object' && record !== null && !Array.isArray(record);
  const rows = page.map(({ record }) => (isObject(record) ? record : { value: record }));
  return {
    status: 200,
    body: rows.length === 0 ? '' : toCsv(rows).text,
    headers: { 'content-type': 'text/csv; charset=utf-8; header=present', ...link },
  };
}
