import * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { LimitReached } from '../../core/domain/limits.ts';
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
import { flag, inputObject, integer, orDefault, time, withKeywords } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { nonNegativeInteger } from '../openapi/common-schemas.ts';
import { MAX_OPTIONS_BODY_BYTES, runEditBody, toRunEdit } from './run-options.ts';
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

const redriveBody = lazy(() =>
  inputObject({
    run_ids: orDefault(runIds(MAX_RUNS), null),
    job_id: orDefault(jobId(), null),
    cause: orDefault(causeId(), null),
    message_id: orDefault(messageId(), null),
    since: orDefault(time(), null),
    until: orDefault(time(), null),
    limit: orDefault(integer(1, MAX_RUNS), DEFAULT_LIMIT),
    dry_run: orDefault(flag(), false),
    acknowledge: orDefault(flag(), true),
    input: withKeywords(orDefault(runEditBody(), null), {
      description: 'Replaces what the redriven runs received. A field that is absent keeps its value.',
    }),
  }),
);
type RedriveBody = z.output<ReturnType<typeof redriveBody>>;

const redriveResult = lazy(() =>
  z.object({
    matched: nonNegativeInteger().describe('Runs that the request processed.'),
    started: z.array(z.object({ run_id: z.string(), new_run_id: z.string().nullable() })),
    skipped: z.array(z.object({ run_id: z.string(), reason: z.string(), new_run_id: z.string().nullable() })),
    left: nonNegativeInteger().describe('Upper bound for the runs that remain for another request.'),
    dry_run: z.boolean(),
  }),
);
/** The outcome of a redrive. */
export type RedriveResultView = ViewOf<typeof redriveResult>;

export const redrive = route({
  method: 'POST',
  path: '/redrive',
  operation: 'redrive',
  action: 'operate',
  body: redriveBody,
  maxBodyBytes: MAX_OPTIONS_BODY_BYTES,
  openapi: () => ({
    summary: 'Redrive failed runs',
    description:
      'Starts a new run for each selected failed run or missed tick, oldest first, at most once each. With `dry_run`, ' +
      'reports the selection and starts nothing. A new run has the input of the run that it repeats, unless `input` ' +
      'replaces parts of it.',
    bodyExample: { job_id: 'hello', since: '2026-03-02T00:00:00Z', dry_run: true },
    errors: [404, 413],
  }),
  responses: () => ({ 200: { description: 'The outcome for each run.', body: redriveResult() } }),
  async handle({ caller, body, remainingMs, countRequest }, platform: Platform) {
    const hasTime = () => remainingMs() > RESPONSE_RESERVE_MS;
    const { requestedRuns, remaining } = await selectRuns(platform, caller.tenant, body, hasTime);
    const options = {
      dryRun: body.dry_run,
      acknowledgedBy: body.acknowledge ? caller.name : null,
      edit: toRunEdit(caller, body.input),
    };
    const count = body.input && !body.dry_run ? countRequest : undefined;
    const outcomes = await redriveAll(platform, requestedRuns, options, hasTime, count);
    const done = requestedRuns.flatMap(({ runId }) => {
      const outcome = outcomes.get(runId);
      return outcome ? [{ runId, outcome, by: outcome.by && publicRunId(outcome.by) }] : [];
    });
    const restarted = done.filter(({ outcome }) => outcome.kind === 'started' && !body.dry_run);
    return {
      status: 200,
      targets: restarted.flatMap(({ runId, by }) => [runId, ...(by ? [by] : [])]),
      ...(restarted.length > 0 && body.input && { remarks: { note: body.input.note, tags: body.input.tags ?? [] } }),
      body: {
        matched: done.length,
        started: done.flatMap(({ runId, outcome, by }) =>
          outcome.kind === 'started' ? [{ run_id: runId, new_run_id: by }] : [],
        ),
        skipped: done.flatMap(({ runId, outcome, by }) =>
          outcome.kind === 'skipped' ? [{ run_id: runId, reason: outcome.reason, new_run_id: by }] : [],
        ),
        left: remaining + requestedRuns.length - done.length,
        dry_run: body.dry_run,
      },
    };
  },
});

async function selectRuns(
  platform: Platform,
  tenant: TenantId,
  body: RedriveBody,
  hasTime: () => boolean,
): Promise<{ readonly requestedRuns: readonly RequestedRun[]; readonly remaining: number }> {
  if (body.run_ids) {
    assertNoFilters(body);
    return { requestedRuns: await findRequestedRuns(platform, tenant, body.run_ids), remaining: 0 };
  }
  const { job_id, cause, message_id, since, until, limit } = body;
  if ([job_id, cause, message_id, since, until].every((value) => value === null)) {
    throw new InvalidInput(
      'body',
      'must select failed runs by run_ids, or by job_id, cause, message_id, since or until',
    );
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
  const requestedRuns = found.runs.map((row) => ({ runId: publicRunId(row), row }));
  return { requestedRuns, remaining: found.remaining };
}

const NOT_FOUND = { kind: 'skipped', reason: 'run not found', by: null } as const;

/**
 * @param countRequest counts each run but the first, which the request itself counts
 * @returns the outcomes by run id; runs that were not processed in time, or above the request rate, are missing
 */
export async function redriveAll(
  platform: Platform,
  requestedRuns: readonly RequestedRun[],
  options: RedriveOptions,
  hasTime: () => boolean,
  countRequest?: () => Promise<void>,
): Promise<ReadonlyMap<string, RedriveResult>> {
  const mayContinue = createRateCheck(countRequest);
  const outcomes = new Map<string, RedriveResult>();
  const byJob = Map.groupBy(requestedRuns, ({ row }) => row?.jobId);
  await forEachConcurrent(JOB_CONCURRENCY, [...byJob.values()], async (rows) => {
    const first = rows[0]?.row;
    const job = first && (await findJob(platform.db, first.tenant, first.jobId));
    const redriver = job?.incarnation === first?.incarnation && job && new JobRedriver(platform, job, options);
    for (const { runId, row } of rows) {
      if (!hasTime() || !(await mayContinue())) return;
      outcomes.set(runId, row && redriver ? await redriveUnlessJobDeleted(redriver, row) : NOT_FOUND);
    }
  });
  return outcomes;
}

/** Returns a function that counts all calls but the first, and is `false` once the tenant is above its request rate. */
function createRateCheck(countRequest: (() => Promise<void>) | undefined): () => Promise<boolean> {
  let calls = 0;
  let isAbove = false;
  return async () => {
    if (!countRequest || isAbove) return !isAbove;
    calls += 1;
    if (calls === 1) return true;
    try {
      // guard: redrive.rate
      await countRequest();
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      isAbove = true;
    }
    return !isAbove;
  };
}

async function redriveUnlessJobDeleted(redriver: JobRedriver, row: Redrivable): Promise<RedriveResult> {
  try {
    return await redriver.redrive(row);
  } catch (error) {
    if (error instanceof JobdeckError && error.code === 'job.not_found') return NOT_FOUND;
    throw error;
  }
}
