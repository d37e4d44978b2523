import type { Caller } from '../../core/domain/access.ts';
import { LimitReached } from '../../core/domain/limits.ts';
import type { TenantId } from '../../core/domain/tenant.ts';

/** Counts a request of the tenant. Rejects with LimitReached if the tenant exceeded its request rate. */
export type LimitRequests = (tenant: TenantId) => Promise<void>;

/**
 * Counts requests of authenticated callers. Unauthenticated requests do not count, so that they cannot use up a
 * tenant's limit; API Gateway throttles them.
 */
export function requestLimitMiddleware(limit: LimitRequests) {
  return {
    before: async ({ event }: { readonly event: { readonly caller?: Caller } }): Promise<void> => {
      if (event.caller) await limit(event.caller.tenant);
    },
  };
}

/** Returns the `Retry-After` header (RFC 9110, 10.2.3; RFC 6585, 4) if the error has a retry time. */
export function retryAfterHeader(error: unknown): Readonly<Record<string, string>> {
  const seconds = error instanceof LimitReached ? error.retryAfterSeconds : null;
  return seconds === null ? {} : { 'retry-after': String(seconds) };
}
