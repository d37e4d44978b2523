import type { RunRef } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';

/**
 * Sends the message that advances a backfill: the dispatcher counts ended runs and starts the next. A repeated message has
 * no effect.
 *
 * An error is logged only, because the sweep advances the backfills of a tenant, too.
 */
export async function requestAdvance(
  { queues, now, log }: Pick<Platform, 'queues' | 'now' | 'log'>,
  { tenant, jobId, incarnation }: Omit<RunRef, 'ulid'>,
  backfill: string,
): Promise<void> {
  const scheduledAt = new Date(now()).toISOString();
  try {
    await queues.sendTick({ v: 1, tenant, jobId, incarnation, scheduledAt, backfill }, 0);
  } catch (error) {
    log.warn('backfill.message_not_sent', { tenant, job: jobId, backfill, error: String(error) });
  }
}
