import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import {
  msUntilNextStopMode,
  STOP_MODES,
  STOP_TIMEOUT_MS,
  type Stop,
  stopModeAt,
} from '../../core/domain/flow/stop.ts';
import { isTerminal, type Run } from '../../core/domain/run.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { CANCEL_WAIT_MS } from '../../core/domain/timing.ts';
import { restartRun } from '../../core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../core/engine/flow/stop/stop-flow.ts';
import { triggerJob } from '../../core/engine/start/trigger-job.ts';
import { getJob as findDefinition } from '../../core/store/jobs.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { inputObject, integer, oneOf, orDefault } from '../http/input-schemas.ts';
import { route } from '../http/route.ts';
import { epochMilliseconds, idempotencyKeyHeader } from '../openapi/common-schemas.ts';
import { requireCheckpoint } from './checkpoints.ts';
import { jobNotFoundError, jobParameter, requireFlowRun, requirePipelineJob } from './find-job.ts';
import { job, toJobView } from './job-view.ts';
import { pipelineParameter, requirePipeline } from './pipelines.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

const JOB_LOCATION = { Location: 'The path of the new job.' };

export const startPipelineJob = route({
  method: 'POST',
  path: '/api/v1/pipelines/{pipeline_id}/jobs',
  operation: 'startPipelineJob',
  action: 'operate',
  openapi: () => ({
    summary: 'Start a job of a pipeline',
    description: 'Responds without waiting for the job.',
    pathParameters: pipelineParameter(),
    headers: [idempotencyKeyHeader()],
    errors: [404, 409],
  }),
  responses: () => ({ 202: { description: 'The job.', body: job(), headers: JOB_LOCATION } }),
  async handle({ caller: { tenant }, params: { pipeline_id }, headers }, platform: PipelinesPlatform) {
    const key = readIdempotencyKey(headers);
    const id = publicRunId(await triggerJob(platform, await requirePipeline(platform.db, tenant, pipeline_id), key));
    const view = toJobView(await requirePipelineJob(platform, tenant, id), platform.now());
    return { status: 202, body: view, headers: { location: `/api/v1/jobs/${id}` }, targets: [id] };
  },
});

export const restartJob = route({
  method: 'POST',
  path: '/api/v1/jobs/{job_id}/restart',
  operation: 'restartJob',
  action: 'operate',
  body: () =>
    inputObject({
      checkpoint_id: orDefault(z.string({ error: 'must be the id of a checkpoint' }), null),
      parallelism: orDefault(integer(1, 64), null),
    }),
  openapi: () => ({
    summary: 'Restart a job',
    description: 'Starts a job that continues from the newest or the named checkpoint of a job that has ended.',
    pathParameters: jobParameter(),
    headers: [idempotencyKeyHeader()],
    bodyExample: { parallelism: 4 },
    errors: [404, 409, 422],
  }),
  responses: () => ({
    200: {
      description: 'The new job was started.',
      body: z.object({ message: z.string(), new_job_id: z.string() }),
      headers: JOB_LOCATION,
    },
  }),
  async handle(
    { caller: { tenant }, params: { job_id }, body: { checkpoint_id, parallelism }, headers },
    platform: PipelinesPlatform,
  ) {
    const key = readIdempotencyKey(headers);
    const run = await requireFlowRun(platform, tenant, job_id);
    const checkpoint = checkpoint_id === null ? null : await requireCheckpoint(platform, run, checkpoint_id);
    const pipeline = await findDefinition(platform.db, tenant, run.jobId);
    // The pipeline was deleted, and possibly created again, after the run.
    if (pipeline?.incarnation !== run.incarnation) throw jobNotFoundError();
    const started = await restartRun(platform, pipeline, run, {
      ...(checkpoint && { epoch: checkpoint.epoch }),
      ...(parallelism !== null && { parallelism }),
      ...(key !== undefined && { key }),
    });
    const newId = publicRunId(started);
    return {
      status: 200,
      body: { message: 'Job restarted', new_job_id: newId },
      headers: { location: `/api/v1/jobs/${newId}` },
      targets: [newId],
    };
  },
});

export const stopJob = route({
  method: 'POST',
  path: '/api/v1/jobs/{job_id}/stop',
  operation: 'stopJob',
  action: 'operate',
  body: () =>
    inputObject({
      mode: orDefault(oneOf(STOP_MODES), 'checkpoint'),
      timeout_seconds: orDefault(integer(1, 3_600), STOP_TIMEOUT_MS / 1_000),
    }),
  openapi: () => ({
    summary: 'Stop a job',
    description:
      'Responds without waiting for the end of the job. Repeating the request can make the stop stronger or earlier, ' +
      'never weaker. A job that is not planned yet is canceled in any mode.',
    pathParameters: jobParameter(),
    bodyExample: { mode: 'checkpoint', timeout_seconds: 30 },
    errors: [404, 409],
  }),
  responses: () => ({
    200: {
      description: 'The stop was requested.',
      body: z.object({
        message: z.string(),
        expected_finish_time: epochMilliseconds(),
      }),
    },
  }),
  async handle({ caller, params: { job_id }, body }, platform: PipelinesPlatform) {
    const run = await requireFlowRun(platform, caller.tenant, job_id);
    assertNotEnded(run);
    const now = platform.now();
    const stop: Stop = {
      mode: body.mode,
      requestedAt: new Date(now).toISOString(),
      timeoutMs: body.timeout_seconds * 1_000,
    };
    const stopping = isSuperseded(stop, run, now) ? run : await stopFlow(platform, run, caller.name, stop);
    if (!stopping) throw jobNotFoundError();
    // The job ended before the stop took effect.
    if (stopping.state === 'completed' || stopping.state === 'failed') assertNotEnded(stopping);
    const expected_finish_time = expectedFinishTime(stopping, now);
    return { status: 200, body: { message: 'Job stop initiated', expected_finish_time } };
  },
});

function assertNotEnded({ state, finishedAt }: Run): void {
  if (!isTerminal(state)) return;
  const ended = state === 'canceled' ? 'was stopped' : state;
  throw new JobdeckError('conflict', 'job.ended', `Cannot stop the job: it ${ended} at ${finishedAt}`);
}

/** @returns whether the stop in progress has a stronger mode by now, or the same mode and an earlier deadline */
function isSuperseded(requested: Stop, { state, stop }: Run, now: number): boolean {
  if (state !== 'stopping') return false;
  // A canceled run abandons its current pages, like the mode `immediate`.
  const reached = stop ? stopModeAt(stop, now) : 'immediate';
  if (reached !== requested.mode) return STOP_MODES.indexOf(requested.mode) < STOP_MODES.indexOf(reached);
  const next = stop && msUntilNextStopMode(stop, now);
  return next !== null && next !== undefined && next <= requested.timeoutMs;
}

/** Returns the time in epoch milliseconds at which the stop escalates to the next mode, or the end of a job that has ended. */
function expectedFinishTime({ finishedAt, stop }: Run, now: number): number {
  if (finishedAt !== null) return Date.parse(finishedAt);
  return now + (stop ? (msUntilNextStopMode(stop, now) ?? 0) : CANCEL_WAIT_MS);
}
