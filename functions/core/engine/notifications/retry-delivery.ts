import type { Delivery } from '../../domain/notification/delivery.ts';
import { nextCheckTime, RETRY_WINDOW_MS } from '../../domain/notification/delivery-retry.ts';
import type { Platform } from '../../platform/platform.ts';
import { postponeDelivery } from '../../store/deliveries.ts';

/**
 * Tries a delivery that was given up, or waits for its next try, now, and for a day again. Whoever is at it is trying it
 * now; what was delivered is not tried.
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
  if (isFree && (await postponeDelivery(db, delivery, wait))) await queues.sendNotification(delivery);
}

const toIsoTime = (time: number) => new Date(time).toISOString();
