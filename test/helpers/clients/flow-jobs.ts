import { expect } from 'vitest';
import type { JobView } from '../../../functions/api/flows/job-view.ts';
import type { ApiClient, ApiResponse } from './api.ts';

export interface FlowErrors {
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** The response to a failed request, in the contract's shape. */
export const flowError = (status: number, code: string, message: string) => ({
  status,
  body: { errors: [{ code, message }] },
});

/** Lists jobs. Throws if the query is rejected. */
export async function listJobs(api: ApiClient, query = ''): Promise<readonly JobView[]> {
  const { status, body } = await api.get<JobView[]>(`/v1/jobs${query}`);
  expect({ status, body: status === 200 ? [] : body }).toEqual({ status: 200, body: [] });
  return body;
}

/** @returns the URL of `Link: rel="next"`, or `undefined` without one */
export function nextLink({ headers }: Pick<ApiResponse<unknown>, 'headers'>): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
}

/** Reads all pages of a list by following its `Link` headers. */
export async function followLinks(api: ApiClient, path: string): Promise<readonly (readonly JobView[])[]> {
  const pages: JobView[][] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const answer: ApiResponse<JobView[]> = await api.get<JobView[]>(next);
    expect(answer.status).toBe(200);
    pages.push(answer.body);
    next = nextLink(answer);
  }
  return pages;
}

/** The Python examples of the flow jobs contract, translated line by line. */
export function pythonClient(api: ApiClient) {
  const apiGet = async <Body>(path: string): Promise<Body> => (await api.get<Body>(`/v1${path}`)).body;
  const subtractMs = (time: string) => new Date(Date.parse(time) - 1).toISOString();
  return {
    /**
     * `get_all_jobs` of the contract, with the number of requests.
     *
     * @param between called after each request
     */
    async getAllJobs(flowId: string, sinceDate: string, between: () => Promise<void> = async () => {}) {
      const allJobs: JobView[] = [];
      let createdAtLte: string | null = null;
      let requests = 0;
      while (true) {
        let params = `flow_id=${flowId}&createdAt_gte=${sinceDate}`;
        if (createdAtLte) params += `&createdAt_lte=${createdAtLte}`;

        const jobs: JobView[] = await apiGet<JobView[]>(`/jobs?${params}`);
        requests += 1;
        await between();

        if (jobs.length === 0) break;

        allJobs.push(...jobs);

        const lastCreated: string = (jobs.at(-1) as JobView).createdAt;
        createdAtLte = subtractMs(lastCreated);

        if (jobs.length < 1001) break;
      }
      return { allJobs, requests };
    },
    /** `get_job_tree` of the contract. */
    async getJobTree(flowJobId: string) {
      const flowJob = await apiGet<JobView>(`/jobs/${flowJobId}`);
      const children = await apiGet<JobView[]>(`/jobs?flow_job_id=${flowJobId}`);
      const exportJobs = children.filter((j) => j.type === 'export');
      const importJobs = children.filter((j) => j.type === 'import');
      return { flow: flowJob, exports: exportJobs, imports: importJobs };
    },
  };
}

/** `calculate_success_rate` of the contract. */
export function calculateSuccessRate(job: JobView): number {
  const total = job.numSuccess + job.numError + job.numIgnore;
  if (total === 0) return 100.0;
  return (job.numSuccess / total) * 100;
}

/** `calculate_duration_seconds` of the contract. */
export function calculateDurationSeconds(job: JobView): number | null {
  if (!job.startedAt || !job.endedAt) return null;
  const start = Date.parse(job.startedAt.replace('Z', '+00:00'));
  const end = Date.parse(job.endedAt.replace('Z', '+00:00'));
  return (end - start) / 1_000;
}
