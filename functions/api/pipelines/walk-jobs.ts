import { isOfFlow, type RunOfFlow } from '../../core/domain/run.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { isDue } from '../../core/store/run-item.ts';
import { listTasks } from '../../core/store/tasks.ts';
import { EVER, type Spend, walkTenantRuns } from '../../core/store/walk-runs.ts';
import { isToldByTasks, jobState } from './job-state.ts';
import type { JobState } from './job-states.ts';
import { type JobSummary, jobSummary } from './job-view.ts';
import type { JobFilter } from './jobs-query.ts';

type Reader = Pick<Platform, 'db' | 'now'>;
/**
 * The jobs that match, in the order of their making, some at a time. Runs of scripts are none, nor are runs past their
 * time or of a pipeline that was deleted.
 */
export async function* walkJobs(
  platform: Reader,
  tenant: TenantId,
  filter: JobFilter,
  newestFirst: boolean,
  spend: Spend,
): AsyncGenerator<readonly JobSummary[]> {
  const { pipelineId, runStates, state } = filter;
  const wanted = { states: runStates, jobId: pipelineId, kinds: ['flow'] } as const;
  const runs = walkTenantRuns(platform.db, tenant, wanted, { ...EVER, oldestFirst: !newestFirst }, spend);
  for await (const some of runs) {
    const now = platform.now();
    const shown = some
      .filter((run) => isOfFlow(run))
      .filter((run) => runStates.includes(run.state) && !isDue(run, now));
    const states = await Promise.all(shown.map((run) => stateOf(platform, run)));
    yield shown.flatMap((run, i) => {
      const is = states[i];
      return is && (state === null || state === is) ? jobSummary(run, is) : [];
    });
  }
}

async function stateOf({ db, now }: Reader, run: RunOfFlow): Promise<JobState> {
  const tasks = isToldByTasks(run) ? await listTasks(db, run, run.flow.plan?.tasks ?? 0) : [];
  return jobState(run, tasks, now());
}
