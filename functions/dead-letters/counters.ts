import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createLog } from '../platform/log.ts';
import { eachMessage } from '../platform/sqs-batch.ts';
import { parseGivenUp } from './given-up.ts';

const log = createLog();

/** Changes that were given up and are counted nowhere. The audit finds the drift; this tells an operator of the cause. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return eachMessage(log, event, parseGivenUp, async ({ requestContext, DDBStreamBatchInfo }) => {
    log.error('counters.dead_letter', { condition: requestContext?.condition, ...DDBStreamBatchInfo });
  });
}
