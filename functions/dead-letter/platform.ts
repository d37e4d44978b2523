import type { SQSEvent } from 'aws-lambda';
import { parseSweepMessage } from '../core/domain/messages.ts';
import { createLog } from '../core/platform/log.ts';

const log = createLog();

/**
 * Logs failed invocations of the platform's crons, and sweeps that crashed the sweeper repeatedly, for the operator. The
 * next invocation does the same work, and the tenant of a sweep stays due.
 */
export async function handler({ Records }: SQSEvent): Promise<void> {
  for (const { messageId, attributes, body } of Records) {
    const tenant = parseSweepMessage(body)?.tenant;
    const event = tenant === undefined ? 'invocation.dead_lettered' : 'sweep.dead_lettered';
    log.error(event, { messageId, sentAt: attributes.SentTimestamp, ...(tenant !== undefined && { tenant }) });
  }
}
