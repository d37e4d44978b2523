import * as z from 'zod';
import type { AuditedFilter } from '../../core/domain/audit.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import { isTerminal, type Run, type RunRef, type SkippedTick } from '../../core/domain/run.ts';
import { ACTIVE_CLASSES, type RunClass } from '../../core/domain/run-class.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { acknowledgeFailure } from '../../core/engine/failures/acknowledge-run.ts';
import { isOpenFailure } from '../../core/engine/failures/find-failures.ts';
import type { RedriveResult } from '../../core/engine/failures/redrive-job.ts';
import { cancelQueuedRun, cancelRun } from '../../core/engine/finalize/cancel-run.ts';
import { findRuns } from '../../core/engine/search/find-runs.ts';
import { createRunSearcher } from '../../core/engine/search/run-searcher.ts';
import { forEachConcurrent } from '../../core/platform/for-each-concurrent.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getRun } from '../../core/store/runs.ts';
import { requireJob } from '../definition/find-job.ts';
import { flag, inputObject, integer, orDefault, textOrEmpty, withKeywords } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger } from '../openapi/common-schemas.ts';
import { redriveAll } from './redrive.ts';
import { runFilterFields, toRunSearch } from './run-filter.ts';
import { MAX_OPTIONS_BODY_BYTES, runEditBody, toRunEdit } from './run-options.ts';
import {
  assertSearchFoundRuns,
  findRequestedRuns,
  RESPONSE_RESERVE_MS,
  type RequestedRun,
  runIds,
} from './run-selection.ts';
import { runStatus } from './run-status.ts';

/** Maximum runs of one request, and of one that starts runs. */
const MAX_RUNS = 1_000;
const MAX_REDRIVEN_RUNS = 500;
const DEFAULT_REDRIVEN_RUNS = 100;
/** Maximum rows that one request reads in search of runs. */
const MAX_SEARCH_ROWS = 20_000;
const CONCURRENT_CHANGES = 16;

const ACTIVE_STATUSES = ['pending', 'running'] as const;
const FAILED_STATUSES = ['error', 'timeout'] as const;

const selectionFields = <const Status extends string>(
  statuses: readonly [Status, ...Status[]],
  most: number,
  limitByDefault = most,
) => ({
  run_ids: withKeywords(orDefault(runIds(most), null), { description: 'Exactly these runs, instead of a filter.' }),
  ...runFilterFields(statuses),
  limit: orDefault(integer(1, most), limitByDefault),
  dry_run: withKeywords(orDefault(flag(), false), { description: 'Reports the outcome and changes nothing.' }),
});

const cancelBody = lazy(() => inputObject(selectionFields(ACTIVE_STATUSES, MAX_RUNS)));
const acknowledgeBody = lazy(() =>
  inputObject({ ...selectionFields(FAILED_STATUSES, MAX_RUNS), note: orDefault(textOrEmpty(500), null) }),
);
const redriveBody = lazy(() =>
  inputObject({
    ...selectionFields(FAILED_STATUSES, MAX_REDRIVEN_RUNS, DEFAULT_REDRIVEN_RUNS),
    acknowledge: orDefault(flag(), true),
    input: withKeywords(orDefault(runEditBody(), null), {
      description: 'Replaces what the redriven runs received. A field that is absent keeps its value.',
    }),
  }),
);
type Selection = Omit<z.output<ReturnType<typeof cancelBody>>, 'status'> & {
  readonly status: readonly string[] | null;
};

const OUTCOMES = ['canceled', 'stopping', 'acknowledged', 'started', 'skipped'] as const;

const bulkRun = lazy(() =>
  namedSchema(
    'RunnerBulkRun',
    z.object({
      run_id: z.string(),
      outcome: z
        .enum(OUTCOMES)
        .describe('`stopping`: a running run was asked to end. In a dry run, the outcome that is expected.'),
      reason: z.string().nullable().describe('Why the run was skipped; otherwise `null`.'),
      new_run_id: z.string().nullable().describe('The run that repeats a redriven one.'),
    }),
  ),
);
type BulkRun = ViewOf<typeof bulkRun>;

const bulkResult = lazy(() =>
  namedSchema(
    'RunnerBulkResult',
    z.object({
      changed: nonNegativeInteger().describe('Runs that were not skipped.'),
      runs: z.array(bulkRun()).describe('The outcome of each run that the request processed.'),
      left: nonNegativeInteger().describe('Upper bound for the runs that remain for another request.'),
      dry_run: z.boolean(),
    }),
  ),
);
/** The outcome of a request that changes several runs. */
export type BulkResultView = ViewOf<typeof bulkResult>;

const responses = () => ({ 200: { description: 'The outcome for each run.', body: bulkResult() } });

export const cancelRuns = route({
  method: 'POST',
  path: '/runs/cancel',
  operation: 'cancelRuns',
  action: 'operate',
  body: cancelBody,
  openapi: () => ({
    summary: 'Cancel several runs',
    description:
      'Cancels the runs in `run_ids`, or the pending and running runs that match all filters, pending ones first, up to ' +
      '1,000 at once. Does not wait for the end of running ones. With the status `pending` alone, a run that starts ' +
      'meanwhile is skipped.',
    bodyExample: { job_id: 'hello', status: ['pending'], dry_run: true },
    errors: [404],
  }),
  responses,
  async handle({ caller, body, remainingMs }, platform: Platform) {
    const hasTime = () => remainingMs() > RESPONSE_RESERVE_MS;
    const selected = await selectRuns(platform, caller.tenant, body, { kind: 'active', hasTime });
    const pendingFirst = selected.runs.toSorted((a, b) => Number(isPending(b)) - Number(isPending(a)));
    const mayStop = body.status === null || body.status.includes('running');
    const done = await changeEach(platform, pendingFirst, hasTime, async ({ runId, row }) => {
      const ineligible = notCancelable(row);
      if (!row || row.state === 'skipped' || ineligible !== undefined) return skippedRun(runId, ineligible);
      if (body.dry_run) return changedRun(runId, row.state === 'queued' ? 'canceled' : 'stopping');
      // A pending run that starts before its turn does not match the filter any more.
      const cancel = mayStop ? cancelRun : cancelQueuedRun;
      const after = await cancel(platform, row, caller.name).catch((error: unknown) =>
        findCanceled(platform, row, caller.name, error),
      );
      if (after?.state === 'running') return skippedRun(runId, 'has started: it is running');
      if (after?.state === 'stopping') return changedRun(runId, 'stopping');
      return after?.state === 'canceled' ? changedRun(runId, 'canceled') : skippedRun(runId, notCancelable(after));
    });
    return toResponse(done.runs, done.left + selected.remaining, body);
  },
});

export const acknowledgeRuns = route({
  method: 'POST',
  path: '/runs/acknowledge',
  operation: 'acknowledgeRuns',
  action: 'operate',
  body: acknowledgeBody,
  openapi: () => ({
    summary: 'Acknowledge several failed runs',
    description:
      'Acknowledges the runs in `run_ids`, or the unacknowledged failed runs that match all filters, newest first, up to ' +
      '1,000 at once.',
    bodyExample: { q: 'bank timeout', since: '2026-03-02T00:00:00Z', note: 'The bank was down.' },
    errors: [404],
  }),
  responses,
  async handle({ caller, body, remainingMs }, platform: Platform) {
    const hasTime = () => remainingMs() > RESPONSE_RESERVE_MS;
    const selected = await selectRuns(platform, caller.tenant, body, { kind: 'failed', hasTime });
    const request = { by: caller.name, note: body.note };
    const done = await changeEach(platform, selected.runs, hasTime, async ({ runId, row }) => {
      if (!row) return skippedRun(runId);
      if (row.state !== 'failed') return skippedRun(runId, `did not fail: it is ${row.state}`);
      const isChanged = body.dry_run
        ? isOpenFailure(row)
        : ((await acknowledgeFailure(platform, row, request))?.changed ?? false);
      return isChanged ? changedRun(runId, 'acknowledged') : skippedRun(runId, 'already acknowledged');
    });
    return toResponse(done.runs, done.left + selected.remaining, body);
  },
});

export const redriveRuns = route({
  method: 'POST',
  path: '/runs/redrive',
  operation: 'redriveRuns',
  action: 'operate',
  body: redriveBody,
  maxBodyBytes: MAX_OPTIONS_BODY_BYTES,
  openapi: () => ({
    summary: 'Redrive several failed runs',
    description:
      'As `POST /redrive`, for the failed runs or missed ticks in `run_ids`, or the unacknowledged failed runs that match ' +
      'all filters, oldest first.',
    bodyExample: { q: 'bank timeout', min_attempts: 3, dry_run: true },
    errors: [404, 413],
  }),
  responses,
  async handle({ caller, body, remainingMs, countRequest }, platform: Platform) {
    const hasTime = () => remainingMs() > RESPONSE_RESERVE_MS;
    const { runs, remaining } = await selectRuns(platform, caller.tenant, body, {
      kind: 'failed',
      hasTime,
      oldestFirst: true,
    });
    const options = {
      dryRun: body.dry_run,
      acknowledgedBy: body.acknowledge ? caller.name : null,
      edit: toRunEdit(caller, body.input),
    };
    const count = body.input && !body.dry_run ? countRequest : undefined;
    const outcomes = await redriveAll(platform, runs, options, hasTime, count);
    const done = runs.flatMap(({ runId }) => {
      const outcome = outcomes.get(runId);
      return outcome ? [redrivenRun(runId, outcome)] : [];
    });
    const { note = null, tags = null } = body.input ?? {};
    return toResponse(done, runs.length - done.length + remaining, body, note, tags ?? []);
  },
});

/**
 * Returns a run after a cancellation that failed. The error may be that of a later step, such as the admission of another
 * run, which the sweep repeats.
 *
 * @throws the error, if the run was not canceled by the caller
 */
async function findCanceled({ db, log }: Platform, ref: RunRef, by: string, error: unknown): Promise<Run> {
  const run = await getRun(db, ref);
  if (run?.canceledBy !== by || (run.state !== 'canceled' && run.state !== 'stopping')) throw error;
  log.error('run.release_failed', { run: publicRunId(ref), error: String(error) });
  return run;
}

/** Routes that change several runs. */
export const bulkRoutes = [cancelRuns, acknowledgeRuns, redriveRuns];

const isPending = ({ row }: RequestedRun): boolean => row?.state === 'queued';

/** Returns why a run cannot be canceled; `undefined` if it can. */
function notCancelable(row: Run | SkippedTick | undefined): string | undefined {
  if (!row) return NOT_FOUND;
  if (row.state === 'stopping') return 'is being stopped already';
  return row.state === 'skipped' || isTerminal(row.state) ? `has ended: it is ${row.state}` : undefined;
}

const NOT_FOUND = 'run not found';

const skippedRun = (runId: string, reason: string = NOT_FOUND): BulkRun => ({
  run_id: runId,
  outcome: 'skipped',
  reason,
  new_run_id: null,
});

const changedRun = (runId: string, outcome: Exclude<BulkRun['outcome'], 'skipped'>): BulkRun => ({
  run_id: runId,
  outcome,
  reason: null,
  new_run_id: null,
});

function redrivenRun(runId: string, result: RedriveResult): BulkRun {
  const new_run_id = result.by && publicRunId(result.by);
  return result.kind === 'started'
    ? { ...changedRun(runId, 'started'), new_run_id }
    : { ...skippedRun(runId, result.reason), new_run_id };
}

/**
 * Changes runs. A run whose change fails is reported as skipped, and the others are changed.
 *
 * @returns the outcomes in the order of the runs, without those of runs that were not reached in time; `left`: the number
 * of runs that another request may change: those not reached, and those whose change failed
 * @throws the error of the first change that failed, if no run was changed
 */
async function changeEach(
  { log }: Pick<Platform, 'log'>,
  runs: readonly RequestedRun[],
  hasTime: () => boolean,
  change: (run: RequestedRun) => Promise<BulkRun>,
): Promise<{ readonly runs: readonly BulkRun[]; readonly left: number }> {
  const outcomes = new Map<string, BulkRun>();
  const failed: unknown[] = [];
  await forEachConcurrent(CONCURRENT_CHANGES, runs, async (run) => {
    if (!hasTime()) return;
    try {
      outcomes.set(run.runId, await change(run));
    } catch (error) {
      failed.push(error);
      log.error('run.change_failed', { run: run.runId, error: String(error) });
      outcomes.set(run.runId, skippedRun(run.runId, CHANGE_FAILED));
    }
  });
  const done = runs.flatMap(({ runId }) => outcomes.get(runId) ?? []);
  if (failed.length > 0 && done.every(({ outcome }) => outcome === 'skipped')) throw failed[0];
  return { runs: done, left: runs.length - done.length + failed.length };
}

const CHANGE_FAILED = 'the change failed because of an internal error; repeat the request';

interface SelectionOptions {
  /** Runs that have not ended, or unacknowledged failed ones. */
  readonly kind: 'active' | 'failed';
  readonly hasTime: () => boolean;
  /** @defaultValue false */
  readonly oldestFirst?: boolean;
}

const CLASSES: Readonly<Record<SelectionOptions['kind'], readonly RunClass[]>> = {
  active: ACTIVE_CLASSES,
  failed: ['failed'],
};

/**
 * Returns the runs that a request names, or those that match its filter.
 *
 * @throws InvalidInput if the request has neither or both, or one request cannot find the runs of its filter
 */
async function selectRuns(
  platform: Platform,
  tenant: TenantId,
  body: Selection,
  { kind, hasTime, oldestFirst = false }: SelectionOptions,
): Promise<{ readonly runs: readonly RequestedRun[]; readonly remaining: number }> {
  const filter = toAuditedFilter(body);
  if (body.run_ids) {
    if (filter) throw new InvalidInput('run_ids', `must not be combined with ${Object.keys(filter).join(', ')}`);
    return { runs: await findRequestedRuns(platform, tenant, body.run_ids), remaining: 0 };
  }
  if (!filter) throw new InvalidInput('body', `must select runs by run_ids, or by ${FILTER_FIELDS.join(', ')}`);
  const { job_id, status, trigger, tags, since, until, limit } = body;
  if (since !== null && until !== null && since > until) {
    throw new InvalidInput('until', `must not be before since, ${since}`);
  }
  if (job_id !== null) await requireJob(platform.db, tenant, job_id);
  const search = createRunSearcher(platform, tenant, toRunSearch(body), () => {});
  const matches = (run: Run) =>
    (kind === 'active' ? run.state === 'queued' || run.state === 'running' : isOpenFailure(run)) &&
    (status === null || status.includes(runStatus(run))) &&
    (trigger === null || run.trigger === trigger) &&
    (tags ?? []).every((tag) => run.tags.includes(tag));
  const found = await findRuns(
    platform,
    tenant,
    {
      classes: CLASSES[kind],
      jobId: job_id ?? undefined,
      created: { oldestFirst, ...(since !== null && { from: since }), ...(until !== null && { through: until }) },
      select: (runs) => search(runs.filter(matches)),
    },
    { limit, maxRows: MAX_SEARCH_ROWS, hasTime },
  );
  assertSearchFoundRuns(found, body.q === null ? 'since' : 'q');
  return { runs: found.runs.map((row) => ({ runId: publicRunId(row), row })), remaining: found.remaining };
}

/** The fields of a filter, as in a request. */
const FILTER_FIELDS = [
  'q',
  'job_id',
  'status',
  'trigger',
  'tags',
  'since',
  'until',
  'min_duration_s',
  'max_duration_s',
  'min_attempts',
] as const satisfies readonly (keyof Selection)[];

/** Returns the filter of a request; `undefined` for a request without one. */
function toAuditedFilter(body: Selection): AuditedFilter | undefined {
  const given = FILTER_FIELDS.flatMap((name) => {
    const value = body[name];
    return value === null || (Array.isArray(value) && value.length === 0) ? [] : [[name, value] as const];
  });
  return given.length > 0 ? (Object.fromEntries(given) as AuditedFilter) : undefined;
}

function toResponse(
  runs: readonly BulkRun[],
  left: number,
  body: Selection,
  note: string | null = null,
  tags: readonly string[] = [],
) {
  const changed = runs.filter(({ outcome }) => outcome !== 'skipped');
  const ids = changed.flatMap(({ run_id, new_run_id }) => [run_id, ...(new_run_id === null ? [] : [new_run_id])]);
  return {
    status: 200 as const,
    body: { changed: changed.length, runs, left, dry_run: body.dry_run },
    targets: body.dry_run ? [] : ids,
    remarks: { note: body.dry_run ? null : note, tags: body.dry_run ? [] : tags, filter: toAuditedFilter(body) },
  };
}
