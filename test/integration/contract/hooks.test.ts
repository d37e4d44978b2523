import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HookView } from '../../../functions/api/runner/hooks.ts';
import { HOOK_SCHEMES, type HookScheme, MAX_HOOKS } from '../../../functions/core/domain/hook.ts';
import { put } from '../../../functions/core/store/db.ts';
import { hookCountKey } from '../../../functions/core/store/keys.ts';
import { HOOK_SECRETS, signedHeaders } from '../../helpers/builders/webhooks.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';

/** Inbound webhooks: their administration, and requests of senders without a bearer token. */

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const HOUR_MS = 3_600_000;

type NewHook = HookView & { readonly url: string };

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(async () => system?.stop());

const notFound = { status: 404, body: { error: 'Hook not found' } };

async function given(hook: Readonly<Record<string, unknown>> = {}, job: Readonly<Record<string, unknown>> = {}) {
  const tenant = freshTenant('hooks');
  const api = await system.as(tenant);
  const runner = runnerClient(api);
  await runner.define({ id: 'deploy', script: 'echo', overlap_policy: 'allow', ...job });
  const scheme = hook.scheme as HookScheme | undefined;
  const secret = scheme && scheme !== 'none' ? { secret: HOOK_SECRETS[scheme] } : {};
  const created = await api.post<NewHook>('/hooks', { job: 'deploy', ...secret, ...hook });
  expect(created).toMatchObject({ status: 201 });
  const pathOf = (url: string) => url.slice(system.url.length);
  /** Sends a request without a bearer token. */
  const send = (body: unknown, headers: Readonly<Record<string, string>> = {}, url = created.body.url) =>
    system.anonymous().post(pathOf(url), body, headers);
  /** Sends a request that is signed by the scheme of the hook. */
  const deliver = (body: string, { id = 'msg_1', now = system.clock.now(), type = 'application/json' } = {}) =>
    send(body, { 'content-type': type, ...signedHeaders({ scheme: scheme ?? 'none', body, now, id }) });
  return { tenant, api, runner, hook: created.body, send, deliver };
}

describe('POST /hooks', () => {
  test('creates a hook whose URL is shown once', async () => {
    const named = { name: 'deploy-main', managed_by: 'shop' };
    const { api, hook, tenant } = await given({ scheme: 'github', description: 'main', ...named });

    expect(hook).toEqual({
      id: expect.stringMatching(ULID),
      ...named,
      job: 'deploy',
      scheme: 'github',
      description: 'main',
      enabled: true,
      has_secret: true,
      created_at: expect.stringMatching(TIME),
      created_by: `admin@${tenant}.test`,
      previous_valid_until: null,
      url: expect.stringContaining(`${system.url}/hooks/hk_${tenant}.${hook.id}.`),
    });
    const { url, ...shown } = hook;
    expect(await api.get('/hooks')).toMatchObject({ status: 200, body: { hooks: [shown] } });
    expect((await api.get(`/hooks/${hook.id}`)).body).toEqual({ hook: shown });
    expect(await api.get(`/hooks/${url.split('/').at(-1)}`)).toMatchObject(notFound);
  });

  test.each([
    [{}, 'job: is required'],
    [{ job: 'nothing' }, 'job: must be the id of a job, got "nothing"'],
    [
      { job: 'deploy', scheme: 'gitlab' },
      'scheme: must be none or standard or github or stripe or slack, got "gitlab"',
    ],
    [{ job: 'deploy', scheme: 'github' }, 'secret: is required for the scheme github'],
    [{ job: 'deploy', secret: 'x' }, 'secret: must be absent for the scheme none'],
    [{ job: 'deploy', scheme: 'github', secret: 5 }, 'secret: must be text'],
    [{ job: 'deploy', scheme: 'slack', secret: 'x'.repeat(4_097) }, 'secret: must be text of 1–4096 bytes, got 4097'],
    [
      { job: 'deploy', scheme: 'standard', secret: 'wh sec' },
      'secret: must be whsec_ with base64, or base64, for the scheme standard',
    ],
    [
      { job: 'deploy', scheme: 'standard', secret: 'whsec_c2hvcnQ=' },
      'secret: must encode 24–64 bytes for the scheme standard, got 5',
    ],
    [
      { job: 'deploy', name: 'Main' },
      'name: must be 1–64 characters of a–z, 0–9 and -, not starting with -, got "Main"',
    ],
    [{ job: 'deploy', token: 'mine' }, /^body: unknown field 'token'; known are job, scheme, secret/],
  ])('refuses %j', async (body, error) => {
    const { api } = await given();

    const answer = await api.post<{ error: string }>('/hooks', body);

    expect(answer.status).toBe(400);
    expect(answer.body.error).toEqual(typeof error === 'string' ? error : expect.stringMatching(error));
  });

  test('refuses a job whose runs cannot have a payload', async () => {
    const { api } = await given();
    const http = { url: 'https://example.com', method: 'GET' };
    await api.post('/jobs', { id: 'call', name: 'Call', type: 'http', http });

    expect(await api.post('/hooks', { job: 'call' })).toMatchObject({
      status: 400,
      body: {
        error:
          'job: must accept payloads: payload: must be absent: it would be the body of a request, and http.method is GET',
      },
    });
  });

  test('refuses the name of another hook', async () => {
    const { api, hook } = await given({ name: 'main' });

    const conflict = { status: 409, body: { error: 'name: must not be that of another hook, got "main"' } };
    expect(await api.post('/hooks', { job: 'deploy', name: 'main' })).toMatchObject(conflict);
    const { body: second } = await api.post<NewHook>('/hooks', { job: 'deploy' });
    expect(second).toMatchObject({ name: null, managed_by: null });
    expect(await api.patch(`/hooks/${second.id}`, { name: 'main' })).toMatchObject(conflict);
    expect(await api.delete(`/hooks/${hook.id}`)).toMatchObject({ status: 200 });
    expect(await api.patch(`/hooks/${second.id}`, { name: 'main' })).toMatchObject({ status: 200 });
  });

  test('refuses a hook above the maximum number', async () => {
    const { api, tenant } = await given();
    const store = systemDb(system);
    await put(store.db, store.db.tables.access, { ...hookCountKey(tenantId(tenant)), count: MAX_HOOKS });
    store.close();

    expect(await api.post('/hooks', { job: 'deploy' })).toMatchObject({
      status: 409,
      body: { error: 'There are 100 hooks, which is the maximum; delete one first' },
    });
  });

  test('needs a role that may define jobs, and a member may read', async () => {
    const { tenant, hook } = await given();
    const operator = await system.as(tenant, ['OPERATOR']);
    const foreign = await system.as(freshTenant('other'));

    for (const answer of [
      await operator.post('/hooks', { job: 'deploy' }),
      await operator.patch(`/hooks/${hook.id}`, { enabled: false }),
      await operator.post(`/hooks/${hook.id}/rotate`),
      await operator.delete(`/hooks/${hook.id}`),
    ]) {
      expect(answer).toMatchObject({ status: 403 });
    }
    expect(await operator.get(`/hooks/${hook.id}`)).toMatchObject({ status: 200 });
    expect(await foreign.get('/hooks')).toMatchObject({ body: { hooks: [] } });
    expect(await foreign.get(`/hooks/${hook.id}`)).toMatchObject(notFound);
    expect(await foreign.post(`/hooks/${hook.id}/rotate`)).toMatchObject(notFound);
    expect(await foreign.delete(`/hooks/${hook.id}`)).toMatchObject(notFound);
  });
});

describe('POST /hooks/{token}', () => {
  test('starts a run with the body as payload and nothing else in the response', async () => {
    const { runner, send, hook } = await given();

    const { status, body } = await send({ ref: 'refs/heads/main' });

    expect({ status, body }).toEqual({ status: 202, body: { run_id: expect.any(String) } });
    const run = await runner.waitForEnd('deploy', String(body.run_id));
    expect(run).toMatchObject({
      status: 'ok',
      stdout: '{"ref":"refs/heads/main"}',
      payload: { ref: 'refs/heads/main' },
      trigger: 'manual',
      tags: [`hook:${hook.id}`],
    });
    expect(await runner.api.get(`/runs?tag=hook:${hook.id}`)).toMatchObject({ body: { runs: [{}] } });
  });

  test.each([
    ['a list', '[1,2]', 'application/json', [1, 2]],
    ['text', '"x"', 'application/cloudevents+json', 'x'],
    ['no body', '', 'application/json', null],
    ['a form', 'a=1&b=%C3%A9&a=2', 'application/x-www-form-urlencoded', { a: ['1', '2'], b: 'é' }],
  ])('passes on %s', async (_, text, type, payload) => {
    const { runner, send } = await given();

    const { status, body } = await send(text, { 'content-type': type });

    expect(status).toBe(202);
    expect((await runner.run('deploy', String(body.run_id))).payload).toEqual(payload);
  });

  test.each(HOOK_SCHEMES.filter((scheme) => scheme !== 'none'))(
    'starts one run for a signed delivery by %s and its repeats, and refuses others',
    async (scheme) => {
      const { runner, deliver, send } = await given({ scheme });
      const body = JSON.stringify({ id: 'evt_1', event_id: 'Ev1', amount: 7 });
      const later = JSON.stringify({ id: 'evt_2', event_id: 'Ev2', amount: 8 });
      const now = system.clock.now();

      const first = await deliver(body);
      const repeat = await deliver(body);
      const second = await deliver(later, { id: 'msg_2' });
      const refused = [
        await send(body),
        await send(body, signedHeaders({ scheme, body: later, now })),
        await send(body, signedHeaders({ scheme, body, now, secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' })),
      ];

      expect(first).toMatchObject({ status: 202, body: { run_id: expect.any(String) } });
      expect(repeat).toMatchObject({ status: 202, body: first.body });
      expect(second).toMatchObject({ status: 202 });
      for (const { status, body: error } of refused) {
        expect({ status, error }).toMatchObject({ status: 401, error: { error: expect.any(String) } });
      }
      expect((await runner.runs('deploy')).map(({ run_id }) => run_id)).toEqual([
        second.body.run_id,
        first.body.run_id,
      ]);
    },
  );

  test('verifies the bytes of a body that is not UTF-8, and refuses it afterwards', async () => {
    const { hook } = await given({ scheme: 'github' });
    const body = Buffer.from([0x22, 0xff, 0x22]);
    const signature = createHmac('sha256', HOOK_SECRETS.github).update(body).digest('hex');
    const post = async (signed: string) => {
      const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signed}` };
      const response = await fetch(hook.url, { method: 'POST', body, headers });
      return { status: response.status, body: await response.json() };
    };

    const verified = await post(signature);
    const refused = await post(signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0')));

    expect(verified).toEqual({ status: 400, body: { error: 'body: must be UTF-8' } });
    expect(refused).toMatchObject({ status: 401 });
  });

  test.each(['standard', 'stripe', 'slack'] as const)('refuses a signature by %s of another time', async (scheme) => {
    const { deliver, runner } = await given({ scheme });

    for (const minutes of [-6, 6]) {
      expect(await deliver('{}', { now: system.clock.now() + minutes * 60_000 })).toMatchObject({
        status: 401,
        body: { error: expect.stringContaining('must have a time within 300 s of now') },
      });
    }
    expect(await runner.runs('deploy')).toEqual([]);
  });

  test('returns the first run for an event whose details changed', async () => {
    const { deliver } = await given({ scheme: 'stripe' });

    const first = await deliver('{"id":"evt_1","pending_webhooks":2}');

    expect(await deliver('{"id":"evt_1","pending_webhooks":1}')).toMatchObject({ status: 202, body: first.body });
  });

  test('accepts an idempotency key of an unsigned hook', async () => {
    const { send } = await given();
    const key = { 'idempotency-key': 'order-7' };

    const first = await send({ order: 7 }, key);

    expect(await send({ order: 7 }, key)).toMatchObject({ status: 202, body: first.body });
    expect((await send({ order: 7 })).body).not.toEqual(first.body);
    expect(await send({}, { 'idempotency-key': 'x'.repeat(256) })).toMatchObject({ status: 400 });
  });

  test('answers Slack’s challenge, and its forms without a body', async () => {
    const { runner, deliver } = await given({ scheme: 'slack' });
    const form = { type: 'application/x-www-form-urlencoded' };

    const challenge = await deliver('{"type":"url_verification","challenge":"3eZbrw1aB"}');
    const command = await deliver('command=%2Fdeploy&text=main', form);
    const button = await deliver(`payload=${encodeURIComponent('{"type":"block_actions"}')}`, form);

    expect(challenge).toMatchObject({ status: 200, body: { challenge: '3eZbrw1aB' } });
    for (const { status, body } of [command, button])
      expect({ status, body }).toEqual({ status: 200, body: undefined });
    expect((await runner.runs('deploy')).map(({ payload }) => payload)).toEqual([
      { type: 'block_actions' },
      { command: '/deploy', text: 'main' },
    ]);
  });

  test.each([
    [413, JSON.stringify('x'.repeat(300_000)), {}, 'payload: must have at most 262144 bytes as JSON, got 300002'],
    [413, JSON.stringify('x'.repeat(1_100_000)), {}, 'body: must have at most 1024 KB, got 1100002 bytes'],
    [400, '{', {}, /^body: must be JSON/],
    [400, '{"__proto__":1}', {}, "body: must not have a field '__proto__'"],
    [400, '__proto__=1', { 'content-type': 'application/x-www-form-urlencoded' }, /__proto__/],
    [
      415,
      '<a/>',
      { 'content-type': 'text/xml' },
      'content-type: must be application/json or application/x-www-form-urlencoded, got text/xml',
    ],
    [
      415,
      '{}',
      { 'content-encoding': 'gzip' },
      'content-encoding: must be absent: bodies are not decompressed, got gzip',
    ],
  ])('answers %i to an unusable body', async (status, body, headers, error) => {
    const { send, runner } = await given();

    const answer = await send(body, headers);

    expect(answer).toMatchObject({
      status,
      body: { error: typeof error === 'string' ? error : expect.stringMatching(error) },
    });
    expect(await runner.runs('deploy')).toEqual([]);
  });

  test('answers alike for an unknown, a changed and a disabled URL, and for a deleted hook or job', async () => {
    const { api, hook, send } = await given();
    const { hook: other } = await given();
    const answers = [
      await send({}, {}, `${system.url}/hooks/nothing`),
      await send({}, {}, `${hook.url.slice(0, -1)}${hook.url.endsWith('A') ? 'B' : 'A'}`),
      await send({}, {}, hook.url.replace(hook.id, other.id)),
      await send({}, {}, `${system.url}/hooks/${hook.id}`),
    ];
    await api.patch(`/hooks/${hook.id}`, { enabled: false });
    answers.push(await send({}));
    await api.patch(`/hooks/${hook.id}`, { enabled: true });
    expect(await send({})).toMatchObject({ status: 202 });
    await api.delete('/jobs/deploy');
    answers.push(await send({}));
    expect(await api.delete(`/hooks/${hook.id}`)).toMatchObject({ status: 200, body: { ok: true } });
    answers.push(await send({}));

    for (const { status, body } of answers) expect({ status, body }).toEqual(notFound);
    expect(await api.delete(`/hooks/${hook.id}`)).toMatchObject(notFound);
  });

  test('does not start runs of a disabled job, or beside a run that the overlap policy protects', async () => {
    const { api, runner, send } = await given({}, { script: 'sleep', args: ['60'], overlap_policy: 'skip' });

    const { body } = await send({});
    const refused = await send({});
    await api.post('/jobs/deploy/disable');
    const disabled = await send({});

    expect(refused).toMatchObject({ status: 409, body: { error: 'The job is running already' } });
    expect(disabled).toMatchObject({ status: 409, body: { error: 'The job is disabled' } });
    await api.post(`/jobs/deploy/runs/${String(body.run_id)}/cancel`);
    expect(await runner.runs('deploy')).toHaveLength(1);
  });

  test('limits the requests to one hook and leaves other requests of the tenant their rate', async () => {
    const { api, tenant, hook } = await given({ enabled: false });
    const superAdmin = await system.as('ops', ['super_admin']);
    const limits = { requestsPerSecond: 1, requestBurst: 60 };
    expect(await superAdmin.put('/api/v1/admin/limits', limits, { 'x-tenantid': tenant })).toMatchObject({
      status: 200,
    });
    system.clock.advance(31_000);
    const path = hook.url.slice(system.url.length);

    const answers = [];
    for (let i = 0; i < 40; i++) answers.push(await system.anonymous().post(path, {}));

    expect(answers[0]).toMatchObject(notFound);
    const last = answers.at(-1);
    expect(last).toMatchObject({
      status: 429,
      body: { error: expect.stringContaining('too many requests to this URL') },
    });
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await api.get('/hooks')).toMatchObject({ status: 200 });
  });

  test('leaves neither token nor secret in a log', async () => {
    const { hook, deliver, api } = await given({ scheme: 'github' });
    await deliver('{"a":1}');
    await api.post(`/hooks/${hook.id}/rotate`);

    const logs = JSON.stringify(system.logs);
    expect(logs).not.toContain(hook.url.split('.').at(-3));
    expect(logs).not.toContain(HOOK_SECRETS.github);
  });
});

describe('PATCH /hooks/{id}', () => {
  test('gives a hook a name once, and another project', async () => {
    const { api, hook } = await given({ managed_by: 'shop' });
    const path = `/hooks/${hook.id}`;

    expect(await api.patch(path, { name: 'main' })).toMatchObject({
      body: { hook: { name: 'main', managed_by: 'shop' } },
    });
    expect(await api.patch(path, { name: 'main', managed_by: null })).toMatchObject({
      body: { hook: { name: 'main', managed_by: null } },
    });
    expect(await api.patch(path, { name: 'other' })).toMatchObject({
      status: 400,
      body: { error: 'name: cannot be changed: the name of the hook is "main", got "other"' },
    });
  });

  test('changes job, secret and description', async () => {
    const { api, runner, hook, send } = await given({ scheme: 'github' });
    await runner.define({ id: 'other', script: 'echo', overlap_policy: 'allow' });

    const changed = await api.patch(`/hooks/${hook.id}`, { job: 'other', secret: 'new', description: null });

    expect(changed).toMatchObject({
      status: 200,
      body: { hook: { job: 'other', description: null, has_secret: true } },
    });
    const signed = (secret: string) => signedHeaders({ scheme: 'github', body: '{}', now: 0, secret });
    expect(await send('{}', signed(HOOK_SECRETS.github))).toMatchObject({ status: 401 });
    const { body } = await send('{}', signed('new'));
    expect(await runner.run('other', String(body.run_id))).toMatchObject({ payload: {} });
  });

  test.each([
    [{ scheme: 'none' }, /unknown field 'scheme'/],
    [{ secret: 'x' }, /^secret: must be absent for the scheme none$/],
    [{ job: 'x y' }, /^job: must be the id of a job, got "x y"$/],
  ])('refuses %j', async (body, error) => {
    const { api, hook } = await given();

    expect(await api.patch(`/hooks/${hook.id}`, body)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(error) },
    });
  });
});

describe('POST /hooks/{id}/rotate', () => {
  test('replaces the URL and keeps the previous one for a while', async () => {
    const { api, hook, send } = await given();

    const { status, body } = await api.post<NewHook>(`/hooks/${hook.id}/rotate`, { overlap_s: 3 });

    expect(status).toBe(200);
    expect(body.url).not.toBe(hook.url);
    expect(Date.parse(body.previous_valid_until ?? '')).toBeLessThanOrEqual(system.clock.now() + 3_000);
    expect(await send({}, {}, body.url)).toMatchObject({ status: 202 });
    system.clock.advance(4_000);
    expect(await send({})).toMatchObject(notFound);
    expect(await send({}, {}, body.url)).toMatchObject({ status: 202 });
    expect(await api.get(`/hooks/${hook.id}`)).toMatchObject({ body: { hook: { previous_valid_until: null } } });
  });

  test('keeps the previous URL for a day by default, or ends it at once', async () => {
    const { api, hook, send } = await given();

    const { body: first } = await api.post<NewHook>(`/hooks/${hook.id}/rotate`);
    expect(await send({})).toMatchObject({ status: 202 });
    const { body: second } = await api.post<NewHook>(`/hooks/${hook.id}/rotate`, { overlap_s: 0 });

    expect(Date.parse(first.previous_valid_until ?? '') - system.clock.now()).toBeGreaterThan(23 * HOUR_MS);
    expect(second.previous_valid_until).toBeNull();
    for (const url of [hook.url, first.url]) expect(await send({}, {}, url)).toMatchObject(notFound);
    expect(await send({}, {}, second.url)).toMatchObject({ status: 202 });
    expect(await api.post(`/hooks/${hook.id}/rotate`, { overlap_s: 604_801 })).toMatchObject({
      status: 400,
      body: { error: 'overlap_s: must be 0–604800, got 604801' },
    });
  });
});
