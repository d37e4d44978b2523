import { type Client, queryOf } from './client.ts';
import type { Job, ListedJob, Run, RunStatus, Stats } from './wire.ts';

export interface RunsQuery {
  readonly limit?: number;
  readonly status?: readonly RunStatus[];
  /** A `run_id`: what is older than that run. */
  readonly before?: string;
}

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

    stats: (signal?: AbortSignal) => client.call<Stats>('GET', '/stats', { signal }),
  };
}

export type RunnerApi = ReturnType<typeof runnerApi>;
