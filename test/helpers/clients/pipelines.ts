import { expect } from 'vitest';
import type { toCheckpointView } from '../../../functions/api/pipelines/checkpoint-view.ts';
import type { JobState } from '../../../functions/api/pipelines/job-state.ts';
import type { JobView } from '../../../functions/api/pipelines/job-view.ts';
import { waitForAssertion } from '../wait.ts';
import type { ApiClient } from './api.ts';

export type CheckpointBody = ReturnType<typeof toCheckpointView>;
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly has_more: boolean;
}

/** The response to a failed request, in the contract's shape. */
export const pipelineError = (status: number, code: string, message: unknown) => ({
  status,
  body: { error: { code, message } },
});

/** Creates a client of the pipelines surface. Throws on unexpected status codes. */
export function pipelinesClient(api: ApiClient) {
  const good = async <Body>(answer: Promise<{ status: number; body: Body }>, expected = 200): Promise<Body> => {
    const { status, body } = await answer;
    expect({ status, body }).toMatchObject({ status: expected });
    return body;
  };
  const job = (id: string) => good(api.get<JobView>(`/api/v1/jobs/${id}`));
  return {
    api,
    /** Reads a sub-resource of a job. */
    of: <Body>(id: string, what: string) => good(api.get<Body>(`/api/v1/jobs/${id}/${what}`)),
    /**
     * Defines a pipeline that runs on demand.
     *
     * @param changes further fields of the pipeline
     */
    define: async (id: string, flow: object, changes: object = {}): Promise<void> => {
      await good(api.post('/api/v1/pipelines', { id, name: id, flow, ...changes }), 201);
    },
    /**
     * Starts a job.
     *
     * @returns its id
     */
    start: async (id: string) => (await good(api.post<JobView>(`/api/v1/pipelines/${id}/jobs`), 202)).id,
    job,
    /** Waits until the job is in a state and satisfies `isSo`. */
    reaches: (id: string, state: JobState, isSo: (view: JobView) => boolean = () => true) =>
      waitForAssertion(async () => {
        const view = await job(id);
        expect({ id, state: view.state, failure: view.failure_message }).toMatchObject({ id, state });
        expect(isSo(view)).toBe(true);
        return view;
      }),
  };
}

/** A flow that generates `rate` records a second and does not end within a test. */
export const pacedFlow = (rate: number) => ({
  pageSize: 10,
  checkpoints: { everySeconds: null, keep: 2 },
  sources: [{ id: 'source_1', name: 'Numbers', type: 'generate', count: 1_000_000, rate }],
  sinks: [{ id: 'sink_1', type: 'preview' }],
});
