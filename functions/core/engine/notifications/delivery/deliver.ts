import { randomUUID } from 'node:crypto';
import type { NotificationMessage } from '../../../domain/messages.ts';
import type { Delivery } from '../../../domain/notification/delivery.ts';
import { DELIVERY_LEASE_MS, nextAttemptTime, nextCheckTime } from '../../../domain/notification/delivery-retry.ts';
import { DUE_TOLERANCE_MS, MAX_QUEUE_DELAY_MS } from '../../../domain/timing.ts';
import type { Platform } from '../../../platform/platform.ts';
import { claimDelivery, endDelivery, getDelivery, postponeDelivery } from '../../../store/deliveries.ts';
import { toIsoTime } from '../iso-time.ts';
import { decideAttempt, recordInCircuit, returnProbe } from './circuit.ts';
import type { SendResult } from './send-types.ts';
import { findSupersession } from './supersession.ts';

export type SendDelivery = (delivery: Delivery, timeoutMs: number) => Promise<SendResult>;

/**
 * Sends a notification if it is pending, due and not leased by another process.
 *
 * A crash between the send and its record leaves a lease that expires. The receiver then gets the same notification
 * again with the same id.
 */
export async function deliver(platform: Platform, send: SendDelivery, message: NotificationMessage): Promise<void> {
  const { db } = platform;
  const now = platform.now();
  const seen = await getDelivery(db, message.tenant, message.delivery, now);
  if (seen?.state !== 'pending') return;
  const early = Date.parse(seen.dueAt) - now;
  // guard: notification.due
  if (early > DUE_TOLERANCE_MS) return sendWhenDue(platform, seen, now);
  const decision = await decideAttempt(platform, seen);
  if (decision.kind === 'postpone') return postpone(platform, seen, decision.until);
  const lease = { token: randomUUID(), until: toIsoTime(now + DELIVERY_LEASE_MS) };
  const claimed = await claimDelivery(db, seen, lease, toIsoTime(now));
  if (!claimed) return;
  const supersession = await findSupersession(platform, claimed);
  if (supersession !== undefined) {
    await dismiss(platform, claimed, supersession);
    return returnProbe(platform, claimed, decision);
  }
  const result = await send(claimed, decision.timeoutMs);
  // The result first: a delivery without one is sent again.
  await recordResult(platform, claimed, result);
  await recordInCircuit(platform, claimed, decision.circuit, result);
}

/** Ends a claimed delivery that is not to be sent. */
async function dismiss({ db, log }: Platform, claimed: Delivery, reason: string): Promise<void> {
  if (!(await endDelivery(db, claimed, { state: 'failed', deliveredAt: null, lastError: reason }))) return;
  log.info('notification.superseded', { ...logFields(claimed), reason });
}

/** Postpones a delivery without an attempt. */
async function postpone(platform: Platform, seen: Delivery, until: number): Promise<void> {
  const now = platform.now();
  const dueAt = toIsoTime(until);
  if (!(await postponeDelivery(platform.db, seen, { dueAt, wakeAt: toIsoTime(nextCheckTime(until)), resends: 0 })))
    return;
  platform.log.info('notification.postponed', { ...logFields(seen), dueAt });
  await sendWhenDue(platform, { ...seen, dueAt }, now);
}

/** The sweeper sends messages with a delay longer than the 15 min that SQS allows. */
async function sendWhenDue(platform: Platform, delivery: Pick<Delivery, 'tenant' | 'id' | 'dueAt'>, now: number) {
  const wait = Date.parse(delivery.dueAt) - now;
  if (wait <= MAX_QUEUE_DELAY_MS) await platform.queues.sendNotification(delivery, wait);
}

async function recordResult(platform: Platform, claimed: Delivery, result: SendResult): Promise<void> {
  const { db, random } = platform;
  const now = platform.now();
  if (result.kind === 'delivered') {
    const { lastError } = claimed;
    if (await endDelivery(db, claimed, { state: 'delivered', deliveredAt: toIsoTime(now), lastError })) {
      emit(platform, claimed, 'notification.delivered');
    }
    return;
  }
  const lastError = result.error;
  const next = result.kind === 'failed' ? nextAttemptTime(claimed, now, random(), result.retryAfterSeconds) : undefined;
  if (next === undefined) {
    if (await endDelivery(db, claimed, { state: 'failed', deliveredAt: null, lastError })) {
      emit(platform, claimed, 'notification.abandoned', lastError);
    }
    return;
  }
  const dueAt = toIsoTime(next);
  // A longer delay than SQS allows has no message. The sweeper sends one when the delivery is due.
  const wakeAt = toIsoTime(next - now > MAX_QUEUE_DELAY_MS ? next : nextCheckTime(next));
  if (!(await postponeDelivery(db, claimed, { dueAt, wakeAt, resends: 0, lastError }))) return;
  platform.log.info('notification.failed', { ...logFields(claimed), error: lastError, dueAt });
  await sendWhenDue(platform, { ...claimed, dueAt }, now);
}

const logFields = ({ tenant, jobId, id, kind, attempts }: Delivery) => ({
  tenant,
  job: jobId,
  delivery: id,
  kind,
  attempts,
});

function emit(
  { metrics }: Platform,
  delivery: Delivery,
  event: 'notification.delivered' | 'notification.abandoned',
  error?: string,
): void {
  const values = event === 'notification.delivered' ? { NotificationsDelivered: 1 } : { NotificationsFailed: 1 };
  metrics.event(event, values, { ...logFields(delivery), ...(error !== undefined && { error }) });
}
