import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseStreamFailure } from '../core/engine/dead-letter/stream-failure.ts';
import { createLog } from '../core/platform/log.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';

const log = createLog();

/** Logs discarded counter changes for the operator. The counter reconciliation finds the drift that they cause. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(log, event, parseStreamFailure, async ({ requestContext, DDBStreamBatchInfo }) => {
    log.error('counter_change.dead_lettered', { condition: requestContext?.condition, ...DDBStreamBatchInfo });
  });
}
