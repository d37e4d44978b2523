import { nextCheckTime } from '../../domain/notification/delivery-retry.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { listDeliveriesToCheck, postponeDelivery } from '../../store/deliveries.ts';
import { SWEEP_LIMIT } from './sweep-limits.ts';

/** Sends notifications again that should have been tried by now: their message was lost, or SQS could not hold it so long. */
export async function sweepNotifications(platform: Platform, tenant: TenantId): Promise<void> {
  const { db, queues } = platform;
  const now = platform.now();
  for (const delivery of await listDeliveriesToCheck(db, tenant, new Date(now).toISOString(), SWEEP_LIMIT)) {
    // Whoever is at it says what comes of it.
    /* guard: sweep.notifications.leased */ if (delivery.leaseUntil !== null && Date.parse(delivery.leaseUntil) > now)
      continue;
    const resends = delivery.resends + 1;
    const wakeAt = new Date(nextCheckTime(now, resends)).toISOString();
    if (await postponeDelivery(db, delivery, { wakeAt, resends })) await queues.sendNotification(delivery);
  }
}
