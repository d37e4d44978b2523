import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import {
  type AcknowledgeRequest,
  type AcknowledgeResult,
  acknowledgeFailure,
  withdrawAcknowledgement,
} from '../../core/engine/failures/acknowledge-run.ts';
import { findFailures } from '../../core/engine/failures/find-failures.ts';
import { forEachConcurrent } from '../../core/platform/for-each-concurrent.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { requireJob } from '../definition/find-job.ts';
import { inputObject, orDefault, textOrEmpty, time } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { nonNegativeInteger } from '../openapi/common-schemas.ts';
import { requireRun, runNotFoundError } from './find-run.ts';
import {
  assertNoFilters,
  assertSearchFoundRuns,
  causeId,
  findRequestedRuns,
  jobId,
  MAX_SEARCH_ROWS,
  messageId,
  mostSelectiveField,
  RESPONSE_RESERVE_MS,
  type RequestedRun,
  runIds,
} from './run-selection.ts';
import { run, toRunView } from './run-view.ts';
import { runParameter } from './runs.ts';

/** Maximum runs that one request acknowledges. */
const MAX_RUNS = 1_000;
const CONCURRENT_WRITES = 16;

const note = () => orDefault(textOrEmpty(500), null);

const updatedRun = () => ({
  200: { description: 'The updated run.', body: z.object({ ok: z.literal(true), run: run() }) },
});

export const acknowledgeRun = route({
  method: 'POST',
  path: '/jobs/{id}/runs/{run}/acknowledge',
  operation: 'acknowledgeRun',
  action: 'operate',
  body: () => inputObject({ note: note() }),
  openapi: () => ({
    summary: 'Acknowledge a failed run',
    description: 'An acknowledged run stays in the history and leaves the counts of failed runs.',
    pathParameters: runParameter(),
    bodyExample: { note: 'The bank was down.' },
    errors: [404, 409],
  }),
  responses: updatedRun,
  async handle({ caller, params, body }, platform: Pick<Platform, 'db' | 'now'>) {
    const row = await requireRun(platform, caller.tenant, params.id, params.run);
    if (row.state === 'skipped') throw runNotFailedError('acknowledge');
    return toResponse(await acknowledgeFailure(platform, row, { by: caller.name, note: body.note }));
  },
});

export const unacknowledgeRun = route({
  method: 'POST',
  path: '/jobs/{id}/runs/{run}/unacknowledge',
  operation: 'unacknowledgeRun',
  action: 'operate',
  openapi: () => ({ summary: 'Withdraw an acknowledgement', pathParameters: runParameter(), errors: [404, 409] }),
  responses: updatedRun,
  async handle({ caller: { tenant }, params }, platform: Pick<Platform, 'db' | 'now'>) {
    const row = await requireRun(platform, tenant, params.id, params.run);
    if (row.state === 'skipped') throw runNotFailedError('unacknowledge');
    return toResponse(await withdrawAcknowledgement(platform, row));
  },
});

const runNotFailedError = (verb: string) =>
  new JobdeckError('conflict', 'run.not_failed', `Cannot ${verb} skipped run: only failed runs can be acknowledged`);

function toResponse(result: AcknowledgeResult | undefined) {
  if (!result) throw runNotFoundError();
  return { status: 200 as const, body: { ok: true as const, run: toRunView(result.run) } };
}

const acknowledgeResult = lazy(() =>
  z.object({
    acknowledged: nonNegativeInteger(),
    left: nonNegativeInteger().describe('Upper bound for the runs that remain for another request.'),
    skipped: z.array(z.object({ run_id: z.string(), reason: z.string() })),
  }),
);
/** The outcome of a request that acknowledges several runs. */
export type AcknowledgeResultView = ViewOf<typeof acknowledgeResult>;

export const acknowledgeFailures = route({
  method: 'POST',
  path: '/failures/acknowledge',
  operation: 'acknowledgeFailures',
  action: 'operate',
  body: () =>
    inputObject({
      run_ids: orDefault(runIds(MAX_RUNS), null),
      job_id: orDefault(jobId(), null),
      cause: orDefault(causeId(), null),
      message_id: orDefault(messageId(), null),
      before: orDefault(time(), null),
      note: note(),
    }),
  openapi: () => ({
    summary: 'Acknowledge failed runs',
    description: 'Acknowledges the runs in `run_ids`, or all failed runs that match the filters, up to 1,000 at once.',
    bodyExample: { job_id: 'hello', note: 'The bank was down.' },
    errors: [404],
  }),
  responses: () => ({
    200: { description: 'The numbers of acknowledged and remaining runs.', body: acknowledgeResult() },
  }),
  async handle({ caller, body, remainingMs }, platform: Pick<Platform, 'db' | 'now'>) {
    const hasTime = () => remainingMs() > RESPONSE_RESERVE_MS;
    const { tenant } = caller;
    const request = { by: caller.name, note: body.note };
    if (body.run_ids) {
      assertNoFilters(body);
      const named = await findRequestedRuns(platform, tenant, body.run_ids);
      const { targets, ...others } = await acknowledgeNamed(platform, named, request, hasTime);
      return { status: 200, body: { acknowledged: targets.length, ...others }, targets };
    }
    if (body.job_id) await requireJob(platform.db, tenant, body.job_id);
    const filter = {
      ...(body.job_id && { jobId: body.job_id }),
      ...(body.cause && { cause: body.cause }),
      ...(body.message_id && { messageId: body.message_id }),
      ...(body.before && { failedBefore: body.before }),
    };
    const found = await findFailures(platform, tenant, filter, { limit: MAX_RUNS, maxRows: MAX_SEARCH_ROWS, hasTime });
    assertSearchFoundRuns(found, mostSelectiveField(body, 'before'));
    const targets: string[] = [];
    let left = found.remaining;
    await forEachConcurrent(CONCURRENT_WRITES, found.runs, async (run) => {
      if (!hasTime()) left += 1;
      else if ((await acknowledgeFailure(platform, run, request))?.changed) targets.push(publicRunId(run));
    });
    return { status: 200, body: { acknowledged: targets.length, left, skipped: [] }, targets };
  },
});

async function acknowledgeNamed(
  platform: Pick<Platform, 'db' | 'now'>,
  named: readonly RequestedRun[],
  request: AcknowledgeRequest,
  hasTime: () => boolean,
) {
  const skipped: { readonly run_id: string; readonly reason: string }[] = [];
  /** Ids of the acknowledged runs. */
  const targets: string[] = [];
  let left = 0;
  await forEachConcurrent(CONCURRENT_WRITES, named, async ({ runId, row }) => {
    if (!row) skipped.push({ run_id: runId, reason: 'run not found' });
    else if (row.state !== 'failed') skipped.push({ run_id: runId, reason: `did not fail: it is ${row.state}` });
    else if (!hasTime()) left += 1;
    else if ((await acknowledgeFailure(platform, row, request))?.changed) targets.push(runId);
    else skipped.push({ run_id: runId, reason: 'already acknowledged' });
  });
  return { targets, left, skipped };
}
