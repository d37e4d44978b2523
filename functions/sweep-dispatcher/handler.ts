import { dispatchSweeps } from '../core/engine/sweep/dispatch-sweeps.ts';
import { createPlatform } from '../core/platform/create-platform.ts';

const platform = createPlatform();

/** Sends the messages of due sweeps, every minute. */
export async function handler(): Promise<void> {
  await dispatchSweeps(platform);
}
