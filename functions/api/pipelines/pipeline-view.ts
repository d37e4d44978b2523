import type { Job } from '../../core/domain/job.ts';
import { nextRunTime } from '../../core/engine/start/job-schedule.ts';
import { toDefinitionView } from '../definition/definition-view.ts';

/** Converts a job to a pipeline: its definition and its times in epoch milliseconds. */
export function toPipelineView(job: Job, now: number) {
  const next = nextRunTime(job, now);
  return {
    ...toDefinitionView(job),
    next_run: next === null ? null : Date.parse(next),
    created_at: Date.parse(job.createdAt),
    updated_at: Date.parse(job.updatedAt),
  };
}
