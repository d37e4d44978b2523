import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { findFailures } from '../../core/engine/failures.ts';
import { JobRedrive, type Redrivable, type Redriven, type RedriveOptions } from '../../core/engine/redrive.ts';
import { inParallel } from '../../core/platform/in-parallel.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { findJob, requireJob } from '../definition/find-job.ts';
import { operation } from '../http/operation.ts';
import { fields, flag, integer, orDefault, time } from '../http/shapes.ts';
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

/** Runs that one request does again. */
const MOST = 500;
const DEFAULT_LIMIT = 100;
/** Jobs whose runs are started at the same time; those of one job follow each other. */
const JOBS_AT_ONCE = 8;

const selection = fields({
  run_ids: orDefault(runIds(MOST), null),
  job_id: orDefault(jobId, null),
  cause: orDefault(causeId, null),
  message_id: orDefault(messageId, null),
  since: orDefault(time(), null),
  until: orDefault(time(), null),
  limit: orDefault(integer(1, MOST), DEFAULT_LIMIT),
  dry_run: orDefault(flag(), false),
  acknowledge: orDefault(flag(), true),
});

/**
 * Starts a new run for each failed one that is chosen, at most once each. `matched` runs were looked at, oldest first;
 * `left`: so many more at most; ask again.
 */
export const redrive = (platform: Platform) =>
  operation({
    body: selection,
    async handle({ caller, body, remainingMs }) {
      const hasTime = () => remainingMs() > REST_MS;
      const { named, left } = await choose(platform, caller.tenant, body, hasTime);
      const options = { dryRun: body.dry_run, acknowledgedBy: body.acknowledge ? caller.name : null };
      const outcomes = await redriveAll(platform, named, options, hasTime);
      const done = named.flatMap(({ runId }) => {
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
          left: left + named.length - done.length,
          dry_run: body.dry_run,
        },
      };
    },
  });

interface Selection {
  readonly run_ids: readonly string[] | null;
  readonly job_id: string | null;
  readonly cause: string | null;
  readonly message_id: string | null;
  readonly since: string | null;
  readonly until: string | null;
  readonly limit: number;
}

async function choose(
  platform: Platform,
  tenant: TenantId,
  body: Selection,
  hasTime: () => boolean,
): Promise<{ readonly named: readonly NamedRow[]; readonly left: number }> {
  if (body.run_ids) {
    refuseFilters({ ...body });
    return { named: await findRows(platform, tenant, body.run_ids), left: 0 };
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
  const found = await findFailures(platform, tenant, filter, { limit, rows: SEARCH_ROWS, hasTime });
  refuseFruitless(found, searchedBy(body, 'since'));
  return { named: found.runs.map((row) => ({ runId: publicRunId(row), row })), left: found.left };
}

const NOT_FOUND = { kind: 'skipped', reason: 'run not found', by: null } as const;

/** What came of each, by its id; those that time was too short for are not in it. */
export async function redriveAll(
  platform: Platform,
  named: readonly NamedRow[],
  options: RedriveOptions,
  hasTime: () => boolean,
): Promise<ReadonlyMap<string, Redriven>> {
  const outcomes = new Map<string, Redriven>();
  const byJob = Map.groupBy(named, ({ row }) => row?.jobId);
  await inParallel(JOBS_AT_ONCE, [...byJob.values()], async (rows) => {
    const of = rows[0]?.row;
    const job = of && (await findJob(platform.db, of.tenant, of.jobId));
    const redrives = job?.incarnation === of?.incarnation && job && new JobRedrive(platform, job, options);
    for (const { runId, row } of rows) {
      if (!hasTime()) return;
      outcomes.set(runId, row && redrives ? await unlessGone(redrives, row) : NOT_FOUND);
    }
  });
  return outcomes;
}

/** The job may be deleted meanwhile. */
async function unlessGone(redrives: JobRedrive, row: Redrivable): Promise<Redriven> {
  try {
    return await redrives.redrive(row);
  } catch (error) {
    if (error instanceof JobdeckError && error.code === 'job.not_found') return NOT_FOUND;
    throw error;
  }
}
