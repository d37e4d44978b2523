import type { Delivery } from '../../domain/notification/delivery.ts';
import { nextCheckTime, RETRY_WINDOW_MS } from '../../domain/notification/delivery-retry.ts';
import type { Platform } from '../../platform/platform.ts';
import { postponeDelivery } from '../../store/deliveries.ts';
import { hastenSweep } from '../../store/sweep-agenda.ts';
import { toIsoTime } from './iso-time.ts';

/**
 * Retries a failed or waiting delivery now and renews its retry window of 24 h. Does nothing if the delivery was
 * delivered or another process is sending it.
 */
export async function retryDelivery(
  { db, now, queues }: Pick<Platform, 'db' | 'now' | 'queues'>,
  delivery: Delivery,
): Promise<void> {
  if (delivery.state === 'delivered') return;
  const at = now();
  const isFree = delivery.leaseUntil === null || Date.parse(delivery.leaseUntil) <= at;
  const wait = {
    dueAt: toIsoTime(at),
    tryUntil: toIsoTime(at + RETRY_WINDOW_MS),
    wakeAt: toIsoTime(nextCheckTime(at)),
    resends: 0,
  };
  if (!isFree || !(await postponeDelivery(db, delivery, wait))) return;
  await hastenSweep(db, delivery.tenant, nextCheckTime(at));
  await queues.sendNotification(delivery);
}
