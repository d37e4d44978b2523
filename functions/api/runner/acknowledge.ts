import { JobdeckError } from '../../core/domain/errors.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { type Acknowledged, type AcknowledgedBy, acknowledge, unacknowledge } from '../../core/engine/acknowledge.ts';
import { findFailures } from '../../core/engine/failures.ts';
import { inParallel } from '../../core/platform/in-parallel.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { requireJob } from '../definition/find-job.ts';
import { operation } from '../http/operation.ts';
import { anyText, fields, orDefault, time } from '../http/shapes.ts';
import { requireRun } from './find-run.ts';
import { runNotFound } from './not-found.ts';
import { runView } from './run-view.ts';
import {
  causeId,
  findRows,
  jobId,
  messageId,
  type NamedRow,
  REST_MS,
  refuseFilters,
  refuseFruitless,
  runIds,
  SEARCH_ROWS,
  searchedBy,
} from './selection.ts';

/** Runs that one request acknowledges. */
const MOST = 1_000;
/** Rows that are written at the same time. */
const AT_ONCE = 16;

const note = orDefault(anyText(500), null);

export const acknowledgeRun = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    body: fields({ note }),
    async handle({ caller, params: { id = '', run = '' }, body }) {
      const row = await requireRun(platform, caller.tenant, id, run);
      if (row.state === 'skipped') throw notFailed('acknowledge');
      return answer(await acknowledge(platform, row, { by: caller.name, note: body.note }));
    },
  });

export const unacknowledgeRun = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    async handle({ caller: { tenant }, params: { id = '', run = '' } }) {
      const row = await requireRun(platform, tenant, id, run);
      if (row.state === 'skipped') throw notFailed('unacknowledge');
      return answer(await unacknowledge(platform, row));
    },
  });

const notFailed = (verb: string) =>
  new JobdeckError('conflict', 'run.not_failed', `Cannot ${verb} skipped run: only one that failed`);

function answer(done: Acknowledged | undefined) {
  if (!done) throw runNotFound();
  return { status: 200, body: { ok: true, run: runView(done.run) } };
}

const selection = fields({
  run_ids: orDefault(runIds(MOST), null),
  job_id: orDefault(jobId, null),
  cause: orDefault(causeId, null),
  message_id: orDefault(messageId, null),
  before: orDefault(time(), null),
  note,
});

/**
 * Acknowledges many failed runs: those that are named, or all that the rest of the request matches. `left`: so many more
 * at most; ask again.
 */
export const acknowledgeFailures = (platform: Pick<Platform, 'db' | 'now'>) =>
  operation({
    body: selection,
    async handle({ caller, body, remainingMs }) {
      const hasTime = () => remainingMs() > REST_MS;
      const { tenant } = caller;
      const by = { by: caller.name, note: body.note };
      if (body.run_ids) {
        refuseFilters(body);
        const named = await findRows(platform, tenant, body.run_ids);
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
      const found = await findFailures(platform, tenant, filter, { limit: MOST, rows: SEARCH_ROWS, hasTime });
      refuseFruitless(found, searchedBy(body, 'before'));
      const targets: string[] = [];
      let left = found.left;
      await inParallel(AT_ONCE, found.runs, async (run) => {
        if (!hasTime()) left += 1;
        else if ((await acknowledge(platform, run, by))?.changed) targets.push(publicRunId(run));
      });
      return { status: 200, body: { acknowledged: targets.length, left, skipped: [] }, targets };
    },
  });

async function acknowledgeNamed(
  platform: Pick<Platform, 'db' | 'now'>,
  named: readonly NamedRow[],
  by: AcknowledgedBy,
  hasTime: () => boolean,
) {
  const skipped: { readonly run_id: string; readonly reason: string }[] = [];
  /** Ids of those that were acknowledged. */
  const targets: string[] = [];
  let left = 0;
  await inParallel(AT_ONCE, named, async ({ runId, row }) => {
    if (!row) skipped.push({ run_id: runId, reason: 'run not found' });
    else if (row.state !== 'failed') skipped.push({ run_id: runId, reason: `did not fail: it is ${row.state}` });
    else if (!hasTime()) left += 1;
    else if ((await acknowledge(platform, row, by))?.changed) targets.push(runId);
    else skipped.push({ run_id: runId, reason: 'was acknowledged before' });
  });
  return { targets, left, skipped };
}
