import type { Job } from '../../core/domain/job.ts';
import { nextRunTime } from '../../core/engine/start/job-schedule.ts';
import { toDefinitionView } from '../definition/definition-view.ts';

/**
 * Converts a flow to the response of `GET /v1/flows/{id}`: its definition and the fields that the platform maintains.
 */
export function toFlowView(job: Job, now: number) {
  return {
    _id: job.id,
    ...toDefinitionView(job),
    _integrationId: job.integrationId,
    createdAt: job.createdAt,
    lastModified: job.updatedAt,
    nextRun: nextRunTime(job, now),
  };
}
