import { expect } from 'vitest';
import type { JobView } from '../../../functions/api/flows/job-view.ts';
import { waitForAssertion } from '../wait.ts';
import type { ApiClient } from './api.ts';
import { listJobs } from './flow-jobs.ts';

type Json = Readonly<Record<string, unknown>>;

/** A client of the flows surface. Throws on unexpected status codes. */
export interface FlowClient {
  readonly api: ApiClient;
  /**
   * Defines a flow that runs on demand.
   *
   * @param job further fields of the job
   */
  define(id: string, flow: Json, job?: Json): Promise<void>;
  /**
   * Starts a run.
   *
   * @returns the id of its job resource
   */
  start(id: string): Promise<string>;
  job(jobId: string): Promise<JobView>;
  /** Returns the run and its steps. */
  tree(jobId: string): Promise<{ readonly job: JobView; readonly steps: ReadonlyMap<string, JobView> }>;
  /** Waits until the run has ended. */
  waitForEnd(jobId: string, timeoutMs?: number): Promise<JobView>;
}

export function flowsClient(api: ApiClient): FlowClient {
  const good = async <Body>(answer: Promise<{ status: number; body: Body }>, expected = 200): Promise<Body> => {
    const { status, body } = await answer;
    expect({ status, body }).toMatchObject({ status: expected });
    return body;
  };
  const client: FlowClient = {
    api,
    async define(id, flow, job = {}) {
      await good(api.post('/v1/flows', { id, name: id, flow, ...job }), 201);
    },
    start: async (id) => (await good(api.post<JobView>(`/v1/flows/${id}/run`), 202))._id,
    job: (jobId) => good(api.get<JobView>(`/v1/jobs/${jobId}`)),
    async tree(jobId) {
      const steps = await listJobs(api, `?flow_job_id=${jobId}`);
      const named = steps.map((step) => [step._exportId ?? step._importId ?? '', step] as const);
      return { job: await client.job(jobId), steps: new Map(named) };
    },
    waitForEnd: (jobId, timeoutMs) =>
      waitForAssertion(async () => {
        const job = await client.job(jobId);
        expect(job.status).not.toMatch(/^(queued|running)$/);
        return job;
      }, timeoutMs),
  };
  return client;
}
