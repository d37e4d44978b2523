import * as z from 'zod';
import type { RecordError } from '../../core/domain/flow/record-error.ts';
import { publicChildId, publicRunId } from '../../core/domain/run-id.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { listChildren } from '../../core/store/children.ts';
import { listErrorsOf, listRecordErrors } from '../../core/store/record-errors.ts';
import { fitting } from '../http/answer.ts';
import type { Cursors } from '../http/cursor.ts';
import { operation } from '../http/operation.ts';
import { documented, fields, matching, orDefault } from '../http/shapes.ts';
import { requireJob } from './get-job.ts';
import { checkQuery } from './invalid-query.ts';
import { nextLink } from './next-link.ts';

const DEFAULT_LIMIT = 100;
const MOST = 1_000;

const limit = documented(matching(/^([1-9]\d{0,2}|1000)$/, `1–${MOST}`), {
  type: 'integer',
  minimum: 1,
  maximum: MOST,
}).transform(Number);
/** The parameters of `GET /v1/jobs/{id}/joberrors`. */
export const jobErrorsQuery = fields(
  { limit: orDefault(limit, DEFAULT_LIMIT), cursor: z.string().optional() },
  'query parameter',
);

/** Where a record failed. */
interface Step {
  /** The job of the export or import. A transform has no job: its errors belong to the job of the flow's first import. */
  readonly jobId: string;
  readonly type: 'export' | 'transform' | 'import';
}

/**
 * The records that failed in a job, in the order of its operators' ids and of their places; of an export or import only
 * its own, and of the first import those that failed in transforms. A page ends at `limit`, or before it where the answer would be too large: its `Link` says whether more follow.
 */
export const listJobErrors = (platform: Pick<Platform, 'db' | 'now'>, cursors: Cursors) =>
  operation({
    query: z.record(z.string(), z.string()),
    async handle({ caller: { tenant }, params: { id = '' }, query }) {
      const { limit, cursor } = checkQuery(jobErrorsQuery, query);
      const { ref, operator, view } = await requireJob(platform, tenant, id);
      const list = `joberrors ${id}`;
      const after = cursor === undefined ? undefined : parsePlace(await cursors.open(tenant, list, cursor));
      const children = await listChildren(platform.db, ref);
      const page = { limit: limit + 1, ...(after && { after }) };
      const step = children.find((child) => child.operator === operator);
      const found = step
        ? await listErrorsOf(platform.db, ref, [step.operator, ...step.transforms], page)
        : await listRecordErrors(platform.db, ref, page);
      const flowJobId = publicRunId(ref);
      const steps = new Map<string, Step>(
        children.map((child) => [child.operator, { jobId: publicChildId(child), type: child.kind }]),
      );
      const firstImport = children.filter(({ kind }) => kind === 'import').sort((a, b) => a.index - b.index)[0];
      const transformJobId = firstImport ? publicChildId(firstImport) : flowJobId;
      const shown = fitting(
        found.slice(0, limit).map((error) => {
          const failedAt = steps.get(error.operator) ?? { jobId: transformJobId, type: 'transform' };
          return errorView(error, failedAt, flowJobId, view.purgeAt);
        }),
      );
      const last = found[shown.length - 1];
      const next =
        last && shown.length < found.length ? await cursors.make(tenant, list, formatPlace(last)) : undefined;
      const path = `/v1/jobs/${id}/joberrors`;
      return { status: 200, body: shown, ...(next && { headers: nextLink(path, { ...query, cursor: next }) }) };
    },
  });

function errorView(error: RecordError, { jobId, type }: Step, flowJobId: string, purgeAt: string) {
  const { operator, split, page, index } = error;
  return {
    _id: `${flowJobId}.${operator}.${split}.${page}.${index}`,
    _jobId: jobId,
    _flowJobId: flowJobId,
    type,
    operatorId: operator,
    message: error.message,
    record: error.input,
    position: { split, page, index },
    taskIndex: error.task,
    createdAt: error.occurredAt,
    purgeAt,
  };
}

type Place = Pick<RecordError, 'operator' | 'split' | 'page' | 'index'>;

const formatPlace = ({ operator, split, page, index }: Place): string => [operator, split, page, index].join('.');

/** Of a place that was signed. */
function parsePlace(place: string): Place {
  const [operator = '', ...numbers] = place.split('.');
  const [split = 0, page = 0, index = 0] = numbers.map(Number);
  return { operator, split, page, index };
}
