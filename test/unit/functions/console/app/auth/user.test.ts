import { describe, expect, it } from 'vitest';
import { userFromToken } from '../../../../../../functions/console/app/auth/user.ts';

describe('userFromToken', () => {
  const token = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
  const names = { tenantClaim: 'custom:tenant', rolesClaim: 'cognito:groups' };

  it('reads the claims and ignores unknown roles', () => {
    const claims = { 'custom:tenant': 'acme', 'cognito:groups': ['ADMIN', 'BOSS'], email: 'bjørk@acme.test', sub: '1' };
    expect(userFromToken(token(claims), names)).toEqual({ tenant: 'acme', name: 'bjørk@acme.test', roles: ['ADMIN'] });
  });

  it('reads roles from a string', () => {
    expect(userFromToken(token({ 'cognito:groups': 'MEMBER OWNER', sub: 'x' }), names)).toEqual({
      tenant: '',
      name: 'x',
      roles: ['OWNER', 'MEMBER'],
    });
  });

  it('throws for a token that is not a JWT', () => {
    expect(() => userFromToken('opaque', names)).toThrow('not a JWT');
  });
});
