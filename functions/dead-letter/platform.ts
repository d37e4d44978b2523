import type { SQSEvent } from 'aws-lambda';
import { createLog } from '../core/platform/log.ts';

const log = createLog();

/** Logs failed invocations of the platform's own functions for the operator. The next invocation repairs them. */
export async function handler({ Records }: SQSEvent): Promise<void> {
  for (const { messageId, attributes } of Records) {
    log.error('invocation.dead_lettered', { messageId, sentAt: attributes.SentTimestamp });
  }
}
