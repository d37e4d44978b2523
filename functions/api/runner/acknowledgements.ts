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
import { operation } from '../http/operation.ts';
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
import { toRunView } from './run-view.ts';

/** Maximum runs that one request acknowledges. */
const MAX_RUNS = 1_000;
/** Concurrent writes. */
const CONCURRENCY = 16;

const note = orDefault(textOrEmpty(500), null);

export const acknowledgeRun = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    body: inputObject({ note }),
    async handle({ caller, params: { id = '', run = '' }, body }) {
      const row = await requireRun(platform, caller.tenant, id, run);
      if (row.state === 'skipped') throw runNotFailedError('acknowledge');
      return answer(await acknowledgeFailure(platform, row, { by: caller.name, note: body.note }));
    },
  });

export const unacknowledgeRun = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '', run = '' } }) {
      const row = await requireRun(platform, tenant, id, run);
      if (row.state === 'skipped') throw runNotFailedError('unacknowledge');
      return answer(await withdrawAcknowledgement(platform, row));
    },
  });

const runNotFailedError = (verb: string) =>
  new JobdeckError('conflict', 'run.not_failed', `Cannot ${verb} skipped run: only one that failed`);

function answer(done: AcknowledgeResult | undefined) {
  if (!done) throw runNotFoundError();
  return { status: 200, body: { ok: true, run: toRunView(done.run) } };
}

const acknowledgeBody = inputObject({
  run_ids: orDefault(runIds(MAX_RUNS), null),
  job_id: orDefault(jobId, null),
  cause: orDefault(causeId, null),
  message_id: orDefault(messageId, null),
  before: orDefault(time(), null),
  note,
});

/**
 * Acknowledges the named failed runs, or all that match the filters. `left` is an upper bound for the runs that remain
 * for another request.
 */
export const acknowledgeFailures = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    body: acknowledgeBody,
    async handle({ caller, body, remainingMs }) {
      const hasTime = () => remainingMs() > RESPONSE_RESERVE_MS;
      const { tenant } = caller;
      const by = { by: caller.name, note: body.note };
      if (body.run_ids) {
        assertNoFilters(body);
        const named = await findRequestedRuns(platform, tenant, body.run_ids);
        const { targets, ...others } = await acknowledgeNamed(platform, named, by, hasTime);
        return { status: 200, body: { acknowledged: targets.length, ...others }, targets };
      }
      if (body.job_id) await requireJob(platform.db, tenant, body.job_id);
      const filter = {
        ...(body.job_id && { jobId: body.job_id }),
        ...(body.cause && { cause: body.cause }),
        ...(body.message_id && { messageId: body.message_id }),
        ...(body.before && { failedBefore: body.before }),
      };
      const found = await findFailures(platform, tenant, filter, {
        limit: MAX_RUNS,
        maxRows: MAX_SEARCH_ROWS,
        hasTime,
      });
      assertSearchFoundRuns(found, mostSelectiveField(body, 'before'));
      const targets: string[] = [];
      let left = found.remaining;
      await forEachConcurrent(CONCURRENCY, found.runs, async (run) => {
        if (!hasTime()) left += 1;
        else if ((await acknowledgeFailure(platform, run, by))?.changed) targets.push(publicRunId(run));
      });
      return { status: 200, body: { acknowledged: targets.length, left, skipped: [] }, targets };
    },
  });

async function acknowledgeNamed(
  platform: Pick<Platform, 'db' | 'now'>,
  named: readonly RequestedRun[],
  by: AcknowledgeRequest,
  hasTime: () => boolean,
) {
  const skipped: { readonly run_id: string; readonly reason: string }[] = [];
  /** Ids of the acknowledged runs. */
  const targets: string[] = [];
  let left = 0;
  await forEachConcurrent(CONCURRENCY, named, async ({ runId, row }) => {
    if (!row) skipped.push({ run_id: runId, reason: 'run not found' });
    else if (row.state !== 'failed') skipped.push({ run_id: runId, reason: `did not fail: it is ${row.state}` });
    else if (!hasTime()) left += 1;
    else if ((await acknowledgeFailure(platform, row, by))?.changed) targets.push(runId);
    else skipped.push({ run_id: runId, reason: 'was acknowledged before' });
  });
  return { targets, left, skipped };
}
