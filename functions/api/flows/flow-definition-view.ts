import type { Job } from '../../core/domain/job.ts';
import { nextRunTime } from '../../core/engine/start/job-schedule.ts';
import { toDefinitionView } from '../definition/definition-view.ts';

/** A flow as `GET /v1/flows/{id}` shows it: what a request may set, and what the platform knows beside. */
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
