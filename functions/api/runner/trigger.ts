import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { isJobId } from '../../core/domain/job-id.ts';
import { isTerminal, type Run } from '../../core/domain/run.ts';
import { isDelayed } from '../../core/domain/run-counts.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import type { RunOptions, TriggerRequest } from '../../core/domain/run-input.ts';
import { TRIGGER_WAIT_MS } from '../../core/domain/timing.ts';
import { waitForEnd } from '../../core/engine/finalize/wait-for-end.ts';
import { sendIfNear } from '../../core/engine/start/delay-run.ts';
import { readStartContext, type StartContext } from '../../core/engine/start/start-context.ts';
import { triggerJob as startRun } from '../../core/engine/start/trigger-job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { findJob, jobNotFoundError } from '../definition/find-job.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { lazy, type ParameterDoc, route, type ViewOf } from '../http/route.ts';
import { idempotencyKeyHeader, namedSchema } from '../openapi/common-schemas.ts';
import { jobParameter } from './jobs.ts';
import { MAX_OPTIONS_BODY_BYTES, toTriggerRequest, triggerBody } from './run-options.ts';
import { run, runFields, runLocation, toRunView } from './run-view.ts';

/** Part of a request's time that is reserved for the last read and the response. */
const RESPONSE_RESERVE_MS = 1_500;

const RESPOND_ASYNC = 'respond-async';

const preferHeader = (): ParameterDoc => ({
  name: 'Prefer',
  description: '`respond-async` returns at once, without waiting for the end of the run.',
  schema: z.string(),
  example: RESPOND_ASYNC,
});

const result = lazy(() => {
  const { status, exit_code, duration_ms, stdout, stderr, run_id, reason, error, output_truncated } = runFields();
  const fields = { status, exit_code, duration_ms, stdout, stderr, run_id, reason, error, output_truncated };
  return namedSchema('RunnerResult', z.object(fields));
});
/** The result of a run that has ended. */
export type ResultView = ViewOf<typeof result>;

export const triggerJob = route({
  method: 'POST',
  path: '/jobs/{id}/run',
  operation: 'triggerJob',
  action: 'operate',
  body: triggerBody,
  maxBodyBytes: MAX_OPTIONS_BODY_BYTES,
  openapi: () => ({
    summary: 'Run a job',
    description:
      'Starts a run and waits up to 25 seconds for its end, less if the tenant has used up its request rate, which each ' +
      'second of waiting counts toward. A run that fails is returned with status code 200; its ' +
      '`status` is `error` or `timeout`. With `run_at` or `delay_s`, creates a run that starts later, and returns it at once.',
    pathParameters: jobParameter(),
    headers: [idempotencyKeyHeader(), preferHeader()],
    bodyExample: { payload: { order: 1042 }, tags: ['import'], note: 'order of the fair' },
    errors: [404, 409, 413, 422],
  }),
  responses: () => ({
    200: { description: 'The run has ended.', body: z.object({ result: result() }) },
    202: {
      description: 'The run has not ended yet.',
      body: z.object({ run: run() }),
      headers: {
        Location: 'The path of the run.',
        'Preference-Applied': '`respond-async` if the request preferred it.',
      },
    },
  }),
  async handle({ caller, params: { id }, body, headers, remainingMs, mayWait }, platform: Platform) {
    const key = readIdempotencyKey(headers);
    const notFoundError = jobNotFoundError(`Job '${id}' not found`);
    // A repeat of a request with a key needs the job alone.
    const known =
      key === undefined && isJobId(id) ? await readStartContext(platform, caller.tenant, id, true) : undefined;
    const job = known ? known.job : await findJob(platform.db, caller.tenant, id);
    if (!job) throw notFoundError;
    const options = await toTriggerRequest(caller, job, body);
    const run = await start(platform, job, key, options, { notFoundError, known });
    const recorded = { targets: [publicRunId(run)], remarks: options };
    if (run.throttledFrom === null) await sendIfNear(platform, run);
    if (isDelayed(run)) return { ...acceptedResponse(run, options), ...recorded };
    if (prefersAsync(headers.prefer)) {
      return { ...acceptedResponse(run, options, { 'preference-applied': RESPOND_ASYNC }), ...recorded };
    }
    const waitMs = Math.max(0, Math.min(TRIGGER_WAIT_MS, remainingMs() - RESPONSE_RESERVE_MS));
    const ended = await waitForEnd(platform, run, { waitMs, mayWait });
    // The job was deleted during the run.
    if (!ended) throw notFoundError;
    return isTerminal(ended.state)
      ? { status: 200, body: { result: toResultView(ended) }, ...recorded }
      : { ...acceptedResponse(ended, options), ...recorded };
  },
});

async function start(
  platform: Platform,
  job: Job,
  key: string | undefined,
  options: TriggerRequest,
  { notFoundError, known }: { readonly notFoundError: JobdeckError; readonly known: StartContext | undefined },
): Promise<Run> {
  try {
    return await startRun(platform, job, key, options, undefined, known);
  } catch (error) {
    // The job was deleted after it was read.
    if (error instanceof JobdeckError && error.code === notFoundError.code) throw notFoundError;
    throw error;
  }
}

const acceptedResponse = (run: Run, { input }: RunOptions, headers: Readonly<Record<string, string>> = {}) => ({
  status: 202 as const,
  body: { run: toRunView(run, input) },
  headers: { location: runLocation(run), ...headers },
});

function toResultView(run: Run): ResultView {
  const { status, exit_code, duration_ms, stdout, stderr, run_id, reason, error, output_truncated } = toRunView(run);
  return { status, exit_code, duration_ms, stdout, stderr, run_id, reason, error, output_truncated };
}

/** Parses a header such as `Prefer: respond-async, wait=10` (RFC 7240). */
function prefersAsync(prefer: string | undefined): boolean {
  return (prefer ?? '').split(',').some((part) => part.split(/[;=]/)[0]?.trim().toLowerCase() === RESPOND_ASYNC);
}
