import type { Job } from '../../core/domain/job.ts';
import { nextRun } from '../../core/engine/ticks.ts';
import { definitionView } from '../definition/definition-view.ts';

/** A pipeline: what a request may set, and what the platform knows beside. Its times are epoch milliseconds. */
export function pipelineView(job: Job, now: number) {
  const next = nextRun(job, now);
  return {
    ...definitionView(job),
    next_run: next === null ? null : Date.parse(next),
    created_at: Date.parse(job.createdAt),
    updated_at: Date.parse(job.updatedAt),
  };
}
