import { type Delivery, deliveryRunId } from '../../core/domain/notification/delivery.ts';

/** Converts a delivery to its response. */
export function toDeliveryView(delivery: Delivery) {
  const { id, jobId, kind, destination, runs, since, state, attempts, lastError, createdAt, deliveredAt } = delivery;
  return {
    id,
    job: jobId,
    /** The newest run in the notification. */
    run: deliveryRunId(delivery),
    runs,
    since,
    kind,
    target: destination,
    state,
    attempts,
    lastError,
    nextAttemptAt: state === 'pending' ? delivery.dueAt : null,
    createdAt,
    deliveredAt,
  };
}
