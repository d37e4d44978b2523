import { publishMetrics } from '../core/engine/counters/publish-metrics.ts';
import { createPlatform } from '../core/platform/platform.ts';

const platform = createPlatform();

/** Every minute: the counters, as metrics. */
export async function handler(): Promise<void> {
  await publishMetrics(platform);
}
