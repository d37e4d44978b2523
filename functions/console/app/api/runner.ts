import { type FailureGroup, groupFromCause, groupFromMessage } from '../view/failures.ts';
import type { PagedRows } from '../view/paged-rows.ts';
import type { RunInputBody } from '../view/run-input.ts';
import { type Client, ifMatchHeader, toQueryString, type Versioned } from './client.ts';
import { ApiError } from './errors.ts';
import type {
  AcknowledgeResult,
  AcknowledgeSelector,
  ActivitySlot,
  AuditRecord,
  Backfill,
  BulkResult,
  Chain,
  DeadLetter,
  FailedRunsSelector,
  FailureCause,
  FailureMessage,
  GroupTotals,
  Job,
  JobVersion,
  ListedJob,
  RedriveResult,
  ReplayResult,
  Run,
  RunStatus,
  RunWithOutput,
  Stats,
  Target,
  UsagePeriod,
} from './types.ts';

const DEAD_LETTER_LIST_FIELD = 'dead_letters';

export interface RunsQuery {
  readonly limit: number;
  readonly status?: readonly RunStatus[];
  /** A `run_id`: only older runs are listed. */
  readonly before?: string;
}

/** A change of several runs. */
export type BulkAction = 'cancel' | 'redrive' | 'acknowledge';

/** Conditions of a search for runs; `null` disables a condition. */
export interface RunSearchQuery {
  /** Words that must occur in the texts of a run. */
  readonly q: string | null;
  readonly minDurationSeconds: string | null;
  readonly minAttempts: string | null;
  readonly tag: string | null;
}

/** Filter of the runs of all jobs; `null` disables a condition. */
export interface AllRunsQuery extends RunSearchQuery {
  readonly limit: number;
  readonly job: string | null;
  readonly status: RunStatus | null;
  readonly trigger: string | null;
  readonly since: string;
  /** `next_cursor` of the previous page. */
  readonly cursor: string | null;
}

/** Filter of the run counts over time; `null` disables a condition. */
export interface ActivityQuery {
  readonly job: string | null;
  readonly trigger: string | null;
  readonly since: string;
  readonly slotSeconds: number;
}

/** Days (`YYYY-MM-DD`, UTC, both inclusive) whose usage is reported. */
export interface UsageQuery {
  readonly from: string;
  readonly to: string;
  readonly group: 'day' | 'month';
}

/** Groups of failed runs, the largest first, and the totals. */
export interface FailureGroups extends GroupTotals {
  readonly groups: readonly FailureGroup[];
}

const jobPath = (id: string) => `/jobs/${encodeURIComponent(id)}`;
const runPath = (id: string, run: string) => `${jobPath(id)}/runs/${encodeURIComponent(run)}`;

/** Client for the runner API. */
export function createRunnerApi(client: Client) {
  return {
    listJobs: async (signal?: AbortSignal): Promise<readonly ListedJob[]> =>
      (await client.call<{ jobs: ListedJob[] }>('GET', '/jobs', { signal })).jobs,

    listTargets: async (signal?: AbortSignal): Promise<readonly Target[]> =>
      (await client.call<{ targets: Target[] }>('GET', '/targets', { signal })).targets,

    getJob: async (id: string, signal?: AbortSignal): Promise<Job> =>
      (await client.call<{ job: Job }>('GET', jobPath(id), { signal })).job,

    getVersionedJob: async (id: string, signal?: AbortSignal): Promise<Versioned<Job>> => {
      const { value, etag } = await client.callVersioned<{ job: Job }>('GET', jobPath(id), { signal });
      return { value: value.job, etag };
    },

    /** Returns a version of the job's definition, or `null` if the version is no longer stored. */
    getJobVersion: (id: string, version: number, signal?: AbortSignal): Promise<JobVersion | null> =>
      client.call<JobVersion>('GET', `${jobPath(id)}/versions/${version}`, { signal }).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }),

    createJob: (job: object) => client.call<{ id: string }>('POST', '/jobs', { body: job }),
    /** @param etag the version to change; `null` for any */
    updateJob: (id: string, change: object, etag: string | null) =>
      client.call('PATCH', jobPath(id), { body: change, headers: ifMatchHeader(etag) }),
    deleteJob: (id: string) => client.call('DELETE', jobPath(id)),
    setEnabled: (id: string, enabled: boolean) =>
      client.call('POST', `${jobPath(id)}/${enabled ? 'enable' : 'disable'}`),

    /** @param until ISO 8601; `null` pauses the schedule until it is resumed */
    pauseJob: (id: string, until: string | null) => client.call('POST', `${jobPath(id)}/pause`, { body: { until } }),
    resumeJob: (id: string) => client.call('POST', `${jobPath(id)}/resume`),

    /** Returns as soon as the run is created. */
    trigger: async (id: string, body?: RunInputBody): Promise<Run> => {
      const request = { headers: { prefer: 'respond-async' }, ...(body && { body }) };
      return (await client.call<{ run: Run }>('POST', `${jobPath(id)}/run`, request)).run;
    },

    /** Newest first, including skipped ticks. */
    async listRuns(id: string, query: RunsQuery, signal?: AbortSignal): Promise<PagedRows<Run>> {
      const { limit, before, status } = query;
      const path = `${jobPath(id)}/runs${toQueryString({ limit, before, status: status?.join(',') })}`;
      const { runs } = await client.call<{ runs: Run[] }>('GET', path, { signal });
      // A short page is the last one.
      return { rows: runs, next: runs.length < limit ? null : (runs.at(-1)?.run_id ?? null) };
    },

    /** Newest first. */
    async listAllRuns(
      { job, minDurationSeconds, minAttempts, ...query }: AllRunsQuery,
      signal?: AbortSignal,
    ): Promise<PagedRows<Run>> {
      const search = { min_duration_s: minDurationSeconds, min_attempts: minAttempts };
      const path = `/runs${toQueryString({ ...query, ...search, job_id: job })}`;
      const { runs, next_cursor: next } = await client.call<{ runs: Run[]; next_cursor: string | null }>('GET', path, {
        signal,
      });
      return { rows: runs, next };
    },

    /** Returns the number of runs created in each time slot, oldest first. */
    async activity(
      { job, slotSeconds, ...query }: ActivityQuery,
      signal?: AbortSignal,
    ): Promise<readonly ActivitySlot[]> {
      const path = `/runs/activity${toQueryString({ ...query, job_id: job, slot_seconds: slotSeconds })}`;
      return (await client.call<{ slots: ActivitySlot[] }>('GET', path, { signal })).slots;
    },

    /** @param after a position in the run's output (`output_next`); only later output is returned */
    getRun: async (id: string, run: string, after?: string, signal?: AbortSignal): Promise<RunWithOutput> =>
      (
        await client.call<{ run: RunWithOutput }>('GET', runPath(id, run) + toQueryString({ output_after: after }), {
          signal,
        })
      ).run,

    getChain: (run: string, signal?: AbortSignal) =>
      client.call<Chain>('GET', `/runs/${encodeURIComponent(run)}/tree`, { signal }),

    cancelRun: async (id: string, run: string): Promise<Run> =>
      (await client.call<{ run: Run }>('POST', `${runPath(id, run)}/cancel`)).run,

    /** @param dryRun reports the outcome and changes nothing */
    changeRuns: (
      action: BulkAction,
      runIds: readonly string[],
      { dryRun, note }: { readonly dryRun: boolean; readonly note?: string },
    ) =>
      client.call<BulkResult>('POST', `/runs/${action}`, {
        body: { run_ids: runIds, dry_run: dryRun, ...(note && { note }) },
      }),

    /** Lists groups of unacknowledged failed runs: by job and message, or by message alone. */
    async failureGroups(by: 'cause' | 'message', limit: number, signal?: AbortSignal): Promise<FailureGroups> {
      const path = `/failures${toQueryString({ group: by, limit })}`;
      const {
        causes = [],
        messages = [],
        ...rest
      } = await client.call<
        GroupTotals & { readonly causes?: readonly FailureCause[]; readonly messages?: readonly FailureMessage[] }
      >('GET', path, { signal });
      return { ...rest, groups: [...causes.map(groupFromCause), ...messages.map(groupFromMessage)] };
    },
    /** Returns the newest failed runs of a group. */
    failuresOf: async (
      choice: FailureGroup['selector'],
      limit: number,
      signal?: AbortSignal,
    ): Promise<readonly Run[]> =>
      (await client.call<{ failures: Run[] }>('GET', `/failures${toQueryString({ ...choice, limit })}`, { signal }))
        .failures,
    /** Acknowledges failed runs. Repeats the request while the API reports remaining runs and makes progress. */
    async acknowledge(runs: AcknowledgeSelector, note: string | null): Promise<AcknowledgeResult> {
      let acknowledged = 0;
      for (;;) {
        const answer = await client.call<AcknowledgeResult>('POST', '/failures/acknowledge', {
          body: { ...runs, note },
        });
        acknowledged += answer.acknowledged;
        if (answer.left === 0 || answer.acknowledged === 0) return { ...answer, acknowledged };
      }
    },
    /**
     * Starts a new run for each failed run, at most once.
     *
     * @param dryRun reports the outcome without starting runs
     */
    redrive: (runs: FailedRunsSelector, dryRun: boolean) =>
      client.call<RedriveResult>('POST', '/redrive', { body: { ...runs, dry_run: dryRun } }),

    /**
     * Returns a page of the audit trail, newest first.
     *
     * @param before `next` of the previous page
     */
    async audit(before: string | null, limit: number, signal?: AbortSignal): Promise<PagedRows<AuditRecord>> {
      const path = `/audit${toQueryString({ before, limit })}`;
      const { audit, next } = await client.call<{ audit: AuditRecord[]; next: string | null }>('GET', path, { signal });
      return { rows: audit, next };
    },

    /**
     * Returns a page of dead letters, newest first.
     *
     * @param before `next` of the previous page
     */
    async deadLetterPage(before: string | null, limit: number, signal?: AbortSignal): Promise<PagedRows<DeadLetter>> {
      const path = `/dead-letters${toQueryString({ before, limit })}`;
      const body = await client.call<Record<typeof DEAD_LETTER_LIST_FIELD, DeadLetter[]>>('GET', path, { signal });
      const rows = body[DEAD_LETTER_LIST_FIELD];
      return { rows, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
    },
    /** Processes a dead letter again, at most once. */
    replay: (id: string) => client.call<ReplayResult>('POST', '/dead-letters/replay', { body: { ids: [id] } }),

    /** Newest first. */
    listBackfills: async (id: string, signal?: AbortSignal): Promise<readonly Backfill[]> =>
      (await client.call<{ backfills: Backfill[] }>('GET', `${jobPath(id)}/backfills`, { signal })).backfills,
    createBackfill: (id: string, body: object) => client.call('POST', `${jobPath(id)}/backfills`, { body }),
    controlBackfill: (id: string, backfill: string, action: 'pause' | 'resume' | 'cancel') =>
      client.call('POST', `${jobPath(id)}/backfills/${encodeURIComponent(backfill)}/${action}`),

    /** Returns the usage of the days or months of a range, oldest first. */
    usage: async (query: UsageQuery, signal?: AbortSignal): Promise<readonly UsagePeriod[]> =>
      (await client.call<{ usage: UsagePeriod[] }>('GET', `/usage${toQueryString({ ...query })}`, { signal })).usage,

    stats: (signal?: AbortSignal) => client.call<Stats>('GET', '/stats', { signal }),
  };
}

export type RunnerApi = ReturnType<typeof createRunnerApi>;
