import { type Delivery, deliveryRunId } from '../../../domain/notification/delivery.ts';

/** Returns the console's URL of the run of a delivery, or `null` if the console's URL is not configured. */
export function runLink(delivery: Delivery, consoleUrl: string): string | null {
  if (consoleUrl === '') return null;
  return `${consoleUrl}/console/jobs/${encodeURIComponent(delivery.jobId)}/runs/${encodeURIComponent(deliveryRunId(delivery))}`;
}
