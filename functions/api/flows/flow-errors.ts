import * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { parseErrorId, publicErrorId } from '../../core/domain/flow/error-id.ts';
import {
  ERROR_STATUSES,
  type ErrorSelection,
  type ErrorWork,
  findRetryProblem,
  MAX_SELECTED_IDS,
  recordToRetry,
  statusOf,
} from '../../core/domain/flow/error-work.ts';
import { WHOLE_INPUT_BYTES } from '../../core/domain/flow/record-error.ts';
import type { Job } from '../../core/domain/job.ts';
import { type Json, jsonBytes } from '../../core/domain/json.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { truncate } from '../../core/domain/text.ts';
import { createActivity } from '../../core/engine/flow/errors/activity.ts';
import { type FoundError, findErrors } from '../../core/engine/flow/errors/find-errors.ts';
import { resolveErrors } from '../../core/engine/flow/errors/resolve-errors.ts';
import { retryErrors } from '../../core/engine/flow/errors/retry-errors.ts';
import { positionOf } from '../../core/engine/flow/errors/visit-errors.ts';
import { findValueProblem } from '../../core/executors/flow/formats/parse-record.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { editError, getErrors } from '../../core/store/error-work.ts';
import { jobRefOf } from '../../core/store/keys.ts';
import type { CursorSigner } from '../http/cursor.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { type IfMatch, readIfMatch } from '../http/if-match.ts';
import { inputObject, listOf, oneOf, orDefault, queryInteger, text, time } from '../http/input-schemas.ts';
import { takeWithinResponse } from '../http/response.ts';
import { lazy, type ParameterDoc, route, type ViewOf } from '../http/route.ts';
import {
  idempotencyKeyHeader,
  namedSchema,
  nonNegativeInteger,
  pathParameter,
  timestamp,
} from '../openapi/common-schemas.ts';
import { flowParameter, requireFlow } from './flows.ts';
import { validateQuery } from './invalid-query.ts';
import { NEXT_LINK, nextLinkHeader } from './next-link.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
const MAX_TEXT_LENGTH = 200;
const MAX_NOTE_LENGTH = 1_000;
const MAX_NAME_LENGTH = 256;
/** A position and its signature. */
const MAX_CURSOR_LENGTH = 1_100;
/** Attempts at a change that conflicts with others. */
const MAX_TRIES = 8;
/** Maximum length of the id of an error. */
const MAX_ID_LENGTH = 512;

const filterFields = lazy(() => ({
  operator: text(64).optional(),
  jobId: text(MAX_ID_LENGTH).optional(),
  text: text(MAX_TEXT_LENGTH).optional(),
  assignedTo: text(MAX_NAME_LENGTH).optional(),
  occurredAt_gte: time().optional(),
  occurredAt_lte: time().optional(),
}));
type Filter = z.output<ReturnType<typeof filterSchema>>;
const filterSchema = lazy(() => inputObject(filterFields()));

/** Parameters of the list of errors. */
const errorsQuery = lazy(() =>
  inputObject(
    {
      status: oneOf(ERROR_STATUSES).optional(),
      ...filterFields(),
      limit: orDefault(queryInteger(1, MAX_LIMIT), DEFAULT_LIMIT),
      cursor: z.string().optional(),
    },
    'query parameter',
  ),
);

const selectionInput = lazy(() =>
  inputObject({ ids: listOf(text(MAX_ID_LENGTH), MAX_SELECTED_IDS, 1).optional(), filter: filterSchema().optional() }),
);

const resolutionInput = lazy(() =>
  inputObject({
    ids: listOf(text(MAX_ID_LENGTH), MAX_SELECTED_IDS, 1).optional(),
    filter: filterSchema().optional(),
    cursor: text(MAX_CURSOR_LENGTH).optional(),
  }),
);

const editInput = lazy(() =>
  inputObject({
    record: z.unknown().optional(),
    assignedTo: text(MAX_NAME_LENGTH).nullable().optional(),
    note: text(MAX_NOTE_LENGTH).nullable().optional(),
  }),
);

const errorSchema = lazy(() => {
  const string = z.string();
  return namedSchema(
    'FlowsError',
    z.object({
      _id: string,
      _flowJobId: string,
      status: z.enum(ERROR_STATUSES),
      operator: string,
      message: string,
      record: z.unknown().describe('The record, with the changes of an edit; text if the input is not stored whole.'),
      edited: z.boolean(),
      revision: nonNegativeInteger().describe('Number of edits; in quotes the entity tag for `If-Match`.'),
      retryable: z.boolean(),
      reason: string.nullable().describe('The reason for which the error cannot be retried.'),
      occurredAt: timestamp(),
      attempts: nonNegativeInteger().describe('Number of times that the record failed.'),
      retriedAt: timestamp().nullable(),
      resolvedAt: timestamp().nullable(),
      resolvedBy: string.nullable().describe('`retry`, or the name of the caller who resolved the error.'),
      assignedTo: string.nullable(),
      note: string.nullable(),
      position: z.object({ split: nonNegativeInteger(), page: nonNegativeInteger(), index: nonNegativeInteger() }),
      purgeAt: timestamp(),
    }),
  );
});
/** An error of a flow as a piece of work. */
export type FlowErrorView = ViewOf<typeof errorSchema>;

const matchedFields = lazy(() => ({
  matched: nonNegativeInteger().describe('Number of errors that the request found.'),
  more: z.boolean().describe('Further errors may match.'),
}));
const retrySchema = lazy(() =>
  namedSchema(
    'FlowsErrorRetry',
    z.object({ ...matchedFields(), _jobId: z.string().nullable().describe('The job that retries the errors.') }),
  ),
);
const resolveSchema = lazy(() =>
  namedSchema(
    'FlowsErrorResolve',
    z.object({
      ...matchedFields(),
      cursor: z
        .string()
        .nullable()
        .describe('Cursor of a further request with the same selection; null if `more` is false.'),
    }),
  ),
);

const errorParameter = lazy(() => ({
  ...flowParameter(),
  ...pathParameter('errorId', 'The error.', 'orders-to-erp.01JZ0000.01JZ0000000000000000000000.sink_1.0.0.7'),
}));

const ERROR_ETAG = { ETag: 'The revision of the error, for `If-Match`.' };

/** Header of an edit that must not overwrite the edit of another. */
const errorIfMatch = (): ParameterDoc => ({
  name: 'If-Match',
  description: 'Entity tags or `*`. The request is rejected (412) unless the error is at one of the named revisions.',
  schema: z.string(),
  example: '"3"',
});

type Dependencies = Platform & { readonly cursors: CursorSigner };

export const flowErrorRoutes = [
  route({
    method: 'GET',
    path: '/v1/flows/{id}/errors',
    operation: 'listFlowErrors',
    action: 'read',
    query: () => z.record(z.string(), z.string()),
    openapi: () => ({
      summary: 'List the errors of a flow',
      description:
        'The failed records of all jobs of the flow, those of the newest job first. A page may have fewer errors than `limit`, or none, and still have a next one.',
      pathParameters: flowParameter(),
      query: errorsQuery(),
      errors: [404],
    }),
    responses: () => ({ 200: { description: 'A page of errors.', body: z.array(errorSchema()), headers: NEXT_LINK } }),
    async handle({ caller: { tenant }, params: { id }, query }, platform: Dependencies) {
      const { status, limit, cursor, ...filter } = validateQuery(errorsQuery(), query);
      const flow = await requireFlow(platform.db, tenant, id);
      const list = `errors ${id} ${flow.incarnation} ${JSON.stringify([status, filter])}`;
      const after =
        cursor === undefined ? null : (JSON.parse(await platform.cursors.verify(tenant, list, cursor)) as Json);
      const search = { status, limit, after, filter: toFilter(filter) };
      const { errors, next: end } = await findErrors(platform, flow, search);
      const body = takeWithinResponse(errors.map((error) => toErrorView(flow, error)));
      const next = body.length < errors.length ? positionAfter(errors[body.length - 1]) : end;
      if (next === null) return { status: 200, body };
      const position = await platform.cursors.create(tenant, list, JSON.stringify(next));
      return { status: 200, body, headers: nextLinkHeader(`/v1/flows/${id}/errors`, { ...query, cursor: position }) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/flows/{id}/errors/retry',
    operation: 'retryFlowErrors',
    action: 'operate',
    body: selectionInput,
    openapi: () => ({
      summary: 'Retry errors of a flow',
      description:
        'Starts a job of the flow that sends the open, retryable errors again, each from the operator at which it failed. Without ids and filter all of them.',
      pathParameters: flowParameter(),
      headers: [idempotencyKeyHeader()],
      body: selectionInput(),
      bodyExample: { filter: { operator: 'sink_1' } },
      errors: [404, 409, 422],
    }),
    responses: () => ({
      202: {
        description: 'The job is started, unless no error matches.',
        body: retrySchema(),
        headers: { Location: 'URL of the job, if one is started.' },
      },
    }),
    async handle({ caller: { tenant }, params: { id }, body, headers }, platform: Platform) {
      const flow = await requireFlow(platform.db, tenant, id);
      const key = readIdempotencyKey(headers);
      const { run, matched, more } = await retryErrors(platform, flow, toSelection(body), key);
      const _jobId = run && publicRunId(run);
      return {
        status: 202,
        body: { matched, more, _jobId },
        ...(_jobId !== null && { headers: { location: `/v1/jobs/${_jobId}` }, targets: [_jobId] }),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/flows/{id}/errors/resolve',
    operation: 'resolveFlowErrors',
    action: 'operate',
    body: resolutionInput,
    openapi: () => ({
      summary: 'Resolve errors of a flow',
      description:
        'Resolves open errors without a retry. Without ids and filter all of them. One request resolves at most 1,000; if `more` is true, one with the returned `cursor` resolves further ones.',
      pathParameters: flowParameter(),
      body: resolutionInput(),
      bodyExample: { ids: ['orders-to-erp.01JZ0000.01JZ0000000000000000000000.sink_1.0.0.7'] },
      errors: [404],
    }),
    responses: () => ({ 202: { description: 'The errors are resolved.', body: resolveSchema() } }),
    async handle({ caller, params: { id }, body: { cursor, ...selected } }, platform: Dependencies) {
      const { tenant, name } = caller;
      const flow = await requireFlow(platform.db, tenant, id);
      const selection = toSelection(selected);
      const list = `resolve ${id} ${flow.incarnation} ${JSON.stringify(selection)}`;
      const after =
        cursor === undefined ? null : (JSON.parse(await platform.cursors.verify(tenant, list, cursor)) as Json);
      const { matched, next } = await resolveErrors(platform, flow, selection, name, after);
      const more = next !== null;
      const nextCursor = more ? await platform.cursors.create(tenant, list, JSON.stringify(next)) : null;
      return { status: 202, body: { matched, more, cursor: nextCursor } };
    },
  }),
  route({
    method: 'PUT',
    path: '/v1/flows/{id}/errors/{errorId}',
    operation: 'editFlowError',
    action: 'operate',
    body: editInput,
    openapi: () => ({
      summary: 'Edit an error of a flow',
      description:
        'Sets the record that a retry sends, the person who works on the error, or a note. Absent fields are unchanged; null removes an assignment or a note. With `If-Match` only the named revision is changed.',
      pathParameters: errorParameter(),
      headers: [errorIfMatch()],
      body: editInput(),
      bodyExample: { record: { id: 7, total: 19.99 }, assignedTo: 'ada@example.com' },
      errors: [404, 409, 412],
    }),
    responses: () => ({
      200: { description: 'The error after the change.', body: errorSchema(), headers: ERROR_ETAG },
    }),
    async handle({ caller: { tenant }, params: { id, errorId }, body, headers }, platform: Platform) {
      const flow = await requireFlow(platform.db, tenant, id);
      const edit = toEdit(body);
      const ifMatch = readIfMatch(headers);
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const found = await requireError(platform, flow, errorId);
        assertCurrent(found.error, ifMatch);
        if (edit.edited !== undefined && found.status !== 'open') throw notOpenError(found.status);
        const error = await editError(platform.db, found.run, found.error, edit);
        if (error)
          return { status: 200, body: toErrorView(flow, { ...found, error }), headers: { etag: etagOf(error) } };
      }
      throw new JobdeckError('conflict', 'error.changed', 'the error is edited by others; try again');
    },
  }),
];

function toFilter({ occurredAt_gte: from, occurredAt_lte: to, ...filter }: Filter) {
  return { ...filter, from, to };
}

/** Converts a selection. Each id counts once. */
function toSelection({ ids, filter }: z.output<ReturnType<typeof selectionInput>>): ErrorSelection {
  return { ...(ids && { ids: [...new Set(ids)] }), ...(filter && { filter: toFilter(filter) }) };
}

/** @throws InvalidInput if the body changes nothing, or the record cannot be stored */
function toEdit({ record, assignedTo, note }: z.output<ReturnType<typeof editInput>>) {
  if (record === undefined && assignedTo === undefined && note === undefined)
    throw new InvalidInput('body', 'must have record, assignedTo or note');
  if (record === undefined) return { assignedTo, note };
  const problem = findValueProblem(record as Json);
  if (problem !== undefined) throw new InvalidInput('record', `must be a record: ${problem}`);
  const bytes = jsonBytes(record);
  if (bytes > WHOLE_INPUT_BYTES)
    throw new InvalidInput('record', `must have at most ${WHOLE_INPUT_BYTES} bytes as JSON, got ${bytes}`);
  return { edited: JSON.stringify(record), assignedTo, note };
}

/** @throws JobdeckError `error.not_found` */
async function requireError(platform: Platform, flow: Job, id: string): Promise<FoundError> {
  const ref = parseErrorId(flow.tenant, id);
  const job = jobRefOf(flow);
  const isOfFlow = ref?.run.jobId === job.jobId && ref.run.incarnation === job.incarnation;
  const [found] = ref && isOfFlow ? await getErrors(platform.db, [ref], platform.now()) : [];
  if (!found) throw new JobdeckError('not_found', 'error.not_found', 'Error not found');
  const { retry } = found.error;
  const isHeld = retry !== undefined && (await createActivity(platform.db, job)(retry));
  return { ...found, status: statusOf(found.error, () => isHeld) };
}

const etagOf = ({ revision = 0 }: ErrorWork): string => `"${revision}"`;

/** @throws JobdeckError `error.changed` (precondition) */
function assertCurrent(error: ErrorWork, ifMatch: IfMatch | undefined): void {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch.includes(etagOf(error))) return;
  const got = truncate(String(ifMatch), 80);
  throw new JobdeckError(
    'precondition',
    'error.changed',
    `if-match: must name the current revision, ${etagOf(error)}, got ${got}`,
  );
}

const notOpenError = (status: FoundError['status']): JobdeckError =>
  new JobdeckError('conflict', 'error.not_open', `record: can be set while the error is open, and it is ${status}`);

const positionAfter = (last: FoundError | undefined): Json => (last ? (positionOf(last) as unknown as Json) : null);

function toErrorView(flow: Job, { run, error, status }: FoundError): FlowErrorView {
  const { operator, message, split, page, index } = error;
  const problem = flow.target.type === 'flow' ? findRetryProblem(error, flow.target.flow) : undefined;
  const isResolved = status === 'resolved';
  return {
    _id: publicErrorId(run, error),
    _flowJobId: publicRunId(run),
    status,
    operator,
    message,
    record: recordToRetry(error) ?? error.input,
    edited: error.edited !== undefined,
    revision: error.revision ?? 0,
    retryable: !isResolved && problem === undefined,
    reason: isResolved ? 'the error is resolved' : (problem ?? null),
    occurredAt: error.occurredAt,
    attempts: error.attempts,
    retriedAt: error.retriedAt ?? null,
    resolvedAt: error.resolvedAt ?? null,
    resolvedBy: error.resolvedBy ?? null,
    assignedTo: error.assignedTo ?? null,
    note: error.note ?? null,
    position: { split, page, index },
    purgeAt: run.purgeAt,
  };
}
