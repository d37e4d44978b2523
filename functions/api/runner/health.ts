import type { Platform } from '../../platform/platform.ts';
import { getPlatformCounter } from '../../store/counters.ts';
import type { PublicOperation } from '../edge/operation.ts';

/** `uptime` is in seconds, of this execution environment: there is no other process that could have one. */
export const health = ({ db }: Platform): PublicOperation => ({
  async handle() {
    const { current } = await getPlatformCounter(db);
    const uptime = Math.round(performance.now()) / 1_000;
    return { status: 200, body: { ok: true, uptime, failedRegistrations: current.failedRegistrations ?? 0 } };
  },
});
