import { describe, expect, it } from 'vitest';
import { parseTenantId, type TenantId } from '../../../../functions/core/domain/tenant.ts';
import { findTenantToken, type TokenSources } from '../../../../lib/cli/tenant-token.ts';

const tenant = parseTenantId('shop-1') as TenantId;
const keyOf = (name: string) => `jk_${name}.0123456789.secret`;
const find = (sources: Partial<TokenSources>) =>
  findTenantToken(tenant, {
    url: 'https://jobs.test',
    token: undefined,
    tokenCommand: undefined,
    environment: {},
    hasSeveralTenants: false,
    ...sources,
  });

describe('findTenantToken', () => {
  it.each<[string, Partial<TokenSources>]>([
    ['the only token', { token: keyOf('shop-1') }],
    ['the variable of the tenant', { token: keyOf('x'), environment: { JOBDECK_TOKEN_SHOP_1: keyOf('shop-1') } }],
    ['the output of a command', { tokenCommand: 'echo " jk_$JOBDECK_TENANT.0123456789.secret"' }],
  ])('returns %s', async (_, sources) => {
    expect(await find(sources)).toBe(keyOf('shop-1'));
  });

  it('rejects the token of another tenant', async () => {
    await expect(find({ token: keyOf('other') })).rejects.toThrow("the token is one of the tenant 'other'");
  });

  it('names the sources of a token if there is none', async () => {
    await expect(find({})).rejects.toThrow(
      'a token is needed: JOBDECK_TOKEN_SHOP_1, --token or JOBDECK_TOKEN, or --token-command',
    );
    await expect(find({ token: keyOf('shop-1'), hasSeveralTenants: true })).rejects.toThrow(
      'a token is needed: JOBDECK_TOKEN_SHOP_1, or --token-command',
    );
  });

  it('reports a command that fails or prints nothing', async () => {
    await expect(find({ tokenCommand: 'echo no access >&2; exit 3' })).rejects.toThrow(
      '--token-command failed: no access',
    );
    await expect(find({ tokenCommand: 'true' })).rejects.toThrow('--token-command printed no token');
  });
});
