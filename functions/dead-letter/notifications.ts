import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import {
  handleDeadLetteredNotification,
  parseDeadLetteredNotification,
} from '../core/engine/dead-letter/handle-notification.ts';
import { createLog } from '../core/platform/log.ts';
import { createDb } from '../core/platform/platform-services.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';

const platform = { db: createDb(), now: Date.now, log: createLog() };

/**
 * Logs failed deliveries and discarded notices for the operator, and stores the deliveries as dead letters for their
 * tenant. A notice is discarded when it is too old, or at once when the store rejects it.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(platform.log, event, parseDeadLetteredNotification, (message, record) =>
    handleDeadLetteredNotification(platform, message, record),
  );
}
