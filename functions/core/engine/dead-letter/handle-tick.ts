import type { SQSRecord } from 'aws-lambda';
import { catchesUp } from '../../domain/catch-up.ts';
import type { TickMessage } from '../../domain/messages.ts';
import { publicRunId, tickUlid } from '../../domain/run-id.ts';
import type { Platform } from '../../platform/platform.ts';
import { getJob } from '../../store/jobs.ts';
import { startTick } from '../start/dispatch-tick.ts';
import { storeDeadLetter } from './store-dead-letter.ts';

/**
 * Records a tick that could not be delivered or handled as missed, and stores it as a dead letter. A delayed run stays: the
 * sweep starts it. The sweep advances a backfill, too. The end of a run that starts others is requested again by a replay.
 */
export async function handleDeadLetteredTick(platform: Platform, tick: TickMessage, record: SQSRecord): Promise<void> {
  const { tenant, jobId, scheduledAt, ended } = tick;
  platform.log.error('tick.dead_lettered', { tenant, job: jobId, scheduledAt });
  if (/* guard: backfill.dead-letter */ tick.backfill !== undefined) return;
  const job = await getJob(platform.db, tenant, jobId);
  if (job?.incarnation !== tick.incarnation) return;
  if (/* guard: chain.dead-letter */ ended !== undefined) {
    const runId = publicRunId({ ...tick, ulid: ended });
    await storeDeadLetter(platform, record, { tenant, kind: 'chain', jobId, runId });
    return;
  }
  const { ulid = tickUlid(tick, scheduledAt) } = tick;
  const isMadeUp = /* guard: catch-up.dead-letter */ catchesUp(job);
  if (/* guard: delay.dead-letter */ tick.ulid === undefined && !isMadeUp)
    await startTick(platform, job, scheduledAt, 'missed');
  const runId = publicRunId({ ...tick, ulid });
  await storeDeadLetter(platform, record, { tenant, kind: 'tick', jobId, runId, scheduledAt });
}
