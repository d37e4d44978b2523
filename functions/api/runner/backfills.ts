import * as z from 'zod';
import {
  BACKFILL_CAUSES,
  BACKFILL_ORDERS,
  BACKFILL_STATES,
  type Backfill,
  MAX_BACKFILL_CONCURRENCY,
} from '../../core/domain/backfill.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import { isUlid } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { type BackfillAction, controlBackfill } from '../../core/engine/backfill/control-backfill.ts';
import { requestBackfill } from '../../core/engine/backfill/create-backfill.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getBackfill, listBackfills } from '../../core/store/backfills.ts';
import { requireJob } from '../definition/find-job.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { inputObject, integer, oneOf, orDefault, time, withKeywords } from '../http/input-schemas.ts';
import { type ApiRequest, lazy, route, type ViewOf } from '../http/route.ts';
import {
  idempotencyKeyHeader,
  namedSchema,
  nonNegativeInteger,
  pathParameter,
  timestamp,
} from '../openapi/common-schemas.ts';
import { jobParameter } from './jobs.ts';
import { MAX_OPTIONS_BODY_BYTES, runOptionFields, toRunOptions } from './run-options.ts';
import { limit } from './runs-query.ts';

const backfill = lazy(() =>
  namedSchema(
    'RunnerBackfill',
    z.object({
      id: z.string(),
      job_id: z.string(),
      cause: z.enum(BACKFILL_CAUSES).describe('`catch_up`: the job makes up missed ticks (`catch_up` of the job).'),
      state: z.enum(BACKFILL_STATES),
      from: timestamp(),
      to: timestamp(),
      order: z.enum(BACKFILL_ORDERS),
      concurrency: nonNegativeInteger(),
      total: nonNegativeInteger().describe('Ticks of the range.'),
      done: nonNegativeInteger().describe('Runs that completed.'),
      failed: nonNegativeInteger(),
      canceled: nonNegativeInteger(),
      skipped: nonNegativeInteger().describe('Ticks of a catch-up that had a row without a run.'),
      active: nonNegativeInteger().describe('Runs that have started, or are about to, and have not ended.'),
      tags: z.array(z.string()),
      note: z.string().nullable(),
      created_at: timestamp(),
      created_by: z.string().nullable().describe('`null` for a catch-up.'),
      finished_at: timestamp().nullable().describe('When the last run ended, or the backfill was canceled.'),
      canceled_by: z.string().nullable(),
    }),
  ),
);
/** A backfill with its progress. */
export type BackfillView = ViewOf<typeof backfill>;

const backfillParameter = lazy(() => ({
  ...jobParameter(),
  ...pathParameter('backfill', 'The id of the backfill.', '01JNXA3V5T9YV0Q2Z6W8M4R7B1'),
}));

const backfillBody = lazy(() => {
  const { payload, args, env, tags, note } = runOptionFields();
  return inputObject({
    from: withKeywords(time(), { description: 'The first tick is at this time or later.' }),
    to: withKeywords(time(), { description: 'The last tick is at this time or earlier; not in the future.' }),
    order: orDefault(oneOf(BACKFILL_ORDERS), 'asc'),
    concurrency: withKeywords(orDefault(integer(1, MAX_BACKFILL_CONCURRENCY), 1), {
      description:
        'Maximum number of runs of the backfill that are active at the same time. They take at most all slots of the ' +
        'limit `concurrentRuns` but one, and may always take one.',
    }),
    payload,
    args,
    env,
    tags,
    note,
  });
});

const createRoute = route({
  method: 'POST',
  path: '/jobs/{id}/backfills',
  operation: 'createBackfill',
  action: 'operate',
  body: backfillBody,
  maxBodyBytes: MAX_OPTIONS_BODY_BYTES,
  openapi: () => ({
    summary: 'Run a job for past ticks',
    description:
      'Starts a run for each tick that the schedule of the job has in a range, also before the job was created: at most ' +
      '10,000. The runs have the `scheduled_at` of their ticks, share the given input, and do not affect the schedule: the ' +
      'overlap policy does not apply to them. A job may have 10 backfills that have not ended.',
    pathParameters: jobParameter(),
    headers: [idempotencyKeyHeader()],
    bodyExample: { from: '2026-02-01T00:00:00Z', to: '2026-02-28T23:59:59Z', order: 'asc', concurrency: 2 },
    errors: [404, 409, 413, 422],
  }),
  responses: () => ({
    202: {
      description: 'The backfill.',
      body: z.object({ backfill: backfill() }),
      headers: { Location: 'The path of the backfill.' },
    },
  }),
  async handle({ caller, params: { id }, body, headers }, platform: Platform) {
    const key = readIdempotencyKey(headers);
    const job = await requireJob(platform.db, caller.tenant, id);
    const { from, to, order, concurrency, ...given } = body;
    const runs = { ...given, priority: null, expires_in_s: null };
    const options = await toRunOptions(caller, job, runs, { isOfTicks: true });
    const request = { ...options, from, to, order, concurrency, createdBy: caller.name };
    const created = await requestBackfill(platform, job, key, request);
    return {
      status: 202,
      body: { backfill: toBackfillView(created) },
      headers: { location: `/jobs/${job.id}/backfills/${created.id}` },
      targets: [created.id],
      remarks: options,
    };
  },
});

const listRoute = route({
  method: 'GET',
  path: '/jobs/{id}/backfills',
  operation: 'listBackfills',
  action: 'read',
  query: () => inputObject({ limit: limit(), before: orDefault(backfillId(), null) }, 'query parameter'),
  openapi: () => ({
    summary: 'List the backfills of a job',
    description: 'Ended backfills are kept as long as runs.',
    pathParameters: jobParameter(),
    errors: [404],
  }),
  responses: () => ({
    200: { description: 'Backfills, newest first.', body: z.object({ backfills: z.array(backfill()) }) },
  }),
  async handle({ caller: { tenant }, params: { id }, query }, { db, now }: Pick<Platform, 'db' | 'now'>) {
    const { incarnation } = await requireJob(db, tenant, id);
    const found = await listBackfills(db, { tenant, jobId: id, incarnation }, { ...query, now: now() });
    return { status: 200, body: { backfills: found.map(toBackfillView) } };
  },
});

const getRoute = route({
  method: 'GET',
  path: '/jobs/{id}/backfills/{backfill}',
  operation: 'getBackfill',
  action: 'read',
  polled: true,
  openapi: () => ({
    summary: 'Get a backfill with its progress',
    pathParameters: backfillParameter(),
    errors: [404],
  }),
  responses: () => ({ 200: { description: 'The backfill.', body: z.object({ backfill: backfill() }) } }),
  async handle({ caller: { tenant }, params }, platform: Pick<Platform, 'db' | 'now'>) {
    const ref = await requireRef(platform, tenant, params);
    const found = await getBackfill(platform.db, ref, platform.now());
    if (!found) throw backfillNotFoundError();
    return { status: 200, body: { backfill: toBackfillView(found) } };
  },
});

const pauseRoute = route({
  method: 'POST',
  path: '/jobs/{id}/backfills/{backfill}/pause',
  operation: 'pauseBackfill',
  action: 'operate',
  openapi: () => ({
    summary: 'Pause a backfill',
    description: 'Starts no further runs. Active runs continue.',
    pathParameters: backfillParameter(),
    errors: [404, 409],
  }),
  responses: () => ({ 200: { description: 'The paused backfill.', body: z.object({ backfill: backfill() }) } }),
  handle: (request, platform: Platform) => control(platform, request, 'pause'),
});

const resumeRoute = route({
  method: 'POST',
  path: '/jobs/{id}/backfills/{backfill}/resume',
  operation: 'resumeBackfill',
  action: 'operate',
  openapi: () => ({
    summary: 'Resume a paused backfill',
    pathParameters: backfillParameter(),
    errors: [404, 409],
  }),
  responses: () => ({ 200: { description: 'The running backfill.', body: z.object({ backfill: backfill() }) } }),
  handle: (request, platform: Platform) => control(platform, request, 'resume'),
});

const cancelRoute = route({
  method: 'POST',
  path: '/jobs/{id}/backfills/{backfill}/cancel',
  operation: 'cancelBackfill',
  action: 'operate',
  openapi: () => ({
    summary: 'Cancel a backfill',
    description: 'Starts no further runs, and cancels the active ones within seconds.',
    pathParameters: backfillParameter(),
    errors: [404, 409],
  }),
  responses: () => ({ 200: { description: 'The canceled backfill.', body: z.object({ backfill: backfill() }) } }),
  handle: (request, platform: Platform) => control(platform, request, 'cancel'),
});

type Parameters = Readonly<Record<'id' | 'backfill', string>>;

async function control(
  platform: Platform,
  { caller, params }: Pick<ApiRequest<unknown, unknown, 'id' | 'backfill'>, 'caller' | 'params'>,
  action: BackfillAction,
) {
  const ref = await requireRef(platform, caller.tenant, params);
  const changed = await controlBackfill(platform, ref, action, caller.name);
  if (!changed) throw backfillNotFoundError();
  return { status: 200 as const, body: { backfill: toBackfillView(changed) } };
}

const backfillId = () => z.string().refine(isUlid, { error: 'must be the id of a backfill' });

/** The error for a backfill that does not exist, has expired, or belongs to another job or tenant. */
const backfillNotFoundError = () => new JobdeckError('not_found', 'backfill.not_found', 'Backfill not found');

/** @throws JobdeckError `job.not_found`, `backfill.not_found` for a malformed id */
async function requireRef({ db }: Pick<Platform, 'db'>, tenant: TenantId, { id: jobId, backfill: id }: Parameters) {
  const { incarnation } = await requireJob(db, tenant, jobId);
  if (!isUlid(id)) throw backfillNotFoundError();
  return { tenant, jobId, incarnation, id };
}

const toBackfillView = (shown: Backfill): BackfillView => ({
  id: shown.id,
  job_id: shown.jobId,
  cause: shown.cause,
  state: shown.state,
  from: shown.from,
  to: shown.to,
  order: shown.order,
  concurrency: shown.concurrency,
  total: shown.total,
  done: shown.done,
  failed: shown.failed,
  canceled: shown.canceled,
  skipped: shown.skipped,
  active: shown.active.length,
  tags: shown.tags,
  note: shown.note,
  created_at: shown.createdAt,
  created_by: shown.createdBy,
  finished_at: shown.finishedAt,
  canceled_by: shown.canceledBy,
});

export const backfillRoutes = [createRoute, listRoute, getRoute, pauseRoute, resumeRoute, cancelRoute];
