import { LimitReached } from '../../core/domain/limits.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { LimitRequests } from './request-limit.ts';

/**
 * Returns whether a request may stay open: `false` once the tenant's request rate does not cover another second of it.
 */
export type MayWait = () => Promise<boolean>;

const SECOND_MS = 1_000;

/**
 * Creates the payment of a request that stays open. Each second after the first takes a token of the tenant's request
 * rate, as another request does. A tenant therefore holds at most as many requests open as it may make a second, beside
 * its burst. Otherwise 50 requests a second, held for 25 s each, would occupy 1,250 execution environments.
 *
 * @param now monotonic milliseconds
 */
export function createHoldPayment(
  limit: LimitRequests,
  tenant: TenantId,
  now: () => number = () => performance.now(),
): MayWait {
  let paidUntil = now() + SECOND_MS;
  return async () => {
    try {
      for (; now() >= paidUntil; paidUntil += SECOND_MS) await limit(tenant);
      return true;
    } catch (error) {
      if (error instanceof LimitReached) return /* guard: hold.unpaid */ false;
      throw error;
    }
  };
}
