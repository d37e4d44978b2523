import * as z from 'zod';
import { publicRunId } from '../../core/domain/run-id.ts';
import { restartRun } from '../../core/engine/flow/restart/restart-run.ts';
import { getJob } from '../../core/store/jobs.ts';
import { readIdempotencyKey } from '../http/idempotency-key.ts';
import { inputObject, integer, orDefault } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';
import { requireCheckpoint } from './checkpoints.ts';
import { jobNotFoundError, requireFlowRun } from './find-job.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

const restartBody = inputObject({
  checkpoint_id: orDefault(z.string({ error: 'must be the id of a checkpoint' }), null),
  parallelism: orDefault(integer(1, 64), null),
});

/**
 * Starts a job that continues from the newest or the named checkpoint of an ended job. A repeated request with the same
 * idempotency key returns the job that the first request started.
 */
export const restartJob = (platform: PipelinesPlatform) =>
  operation({
    body: restartBody,
    async handle({ caller: { tenant }, params: { job_id: id = '' }, body: { checkpoint_id, parallelism }, headers }) {
      const key = readIdempotencyKey(headers);
      const run = await requireFlowRun(platform, tenant, id);
      const checkpoint = checkpoint_id === null ? null : await requireCheckpoint(platform, run, checkpoint_id);
      const pipeline = await getJob(platform.db, tenant, run.jobId);
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
