import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseDeadLetterTick } from '../core/domain/messages.ts';
import { publicRunId, tickUlid } from '../core/domain/run-id.ts';
import { storeDeadLetter } from '../core/engine/dead-letter/store-dead-letter.ts';
import { startTick } from '../core/engine/start/dispatch-tick.ts';
import { createPlatform } from '../core/platform/platform.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';
import { getJob } from '../core/store/jobs.ts';

const platform = createPlatform();

/** Records ticks that could not be delivered or handled as missed, and stores them as dead letters. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(platform.log, event, parseDeadLetterTick, async (tick, record) => {
    platform.log.error('tick.dead_letter', { tenant: tick.tenant, job: tick.jobId, scheduledAt: tick.scheduledAt });
    const job = await getJob(platform.db, tick.tenant, tick.jobId);
    if (job?.incarnation !== tick.incarnation) return;
    await startTick(platform, job, tick.scheduledAt, 'missed');
    const { tenant, jobId, scheduledAt } = tick;
    const runId = publicRunId({ ...tick, ulid: tickUlid(tick, scheduledAt) });
    await storeDeadLetter(platform, record, { tenant, kind: 'tick', jobId, runId, scheduledAt });
  });
}
