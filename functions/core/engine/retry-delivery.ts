import type { Delivery } from '../domain/notification/delivery.ts';
import { TRY_FOR_MS, wakeTime } from '../domain/notification/tries.ts';
import type { Platform } from '../platform/platform.ts';
import { postponeDelivery } from '../store/deliveries.ts';

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
  const wait = { dueAt: iso(at), tryUntil: iso(at + TRY_FOR_MS), wakeAt: iso(wakeTime(at)), resends: 0 };
  if (isFree && (await postponeDelivery(db, delivery, wait))) await queues.sendNotification(delivery);
}

const iso = (time: number) => new Date(time).toISOString();
