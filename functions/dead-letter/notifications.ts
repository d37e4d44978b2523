import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import {
  type NotificationMessage,
  parseNotificationMessage,
  parseRefusedNotice,
  type RefusedNoticeMessage,
} from '../core/domain/messages.ts';
import { publicRunId } from '../core/domain/run-id.ts';
import { storeDeadLetter } from '../core/engine/dead-letter/store-dead-letter.ts';
import { parseStreamFailure, type StreamFailure } from '../core/engine/dead-letter/stream-failure.ts';
import { createLog } from '../core/platform/log.ts';
import { createDb } from '../core/platform/platform.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';
import { getDelivery } from '../core/store/deliveries.ts';

const log = createLog();
const platform = { db: createDb(), now: Date.now };

/**
 * Logs failed deliveries and discarded notices for the operator, and stores the deliveries as dead letters for their
 * tenant. The deliveries are still pending, and the sweeper sends them again. A notice is discarded when it is too old,
 * or at once when the store rejects it.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(log, event, parse, async (letter, record) => {
    if ('delivery' in letter) {
      log.error('notification.dead_letter', { tenant: letter.tenant, delivery: letter.delivery });
      await storeDelivery(letter, record);
    } else if ('ulid' in letter) {
      const { tenant, jobId, ulid, kind, error } = letter;
      log.error('notifier.dead_letter', { tenant, job: jobId, run: ulid, kind, error });
    } else {
      const { requestContext, DDBStreamBatchInfo } = letter;
      log.error('notifier.dead_letter', { condition: requestContext?.condition, ...DDBStreamBatchInfo });
    }
  });
}

async function storeDelivery({ tenant, delivery: id }: NotificationMessage, record: SQSRecord): Promise<void> {
  const delivery = await getDelivery(platform.db, tenant, id, platform.now());
  if (!delivery) return;
  const { jobId, incarnation, run } = delivery;
  const runId = publicRunId({ jobId, incarnation, ulid: run.ulid });
  await storeDeadLetter(platform, record, { tenant, kind: 'notification', jobId, runId, delivery: id });
}

const parse = (body: string): NotificationMessage | RefusedNoticeMessage | StreamFailure | undefined =>
  parseNotificationMessage(body) ?? parseRefusedNotice(body) ?? parseStreamFailure(body);
