import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../../functions/core/domain/access.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { jobStatsPath, METRICS } from '../../helpers/clients/statistics.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const KEYS = '/v1/api-keys';

interface NewKey {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly key: string;
  readonly createdAt: string;
}
type KeyView = Omit<NewKey, 'key'> & { readonly createdBy: string; readonly lastUsedAt: string | null };

let system: TestSystem;
beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system?.stop());

const bearing = (key: string): ApiClient => system.anonymous(`Bearer ${key}`);

/** Creates a tenant, its administrator, and a key with these roles. */
async function given(roles: readonly Role[] = ['OPERATOR'], name = 'ci', tenant = freshTenant()) {
  const admin = await system.as(tenant, ['ADMIN', 'system_admin'], 'ana@acme.test');
  const { status, body } = await admin.post<NewKey>(KEYS, { name, roles });
  expect(status).toBe(201);
  const keys = async () => (await admin.get<KeyView[]>(KEYS)).body;
  return { tenant, admin, made: body, client: bearing(body.key), keys };
}

describe('POST /v1/api-keys', () => {
  test('returns the key once', async () => {
    const { tenant, admin, made, keys } = await given(['MEMBER', 'OPERATOR', 'MEMBER'], 'nightly sync');

    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      name: 'nightly sync',
      roles: ['OPERATOR', 'MEMBER'],
      key: expect.stringMatching(new RegExp(`^jk_${tenant}\\.${made.id}\\.[A-Za-z0-9_-]{43}\\.1\\.[A-Za-z0-9_-]{43}$`)),
      createdAt: expect.stringMatching(TIME),
    });
    const { id, name, roles, createdAt } = made;
    expect(await keys()).toEqual([{ id, name, roles, createdAt, createdBy: 'ana@acme.test', lastUsedAt: null }]);
    expect((await admin.get(KEYS)).headers.get('cache-control')).toBe('no-store');
  });

  test.each([
    [{}, 'name: is required (text of 1–64 characters); roles: must be a list'],
    [{ name: '', roles: ['MEMBER'] }, 'name: must be text of 1–64 characters, got ""'],
    [{ name: ' ', roles: ['MEMBER'] }, 'name: must be text of 1–64 characters, got " "'],
    [{ name: 'a\nb', roles: ['MEMBER'] }, 'name: must not hold control or direction characters (U+000A), got "a\\nb"'],
    [{ name: '\u200b', roles: ['MEMBER'] }, 'name: must have a visible character, got "\\u200b"'],
    [{ name: 'x'.repeat(65), roles: ['MEMBER'] }, `name: must be text of 1–64 characters, got "${'x'.repeat(65)}"`],
    [{ name: 'a', roles: [] }, 'roles: must name at least one role'],
    [{ name: 'a', roles: 'ADMIN' }, 'roles: must be a list, got "ADMIN"'],
    [{ name: 'a', roles: ['root'] }, /^roles\[0\]: must be OWNER or ADMIN .*, got "root"$/],
    [{ name: 'a', roles: ['MEMBER'], key: 'mine' }, "body: unknown field 'key'; known are name, roles"],
  ])('refuses %j', async (body, message) => {
    const client = await system.as(freshTenant());

    const answer = await client.post(KEYS, body);

    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      errors: [
        { code: 'invalid_request', message: typeof message === 'string' ? message : expect.stringMatching(message) },
      ],
    });
  });

  test('grants no role that exceeds the creator’s', async () => {
    const client = await system.as(freshTenant());

    const answer = await client.post(KEYS, { name: 'a', roles: ['MEMBER', 'super_admin', 'system_admin'] });

    expect(answer.status).toBe(403);
    expect(answer.body).toEqual({
      errors: [
        {
          code: 'forbidden',
          message:
            'roles: must be among those that allow no more than yours (OWNER, ADMIN, MANAGER, OPERATOR, MEMBER), got super_admin, system_admin',
        },
      ],
    });
  });

  test('creates keys that can create keys with at most their own roles', async () => {
    const { client, keys } = await given(['ADMIN'], 'maker');

    expect(await client.post(KEYS, { name: 'made', roles: ['ADMIN'] })).toMatchObject({ status: 201 });
    expect(await client.post(KEYS, { name: 'made', roles: ['system_admin'] })).toMatchObject({ status: 403 });

    expect((await keys()).map(({ name, createdBy }) => [name, createdBy])).toEqual([
      ['maker', 'ana@acme.test'],
      ['made', 'key:maker'],
    ]);
  });
});

describe('API keys', () => {
  test('authenticate on every surface within their roles', async () => {
    const tenant = `t_${freshTenant()}`;
    const { admin, client } = await given(['MANAGER', 'system_admin'], 'all', tenant);
    await admin.post('/jobs', { id: 'nightly', name: 'Nightly', script: 'echo' });
    const stats = { 'x-tenantid': tenant };

    expect(await client.get('/jobs')).toMatchObject({ status: 200 });
    expect(await client.get('/stats', { 'x-organization-id': tenant })).toMatchObject({ status: 200 });
    expect(await client.get(METRICS)).toMatchObject({ status: 200, body: { pendingCount: 0 } });
    expect(await client.get(jobStatsPath('nightly'), stats)).toMatchObject({ status: 200, body: { success: true } });
    expect(await client.post('/jobs/nightly/run')).toMatchObject({ status: 200 });
    expect(await client.get(KEYS)).toMatchObject({
      status: 403,
      body: {
        errors: [
          { code: 'forbidden', message: 'Needs one of the roles OWNER, ADMIN; the token has MANAGER, system_admin' },
        ],
      },
    });
  });

  test('appear by name in a cancellation', async () => {
    const { admin, client } = await given(['OPERATOR'], 'night shift');
    const runner = runnerClient(admin);
    await runner.define({ id: 'long', script: 'sleep', args: ['60'] });
    const { run_id: run } = await runner.start('long');

    const answer = await client.post(`/jobs/long/runs/${run}/cancel`);

    expect(answer.status).toBeLessThan(300);
    expect((await runner.waitForEnd('long', run)).reason).toContain('key:night shift');
  });

  test('record their last use', async () => {
    const { client, keys } = await given();
    const before = system.clock.now();

    await client.get('/jobs');

    const [used] = await keys();
    expect(used?.lastUsedAt).toMatch(TIME);
    expect(Date.parse(used?.lastUsedAt ?? '')).toBeGreaterThanOrEqual(before);
  });

  test.each(['x-tenantid', 'x-organization-id'])('must agree with %s', async (header) => {
    const { client } = await given(['ADMIN']);

    expect(await client.get(KEYS, { [header]: 'globex' })).toMatchObject({
      status: 403,
      body: { errors: [{ code: 'forbidden' }] },
    });
  });

  test('appear in no log', async () => {
    const { made, client } = await given(['ADMIN'], 'quiet');
    await client.get('/jobs');
    await client.get(KEYS);
    await bearing(`${made.key}x`).get('/jobs');

    for (const part of [2, 4]) expect(JSON.stringify(system.logs)).not.toContain(made.key.split('.')[part]);
  });
});

describe('malformed API keys', () => {
  const MESSAGE = 'The bearer token is not an API key that is known here, or not any more';

  test('fail on every surface in its own format, for whatever reason', async () => {
    const { tenant, made, admin } = await given();
    const { made: other } = await given();
    const [, id = '', secret = '', , mac = ''] = made.key.split('.');
    const { body: revoked } = await admin.post<NewKey>(KEYS, { name: 'revoked', roles: ['ADMIN'] });
    expect((await admin.delete(`${KEYS}/${revoked.id}`)).status).toBe(204);
    const timestamp = expect.stringMatching(TIME);
    const surfaces: [string, object][] = [
      ['/jobs', { error: MESSAGE }],
      [METRICS, { statusCode: 401, message: MESSAGE, error: 'Unauthorized' }],
      [jobStatsPath('x'), { success: false, message: MESSAGE, error: 'Authentication failed', timestamp }],
      [KEYS, { errors: [{ code: 'unauthorized', message: MESSAGE }] }],
    ];
    const bearers = [
      'jk_nonsense',
      `jk_nobody.${id}.${secret}.1.${mac}`,
      `jk_${tenant}.${other.id}.${secret}.1.${mac}`,
      `jk_${tenant}.${id}.${other.key.split('.')[2]}.1.${mac}`,
      `jk_${tenant}.${id}.${secret}.2.${mac}`,
      `jk_${tenant}.${id}.${secret}`,
      other.key.replace(/^jk_[^.]+/, `jk_${tenant}`),
      revoked.key,
    ];

    for (const [path, body] of surfaces) {
      for (const bearer of bearers) {
        const answer = await bearing(bearer).get(path, { 'x-tenantid': tenant });
        expect({ path, bearer, ...answer }).toMatchObject({ status: 401, body });
        expect(answer.body).toEqual(body);
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
    }
  });
});

describe('DELETE /v1/api-keys/{id}', () => {
  test('invalidates a key everywhere within a minute', async () => {
    const { tenant, admin, made, client, keys } = await given(['MANAGER', 'system_admin']);
    const paths = ['/jobs', METRICS, jobStatsPath('x')];
    const statuses = () =>
      Promise.all(paths.map(async (path) => (await client.get(path, { 'x-tenantid': tenant })).status));
    expect(await statuses()).toEqual([200, 200, 404]);

    const { status, body, headers } = await admin.delete<undefined>(`${KEYS}/${made.id}`);
    system.clock.advance(30_000);

    expect({ status, body }).toEqual({ status: 204, body: undefined });
    expect(headers.get('x-request-id')).toBeTruthy();
    expect(await statuses()).toEqual([401, 401, 401]);
    expect(await keys()).toEqual([]);
  });

  test.each(['nobody', '01JNXA3V5T9YV0Q2Z6W8M4R7B1'])('returns 404 for %s', async (id) => {
    const client = await system.as(freshTenant());

    expect(await client.delete(`${KEYS}/${id}`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: 'not_found', message: 'API key not found' }] },
    });
  });
});
