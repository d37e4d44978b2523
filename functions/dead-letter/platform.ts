import type { SQSEvent } from 'aws-lambda';
import { createLog } from '../core/platform/log.ts';

const log = createLog();

/** Invocations of the platform's own functions that were given up. The next one repairs; this tells an operator. */
export async function handler({ Records }: SQSEvent): Promise<void> {
  for (const { messageId, attributes } of Records) {
    log.error('platform.dead_letter', { messageId, sentAt: attributes.SentTimestamp });
  }
}
