import type { Task } from '../../domain/flow/task.ts';
import type { RetryPolicy } from '../../domain/job.ts';
import { retryDelayMs } from '../../domain/retry.ts';
import type { Run } from '../../domain/run.ts';
import { LONGEST_DELAY_MS } from '../../domain/timing.ts';
import { requestFailure } from '../../store/runs.ts';
import { changeTask } from '../../store/tasks.ts';
import type { EndPlatform } from './end.ts';
import { stopTasks } from './stop.ts';
import { tell } from './tell.ts';

/**
 * Takes a task from a worker that stopped renewing its lease: it goes on from its last page, after a while; a task that
 * was lost too often fails its run. Nothing happens when the lease was renewed after all.
 */
export async function recoverTask(platform: EndPlatform, run: Run, task: Task, retry: RetryPolicy): Promise<void> {
  const failures = task.failures + 1;
  const failure = `its worker was last heard of before ${task.lease?.until ?? task.sentAt}`;
  const freed = { ...task, lease: null, failures, failure, healthySince: null };
  const fields = { tenant: run.tenant, job: run.jobId, run: run.ulid, task: task.index, failures };
  if (failures >= retry.attempts) {
    if (!(await changeTask(platform.db, task, { ...freed, state: 'stopped' }))) return;
    platform.metrics.event('slice.lost', { LeaseExpiries: 1 }, fields);
    await tell(platform, run, task.index, 'error', `task ${task.index} was lost: ${failure}`);
    const asked = await requestFailure(platform.db, run, { kind: 'lost', message: failure });
    if (asked.run) await stopTasks(platform, asked.run);
    return;
  }
  const now = platform.now();
  const delay = retryDelayMs(retry, failures, platform.random());
  const dueAt = new Date(now + delay).toISOString();
  if (!(await changeTask(platform.db, task, { ...freed, dueAt, sentAt: new Date(now).toISOString() }))) return;
  platform.metrics.event('slice.lost', { LeaseExpiries: 1 }, fields);
  await tell(platform, run, task.index, 'warn', `task ${task.index} was lost: ${failure}`);
  if (delay <= LONGEST_DELAY_MS) await platform.queues.sendSlice(run, task.index, task.slice, delay);
}
