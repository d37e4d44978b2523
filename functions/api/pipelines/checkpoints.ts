import { JobdeckError } from '../../core/domain/errors.ts';
import type { Checkpoint } from '../../core/domain/flow/checkpoint.ts';
import type { RunRef, RunWithFlow } from '../../core/domain/run.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { takeCheckpoint as take } from '../../core/engine/flow/checkpoint/take-checkpoint.ts';
import {
  pinCheckpoint as pin,
  listCheckpoints as readAll,
  getCheckpoint as readCheckpoint,
} from '../../core/store/checkpoints.ts';
import { flag, inputObject, queryFlag } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';
import { parseCheckpointId, publicCheckpointId } from './checkpoint-id.ts';
import { toCheckpointSummary, toCheckpointView } from './checkpoint-view.ts';
import { requireFlowRun } from './find-job.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { limit, offset } from './query-parameters.ts';

const listQuery = inputObject({ limit: limit(100, 20), offset, completed: queryFlag().optional() }, 'query parameter');

/** Lists checkpoints, newest first. `completed=false` selects failed checkpoints and one in progress. */
export const listCheckpoints = (platform: PipelinesPlatform) =>
  operation({
    query: listQuery,
    async handle({ caller: { tenant }, params: { job_id: id = '' }, query: { limit, offset, completed } }) {
      const run = await requireFlowRun(platform, tenant, id);
      // A job has few checkpoints: only the newest and the pinned ones are kept.
      const all = (await readAll(platform.db, run)).filter(
        ({ state }) => completed === undefined || (state === 'completed') === completed,
      );
      const data = all.slice(offset, offset + limit).map((one) => toCheckpointSummary(one, platform.now()));
      return { status: 200, body: { data, has_more: all.length > offset + limit } };
    },
  });

export const getCheckpoint = (platform: PipelinesPlatform) =>
  operation({
    async handle({ caller: { tenant }, params: { job_id: id = '', checkpoint_id: checkpointId = '' } }) {
      const run = await requireFlowRun(platform, tenant, id);
      const checkpoint = await requireCheckpoint(platform, run, checkpointId);
      return { status: 200, body: toCheckpointView(checkpoint, platform.bucket, platform.now()) };
    },
  });

/** Takes a checkpoint and responds when it is complete. */
export const takeCheckpoint = (platform: PipelinesPlatform) =>
  operation({
    async handle({ caller: { tenant }, params: { job_id: id = '' } }) {
      const run = await requireFlowRun(platform, tenant, id);
      if (run.state !== 'running' || !run.flow.plan) {
        const message = 'Cannot take a checkpoint of a job that is not running';
        throw new JobdeckError('conflict', 'job.not_running', message);
      }
      const checkpoint = await take(platform, run, 'request');
      const name = publicCheckpointId(run, checkpoint.epoch);
      if (checkpoint.state !== 'completed') {
        const message = `Checkpoint ${name} could not be written; the job goes on, so try it again`;
        throw new JobdeckError('unavailable', 'checkpoint.failed', message);
      }
      return {
        status: 201,
        body: toCheckpointView(checkpoint, platform.bucket, platform.now()),
        headers: { location: `/api/v1/jobs/${publicRunId(run)}/checkpoints/${name}` },
        targets: [name],
      };
    },
  });

/** Pins or unpins a checkpoint. A pinned checkpoint is kept regardless of the number of newer ones. */
export const pinCheckpoint = (platform: PipelinesPlatform) =>
  operation({
    body: inputObject({ pinned: flag() }),
    async handle({ caller: { tenant }, params: { job_id: id = '', checkpoint_id: checkpointId = '' }, body }) {
      const run = await requireFlowRun(platform, tenant, id);
      const { epoch } = await requireCheckpoint(platform, run, checkpointId);
      const checkpoint = await pin(platform.db, run, epoch, body.pinned);
      if (!checkpoint) throw checkpointNotFoundError();
      return { status: 200, body: toCheckpointView(checkpoint, platform.bucket, platform.now()) };
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
  if (named && !isOfThisRun)
    await requireFlowRun(platform, run.tenant, publicRunId(named.run)).catch(toCheckpointNotFound);
  const checkpoint = named && (await readCheckpoint(platform.db, named.run, named.epoch));
  if (!checkpoint) throw checkpointNotFoundError();
  if (isOfThisRun) return checkpoint;
  const message = `The checkpoint is of another job: ${publicRunId(checkpoint.run)}`;
  throw new JobdeckError('conflict', 'checkpoint.other_job', message);
}

const isSameRun = (a: RunRef, b: RunRef): boolean =>
  a.jobId === b.jobId && a.incarnation === b.incarnation && a.ulid === b.ulid;

function toCheckpointNotFound(error: unknown): never {
  throw error instanceof JobdeckError && error.kind === 'not_found' ? checkpointNotFoundError() : error;
}
