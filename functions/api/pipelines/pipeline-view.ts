import type { Job } from '../../core/domain/job.ts';
import { nextRunTime } from '../../core/engine/start/job-schedule.ts';
import { toDefinitionView } from '../definition/definition-view.ts';

/** A pipeline: what a request may set, and what the platform knows beside. Its times are epoch milliseconds. */
export function toPipelineView(job: Job, now: number) {
  const next = nextRunTime(job, now);
  return {
    ...toDefinitionView(job),
    next_run: next === null ? null : Date.parse(next),
    created_at: Date.parse(job.createdAt),
    updated_at: Date.parse(job.updatedAt),
  };
}
