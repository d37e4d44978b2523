import type { Run } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import { releaseExpired } from '../../store/external-executions.ts';

/** Releases a run whose worker was lost, so that another worker finds or starts its execution. */
export async function recoverExternal({ db, queues, log }: Platform, run: Run): Promise<void> {
  if (!run.lease) return;
  const released = await releaseExpired(db, run, run.lease);
  if (!released.ok) return;
  log.info('execution.worker_lost', { tenant: run.tenant, job: run.jobId, run: run.ulid, attempt: run.attempt });
  await queues.sendRun(run);
}
