import * as z from 'zod';
import type { FlowErrorView } from '../../functions/api/flows/flow-errors.ts';
import { path } from '../cli/api.ts';
import { UsageError } from '../cli/errors.ts';
import { toTime } from '../cli/time.ts';
import { countFitting, leftOut, omitEmpty } from './answer.ts';
import { withKey } from './idempotency.ts';
import { idempotencyKey, item, items, jobId, limit, time } from './inputs.ts';
import { defineTool } from './tool.ts';

const STATUSES = ['open', 'retrying', 'resolved'] as const;
/** Requests of one call that resolve errors, each of up to 1,000. */
const MAX_REQUESTS = 20;

const flowId = () => jobId().describe('Id of a flow: the _id of list_flows.');

const filter = () => ({
  operator: z.string().optional().describe('Id of the source, transform or sink at which records failed.'),
  text: z.string().optional().describe('Text in the message or the record, in any case.'),
  assigned_to: z.string().optional(),
  since: time('Failed since').optional(),
  until: time('Failed until').optional(),
});
type Filter = z.output<z.ZodObject<ReturnType<typeof filter>>>;

const toFilter = ({ operator, text, assigned_to, since, until }: Filter, now: number) => ({
  operator,
  text,
  assignedTo: assigned_to,
  occurredAt_gte: toTime(since, 'since', now),
  occurredAt_lte: toTime(until, 'until', now),
});

const selection = () => ({
  ids: z.array(z.string()).max(500).optional().describe('The _id of list_failed_records.'),
  ...filter(),
  all: z.literal(true).optional().describe('Every open error of the flow, instead of ids and filters.'),
});
type Selection = z.output<z.ZodObject<ReturnType<typeof selection>>>;

/** @throws UsageError unless ids, filters or `all` are given */
function toSelection({ ids, all, ...given }: Selection, now: number): object {
  const wanted = toFilter(given, now);
  const isFiltered = Object.values(wanted).some((value) => value !== undefined);
  if (ids === undefined && !isFiltered && !all) throw new UsageError('specify ids, a filter such as operator, or all');
  if (all && (ids !== undefined || isFiltered)) throw new UsageError('all is given without ids and filters');
  return { ...(ids && { ids }), ...(isFiltered && { filter: wanted }) };
}

const listFailedRecords = defineTool({
  name: 'list_failed_records',
  title: 'List the failed records of a flow',
  effect: 'read',
  description:
    'Lists failed records of all runs of a flow as work: with their record, status, attempts, assignment and note. Use it to ' +
    'find what to repair; list_flow_errors shows those of one run. Repair a record with edit_failed_record, and send it again ' +
    'with retry_failed_records.',
  input: {
    flow_id: flowId(),
    status: z.enum(STATUSES).optional().describe('All by default.'),
    ...filter(),
    cursor: z.string().optional().describe('The cursor of the previous answer.'),
    limit: limit(20, 200),
  },
  output: {
    errors: items('_id, status, operator, message, record, occurredAt, attempts, revision, retryable, reason, note.'),
    cursor: z.string().describe('Cursor of the next page; absent after the last one.'),
  },
  async call({ flow_id, status, cursor, limit: count, ...given }, { api, now, maxBytes }) {
    const query = { status, ...toFilter(given, now), cursor, limit: count };
    const url = path`/v1/flows/${flow_id}/errors`;
    const { body, nextCursor } = await api.request<readonly FlowErrorView[]>('GET', url, { query });
    const all = body.map(({ _flowJobId, position, purgeAt, ...error }) => omitEmpty({ ...error }));
    const shown = all.slice(0, countFitting(all, maxBytes));
    if (shown.length < all.length)
      return { errors: shown, ...leftOut(`${all.length - shown.length} more errors: set limit=${shown.length}`) };
    return {
      errors: shown,
      ...(nextCursor !== undefined && { cursor: nextCursor }),
      ...leftOut(nextCursor !== undefined && 'further errors may match: call again with the cursor'),
    };
  },
});

const editFailedRecord = defineTool({
  name: 'edit_failed_record',
  title: 'Edit a failed record',
  effect: 'set',
  description:
    'Sets the record that retry_failed_records sends in place of the failed one, who works on the error, or a note. Absent ' +
    'fields are unchanged.',
  input: {
    flow_id: flowId(),
    error_id: z.string().describe('The _id of list_failed_records.'),
    record: z.unknown().optional().describe('The whole record, as the operator at which it failed receives it.'),
    assigned_to: z.string().nullable().optional().describe('null for nobody.'),
    note: z.string().nullable().optional().describe('null for none.'),
    if_revision: z.int().min(0).optional().describe('The revision of list_failed_records: protects edits of others.'),
  },
  output: { error: item() },
  async call({ flow_id, error_id, assigned_to: assignedTo, if_revision, ...body }, { api }) {
    const headers = if_revision === undefined ? {} : { 'if-match': `"${if_revision}"` };
    const url = path`/v1/flows/${flow_id}/errors/${error_id}`;
    const edit = { ...body, ...(assignedTo !== undefined && { assignedTo }) };
    return { error: (await api.request('PUT', url, { body: edit, headers })).body };
  },
});

const retryFailedRecords = defineTool({
  name: 'retry_failed_records',
  title: 'Retry failed records',
  effect: 'create',
  description:
    'Starts a run that sends open, retryable failed records of a flow again, each from the operator at which it failed and ' +
    'under its former keys. Repair the cause first, or edit the records.',
  input: { flow_id: flowId(), ...selection(), idempotency_key: idempotencyKey() },
  output: {
    matched: z.int(),
    more: z.boolean().describe('Further errors may match.'),
    _jobId: z.string().nullable().describe('The run that retries them; null if no error matches.'),
    idempotency_key: z.string(),
  },
  async call({ flow_id, idempotency_key, ...given }, { api, now }) {
    const body = toSelection(given, now);
    return await withKey(idempotency_key, async (key) => {
      const url = path`/v1/flows/${flow_id}/errors/retry`;
      const request = { body, headers: { 'idempotency-key': key } };
      return (await api.request<Readonly<Record<string, unknown>>>('POST', url, request)).body;
    });
  },
});

interface Resolved {
  readonly matched: number;
  readonly cursor: string | null;
}

const resolveFailedRecords = defineTool({
  name: 'resolve_failed_records',
  title: 'Resolve failed records',
  effect: 'replace',
  description:
    'Marks open failed records of a flow as resolved without sending them, because they were repaired elsewhere or are not ' +
    'needed. They cannot be opened again.',
  input: { flow_id: flowId(), ...selection() },
  output: { matched: z.int() },
  async call({ flow_id, ...given }, { api, now }) {
    const body = toSelection(given, now);
    let matched = 0;
    let cursor: string | null = null;
    for (let requests = 0; requests < MAX_REQUESTS; requests++) {
      const result: Resolved = await api.post(path`/v1/flows/${flow_id}/errors/resolve`, {
        ...body,
        ...(cursor !== null && { cursor }),
      });
      matched += result.matched;
      ({ cursor } = result);
      if (cursor === null) break;
    }
    return { matched, ...leftOut(cursor !== null && 'further errors match: call again') };
  },
});

export const failedRecordTools = [listFailedRecords, editFailedRecord, retryFailedRecords, resolveFailedRecords];
