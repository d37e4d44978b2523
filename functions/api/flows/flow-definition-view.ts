import type { Job } from '../../core/domain/job.ts';
import { nextRun } from '../../core/engine/ticks.ts';
import { definitionView } from '../definition/definition-view.ts';

/** A flow as `GET /v1/flows/{id}` shows it: what a request may set, and what the platform knows beside. */
export function flowDefinitionView(job: Job, now: number) {
  return {
    _id: job.id,
    ...definitionView(job),
    _integrationId: job.integrationId,
    createdAt: job.createdAt,
    lastModified: job.updatedAt,
    nextRun: nextRun(job, now),
  };
}
