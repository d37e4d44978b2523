import type { Caller } from '../../core/domain/access.ts';
import { JobdeckError } from '../../core/domain/errors.ts';
import { hookTag } from '../../core/domain/hook.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { TenantDeletedError } from '../../core/domain/tenant-tombstone.ts';
import type { ApiKeyIssuer } from '../../core/platform/api-key-issuer.ts';

/**
 * Returns the caller of a request with the token of a hook. It has no roles. Rejects with `hook.not_found` unless the
 * stage issued the token, and with LimitReached above the rate of the hook.
 */
export type AuthenticateHook = (token: string) => Promise<Caller>;

export interface HookAuthenticationOptions {
  readonly tokens: Pick<ApiKeyIssuer, 'verify'>;
  /** Counts a request to a hook. Rejects with LimitReached above its rate. */
  readonly limit: (tenant: TenantId, hook: string) => Promise<void>;
}

/**
 * The MAC of the token is verified before any call to AWS. The hook itself is read by the handler, with the permissions
 * of the tenant.
 */
export const createHookAuthentication =
  ({ tokens, limit }: HookAuthenticationOptions): AuthenticateHook =>
  async (token) => {
    const received = await tokens.verify(token, 'hook');
    if (!received) throw hookNotFoundError();
    const { tenant, id } = received;
    try {
      await limit(tenant, id);
    } catch (error) {
      throw error instanceof TenantDeletedError ? hookNotFoundError() : error;
    }
    return { tenant, roles: [], name: hookTag(id), id: hookTag(id) };
  };

/** Creates the same error for an unknown, deleted, disabled or replaced hook, and for one of another tenant. */
export const hookNotFoundError = () => new JobdeckError('not_found', 'hook.not_found', 'Hook not found');
