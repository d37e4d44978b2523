import { type Client, queryOf } from './client.ts';
import type { Acknowledged, Causes, Job, ListedJob, Redriven, Run, RunStatus, Stats } from './wire.ts';

export interface RunsQuery {
  readonly limit?: number;
  readonly status?: readonly RunStatus[];
  /** A `run_id`: what is older than that run. */
  readonly before?: string;
}

/** Failed runs: some by their ids, or all of a cause. */
export type FailedRuns = { readonly run_ids: readonly string[] } | { readonly cause: string };

const jobPath = (id: string) => `/jobs/${encodeURIComponent(id)}`;
const runPath = (id: string, run: string) => `${jobPath(id)}/runs/${encodeURIComponent(run)}`;

/** The runner surface. */
export function runnerApi(client: Client) {
  return {
    listJobs: async (signal?: AbortSignal): Promise<readonly ListedJob[]> =>
      (await client.call<{ jobs: ListedJob[] }>('GET', '/jobs', { signal })).jobs,

    getJob: async (id: string, signal?: AbortSignal): Promise<Job> =>
      (await client.call<{ job: Job }>('GET', jobPath(id), { signal })).job,

    createJob: (job: object) => client.call<{ id: string }>('POST', '/jobs', { body: job }),
    updateJob: (id: string, change: object) => client.call('PATCH', jobPath(id), { body: change }),
    deleteJob: (id: string) => client.call('DELETE', jobPath(id)),
    setEnabled: (id: string, enabled: boolean) =>
      client.call('POST', `${jobPath(id)}/${enabled ? 'enable' : 'disable'}`),

    /** Does not wait for the run's end. */
    trigger: async (id: string): Promise<Run> =>
      (await client.call<{ run: Run }>('POST', `${jobPath(id)}/run`, { headers: { prefer: 'respond-async' } })).run,

    /** Newest first. */
    async listRuns(id: string, query: RunsQuery = {}, signal?: AbortSignal): Promise<readonly Run[]> {
      const { limit, before, status } = query;
      const path = `${jobPath(id)}/runs${queryOf({ limit, before, status: status?.join(',') })}`;
      return (await client.call<{ runs: Run[] }>('GET', path, { signal })).runs;
    },

    getRun: async (id: string, run: string, signal?: AbortSignal): Promise<Run> =>
      (await client.call<{ run: Run }>('GET', runPath(id, run), { signal })).run,

    cancelRun: async (id: string, run: string): Promise<Run> =>
      (await client.call<{ run: Run }>('POST', `${runPath(id, run)}/cancel`)).run,

    /** Why runs failed that nobody has acknowledged; what struck last comes first. */
    causes: (signal?: AbortSignal) => client.call<Causes>('GET', '/failures?group=cause', { signal }),
    /** The newest failed runs of a cause. */
    failuresOf: async (cause: string, limit: number, signal?: AbortSignal): Promise<readonly Run[]> =>
      (await client.call<{ failures: Run[] }>('GET', `/failures${queryOf({ cause, limit })}`, { signal })).failures,
    acknowledge: (runs: FailedRuns, note: string | null) =>
      client.call<Acknowledged>('POST', '/failures/acknowledge', { body: { ...runs, note } }),
    /** Starts a new run for each, at most once. @param dryRun only says what would come of it */
    redrive: (runs: FailedRuns, dryRun: boolean) =>
      client.call<Redriven>('POST', '/redrive', { body: { ...runs, dry_run: dryRun } }),

    stats: (signal?: AbortSignal) => client.call<Stats>('GET', '/stats', { signal }),
  };
}

export type RunnerApi = ReturnType<typeof runnerApi>;
