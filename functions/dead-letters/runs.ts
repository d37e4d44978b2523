import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseRunMessage } from '../domain/messages.ts';
import { failUnclaimed } from '../lifecycle/fail.ts';
import { createPlatform } from '../platform/platform.ts';
import { eachMessage } from '../platform/sqs-batch.ts';

const platform = createPlatform();

/** Run messages that crashed every worker that received them: each run is marked failed, with the cause. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return eachMessage(platform.log, event, parseRunMessage, async (message, record) => {
    platform.log.error('run.dead_letter', { tenant: message.tenant, job: message.jobId, run: message.ulid });
    await failUnclaimed(platform, message, Number(record.attributes.ApproximateReceiveCount));
  });
}
