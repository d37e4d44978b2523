import { createPlatform } from '../platform/platform.ts';
import { publish } from './publish.ts';

const platform = createPlatform();

/** Every minute: the counters, as metrics. */
export async function handler(): Promise<void> {
  await publish(platform);
}
