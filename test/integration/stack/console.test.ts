import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { SignInConfig } from '../../../functions/console/config.ts';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { buildConsole } from '../../../lib/build-console.ts';
import { stageConfig } from '../../../lib/config.ts';
import { environment, synth, temporaryFolderOfFile } from '../../helpers/stack/synth.ts';

/** Maximum size of the first load, gzipped. */
const BUDGET_BYTES = 120_000;

const site = join(temporaryFolderOfFile(), 'site');
await buildConsole(site);
const assets = readdirSync(join(site, 'assets'));
const prod = await synth(
  stageConfig('prod', { identity: { cognito: { origins: ['https://jobs.example.test'], domainPrefix: 'acme-jobs' } } }),
);

describe('console page', () => {
  test('contains no inline code, which its content security policy forbids', () => {
    const html = readFileSync(join(site, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<style|style=|<script(?![^>]* src=)|\son\w+=|data:/);
    const urls = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url);
    expect(urls.length).toBeGreaterThan(2);
    for (const url of urls) expect(url).toMatch(/^\/console\/assets\/[\w.-]+-[\w-]{8}\.(js|css|svg)$/);
  });

  test('stays within its size budget', () => {
    const compressed = assets
      .filter((name) => name.endsWith('.gz'))
      .map((name) => statSync(join(site, 'assets', name)));
    const bytes = compressed.reduce((sum, { size }) => sum + size, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(BUDGET_BYTES);
  });

  test('has Brotli and gzip versions', () => {
    const plain = assets.filter((name) => /\.(js|css)$/.test(name));
    expect(plain.length).toBeGreaterThan(1);
    for (const name of plain) {
      const content = readFileSync(join(site, 'assets', name));
      expect(gunzipSync(readFileSync(join(site, 'assets', `${name}.gz`)))).toEqual(content);
      expect(brotliDecompressSync(readFileSync(join(site, 'assets', `${name}.br`)))).toEqual(content);
    }
  });
});

describe('console sign-in', () => {
  const signIn = JSON.parse(environment(prod.fn('console'))[Env.consoleSignIn] ?? '') as SignInConfig;
  const client = prod.only('AWS::Cognito::UserPoolClient');
  const origins = [String(prod.outputs.ApiUrl), 'https://jobs.example.test'];

  test('uses code and PKCE with the user pool client whose ID tokens the API accepts', () => {
    expect(signIn).toMatchObject({
      clientId: prod.outputs.UserPoolClientId,
      authorizationEndpoint: expect.stringMatching(
        /^https:\/\/[^/]+\.amazoncognito\.com\/oauth2\/authorize$/,
      ) as string,
      token: 'id_token',
    });
    expect(client).toMatchObject({
      AllowedOAuthFlows: ['code'],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthScopes: ['openid', 'email', 'profile'],
      GenerateSecret: false,
    });
    expect(prod.only('AWS::Cognito::UserPoolDomain').Domain).toBe('acme-jobs');
  });

  test("redirects to the console's origins only", () => {
    expect(client.CallbackURLs).toEqual(origins.map((origin) => `${origin}/console/signed-in`));
    expect(client.LogoutURLs).toEqual(origins.map((origin) => `${origin}/console/signed-out`));
  });

  test('uses the configured existing issuer', async () => {
    const identity = { issuer: 'https://id.test', audience: 'jobdeck', tenantClaim: 'org', rolesClaim: 'roles' };
    const endpoints = { authorizationEndpoint: 'https://id.test/a', tokenEndpoint: 'https://id.test/t' };
    const withIt = await synth(
      stageConfig('acme', { identity: { ...identity, signIn: { clientId: 'x', ...endpoints } } }),
    );
    const without = await synth(stageConfig('acme', { identity }));

    expect(JSON.parse(environment(withIt.fn('console'))[Env.consoleSignIn] ?? '')).toEqual({
      clientId: 'x',
      ...endpoints,
      endSessionEndpoint: null,
      scopes: 'openid email profile',
      token: 'id_token',
      tenantClaim: 'org',
      rolesClaim: 'roles',
    });
    expect(environment(without.fn('console'))).not.toHaveProperty(Env.consoleSignIn);
  });
});

describe('stageConfig', () => {
  test.each([
    [{ cognito: { domainPrefix: 'my-aws-jobs' } }, /identity\.cognito\.domainPrefix must be/],
    [{ cognito: { domainPrefix: '-jobs' } }, /identity\.cognito\.domainPrefix must be/],
    [
      { cognito: { origins: ['https://jobs.example.test/'] } },
      /identity\.cognito\.origins\[0\] must be an https origin/,
    ],
    [{ cognito: { origins: ['http://jobs.example.test'] } }, /identity\.cognito\.origins\[0\]/],
  ])('rejects %j', (identity, message) => {
    expect(() => stageConfig('prod', { identity })).toThrow(message);
  });
});
