import * as z from 'zod';
import { InvalidInput } from '../../core/domain/errors.ts';
import { type Flow, operatorsOf } from '../../core/domain/flow/flow.ts';
import { isTerminal } from '../../core/domain/run.ts';
import { toCsv } from '../../core/executors/flow/sinks/format-csv.ts';
import { listPreviews, type Preview } from '../../core/store/previews.ts';
import { inputObject, oneOf, orDefault } from '../http/input-schemas.ts';
import { takeWithinResponse } from '../http/response.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { epochMilliseconds, nonNegativeInteger } from '../openapi/common-schemas.ts';
import { jobParameter, type PipelineJob, requirePipelineJob } from './find-job.ts';
import { sumOperatorCounts } from './job-totals.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { pollUntil } from './poll-until.ts';
import { assertOperator, limit, offset, operatorId, wait } from './query-parameters.ts';

const output = lazy(() =>
  z.object({
    data: z.array(
      z.object({
        timestamp: epochMilliseconds().describe('When the operator emitted the record, in epoch milliseconds.'),
        record: z.unknown(),
      }),
    ),
    operator_id: z.string().nullable().describe('The operator of all records; `null` if there are several.'),
    total_records: nonNegativeInteger().describe('Records that the operators emitted. Only the first are kept.'),
    has_more: z.boolean(),
  }),
);
/** Records that preview sinks and tapped operators keep. */
export type OutputView = ViewOf<typeof output>;
type RecordView = OutputView['data'][number] & Pick<Preview, 'record'>;

/** Records are ordered by operator, split and page. */
export const getOutput = route({
  method: 'GET',
  path: '/api/v1/jobs/{job_id}/output',
  operation: 'getOutput',
  action: 'read',
  query: () =>
    inputObject(
      {
        operator_id: operatorId(),
        limit: limit(1_000, 100),
        offset: offset(),
        format: orDefault(oneOf(['json', 'csv']), 'json'),
        wait: wait(),
      },
      'query parameter',
    ),
  openapi: () => ({
    summary: 'Get the output of a job',
    description:
      'Returns the records that preview sinks and tapped operators keep. With `wait` (seconds), responds when more ' +
      'than `offset` records exist or the job ends.',
    pathParameters: jobParameter(),
    errors: [404],
  }),
  responses: () => ({
    200: {
      description: 'A page of records.',
      body: output(),
      textTypes: ['text/csv'],
      headers: { Link: 'For CSV: the next page, with `rel="next"`.' },
    },
  }),
  async handle(
    { caller: { tenant }, params: { job_id }, query, remainingMs, mayWait },
    platform: Pick<PipelinesPlatform, 'db' | 'now' | 'objects'>,
  ) {
    const { operator_id: operator, limit, offset, format } = query;
    const poll = async () => {
      const job = await requirePipelineJob(platform, tenant, job_id);
      const previewOperators = findRecordKeepers(job, operator);
      const found = await listPreviews(platform.db, job.run, operator, { limit: limit + 1, offset });
      return { value: { job, previewOperators, found }, isFinal: found.length > 0 || isTerminal(job.run.state) };
    };
    const polling = { waitMs: query.wait * 1_000, remainingMs, mayWait };
    const { job, previewOperators, found } = await pollUntil(poll, polling);
    const page = takeWithinResponse(found.slice(0, limit).map(toRecordView));
    if (format === 'csv') {
      const rest = { limit: String(limit), ...(operator !== undefined && { operator_id: operator }) };
      const next = { format, offset: String(offset + page.length), ...rest };
      return toCsvResponse(page, page.length < found.length ? toNextLink(`/api/v1/jobs/${job_id}/output`, next) : {});
    }
    const [first = 0] = previewOperators;
    return {
      status: 200,
      body: {
        data: page,
        operator_id: previewOperators.length === 1 ? (operatorsOf(job.flow)[first]?.id ?? null) : null,
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
  const others = all.length > 0 ? `this job has ${all.map(({ id }) => id).join(', ')}` : 'this job has none';
  throw new InvalidInput(
    'operator_id',
    `'${operator}' keeps no records; only preview sinks and tapped operators do (${others})`,
  );
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
    status: 200 as const,
    body: rows.length === 0 ? '' : toCsv(rows).text,
    headers: { 'content-type': 'text/csv; charset=utf-8; header=present', ...link },
  };
}
