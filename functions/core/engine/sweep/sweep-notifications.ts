import { NextSweep } from '../../domain/next-sweep.ts';
import { nextCheckTime } from '../../domain/notification/delivery-retry.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { getNextDeliveryCheck, listDeliveriesToCheck, postponeDelivery } from '../../store/deliveries.ts';
import { repairEach } from './part-runner.ts';
import { SWEEP_LIMIT } from './sweep-limits.ts';

/**
 * Sends the messages of notifications whose retry is overdue: the message was lost, or its delay was longer than SQS
 * allows.
 *
 * @returns the time of the next check of a pending delivery
 */
export async function sweepNotifications(
  platform: Platform,
  tenant: TenantId,
  hasTime: HasTime = () => true,
): Promise<NextSweep> {
  const { db, queues } = platform;
  const now = platform.now();
  const deliveries = await listDeliveriesToCheck(db, tenant, new Date(now).toISOString(), SWEEP_LIMIT);
  await repairEach(deliveries, hasTime, async (delivery) => {
    // The process that holds the lease records the result.
    /* guard: sweep.notifications.leased */ if (delivery.leaseUntil !== null && Date.parse(delivery.leaseUntil) > now)
      return;
    const resends = delivery.resends + 1;
    const wakeAt = new Date(nextCheckTime(now, resends)).toISOString();
    if (await postponeDelivery(db, delivery, { wakeAt, resends })) await queues.sendNotification(delivery);
  });
  const next = new NextSweep();
  const nextCheck = await getNextDeliveryCheck(db, tenant);
  if (nextCheck !== undefined) next.include(Date.parse(nextCheck));
  return next;
}
