import type { Platform } from '../../core/platform/platform.ts';
import { getPlatformCounter } from '../../core/store/counters.ts';
import type { PublicOperation } from '../http/operation.ts';

/** `uptime` is that of the Lambda execution environment, in seconds. */
export const health = ({ db }: Platform): PublicOperation => ({
  async handle() {
    const { current } = await getPlatformCounter(db);
    const uptime = Math.round(performance.now()) / 1_000;
    return { status: 200, body: { ok: true, uptime, failedRegistrations: current.failedRegistrations ?? 0 } };
  },
});
