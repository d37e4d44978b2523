import { expect, it } from 'vitest';
import { createChallenge, randomText } from '../../../../../../functions/console/app/auth/pkce.ts';

it('creates the challenge of RFC 7636, appendix B', async () => {
  expect(await createChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
  expect(randomText()).toMatch(/^[\w-]{43}$/);
  expect(randomText()).not.toBe(randomText());
});
