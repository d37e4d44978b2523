import * as z from 'zod';
import { publicErrorId } from '../../core/domain/flow/error-id.ts';
import type { RecordError } from '../../core/domain/flow/record-error.ts';
import { truncateInput } from '../../core/domain/flow/truncate-input.ts';
import type { RunRef } from '../../core/domain/run.ts';
import { publicChildId, publicRunId } from '../../core/domain/run-id.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { listChildren } from '../../core/store/children.ts';
import { listOperatorErrors, listRecordErrors } from '../../core/store/record-errors.ts';
import type { CursorSigner } from '../http/cursor.ts';
import { inputObject, matchingText, orDefault, withKeywords } from '../http/input-schemas.ts';
import { takeWithinResponse } from '../http/response.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/common-schemas.ts';
import { requireJob } from './flow-jobs.ts';
import { validateQuery } from './invalid-query.ts';
import { jobParameter } from './job-view.ts';
import { NEXT_LINK, nextLinkHeader } from './next-link.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

const limit = () =>
  withKeywords(matchingText(/^([1-9]\d{0,2}|1000)$/, `1–${MAX_LIMIT}`), {
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
  }).transform(Number);
/** Parameters of `GET /v1/jobs/{id}/joberrors`. */
const jobErrorsQuery = lazy(() =>
  inputObject({ limit: orDefault(limit(), DEFAULT_LIMIT), cursor: z.string().optional() }, 'query parameter'),
);

/** The step in which a record failed. */
interface FailedStep {
  /**
   * The job of the export or import. A transform has no job of its own: its errors belong to the flow's first import.
   */
  readonly jobId: string;
  readonly type: JobErrorView['type'];
}

const jobErrorSchema = lazy(() => {
  const text = z.string();
  return namedSchema(
    'FlowsJobError',
    z.object({
      _id: text,
      _jobId: text,
      _flowJobId: text,
      type: z.enum(['export', 'transform', 'import']),
      operatorId: text,
      message: text,
      record: text.nullable(),
      position: z.object({ split: nonNegativeInteger(), page: nonNegativeInteger(), index: nonNegativeInteger() }),
      taskIndex: nonNegativeInteger(),
      createdAt: timestamp(),
      purgeAt: timestamp(),
    }),
  );
});
type JobErrorView = ViewOf<typeof jobErrorSchema>;

/**
 * Lists the records that failed in a job, ordered by operator id and position. For an export or import these are the
 * records that failed in it; the first import includes the records that failed in transforms. A page has at most
 * `limit` records and fits into one response; its `Link` leads to the next page.
 */
export const listJobErrors = route({
  method: 'GET',
  path: '/v1/jobs/{id}/joberrors',
  operation: 'listJobErrors',
  action: 'read',
  query: () => z.record(z.string(), z.string()),
  openapi: () => ({
    summary: 'List the records that failed in a job',
    pathParameters: jobParameter(),
    query: jobErrorsQuery(),
    errors: [404],
  }),
  responses: () => ({
    200: { description: 'A page of failed records.', body: z.array(jobErrorSchema()), headers: NEXT_LINK },
  }),
  async handle(
    { caller: { tenant }, params: { id }, query },
    { db, now, cursors }: Pick<Platform, 'db' | 'now'> & { readonly cursors: CursorSigner },
  ) {
    const { limit, cursor } = validateQuery(jobErrorsQuery(), query);
    const { ref, operator, view } = await requireJob({ db, now }, tenant, id);
    const list = `joberrors ${id}`;
    const after = cursor === undefined ? undefined : parsePosition(await cursors.verify(tenant, list, cursor));
    const children = await listChildren(db, ref);
    const page = { limit: limit + 1, ...(after && { after }) };
    const step = children.find((child) => child.operator === operator);
    const found = step
      ? await listOperatorErrors(db, ref, [step.operator, ...step.transforms], page)
      : await listRecordErrors(db, ref, page);
    const flowJobId = publicRunId(ref);
    const steps = new Map<string, FailedStep>(
      children.map((child) => [child.operator, { jobId: publicChildId(child), type: child.kind }]),
    );
    const firstImport = children.filter(({ kind }) => kind === 'import').sort((a, b) => a.index - b.index)[0];
    const transformJobId = firstImport ? publicChildId(firstImport) : flowJobId;
    const shown = takeWithinResponse(
      found.slice(0, limit).map((error) => {
        const failedAt = steps.get(error.operator) ?? { jobId: transformJobId, type: 'transform' };
        return toErrorView(ref, error, failedAt, flowJobId, view.purgeAt);
      }),
    );
    const last = found[shown.length - 1];
    const next =
      last && shown.length < found.length ? await cursors.create(tenant, list, formatPosition(last)) : undefined;
    const path = `/v1/jobs/${id}/joberrors`;
    return { status: 200, body: shown, ...(next && { headers: nextLinkHeader(path, { ...query, cursor: next }) }) };
  },
});

function toErrorView(
  run: RunRef,
  error: RecordError,
  { jobId, type }: FailedStep,
  flowJobId: string,
  purgeAt: string,
): JobErrorView {
  const { operator, split, page, index } = error;
  return {
    _id: publicErrorId(run, error),
    _jobId: jobId,
    _flowJobId: flowJobId,
    type,
    operatorId: operator,
    message: error.message,
    record: error.isWhole ? truncateInput(error.input) : error.input,
    position: { split, page, index },
    taskIndex: error.task,
    createdAt: error.occurredAt,
    purgeAt,
  };
}

type Position = Pick<RecordError, 'operator' | 'split' | 'page' | 'index'>;

const formatPosition = ({ operator, split, page, index }: Position): string => [operator, split, page, index].join('.');

/** Parses a position from a verified cursor. */
function parsePosition(position: string): Position {
  const [operator = '', ...numbers] = position.split('.');
  const [split = 0, page = 0, index = 0] = numbers.map(Number);
  return { operator, split, page, index };
}
