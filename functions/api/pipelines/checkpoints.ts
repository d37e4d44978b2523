import { JobdeckError } from '../../core/domain/errors.ts';
import type { Checkpoint } from '../../core/domain/flow/checkpoint.ts';
import type { RunRef, RunWithFlow } from '../../core/domain/run.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { takeCheckpoint as startCheckpoint } from '../../core/engine/flow/checkpoint/take-checkpoint.ts';
import {
  getCheckpoint as findCheckpoint,
  listCheckpoints as readCheckpoints,
  pinCheckpoint as setPinned,
} from '../../core/store/checkpoints.ts';
import { flag, inputObject, queryFlag } from '../http/input-schemas.ts';
import { route } from '../http/route.ts';
import { pathParameter } from '../openapi/common-schemas.ts';
import { parseCheckpointId, publicCheckpointId } from './checkpoint-id.ts';
import { checkpoint, checkpointSummary, toCheckpointSummary, toCheckpointView } from './checkpoint-view.ts';
import { JOB_ID_EXAMPLE, jobParameter, requireFlowRun } from './find-job.ts';
import { pageOf } from './page.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { limit, offset } from './query-parameters.ts';

const checkpointParameter = () => ({
  ...jobParameter(),
  ...pathParameter('checkpoint_id', 'The id of a checkpoint of the job.', `chk_1_${JOB_ID_EXAMPLE}`),
});

export const listCheckpoints = route({
  method: 'GET',
  path: '/api/v1/jobs/{job_id}/checkpoints',
  operation: 'listCheckpoints',
  action: 'read',
  query: () =>
    inputObject({ limit: limit(100, 20), offset: offset(), completed: queryFlag().optional() }, 'query parameter'),
  openapi: () => ({
    summary: 'List the checkpoints of a job',
    description: '`completed=false` selects failed checkpoints and a checkpoint in progress.',
    pathParameters: jobParameter(),
    errors: [404],
  }),
  responses: () => ({
    200: { description: 'A page of checkpoints, newest first.', body: pageOf(checkpointSummary()) },
  }),
  async handle(
    { caller: { tenant }, params: { job_id }, query: { limit, offset, completed } },
    platform: Pick<PipelinesPlatform, 'db' | 'now'>,
  ) {
    const run = await requireFlowRun(platform, tenant, job_id);
    // A job has few checkpoints: only the newest and the pinned ones are kept.
    const all = (await readCheckpoints(platform.db, run)).filter(
      ({ state }) => completed === undefined || (state === 'completed') === completed,
    );
    const data = all.slice(offset, offset + limit).map((one) => toCheckpointSummary(one, platform.now()));
    return { status: 200, body: { data, has_more: all.length > offset + limit } };
  },
});

export const takeCheckpoint = route({
  method: 'POST',
  path: '/api/v1/jobs/{job_id}/checkpoints',
  operation: 'takeCheckpoint',
  action: 'operate',
  openapi: () => ({
    summary: 'Take a checkpoint of a running job',
    description: 'Responds when the checkpoint is complete.',
    pathParameters: jobParameter(),
    errors: [404, 409],
  }),
  responses: () => ({
    201: {
      description: 'The checkpoint.',
      body: checkpoint(),
      headers: { Location: 'The path of the checkpoint.' },
    },
  }),
  async handle({ caller: { tenant }, params: { job_id } }, platform: Omit<PipelinesPlatform, 'pipelineCache'>) {
    const run = await requireFlowRun(platform, tenant, job_id);
    if (run.state !== 'running' || !run.flow.plan) {
      const message = 'Cannot take a checkpoint of a job that is not running';
      throw new JobdeckError('conflict', 'job.not_running', message);
    }
    const taken = await startCheckpoint(platform, run, 'request');
    const id = publicCheckpointId(run, taken.epoch);
    if (taken.state !== 'completed') {
      const message = `Checkpoint ${id} could not be written; the job continues, so try again`;
      throw new JobdeckError('unavailable', 'checkpoint.failed', message);
    }
    return {
      status: 201,
      body: toCheckpointView(taken, platform.bucket, platform.now()),
      headers: { location: `/api/v1/jobs/${publicRunId(run)}/checkpoints/${id}` },
      targets: [id],
    };
  },
});

export const getCheckpoint = route({
  method: 'GET',
  path: '/api/v1/jobs/{job_id}/checkpoints/{checkpoint_id}',
  operation: 'getCheckpoint',
  action: 'read',
  openapi: () => ({ summary: 'Get a checkpoint', pathParameters: checkpointParameter(), errors: [404, 409] }),
  responses: () => ({ 200: { description: 'The checkpoint.', body: checkpoint() } }),
  async handle({ caller: { tenant }, params }, platform: Pick<PipelinesPlatform, 'db' | 'now' | 'bucket'>) {
    const run = await requireFlowRun(platform, tenant, params.job_id);
    const found = await requireCheckpoint(platform, run, params.checkpoint_id);
    return { status: 200, body: toCheckpointView(found, platform.bucket, platform.now()) };
  },
});

export const pinCheckpoint = route({
  method: 'PATCH',
  path: '/api/v1/jobs/{job_id}/checkpoints/{checkpoint_id}',
  operation: 'pinCheckpoint',
  action: 'operate',
  body: () => inputObject({ pinned: flag() }),
  openapi: () => ({
    summary: 'Pin or unpin a checkpoint',
    description: 'A pinned checkpoint is kept regardless of the number of newer ones.',
    pathParameters: checkpointParameter(),
    bodyExample: { pinned: true },
    errors: [404, 409],
  }),
  responses: () => ({ 200: { description: 'The updated checkpoint.', body: checkpoint() } }),
  async handle({ caller: { tenant }, params, body }, platform: Pick<PipelinesPlatform, 'db' | 'now' | 'bucket'>) {
    const run = await requireFlowRun(platform, tenant, params.job_id);
    const { epoch } = await requireCheckpoint(platform, run, params.checkpoint_id);
    const updated = await setPinned(platform.db, run, epoch, body.pinned);
    if (!updated) throw checkpointNotFoundError();
    return { status: 200, body: toCheckpointView(updated, platform.bucket, platform.now()) };
  },
});

/** The error for a malformed id and for a checkpoint that was replaced by newer ones. */
const checkpointNotFoundError = () => new JobdeckError('not_found', 'checkpoint.not_found', 'Checkpoint not found');

/**
 * Returns a checkpoint of the job.
 *
 * @throws JobdeckError `checkpoint.not_found`
 * @throws JobdeckError `checkpoint.other_job` (conflict) if the checkpoint belongs to another job of the tenant
 */
export async function requireCheckpoint(
  platform: Pick<PipelinesPlatform, 'db' | 'now'>,
  run: RunWithFlow,
  id: string,
): Promise<Checkpoint> {
  const named = parseCheckpointId(run.tenant, id);
  const isOfThisRun = named && isSameRun(named.run, run);
  // A checkpoint exists no longer than its job.
  if (named && !isOfThisRun) {
    await requireFlowRun(platform, run.tenant, publicRunId(named.run)).catch(toCheckpointNotFound);
  }
  const found = named && (await findCheckpoint(platform.db, named.run, named.epoch));
  if (!found) throw checkpointNotFoundError();
  if (isOfThisRun) return found;
  const message = `The checkpoint belongs to another job: ${publicRunId(found.run)}`;
  throw new JobdeckError('conflict', 'checkpoint.other_job', message);
}

const isSameRun = (a: RunRef, b: RunRef): boolean =>
  a.jobId === b.jobId && a.incarnation === b.incarnation && a.ulid === b.ulid;

function toCheckpointNotFound(error: unknown): never {
  throw error instanceof JobdeckError && error.kind === 'not_found' ? checkpointNotFoundError() : error;
}

export const checkpointRoutes = [listCheckpoints, takeCheckpoint, getCheckpoint, pinCheckpoint];
