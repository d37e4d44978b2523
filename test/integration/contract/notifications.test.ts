import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DELIVERIES,
  type DeliveryBody,
  listDeliveries,
  waitForDeliveries,
} from '../../helpers/clients/notifications.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { startWebhookReceiver } from '../../helpers/fakes/webhook-receiver.ts';
import { SLACK_TOKEN, shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const NOTIFICATIONS = '/v1/notifications';
const NONE = { on_failure: null, on_success: null, on_late: null, rules: [] };
const UNKNOWN_ID = '01JNXA3V5T9YV0Q2Z6W8M4R7B1';

let system: TestSystem;
let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>;

beforeAll(async () => {
  [system, receiver] = await Promise.all([shareTestSystem(), startWebhookReceiver()]);
});
afterAll(async () => {
  await system?.stop();
  await receiver?.close();
});

const given = async () => {
  const tenant = freshTenant();
  return { tenant, ...runnerClient(await system.as(tenant)) };
};

describe('/v1/notifications', () => {
  test('have no default, and return exactly what was put', async () => {
    const { api } = await given();
    expect(await api.get(NOTIFICATIONS)).toMatchObject({ status: 200, body: NONE });

    const put = await api.put(NOTIFICATIONS, { on_failure: 'slack:#alerts', on_success: 'https://hooks.test/' });
    const got = await api.get(NOTIFICATIONS);
    const replaced = await api.put(NOTIFICATIONS, { on_success: 'none' });

    expect(put).toMatchObject({ status: 200 });
    expect(got.body).toEqual({ ...NONE, on_failure: 'slack:#alerts', on_success: 'https://hooks.test/' });
    expect(put.body).toEqual(got.body);
    expect(replaced.body).toEqual(NONE);
    expect((await api.get(NOTIFICATIONS)).body).toEqual(NONE);
  });

  test.each([
    [
      { on_failure: 'ana@acme.test' },
      /^on_failure: must be a Slack channel such as .* or 'none', got 'ana@acme\.test'$/,
    ],
    [{ on_success: '#Up' }, /^on_success: must be a Slack channel/],
    [{ on_failure: 5 }, /^on_failure: must be text of 1–256 characters, got 5$/],
    [{ onFailure: null }, /^body: unknown field 'onFailure'; did you mean 'on_failure'\?$/],
  ])('refuses %j', async (body, message) => {
    const { api } = await given();

    const answer = await api.put<{ errors: { code: string; message: string }[] }>(NOTIFICATIONS, body);

    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ code: 'invalid_request', message: expect.stringMatching(message) }]);
  });

  test('hold rules, which notify of failures in a row and of the recovery', async () => {
    const { api } = await given();
    const rules = [
      {
        name: 'ops',
        match: { tag: 'critical', job: null },
        on: ['failure', 'recovered'],
        consecutive_failures: 2,
        to: 'pagerduty',
      },
      { name: 'all', match: { tag: null, job: null }, on: ['late'], consecutive_failures: 1, to: 'teams:ops' },
    ];
    const { match: _, consecutive_failures: _n, ...short } = rules[1] ?? {};

    const put = await api.put(NOTIFICATIONS, { rules: [rules[0], short] });

    expect(put).toMatchObject({ status: 200, body: { ...NONE, rules } });
    expect((await api.get(NOTIFICATIONS)).body).toEqual(put.body);
    const refused = async (rule: object) => {
      const answer = await api.put<{ error: unknown }>(NOTIFICATIONS, { rules: [{ ...rules[0], ...rule }] });
      expect(answer.status).toBe(400);
      return JSON.stringify(answer.body);
    };
    expect(await refused({ to: 'none' })).toContain("rules[0].to: must be a destination, got 'none'");
    expect(await refused({ to: 'nowhere' })).toContain('rules[0].to: must be a Slack channel');
    expect(await refused({ name: 'a b' })).toContain('rules[0].name');
    expect(await refused({ on: [] })).toContain('rules[0].on');
    expect(await refused({ on: ['canceled'] })).toContain('rules[0].on');
    expect(await refused({ consecutive_failures: 21 })).toContain('rules[0].consecutive_failures');
    expect(await refused({ match: { label: 'x' } })).toContain('label');
  });

  test('notify by a rule beside the destination of the job', async () => {
    const { api } = await given();
    await api.put(NOTIFICATIONS, {
      rules: [{ name: 'row', match: { tag: 'critical' }, on: ['failure'], consecutive_failures: 2, to: receiver.url }],
    });
    await api.post('/jobs', { id: 'bad', name: 'Bad', script: 'fail', tags: ['critical'] });
    for (let n = 0; n < 2; n++) await api.post('/jobs/bad/run');

    const deliveries = await waitForDeliveries(api, 1);

    expect(deliveries).toMatchObject([{ job: 'bad', kind: 'failure', rule: 'row', runs: 1, target: receiver.url }]);
  });

  test('require a role that defines jobs; all members read deliveries and operators retry them', async () => {
    const { tenant } = await given();
    for (const role of ['MANAGER', 'OPERATOR', 'MEMBER', 'super_admin'] as const) {
      const client = await system.as(tenant, [role]);
      expect(await client.get(NOTIFICATIONS)).toMatchObject({ status: 403 });
      expect(await client.put(NOTIFICATIONS, NONE)).toMatchObject({ status: 403 });
      expect(await client.get(DELIVERIES)).toMatchObject({ status: 200, body: [] });
    }
    const member = await system.as(tenant, ['MEMBER']);
    expect(await member.post(`${DELIVERIES}/${UNKNOWN_ID}/retry`)).toMatchObject({ status: 403 });
  });
});

describe('notifications of a job', () => {
  test.each([
    ['on_failure', 'slack:#ops team'],
    ['on_success', 'https://ana:pw@hooks.test/'],
    ['on_failure', 'https://hooks.test/{{secret:token}}'],
  ])('refuse %s %s', async (field, value) => {
    const { api } = await given();
    const answer = await api.post<{ error: string }>('/jobs', { id: 'a', name: 'A', script: 'echo', [field]: value });

    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatch(new RegExp(`^${field}: must`));
  });

  test('override the tenant’s notifications, also with none', async () => {
    const runner = await given();
    const { api } = runner;
    await api.put('/v1/secrets/slack.token', { value: SLACK_TOKEN });
    await api.put(NOTIFICATIONS, { on_failure: `${receiver.url}/default`, on_success: `${receiver.url}/default` });
    await runner.define({ id: 'plain', script: 'fail' });
    await runner.define({ id: 'own', script: 'fail', on_failure: '#alerts' });
    await runner.define({ id: 'silent', script: 'fail', on_failure: 'none' });
    await runner.define({ id: 'well', script: 'echo' });

    const results = await Promise.all(['plain', 'own', 'silent', 'well'].map((id) => runner.trigger(id)));

    const deliveries = await waitForDeliveries(api, 3);
    const [plain, own, , well] = results;
    const common = {
      id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/) as string,
      runs: 1,
      since: expect.stringMatching(TIME) as string,
      state: 'delivered',
      attempts: 1,
      rule: null,
      lastError: null,
      nextAttemptAt: null,
      createdAt: expect.stringMatching(TIME) as string,
      deliveredAt: expect.stringMatching(TIME) as string,
    };
    const target = `${receiver.url}/default`;
    expect([...deliveries].sort((a, b) => a.job.localeCompare(b.job))).toEqual([
      { ...common, job: 'own', run: own?.run_id, kind: 'failure', target: '#alerts' },
      { ...common, job: 'plain', run: plain?.run_id, kind: 'failure', target },
      { ...common, job: 'well', run: well?.run_id, kind: 'success', target },
    ]);
  });
});

describe('deliveries', () => {
  /** Creates jobs whose failure notifications cannot be delivered. */
  async function givenFailed(jobs: number) {
    const runner = await given();
    for (let i = 0; i < jobs; i++) {
      await runner.define({ id: `job-${i}`, script: 'fail', on_failure: '#nowhere' });
      await runner.trigger(`job-${i}`);
      await waitForDeliveries(runner.api, i + 1);
    }
    return runner;
  }

  test('state the reason of a failure and can be retried', async () => {
    const { api } = await givenFailed(1);
    const [failed] = await listDeliveries(api, '?state=failed');
    expect(failed).toMatchObject({
      state: 'failed',
      lastError: "secret 'slack.token' does not exist; PUT /v1/secrets/slack.token sets it",
      nextAttemptAt: null,
      deliveredAt: null,
    });

    const retried = await api.post<DeliveryBody>(`${DELIVERIES}/${failed?.id}/retry`);
    expect(retried).toMatchObject({ status: 202, body: { id: failed?.id } });
    const again = await waitForDeliveries(api, 1);
    expect(again).toMatchObject([{ id: failed?.id, state: 'failed', attempts: 2 }]);
  });

  test('list newest first, limited, filtered by state and paged', async () => {
    const { api } = await givenFailed(3);
    const all = await listDeliveries(api);
    const ids = (list: readonly DeliveryBody[]) => list.map(({ id }) => id);

    expect(all.map(({ job }) => job)).toEqual(['job-2', 'job-1', 'job-0']);
    for (const state of ['', '&state=failed']) {
      const first = await listDeliveries(api, `?limit=2${state}`);
      const rest = await listDeliveries(api, `?limit=2&before=${first.at(-1)?.id}${state}`);
      expect([ids(first), ids(rest)]).toEqual([ids(all).slice(0, 2), ids(all).slice(2)]);
    }
    expect(await listDeliveries(api, '?state=pending')).toEqual([]);
    expect(await listDeliveries(api, '?state=delivered')).toEqual([]);
  });

  test.each([
    ['limit=0', 'limit: must be 1–1000, got "0"'],
    ['limit=1001', 'limit: must be 1–1000, got "1001"'],
    ['state=lost', 'state: must be pending or delivered or failed, got "lost"'],
    ['before=x', 'before: must be the id of a delivery, got "x"'],
    ['page=2', "query: unknown query parameter 'page'; known are limit, state, before"],
  ])('refuse %s', async (query, message) => {
    const { api } = await given();
    const answer = await api.get(`${DELIVERIES}?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: 'invalid_request', message }] } });
  });

  test('cannot be retried if they were delivered', async () => {
    const runner = await given();
    const { api } = runner;
    await runner.define({ id: 'a', script: 'fail', on_failure: receiver.url });
    await runner.trigger('a');
    const [delivered] = await waitForDeliveries(api, 1);

    const answer = await api.post(`${DELIVERIES}/${delivered?.id}/retry`);

    const message = 'It was delivered; nothing is left to be tried';
    expect(answer).toMatchObject({ status: 409, body: { errors: [{ code: 'conflict', message }] } });
  });

  test('return the same 404 for another tenant’s and for unknown ids', async () => {
    const theirs = await givenFailed(1);
    const [delivery] = await listDeliveries(theirs.api);
    const { api } = await given();
    const notFound = { status: 404, body: { errors: [{ code: 'not_found', message: 'Delivery not found' }] } };

    for (const id of [delivery?.id, UNKNOWN_ID, 'x']) {
      expect(await api.post(`${DELIVERIES}/${id}/retry`)).toMatchObject(notFound);
    }
    expect(await listDeliveries(api)).toEqual([]);
    expect(await listDeliveries(api, `?before=${delivery?.id}`)).toEqual([]);
  });
});

describe('POST /signing-secret/rotate', () => {
  test('returns a new secret, one rotation at a time, to roles that define jobs', async () => {
    const { api, tenant } = await given();
    const { body: before } = await api.get('/signing-secret');

    const [one, other] = await Promise.all([api.post('/signing-secret/rotate'), api.post('/signing-secret/rotate')]);

    const [done, refused] = one.status === 200 ? [one, other] : [other, one];
    expect(done.body).toEqual({
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) as string,
      previous_valid_until: expect.stringMatching(TIME) as string,
    });
    expect(done.body.secret).not.toBe(before.secret);
    const error = 'The signing secret was rotated just now; GET /signing-secret shows it';
    expect(refused).toMatchObject({ status: 409, body: { error } });
    expect((await api.get('/signing-secret')).body).toEqual({ secret: done.body.secret });
    const operator = await system.as(tenant, ['OPERATOR']);
    expect(await operator.post('/signing-secret/rotate')).toMatchObject({ status: 403 });
  });
});
