import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { startHttpServer } from '../../helpers/fakes/http-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const SECRETS = '/v1/secrets';
const VALUE = 'hunter2-hunter2';

let system: TestSystem;
/** Echoes the received headers. */
let echo: Awaited<ReturnType<typeof startHttpServer>>;

beforeAll(async () => {
  echo = await startHttpServer((request, response) => response.end(`you sent ${request.headers.authorization}`));
  system = await shareTestSystem();
});
afterAll(async () => {
  await system?.stop();
  await echo.close();
});

const given = async () => runnerClient(await system.as(freshTenant()));
const notFound = { status: 404, body: { errors: [{ code: 'not_found', message: 'Secret not found' }] } };

describe('/v1/secrets', () => {
  test('stores values and never returns them', async () => {
    const { api } = await given();
    const put = await api.put<undefined>(`${SECRETS}/erp.token`, { value: VALUE });
    await api.put(`${SECRETS}/A_b-c`, { value: 'other' });

    const [one, list] = [await api.get(`${SECRETS}/erp.token`), await api.get(SECRETS)];

    expect(put).toMatchObject({ status: 204, body: undefined });
    expect(one).toMatchObject({ status: 200 });
    expect(one.body).toEqual({ name: 'erp.token', updatedAt: expect.stringMatching(TIME) });
    expect(list.body).toEqual([{ name: 'A_b-c', updatedAt: expect.stringMatching(TIME) }, one.body]);
    expect(JSON.stringify([put, one, list])).not.toContain(VALUE);
  });

  test('returns 404 for unknown and deleted secrets', async () => {
    const { api } = await given();
    expect(await api.get(`${SECRETS}/token`)).toMatchObject(notFound);
    expect(await api.delete(`${SECRETS}/token`)).toMatchObject(notFound);
    await api.put(`${SECRETS}/token`, { value: VALUE });

    expect(await api.delete(`${SECRETS}/token`)).toMatchObject({ status: 204 });

    expect(await api.get(`${SECRETS}/token`)).toMatchObject(notFound);
    expect((await api.get(SECRETS)).body).toEqual([]);
  });

  test.each([
    ['token', {}, 'value: must be text'],
    ['token', { value: 12345678 }, 'value: must be text'],
    ['token', { value: '' }, 'value: must be text of 1–4096 bytes, got 0'],
    ['token', { value: 'x'.repeat(4_097) }, 'value: must be text of 1–4096 bytes, got 4097'],
    ['token', { value: 'x', note: 'mine' }, "body: unknown field 'note'; known are value"],
    ['a%20b', { value: VALUE }, 'name: must be 1–64 of A–Z a–z 0–9 _ . - and not only a dot or two'],
    ['x'.repeat(65), { value: VALUE }, 'name: must be 1–64 of A–Z a–z 0–9 _ . - and not only a dot or two'],
  ])('refuses to set %s to %j without repeating the value', async (name, body, message) => {
    const { api } = await given();

    const answer = await api.put(`${SECRETS}/${name}`, body);

    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ errors: [{ code: 'invalid_request', message }] });
  });

  test('requires a role that defines jobs', async () => {
    const tenant = freshTenant();
    for (const role of ['MANAGER', 'OPERATOR', 'MEMBER', 'super_admin'] as const) {
      const client = await system.as(tenant, [role]);
      expect(await client.get(SECRETS)).toMatchObject({ status: 403 });
      expect(await client.put(`${SECRETS}/token`, { value: VALUE })).toMatchObject({ status: 403 });
    }
  });
});

describe('secrets in a job', () => {
  const headers = { authorization: 'Bearer {{secret:erp.token}}' };

  test('appear in a sent header and, as a reference, in the definition', async () => {
    const runner = await given();
    await runner.api.put(`${SECRETS}/erp.token`, { value: VALUE });
    await runner.define({ id: 'hook', http: { url: `${echo.url}/hook`, headers } });

    const { run_id: run } = await runner.trigger('hook');

    expect(echo.received.at(-1)?.headers.authorization).toBe(`Bearer ${VALUE}`);
    expect((await runner.run('hook', run)).stdout).toBe('you sent Bearer {{secret:erp.token}}');
    expect(await runner.job('hook')).toMatchObject({ http: { headers } });
  });

  test('appear in a script’s environment and, as a reference, in the definition', async () => {
    const runner = await given();
    await runner.api.put(`${SECRETS}/db`, { value: VALUE });
    const env = { PASSWORD: '{{secret:db}}', PLAIN: 'x' };
    await runner.define({ id: 'print-variables', script: 'print-variables', args: Object.keys(env), env });

    const { run_id: run } = await runner.trigger('print-variables');

    const echoed = 'PASSWORD={{secret:db}}\nPLAIN=x';
    expect(await runner.run('print-variables', run)).toMatchObject({
      status: 'error',
      stdout: echoed,
      meta: { variables: echoed },
    });
  });

  test('fail the run by name while they do not exist', async () => {
    const runner = await given();
    const before = echo.received.length;
    await runner.define({ id: 'hook', http: { url: echo.url, headers } });
    const reason = "secret 'erp.token' does not exist; PUT /v1/secrets/erp.token sets it";

    const failed = await runner.trigger('hook');

    expect(await runner.run('hook', failed.run_id)).toMatchObject({ status: 'error', reason, stderr: reason });
    expect(echo.received).toHaveLength(before);
    await runner.api.put(`${SECRETS}/erp.token`, { value: VALUE });
    expect(await runner.trigger('hook')).toMatchObject({ status: 'ok' });
  });

  test('change within a minute after an update', async () => {
    const runner = await given();
    await runner.api.put(`${SECRETS}/erp.token`, { value: VALUE });
    await runner.define({ id: 'hook', http: { url: echo.url, headers } });
    await runner.trigger('hook');

    await runner.api.put(`${SECRETS}/erp.token`, { value: 'another-one' });
    system.clock.advance(60_000);
    await runner.trigger('hook');

    expect(echo.received.at(-1)?.headers.authorization).toBe('Bearer another-one');
  });

  test('belong to one tenant', async () => {
    const [theirs, runner] = [await given(), await given()];
    await theirs.api.put(`${SECRETS}/erp.token`, { value: 'theirs' });
    await runner.define({ id: 'hook', http: { url: echo.url, headers } });

    expect(await runner.trigger('hook')).toMatchObject({ status: 'error' });
  });
});

test('appear in no log and in no file', () => {
  expect(JSON.stringify(system.logs)).not.toContain(VALUE);
  const files = readdirSync(system.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const holders = files.filter(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes(VALUE));
  expect(files.length).toBeGreaterThan(3);
  expect(holders.map(({ name }) => name)).toEqual([]);
});
