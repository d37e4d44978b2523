import type { SQSRecord } from 'aws-lambda';
import {
  type NotificationMessage,
  parseNotificationMessage,
  parseRefusedNotice,
  type RefusedNoticeMessage,
} from '../../domain/messages.ts';
import { publicRunId } from '../../domain/run-id.ts';
import type { Platform } from '../../platform/platform.ts';
import { getDelivery } from '../../store/deliveries.ts';
import { storeDeadLetter } from './store-dead-letter.ts';
import { parseStreamFailure, type StreamFailure } from './stream-failure.ts';

/** A message of the notifications' dead-letter queue: a delivery, a rejected notice, or discarded stream records. */
export type DeadLetteredNotification = NotificationMessage | RefusedNoticeMessage | StreamFailure;

/** @returns `undefined` if the body is malformed */
export const parseDeadLetteredNotification = (body: string): DeadLetteredNotification | undefined =>
  parseNotificationMessage(body) ?? parseRefusedNotice(body) ?? parseStreamFailure(body);

/**
 * Logs a failed delivery or a discarded notice for the operator, and stores a delivery as a dead letter for its tenant.
 * The delivery is still pending, and the sweeper sends it again.
 */
export async function handleDeadLetteredNotification(
  platform: Pick<Platform, 'db' | 'now' | 'log'>,
  message: DeadLetteredNotification,
  record: SQSRecord,
): Promise<void> {
  const { log } = platform;
  if ('delivery' in message) {
    log.error('notification.dead_lettered', { tenant: message.tenant, delivery: message.delivery });
    await storeDelivery(platform, message, record);
  } else if ('ulid' in message) {
    const { tenant, jobId, ulid, kind, error } = message;
    log.error('notice.dead_lettered', { tenant, job: jobId, run: ulid, kind, error });
  } else {
    const { requestContext, DDBStreamBatchInfo } = message;
    log.error('notice.dead_lettered', { condition: requestContext?.condition, ...DDBStreamBatchInfo });
  }
}

async function storeDelivery(
  platform: Pick<Platform, 'db' | 'now'>,
  { tenant, delivery: id }: NotificationMessage,
  record: SQSRecord,
): Promise<void> {
  const delivery = await getDelivery(platform.db, tenant, id, platform.now());
  if (!delivery) return;
  const { jobId, incarnation, run } = delivery;
  const runId = publicRunId({ jobId, incarnation, ulid: run.ulid });
  await storeDeadLetter(platform, record, { tenant, kind: 'notification', jobId, runId, delivery: id });
}
