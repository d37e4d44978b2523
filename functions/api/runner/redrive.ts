import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { findFailures } from '../../core/engine/failures/find-failures.ts';
import {
  JobRedriver,
  type Redrivable,
  type RedriveOptions,
  type RedriveResult,
} from '../../core/engine/failures/redrive-job.ts';
import { forEachConcurrent } from '../../core/platform/for-each-concurrent.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { findJob, requireJob } from '../definition/find-job.ts';
import { flag, inputObject, integer, orDefault, time } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';
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

/** Maximum runs that one request redrives. */
const MAX_RUNS = 500;
const DEFAULT_LIMIT = 100;
/** Jobs whose runs are started concurrently. Runs of one job start one after the other. */
const JOB_CONCURRENCY = 8;

const redriveBody = inputObject({
  run_ids: orDefault(runIds(MAX_RUNS), null),
  job_id: orDefault(jobId, null),
  cause: orDefault(causeId, null),
  message_id: orDefault(messageId, null),
  since: orDefault(time(), null),
  until: orDefault(time(), null),
  limit: orDefault(integer(1, MAX_RUNS), DEFAULT_LIMIT),
  dry_run: orDefault(flag(), false),
  acknowledge: orDefault(flag(), true),
});

/**
 * Starts a new run for each selected failed run, oldest first, at most once each. `left` is an upper bound for the runs
 * that remain for another request.
 */
export const redrive = (platform: Platform) =>
  operation({
    body: redriveBody,
    async handle({ caller, body, remainingMs }) {
      const hasTime = () => remainingMs() > RESPONSE_RESERVE_MS;
      const { named: requestedRuns, left } = await selectRuns(platform, caller.tenant, body, hasTime);
      const options = { dryRun: body.dry_run, acknowledgedBy: body.acknowledge ? caller.name : null };
      const outcomes = await redriveAll(platform, requestedRuns, options, hasTime);
      const done = requestedRuns.flatMap(({ runId }) => {
        const outcome = outcomes.get(runId);
        return outcome ? [{ runId, outcome, by: outcome.by && publicRunId(outcome.by) }] : [];
      });
      const restarted = done.filter(({ outcome }) => outcome.kind === 'started' && !body.dry_run);
      return {
        status: 200,
        targets: restarted.flatMap(({ runId, by }) => [runId, ...(by ? [by] : [])]),
        body: {
          matched: done.length,
          started: done.flatMap(({ runId, outcome, by }) =>
            outcome.kind === 'started' ? [{ run_id: runId, new_run_id: by }] : [],
          ),
          skipped: done.flatMap(({ runId, outcome, by }) =>
            outcome.kind === 'skipped' ? [{ run_id: runId, reason: outcome.reason, new_run_id: by }] : [],
          ),
          left: left + requestedRuns.length - done.length,
          dry_run: body.dry_run,
        },
      };
    },
  });

interface RedriveSelection {
  readonly run_ids: readonly string[] | null;
  readonly job_id: string | null;
  readonly cause: string | null;
  readonly message_id: string | null;
  readonly since: string | null;
  readonly until: string | null;
  readonly limit: number;
}

async function selectRuns(
  platform: Platform,
  tenant: TenantId,
  body: RedriveSelection,
  hasTime: () => boolean,
): Promise<{ readonly named: readonly RequestedRun[]; readonly left: number }> {
  if (body.run_ids) {
    assertNoFilters({ ...body });
    return { named: await findRequestedRuns(platform, tenant, body.run_ids), left: 0 };
  }
  const { job_id, cause, message_id, since, until, limit } = body;
  if ([job_id, cause, message_id, since, until].every((value) => value === null)) {
    const by = 'by run_ids, or by job_id, cause, message_id, since or until';
    throw new InvalidInput('body', `must choose failed runs: ${by}`);
  }
  if (job_id !== null) await requireJob(platform.db, tenant, job_id);
  const filter = {
    ...(job_id !== null && { jobId: job_id }),
    ...(cause !== null && { cause }),
    ...(message_id !== null && { messageId: message_id }),
    created: { oldestFirst: true, ...(since !== null && { from: since }), ...(until !== null && { through: until }) },
  };
  const found = await findFailures(platform, tenant, filter, { limit, maxRows: MAX_SEARCH_ROWS, hasTime });
  assertSearchFoundRuns(found, mostSelectiveField(body, 'since'));
  return { named: found.runs.map((row) => ({ runId: publicRunId(row), row })), left: found.remaining };
}

const NOT_FOUND = { kind: 'skipped', reason: 'run not found', by: null } as const;

/** @returns the outcomes by run id; runs that were not processed in time are missing */
export async function redriveAll(
  platform: Platform,
  requestedRuns: readonly RequestedRun[],
  options: RedriveOptions,
  hasTime: () => boolean,
): Promise<ReadonlyMap<string, RedriveResult>> {
  const outcomes = new Map<string, RedriveResult>();
  const byJob = Map.groupBy(requestedRuns, ({ row }) => row?.jobId);
  await forEachConcurrent(JOB_CONCURRENCY, [...byJob.values()], async (rows) => {
    const of = rows[0]?.row;
    const job = of && (await findJob(platform.db, of.tenant, of.jobId));
    const redrives = job?.incarnation === of?.incarnation && job && new JobRedriver(platform, job, options);
    for (const { runId, row } of rows) {
      if (!hasTime()) return;
      outcomes.set(runId, row && redrives ? await redriveUnlessJobDeleted(redrives, row) : NOT_FOUND);
    }
  });
  return outcomes;
}

/** Redrives a run unless its job was deleted meanwhile. */
async function redriveUnlessJobDeleted(redrives: JobRedriver, row: Redrivable): Promise<RedriveResult> {
  try {
    return await redrives.redrive(row);
  } catch (error) {
    if (error instanceof JobdeckError && error.code === 'job.not_found') return NOT_FOUND;
    throw error;
  }
}
