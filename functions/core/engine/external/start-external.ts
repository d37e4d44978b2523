import { isExternalRun } from '../../domain/external-execution.ts';
import type { ExternalTarget } from '../../domain/job.ts';
import type { Json } from '../../domain/json.ts';
import { MAX_QUEUE_DELAY_MS } from '../../domain/timing.ts';
import { releaseToService } from '../../store/external-executions.ts';
import { advanceTickWatermark } from '../../store/job-states.ts';
import type { ClaimedRun } from '../execute/claim-run.ts';
import { startMetrics } from '../finalize/run-metrics.ts';
import { endExternal, notStartedOutcome } from './end-external.ts';
import type { ExternalPlatform } from './external-platform.ts';
import { followStarted } from './follow-run.ts';
import { requestStart } from './request-start.ts';

/**
 * Starts the execution of a claimed run and releases the run: no worker is held while the execution lasts.
 *
 * The start has a token that derives from run and attempt. After a crash between the start and the write of the reference,
 * or if the service did not confirm the start, a later start finds the same execution.
 */
export async function startExternal(
  platform: ExternalPlatform,
  claimed: ClaimedRun,
  target: ExternalTarget,
  payload: Json | undefined,
): Promise<void> {
  const { job, run, lease } = claimed;
  if (!isExternalRun(run)) throw new Error(`run ${run.ulid} was claimed without an execution`);
  const start = await requestStart(platform, run, target, payload);
  const reference = 'reference' in start ? start.reference : null;
  const released = await releaseToService(platform.db, run, lease, {
    ...run.external,
    reference,
    ...('unconfirmed' in start && { startError: start.unconfirmed }),
  });
  // Another worker starts or finds the same execution.
  if (!released.ok || !isExternalRun(released.run)) return;
  const fields = { run: run.ulid, job: run.jobId, tenant: run.tenant, attempt: run.attempt, reference };
  platform.metrics.event('execution.started', startMetrics(run), fields);
  // An execution may last for days, so `ticksThrough` does not wait for its end.
  if (claimed.ticksThrough !== undefined) await advanceTickWatermark(platform.db, job, claimed.ticksThrough);
  if ('refused' in start) {
    const outcome = notStartedOutcome(released.run, start.refused, start.final);
    return endExternal(platform, released.run, outcome);
  }
  const untilDeadlineMs = Date.parse(run.external.deadlineAt) - platform.now();
  // The sweep finds later deadlines within a minute or two.
  if (untilDeadlineMs <= MAX_QUEUE_DELAY_MS) await platform.queues.sendRun(run, Math.max(0, untilDeadlineMs));
  // The execution may have ended before its reference was stored, so that its event found no run.
  if (reference !== null) await followStarted(platform, released.run, reference);
}
