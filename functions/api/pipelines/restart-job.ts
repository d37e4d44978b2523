import * as z from 'zod';
import { publicRunId } from '../../core/domain/run-id.ts';
import { restartRun } from '../../core/engine/flow/restart.ts';
import { getJob } from '../../core/store/jobs.ts';
import { idempotencyKey } from '../http/idempotency-key.ts';
import { operation } from '../http/operation.ts';
import { fields, integer, orDefault } from '../http/shapes.ts';
import { requireCheckpoint } from './checkpoints.ts';
import { jobNotFound, requireRun } from './find-job.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

const shape = fields({
  checkpoint_id: orDefault(z.string({ error: 'must be the id of a checkpoint' }), null),
  parallelism: orDefault(integer(1, 64), null),
});

/**
 * Starts a job that goes on from the newest checkpoint of one that has ended, or from the one that is named. A repeat with the
 * same idempotency key answers with the job that the first request started.
 */
export const restartJob = (platform: PipelinesPlatform) =>
  operation({
    body: shape,
    async handle({ caller: { tenant }, params: { job_id: id = '' }, body: { checkpoint_id, parallelism }, headers }) {
      const key = idempotencyKey(headers);
      const run = await requireRun(platform, tenant, id);
      const checkpoint = checkpoint_id === null ? null : await requireCheckpoint(platform, run, checkpoint_id);
      const pipeline = await getJob(platform.db, tenant, run.jobId);
      // It was deleted, or deleted and defined anew, in between.
      if (pipeline?.incarnation !== run.incarnation) throw jobNotFound();
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
