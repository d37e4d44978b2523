import { ulid } from 'ulidx';
import { describe, expect, it } from 'vitest';
import { createHookAuthentication } from '../../../../../functions/api/http/authenticate-hook.ts';
import { LimitReached } from '../../../../../functions/core/domain/limits.ts';
import { TenantDeletedError } from '../../../../../functions/core/domain/tenant-tombstone.ts';
import { createApiKeyIssuer } from '../../../../../functions/core/platform/api-key-issuer.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';

const SECRET = 'A'.repeat(43);

function given(fail?: Error) {
  const limited: string[] = [];
  const tokens = createApiKeyIssuer({ getMacKey: async () => new Uint8Array(32), generation: 1, now: () => 0 });
  const authenticate = createHookAuthentication({
    tokens,
    limit: async (tenant, hook) => {
      limited.push(`${tenant} ${hook}`);
      if (fail) throw fail;
    },
  });
  return { tokens, limited, authenticate, tenant: newTenant(), id: ulid() };
}

describe('createHookAuthentication', () => {
  it('returns the hook as a caller without roles', async () => {
    const { tokens, authenticate, limited, tenant, id } = given();

    const caller = await authenticate(await tokens.issue(tenant, id, SECRET, 'hook'));

    expect(caller).toEqual({ tenant, roles: [], name: `hook:${id}`, id: `hook:${id}` });
    expect(limited).toEqual([`${tenant} ${id}`]);
  });

  it('calls nothing for tokens that the stage has not issued, and for API keys', async () => {
    const { tokens, authenticate, limited, tenant, id } = given();
    const token = await tokens.issue(tenant, id, SECRET, 'hook');
    const key = await tokens.issue(tenant, id, SECRET);

    const invented = [
      'nothing',
      key,
      key.replace(/^jk_/, 'hk_'),
      token.replace(tenant, 'globex'),
      token.replace(id, ulid()),
      `${token}A`,
    ];

    for (const one of invented) await expect(authenticate(one), one).rejects.toMatchObject({ code: 'hook.not_found' });
    expect(limited).toEqual([]);
    expect(await tokens.verify(token)).toBeUndefined();
  });

  it('answers for a deleted tenant like for an unknown hook, and reports its limit', async () => {
    const deleted = given(new TenantDeletedError());
    const busy = given(new LimitReached('requestsPerSecond', 'too many', 3));
    const tokenOf = ({ tokens, tenant, id }: typeof busy) => tokens.issue(tenant, id, SECRET, 'hook');

    await expect(deleted.authenticate(await tokenOf(deleted))).rejects.toMatchObject({ code: 'hook.not_found' });
    await expect(busy.authenticate(await tokenOf(busy))).rejects.toMatchObject({ retryAfterSeconds: 3 });
  });
});
