import { expect } from 'vitest';
import type { RunView } from '../../../functions/api/runner/run-view.ts';
import { waitForAssertion } from '../wait.ts';
import type { ApiClient } from './api.ts';
import type { JobBody, JobsBody, ResultBody, RunBody, RunsBody } from './runner-bodies.ts';

type Json = Readonly<Record<string, unknown>>;

type Row = Readonly<Record<keyof RunView, unknown>>;

/** A client of the runner surface. Throws on unexpected status codes. */
export interface Runner {
  readonly api: ApiClient;
  /** Defines a job, which runs on demand unless it has a schedule. */
  define(job: { readonly id: string } & Json): Promise<void>;
  job(id: string): Promise<JobBody['job']>;
  /** @returns the job as the list of jobs shows it, or `undefined` if it is not listed */
  findListed(id: string): Promise<JobsBody['jobs'][number] | undefined>;
  /** Waits until the current version of the job is registered with the scheduler. */
  waitForRegistration(id: string, status?: 'registered' | 'none'): Promise<void>;
  /** Starts a run without waiting for its end. */
  start(id: string): Promise<RunView>;
  /** Runs the job and waits for the end of the run. */
  trigger(id: string): Promise<ResultBody['result']>;
  run(id: string, runId: string): Promise<RunView>;
  /** Returns all runs of a job, newest first. */
  runs(id: string): Promise<readonly RunView[]>;
  /** Waits until the run has ended. */
  waitForEnd(id: string, runId: string): Promise<RunView>;
}

export function runnerClient(api: ApiClient): Runner {
  const good = async <Body>(answer: Promise<{ status: number; body: Body }>, status = 200): Promise<Body> => {
    const { status: got, body } = await answer;
    expect({ status: got, body }).toMatchObject({ status });
    return body;
  };
  const runner: Runner = {
    api,
    async define({ id, ...job }) {
      await good(api.post('/jobs', { id, name: id, ...job }), 201);
    },
    job: async (id) => (await good(api.get<JobBody>(`/jobs/${id}`))).job,
    findListed: async (id) => (await good(api.get<JobsBody>('/jobs'))).jobs.find((job) => job.id === id),
    waitForRegistration: (id, status = 'registered') =>
      waitForAssertion(async () => {
        expect((await runner.job(id)).registration).toMatchObject({ status });
      }),
    async start(id) {
      const answer = api.post<RunBody>(`/jobs/${id}/run`, undefined, { prefer: 'respond-async' });
      return (await good(answer, 202)).run;
    },
    trigger: async (id) => (await good(api.post<ResultBody>(`/jobs/${id}/run`))).result,
    run: async (id, runId) => (await good(api.get<RunBody>(`/jobs/${id}/runs/${runId}`))).run,
    runs: async (id) => (await good(api.get<RunsBody>(`/jobs/${id}/runs?limit=1000`))).runs,
    waitForEnd: (id, runId) =>
      waitForAssertion(async () => {
        const run = await runner.run(id, runId);
        expect(run.status).not.toMatch(/^(pending|running)$/);
        return run;
      }),
  };
  return runner;
}

/** Fields that have no value in most runs. */
export const NULL_FIELDS = {
  payload: null,
  args: null,
  env: null,
  input_omitted: false,
  tags: [],
  note: null,
  priority: null,
  expires_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  acknowledged_note: null,
  redriven_from: null,
  backfill_id: null,
  parent_run_id: null,
  execution: null,
  late_start_at: null,
  late_finish_at: null,
  error: null,
} as const;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The expected fields of an executed run: those of the runner contract, then Jobdeck's. */
export function aRunRow(expected: Partial<Row>): Row {
  return {
    id: 1,
    job_id: expect.any(String),
    started_at: expect.stringMatching(TIME),
    finished_at: expect.stringMatching(TIME),
    status: 'ok',
    exit_code: 0,
    stdout: '',
    stderr: '',
    duration_ms: expect.any(Number),
    execution_ms: expect.any(Number),
    run_id: expect.stringMatching(/^[A-Za-z0-9_.-]+$/),
    scheduled_at: null,
    run_at: null,
    trigger: 'manual',
    attempt: 1,
    job_version: expected.attempt === 0 ? null : 1,
    reason: null,
    created_at: expect.stringMatching(TIME),
    items_processed: 0,
    meta: null,
    output_truncated: false,
    ...NULL_FIELDS,
    priority: 3,
    error: expected.status === 'error' || expected.status === 'timeout' ? expected.reason : null,
    stdout_tail: expected.stdout ?? '',
    stderr_tail: expected.stderr ?? '',
    ...expected,
  };
}

/** Asserts that an ended run is reported equally on its own, in the job's history and in the list of jobs. */
export async function expectRunReported(runner: Runner, run: RunView, expected: Partial<Row>): Promise<void> {
  const { job_id: id, run_id: runId } = run;
  const row = aRunRow({ job_id: id, run_id: runId, ...expected });
  expect(await runner.run(id, runId)).toEqual({
    ...row,
    attempts: expect.any(Array),
    output_after: null,
    output_next: expect.any(String),
  });
  expect((await runner.runs(id)).find((one) => one.run_id === runId)).toEqual(row);
  expect(await runner.findListed(id)).toMatchObject({ last_status: row.status, last_run: run.started_at });
}
