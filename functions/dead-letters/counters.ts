import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseGivenUp } from '../core/engine/dead-letters/given-up.ts';
import { createLog } from '../core/platform/log.ts';
import { eachMessage } from '../core/platform/sqs-batch.ts';

const log = createLog();

/** Changes that were given up and are counted nowhere. The audit finds the drift; this tells an operator of the cause. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return eachMessage(log, event, parseGivenUp, async ({ requestContext, DDBStreamBatchInfo }) => {
    log.error('counters.dead_letter', { condition: requestContext?.condition, ...DDBStreamBatchInfo });
  });
}
