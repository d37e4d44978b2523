import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createLog } from '../platform/log.ts';
import { eachMessage } from '../platform/sqs-batch.ts';

const log = createLog();

/** What Lambda says of stream records that it gave up: where they are, not what they hold. */
interface GivenUp {
  readonly requestContext?: { readonly condition?: string };
  readonly DDBStreamBatchInfo?: Readonly<Record<string, unknown>>;
}

/** Changes that were given up and are counted nowhere. The audit finds the drift; this tells an operator of the cause. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return eachMessage(log, event, parse, async ({ requestContext, DDBStreamBatchInfo }) => {
    log.error('counters.dead_letter', { condition: requestContext?.condition, ...DDBStreamBatchInfo });
  });
}

function parse(body: string): GivenUp | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
