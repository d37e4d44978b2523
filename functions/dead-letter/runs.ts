import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseRunMessage } from '../core/domain/messages.ts';
import { handleDeadLetteredRun } from '../core/engine/dead-letter/handle-run.ts';
import { createPlatform } from '../core/platform/create-platform.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';

const platform = createPlatform();

/** Fails runs whose message crashed every worker that received it, and stores the messages as dead letters. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(platform.log, event, parseRunMessage, (message, record) =>
    handleDeadLetteredRun(platform, message, record),
  );
}
