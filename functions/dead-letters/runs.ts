import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { isSlice, parseRunMessage } from '../domain/messages.ts';
import { publicRunId } from '../domain/run-id.ts';
import { failUnclaimed } from '../lifecycle/fail.ts';
import { giveUpSlice } from '../lifecycle/flow/lost-slice.ts';
import { createPlatform } from '../platform/platform.ts';
import { eachMessage } from '../platform/sqs-batch.ts';
import { keepDeadLetter } from './keep.ts';

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
