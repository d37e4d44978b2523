import { describe, expect, it } from 'vitest';
import { parseTenantId, type TenantId } from '../../../../functions/core/domain/tenant.ts';
import { findTenantToken, type TokenSources } from '../../../../lib/cli/tenant-token.ts';

const tenant = parseTenantId('shop-1') as TenantId;
const keyOf = (name: string) => `jk_${name}.0123456789.secret`;
const jwtOf = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
const find = (sources: Partial<TokenSources>) =>
  findTenantToken(tenant, {
    url: 'https://jobs.test',
    token: undefined,
    tokenCommand: undefined,
    environment: {},
    hasSeveralTenants: false,
    needsTenant: false,
    tenantClaim: undefined,
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

  it.each([
    ['another tenant', { org: 'other', tenant: 'shop-1' }, "the token is one of the tenant 'other'"],
    ['no tenant', { tenant: 'shop-1', 'custom:tenant': 'shop-1' }, "the token has no tenant in its claim 'org'"],
    ['no string', { org: ['shop-1'] }, "the token has no tenant in its claim 'org'"],
  ])('rejects a token with %s in the claim of the stage, whatever other claims say', async (_, claims, message) => {
    const sources = { token: jwtOf(claims), tenantClaim: 'org', needsTenant: true };

    await expect(find(sources)).rejects.toThrow(message);
    expect(await find({ ...sources, token: jwtOf({ org: 'shop-1', tenant: 'other' }) })).toContain('.signature');
    expect(await find({ ...sources, token: keyOf('shop-1') })).toBe(keyOf('shop-1'));
  });

  it('accepts a token without a known claim only if the tenant need not be certain', async () => {
    const token = jwtOf({ sub: 'ann' });

    expect(await find({ token })).toBe(token);
    await expect(find({ token, needsTenant: true })).rejects.toThrow(
      "the token has no tenant in its claims 'custom:tenant' and 'tenant'; name the claim in identity.tenantClaim of a stage and use --stage",
    );
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
