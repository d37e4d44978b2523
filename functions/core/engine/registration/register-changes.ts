import type { DynamoDBRecord } from 'aws-lambda';
import { forEachConcurrent } from '../../platform/for-each-concurrent.ts';
import { removeReconcileRequest } from '../../store/reconcile-requests.ts';
import { type ChangedJob, groupByJob } from './changed-jobs.ts';
import { deferReconcile } from './defer-reconcile.ts';
import { type Registrar, reconcileJob } from './reconcile-job.ts';

/** Jobs of a batch that are registered at the same time. */
const CONCURRENCY = 10;

/**
 * Time after which the remaining jobs of a batch are deferred, so that the invocation ends within its 60 s although
 * EventBridge Scheduler is slow.
 */
const BATCH_TIME_MS = 30_000;

/**
 * Registers the changed jobs of a batch of the Jobs table's stream: one pass a job, several jobs at a time. A job that
 * cannot be registered is deferred and does not hold up its shard. A malformed record is logged and skipped.
 *
 * @returns the sequence numbers of the first changes of jobs that could neither be registered nor deferred
 */
export async function registerChanges(
  registrar: Registrar,
  records: readonly DynamoDBRecord[],
): Promise<readonly string[]> {
  const { log, now } = registrar.platform;
  const { jobs, malformed } = groupByJob(records);
  for (const sequence of malformed) log.error('registration.record_skipped', { sequence });
  const endAt = now() + BATCH_TIME_MS;
  const failed: string[] = [];
  await forEachConcurrent(CONCURRENCY, jobs, async (job) => {
    if (!(await registerOrDefer(registrar, job, endAt))) failed.push(job.sequence);
  });
  return failed;
}

/** @returns `false` if the job could neither be registered nor deferred */
async function registerOrDefer(registrar: Registrar, change: ChangedJob, endAt: number): Promise<boolean> {
  const { tenant, jobId, request, formerIncarnations } = change;
  const { db, log, now } = registrar.platform;
  try {
    if (now() >= endAt) throw new Error(`the batch has taken ${BATCH_TIME_MS / 1_000} s`);
    await reconcileJob(registrar, tenant, jobId, { formerIncarnations, isRequested: request !== undefined });
    if (request) await removeReconcileRequest(db, tenant, request);
    return true;
  } catch (error) {
    log.error('registration.failed', { tenant, job: jobId, error: String(error) });
    try {
      // guard: registration.deferred
      await deferReconcile(registrar.platform, tenant, jobId, formerIncarnations);
      return true;
    } catch (unavailable) {
      log.error('registration.not_deferred', { tenant, job: jobId, error: String(unavailable) });
      return false;
    }
  }
}
