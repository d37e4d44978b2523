import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { isSlice, parseRunMessage } from '../core/domain/messages.ts';
import { publicRunId } from '../core/domain/run-id.ts';
import { keepDeadLetter } from '../core/engine/dead-letters/keep.ts';
import { failUnclaimed } from '../core/engine/fail.ts';
import { giveUpSlice } from '../core/engine/flow/lost-slice.ts';
import { createPlatform } from '../core/platform/platform.ts';
import { eachMessage } from '../core/platform/sqs-batch.ts';

const platform = createPlatform();

/** Run messages that crashed every worker that received them: each run is marked failed, with the cause. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return eachMessage(platform.log, event, parseRunMessage, async (message, record) => {
    platform.log.error('run.dead_letter', { tenant: message.tenant, job: message.jobId, run: message.ulid });
    const receives = Number(record.attributes.ApproximateReceiveCount);
    const run = /* guard: dead-letter.run.fail */ await failUnclaimed(platform, message, receives);
    if (!run) return;
    if (isSlice(message)) await giveUpSlice(platform, message, receives);
    const { tenant, jobId } = message;
    const task = isSlice(message) ? message.task : null;
    await keepDeadLetter(platform, record, { tenant, kind: 'run', jobId, runId: publicRunId(run), task });
  });
}
