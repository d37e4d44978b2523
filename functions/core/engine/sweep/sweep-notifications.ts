import { nextCheckTime } from '../../domain/notification/delivery-retry.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { listDeliveriesToCheck, postponeDelivery } from '../../store/deliveries.ts';
import { SWEEP_LIMIT } from './sweep-limits.ts';

/**
 * Sends the messages of notifications whose retry is overdue: the message was lost, or its delay was longer than SQS
 * allows.
 */
export async function sweepNotifications(platform: Platform, tenant: TenantId): Promise<void> {
  const { db, queues } = platform;
  const now = platform.now();
  for (const delivery of await listDeliveriesToCheck(db, tenant, new Date(now).toISOString(), SWEEP_LIMIT)) {
    // The process that holds the lease records the result.
    /* guard: sweep.notifications.leased */ if (delivery.leaseUntil !== null && Date.parse(delivery.leaseUntil) > now)
      continue;
    const resends = delivery.resends + 1;
    const wakeAt = new Date(nextCheckTime(now, resends)).toISOString();
    if (await postponeDelivery(db, delivery, { wakeAt, resends })) await queues.sendNotification(delivery);
  }
}
