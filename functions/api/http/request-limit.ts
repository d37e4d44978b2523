import type { Caller } from '../../core/domain/access.ts';
import { LimitReached } from '../../core/domain/limits.ts';
import type { TenantId } from '../../core/domain/tenant.ts';

/** Counts a request of the tenant, and rejects with LimitReached when it is one too many. */
export type LimitRequests = (tenant: TenantId) => Promise<void>;

/**
 * Counts requests of callers that are known, and of no others: who has no good token cannot use up a tenant's requests.
 * (API Gateway limits all requests together before that.)
 */
export function requestLimitMiddleware(limit: LimitRequests) {
  return {
    before: async ({ event }: { readonly event: { readonly caller?: Caller } }): Promise<void> => {
      if (event.caller) await limit(event.caller.tenant);
    },
  };
}

/** When to come again (RFC 9110, 10.2.3; RFC 6585, 4), where that helps. */
export function retryAfterHeader(error: unknown): Readonly<Record<string, string>> {
  const seconds = error instanceof LimitReached ? error.retryAfterSeconds : null;
  return seconds === null ? {} : { 'retry-after': String(seconds) };
}
