import { type Delivery, deliveryRunId } from '../../core/domain/notification/delivery.ts';

/** A delivery as its tenant sees it. */
export function toDeliveryView(delivery: Delivery) {
  const { id, jobId, kind, destination, runs, since, state, attempts, lastError, createdAt, deliveredAt } = delivery;
  return {
    id,
    job: jobId,
    /** The last one that it tells of. */
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
