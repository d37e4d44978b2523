import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { isJobId, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import { truncate } from '../../core/domain/text.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getCounter } from '../../core/store/counters.ts';
import { getJob } from '../../core/store/jobs.ts';
import { listExecuted } from '../../core/store/run-lists.ts';
import { operation } from '../http/operation.ts';
import { toJobStatsView } from './job-stats-view.ts';

/** Number of executions in the recent history, from the admin job stats contract. */
const RECENT_EXECUTIONS = 10;

/**
 * Returns the statistics of a job. Reads the job, its counter and one page of its newest runs, independent of the
 * number of runs.
 */
export const getJobStats = ({ db, now }: Pick<Platform, 'db' | 'now'>) =>
  operation({
    async handle({ caller: { tenant }, params: { jobName = '' } }) {
      if (!isJobId(jobName))
        throw new InvalidInput('jobName', `must be ${JOB_ID_RULE}, got '${truncate(jobName, 80)}'`);
      const job = await getJob(db, tenant, jobName);
      if (!job) throw new JobdeckError('not_found', 'job.not_found', `There is no job '${jobName}'`);
      const ref = { tenant, jobId: job.id, incarnation: job.incarnation };
      const time = now();
      const [counter, executions] = await Promise.all([
        getCounter(db, tenant, { kind: 'job', ...ref }),
        listExecuted(db, ref, RECENT_EXECUTIONS, time),
      ]);
      const timestamp = new Date(time).toISOString();
      const data = { ...toJobStatsView(job, counter, executions, time), generatedAt: timestamp };
      const body = { success: true, message: 'Job statistics retrieved successfully', data, timestamp };
      return { status: 200, body };
    },
  });
