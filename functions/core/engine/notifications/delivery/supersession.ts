import type { Delivery } from '../../../domain/notification/delivery.ts';
import { parseDestination } from '../../../domain/notification/destination.ts';
import { isResolution } from '../../../domain/notification/kind.ts';
import type { Platform } from '../../../platform/platform.ts';
import { recordAlertEvent } from '../../../store/alerts.ts';

/**
 * Finds the event that makes a delivery to PagerDuty outdated. Grouped and repeated deliveries may be sent after newer ones:
 * a trigger would reopen an alert that a later run has resolved, and a resolution would close the alert of a later failure.
 *
 * Other destinations keep every message.
 *
 * @returns the reason not to send the delivery, or `undefined`
 */
export async function findSupersession({ db, now }: Platform, delivery: Delivery): Promise<string | undefined> {
  const destination = parseDestination(delivery.destination);
  if (destination?.type !== 'pagerduty') return undefined;
  const { secret } = destination;
  const { finishedAt } = delivery.run;
  const isResolved = isResolution(delivery.kind);
  const event = isResolved ? 'resolvedAt' : 'triggeredAt';
  const { triggeredAt, resolvedAt } = await recordAlertEvent(db, { ...delivery, secret }, event, finishedAt, now());
  const newer = isResolved ? triggeredAt : resolvedAt;
  const isSuperseded = /* guard: notification.superseded */ newer !== undefined && newer > finishedAt;
  if (!isSuperseded) return undefined;
  return `not sent: a run that ended later, at ${newer}, has ${isResolved ? 'triggered' : 'resolved'} the alert`;
}
