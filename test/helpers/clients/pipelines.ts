import { expect } from 'vitest';
import type { toCheckpointView } from '../../../functions/api/pipelines/checkpoint-view.ts';
import type { JobState } from '../../../functions/api/pipelines/job-state.ts';
import type { JobView } from '../../../functions/api/pipelines/job-view.ts';
import type { ApiClient } from '../system/test-system.ts';
import { waitForAssertion } from './runner.ts';

export type CheckpointBody = ReturnType<typeof toCheckpointView>;
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly has_more: boolean;
}

/** The error that the surface answers a request with, in its shape. */
export const pipelineError = (status: number, code: string, message: unknown) => ({
  status,
  body: { error: { code, message } },
});

/** The pipelines surface as a tenant uses it. Its calls fail where an answer is not the one that a good request gets. */
export function pipelinesClient(api: ApiClient) {
  const good = async <Body>(answer: Promise<{ status: number; body: Body }>, expected = 200): Promise<Body> => {
    const { status, body } = await answer;
    expect({ status, body }).toMatchObject({ status: expected });
    return body;
  };
  const job = (id: string) => good(api.get<JobView>(`/api/v1/jobs/${id}`));
  return {
    api,
    /** What a job answers to a GET of something of its own. */
    of: <Body>(id: string, what: string) => good(api.get<Body>(`/api/v1/jobs/${id}/${what}`)),
    /** Defines a pipeline that runs on demand. @param changes further fields of it */
    define: async (id: string, flow: object, changes: object = {}): Promise<void> => {
      await good(api.post('/api/v1/pipelines', { id, name: id, flow, ...changes }), 201);
    },
    /** Starts a job; its id. */
    start: async (id: string) => (await good(api.post<JobView>(`/api/v1/pipelines/${id}/jobs`), 202)).id,
    job,
    /** The job once it is in a state, and as a test wants it. */
    reaches: (id: string, state: JobState, isSo: (view: JobView) => boolean = () => true) =>
      waitForAssertion(async () => {
        const view = await job(id);
        expect({ id, state: view.state, failure: view.failure_message }).toMatchObject({ id, state });
        expect(isSo(view)).toBe(true);
        return view;
      }),
  };
}

/** Records at a pace: of the last of them a test never sees the end. */
export const pacedFlow = (rate: number) => ({
  pageSize: 10,
  checkpoints: { everySeconds: null, keep: 2 },
  sources: [{ id: 'source_1', name: 'Numbers', type: 'generate', count: 1_000_000, rate }],
  sinks: [{ id: 'sink_1', type: 'preview' }],
});
