import { isFlowRun, type RunWithFlow } from '../../core/domain/run.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { isPurgeDue } from '../../core/store/run-item.ts';
import { listTasks } from '../../core/store/tasks.ts';
import { ALL_TIME, type CountReads, walkTenantRuns } from '../../core/store/walk-runs.ts';
import type { JobState } from './job-state.ts';
import { dependsOnTasks, toJobState } from './job-state.ts';
import { type JobSummary, toJobSummary } from './job-view.ts';
import type { JobFilter } from './jobs-query.ts';

type ReadPlatform = Pick<Platform, 'db' | 'now'>;
/**
 * Yields batches of matching jobs in creation order. Runs of scripts, expired runs and runs of deleted pipelines are
 * omitted.
 */
export async function* walkJobs(
  platform: ReadPlatform,
  tenant: TenantId,
  filter: JobFilter,
  newestFirst: boolean,
  spend: CountReads,
): AsyncGenerator<readonly JobSummary[]> {
  const { pipelineId, runStates, state } = filter;
  const wanted = { states: runStates, jobId: pipelineId, kinds: ['flow'] } as const;
  const runs = walkTenantRuns(platform.db, tenant, wanted, { ...ALL_TIME, oldestFirst: !newestFirst }, spend);
  for await (const batch of runs) {
    const now = platform.now();
    const flowRuns = batch
      .filter((run) => isFlowRun(run))
      .filter((run) => runStates.includes(run.state) && !isPurgeDue(run, now));
    const states = await Promise.all(flowRuns.map((run) => readJobState(platform, run)));
    yield flowRuns.flatMap((run, i) => {
      const is = states[i];
      return is && (state === null || state === is) ? toJobSummary(run, is) : [];
    });
  }
}

async function readJobState({ db, now }: ReadPlatform, run: RunWithFlow): Promise<JobState> {
  const tasks = dependsOnTasks(run) ? await listTasks(db, run, run.flow.plan?.tasks ?? 0) : [];
  return toJobState(run, tasks, now());
}
