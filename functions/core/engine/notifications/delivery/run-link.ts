import { type Delivery, deliveryRunId } from '../../../domain/notification/delivery.ts';

/** Where the page shows the run that a delivery tells of; null when it is not known where the page is. */
export function runLink(delivery: Delivery, consoleUrl: string): string | null {
  if (consoleUrl === '') return null;
  return `${consoleUrl}/console/jobs/${encodeURIComponent(delivery.jobId)}/runs/${encodeURIComponent(deliveryRunId(delivery))}`;
}
