import { publishMetrics } from '../core/engine/counters/publish-metrics.ts';
import { createPlatform } from '../core/platform/create-platform.ts';

const platform = createPlatform();

/** Publishes the counters as metrics, every minute. */
export async function handler(): Promise<void> {
  await publishMetrics(platform);
}
