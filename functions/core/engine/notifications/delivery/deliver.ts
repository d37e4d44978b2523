import { randomUUID } from 'node:crypto';
import type { NotificationMessage } from '../../../domain/messages.ts';
import type { Delivery } from '../../../domain/notification/delivery.ts';
import { DELIVERY_LEASE_MS, nextTry, wakeTime } from '../../../domain/notification/tries.ts';
import { DUE_TOLERANCE_MS, LONGEST_DELAY_MS } from '../../../domain/timing.ts';
import type { Platform } from '../../../platform/platform.ts';
import { claimDelivery, endDelivery, getDelivery, postponeDelivery } from '../../../store/deliveries.ts';
import type { Verdict } from './send.ts';

export type Send = (delivery: Delivery) => Promise<Verdict>;

const iso = (time: number) => new Date(time).toISOString();

/**
 * Tries the delivery of a message, if it is pending and due and nobody else is at it. Whoever crashes between the attempt
 * and its record leaves a lease that runs out: the receiver then gets the same message again, under the same id.
 */
export async function deliver(platform: Platform, send: Send, message: NotificationMessage): Promise<void> {
  const { db } = platform;
  const now = platform.now();
  const seen = await getDelivery(db, message.tenant, message.delivery, now);
  if (seen?.state !== 'pending') return;
  const early = Date.parse(seen.dueAt) - now;
  // guard: notification.due
  if (early > DUE_TOLERANCE_MS) return sendWhenDue(platform, seen, now);
  const lease = { token: randomUUID(), until: iso(now + DELIVERY_LEASE_MS) };
  const claimed = await claimDelivery(db, seen, lease, iso(now));
  if (!claimed) return;
  const verdict = await send(claimed);
  await record(platform, claimed, verdict);
}

/** A longer wait than SQS can hold is the sweeper's. */
async function sendWhenDue(platform: Platform, delivery: Pick<Delivery, 'tenant' | 'id' | 'dueAt'>, now: number) {
  const wait = Date.parse(delivery.dueAt) - now;
  if (wait <= LONGEST_DELAY_MS) await platform.queues.sendNotification(delivery, wait);
}

async function record(platform: Platform, claimed: Delivery, verdict: Verdict): Promise<void> {
  const { db, random } = platform;
  const now = platform.now();
  if (verdict.kind === 'delivered') {
    const { lastError } = claimed;
    if (await endDelivery(db, claimed, { state: 'delivered', deliveredAt: iso(now), lastError })) {
      measure(platform, claimed, 'notification.delivered');
    }
    return;
  }
  const lastError = verdict.error;
  const next = verdict.kind === 'failed' ? nextTry(claimed, now, random(), verdict.retryAfterSeconds) : undefined;
  if (next === undefined) {
    if (await endDelivery(db, claimed, { state: 'failed', deliveredAt: null, lastError })) {
      measure(platform, claimed, 'notification.given_up', lastError);
    }
    return;
  }
  const dueAt = iso(next);
  // What SQS cannot hold so long has no message: the sweeper sends one when it is due.
  const wakeAt = iso(next - now > LONGEST_DELAY_MS ? next : wakeTime(next));
  if (!(await postponeDelivery(db, claimed, { dueAt, wakeAt, resends: 0, lastError }))) return;
  platform.log.info('notification.failed', { ...fieldsOf(claimed), error: lastError, dueAt });
  await sendWhenDue(platform, { ...claimed, dueAt }, now);
}

const fieldsOf = ({ tenant, jobId, id, kind, attempts }: Delivery) => ({
  tenant,
  job: jobId,
  delivery: id,
  kind,
  attempts,
});

function measure(
  { metrics }: Platform,
  delivery: Delivery,
  event: 'notification.delivered' | 'notification.given_up',
  error?: string,
): void {
  const values = event === 'notification.delivered' ? { NotificationsDelivered: 1 } : { NotificationsFailed: 1 };
  metrics.event(event, values, { ...fieldsOf(delivery), ...(error !== undefined && { error }) });
}
