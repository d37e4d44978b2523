import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type NotificationMessage, parseNotificationMessage } from '../domain/messages.ts';
import { createLog } from '../platform/log.ts';
import { eachMessage } from '../platform/sqs-batch.ts';
import { type GivenUp, parseGivenUp } from './given-up.ts';

const log = createLog();

/**
 * Deliveries whose message kept failing the deliverer, and ends of runs that the notifier gave up. The former are still
 * pending, and sent again by the sweeper; this tells an operator of both.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return eachMessage(log, event, parse, async (letter) => {
    if ('delivery' in letter) {
      log.error('notification.dead_letter', { tenant: letter.tenant, delivery: letter.delivery });
    } else {
      const { requestContext, DDBStreamBatchInfo } = letter;
      log.error('notifier.dead_letter', { condition: requestContext?.condition, ...DDBStreamBatchInfo });
    }
  });
}

const parse = (body: string): NotificationMessage | GivenUp | undefined =>
  parseNotificationMessage(body) ?? parseGivenUp(body);
