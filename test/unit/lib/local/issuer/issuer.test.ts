import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { CLIENT_ID, type Issuer, issuerUrl, jwksUri, openIssuer } from '../../../../../lib/local/issuer/issuer.ts';
import { localSettings } from '../../../../../lib/local/settings.ts';
import { serveHttp } from '../../../../../lib/local/support/http.ts';
import { parseTokenArguments } from '../../../../../lib/local/token-arguments.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

const ACME = 'acme' as TenantId;

/** Starts an issuer at the URL of its name. */
async function setUp(folder = temporaryFolder()) {
  let issuer: Issuer | undefined;
  const service = await serveHttp((request, response) => issuer?.handle(request, response));
  onTestFinished(() => service.stop());
  issuer = await openIssuer(folder, service.port);
  return { issuer, port: service.port, folder };
}

function verify(token: string, port: number) {
  const keys = createRemoteJWKSet(new URL(jwksUri(port)));
  return jwtVerify(token, keys, { issuer: issuerUrl(port), audience: CLIENT_ID, algorithms: ['RS256'] });
}

describe('ID tokens', () => {
  test("have Cognito's claims and verify with the published key", async () => {
    const { issuer, port } = await setUp();
    const request = { tenant: ACME, roles: ['ADMIN', 'OWNER'], subject: 'ana@acme.test', ttlSeconds: 60 } as const;

    const token = await issuer.issueToken(request, Date.now());

    const { payload } = await verify(token, port);
    expect(payload).toMatchObject({
      token_use: 'id',
      sub: 'ana@acme.test',
      email: 'ana@acme.test',
      'custom:tenant': 'acme',
      'cognito:groups': ['ADMIN', 'OWNER'],
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
  });

  test('stay valid after a restart', async () => {
    const { issuer, port, folder } = await setUp();
    const token = await issuer.issueToken({ tenant: ACME, roles: ['MEMBER'] }, Date.now());

    const again = await openIssuer(folder, port);

    const other = await again.issueToken({ tenant: ACME, roles: ['MEMBER'] }, Date.now());
    await expect(verify(token, port)).resolves.toBeDefined();
    await expect(verify(other, port)).resolves.toBeDefined();
  });

  test('use one key if two processes create it concurrently', async () => {
    const folder = temporaryFolder();

    const issuers = await Promise.all([setUp(folder), setUp(folder)]);

    for (const { issuer, port } of issuers) {
      const token = await issuer.issueToken({ tenant: ACME, roles: ['MEMBER'] }, Date.now());
      await expect(verify(token, port)).resolves.toBeDefined();
    }
  });
});

test('the configuration document contains the issuer and its keys', async () => {
  const { port } = await setUp();

  const response = await fetch(`${issuerUrl(port)}/.well-known/openid-configuration`);

  expect(await response.json()).toMatchObject({ issuer: issuerUrl(port), jwks_uri: jwksUri(port) });
});

describe('parseTokenArguments', () => {
  test('parses the claims', () => {
    const request = parseTokenArguments([
      '--tenant',
      'acme',
      '--roles',
      'ADMIN,OWNER',
      '--subject',
      'a@b.c',
      '--ttl',
      '60',
    ]);

    expect(request).toEqual({ tenant: 'acme', roles: ['ADMIN', 'OWNER'], subject: 'a@b.c', ttlSeconds: 60 });
  });

  test.each([
    [['--roles', 'ADMIN'], /--tenant must be .*, got nothing/],
    [['--tenant', 'a b', '--roles', 'ADMIN'], /--tenant must be .*, got "a b"/],
    [['--tenant', 'acme'], /--roles must be some of OWNER, .*, got nothing/],
    [['--tenant', 'acme', '--roles', 'ADMIN,BOSS'], /--roles must be some of .*, got "ADMIN,BOSS"/],
    [['--tenant', 'acme', '--roles', 'ADMIN', '--ttl', '1h'], /--ttl must be seconds, .*, got "1h"/],
    [['--tenant', 'acme', '--roles', 'ADMIN', '--subject', ''], /--subject must not be empty/],
    [['--tenant', 'acme', '--role', 'ADMIN'], /--role/],
  ])('rejects %j', (args, message) => {
    expect(() => parseTokenArguments(args)).toThrow(message);
  });
});

describe('localSettings', () => {
  test('reads the environment', () => {
    const environment = { JOBDECK_PORT: '8080', JOBDECK_DATA: '/data', JOBDECK_CLOCK_OFFSET_MS: '-5' };

    expect(localSettings(environment)).toEqual({ port: 8080, dataDir: '/data', clockOffsetMs: -5 });
    expect(localSettings({})).toMatchObject({ port: 1937, clockOffsetMs: 0 });
  });

  test.each(['0', '70000', 'http'])('rejects the port %s', (port) => {
    expect(() => localSettings({ JOBDECK_PORT: port })).toThrow(`got "${port}"`);
  });
});
