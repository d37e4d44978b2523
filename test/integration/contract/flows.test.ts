import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FlowView } from '../../../functions/api/flows/flows.ts';
import type { JobView } from '../../../functions/api/flows/job-view.ts';
import type { Role } from '../../../functions/core/domain/access.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type { JobBody, JobsBody } from '../../helpers/clients/runner-bodies.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

type FlowBody = FlowView;

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system.stop());

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const refused = (status: number, code: string, message: unknown) => ({ status, body: { errors: [{ code, message }] } });
const nowhere = refused(404, 'not_found', 'Flow not found');

const orders = {
  id: 'orders-to-erp',
  name: 'Orders to ERP',
  integration_id: 'shop',
  flow: {
    sources: [{ name: 'Orders', type: 'inline', records: [{ sku: 'a', total: 1 }] }],
    transforms: [{ type: 'filter', where: 'total > 0' }],
    sinks: [{ type: 'preview' }],
  },
};
/** Runs until it is stopped, or longer than any test. */
const endless = {
  ...orders,
  flow: { sources: [{ type: 'generate', count: 1_000_000, rate: 0.1 }], sinks: [{ type: 'preview' }] },
};

async function tenantWith(...flows: readonly object[]): Promise<ApiClient> {
  const client = await system.as(freshTenant());
  for (const flow of flows) expect(await client.post('/v1/flows', flow)).toMatchObject({ status: 201 });
  return client;
}

describe('POST /v1/flows', () => {
  test('defines a flow and returns it', async () => {
    const client = await system.as(freshTenant());

    const { status, body, headers } = await client.post<FlowBody>('/v1/flows', { ...orders, schedule: '0 3 * * *' });

    expect(status).toBe(201);
    expect(headers.get('location')).toBe('/v1/flows/orders-to-erp');
    expect(body).toEqual({
      _id: 'orders-to-erp',
      id: 'orders-to-erp',
      name: 'Orders to ERP',
      type: 'flow',
      flow: {
        pageSize: 100,
        parallelism: 1,
        onError: 'continue',
        checkpoints: { everySeconds: 60, keep: 5 },
        sources: [{ id: 'source_1', name: 'Orders', type: 'inline', records: [{ sku: 'a', total: 1 }] }],
        transforms: [{ id: 'filter_1', name: 'filter', type: 'filter', where: 'total > 0' }],
        sinks: [{ id: 'sink_1', name: 'preview', type: 'preview' }],
      },
      schedule: '0 3 * * *',
      script: null,
      http: null,
      lambda: null,
      container: null,
      stateMachine: null,
      event: null,
      queue: null,
      args: null,
      env: null,
      enabled: 1,
      timeout_ms: null,
      overlap_policy: 'skip',
      start_grace_s: 300,
      finish_grace_s: 0,
      description: null,
      timezone: 'UTC',
      start_at: null,
      end_at: null,
      jitter_seconds: 0,
      schedules: null,
      exclude_calendars: [],
      require_calendars: [],
      catch_up: 'none',
      catch_up_window_s: 86_400,
      catch_up_limit: 100,
      priority: 3,
      expires_in_s: null,
      concurrency: null,
      throttle: null,
      after: null,
      integration_id: 'shop',
      _integrationId: 'shop',
      tags: [],
      labels: {},
      retry: { attempts: 20, backoff: 'exponential', delay_seconds: 1, max_delay_seconds: 300 },
      on_failure: null,
      on_success: null,
      on_late: null,
      searchable: [],
      createdAt: expect.stringMatching(TIME),
      lastModified: body.createdAt,
      nextRun: expect.stringMatching(/T03:00:00\.000Z$/),
    });
    expect((await client.get('/v1/flows/orders-to-erp')).body).toEqual(body);
  });

  test('defines a job that equals one defined by the runner surface', async () => {
    const client = await tenantWith(orders);
    await client.post('/jobs', { ...orders, id: 'another', type: 'flow' });

    const { job } = (await client.get<JobBody>('/jobs/orders-to-erp')).body;
    const { body: another } = await client.get<FlowBody>('/v1/flows/another');

    expect(job).toMatchObject({ type: 'flow', script: null, flow: another.flow, retry: another.retry });
    expect((await client.get<JobsBody>('/jobs')).body.jobs.map(({ id }) => id)).toEqual(['another', 'orders-to-erp']);
  });

  test('keeps records unchanged: depth, size and field order', async () => {
    const deep = JSON.parse(`${'['.repeat(32)}${']'.repeat(32)}`);
    const records = [{ z: 1e300, a: 5e-324, m: { y: null, b: '' } }, deep];
    const flow = { ...orders.flow, sources: [{ type: 'inline', records }] };
    const client = await tenantWith({ ...orders, flow });

    const { body } = await client.get<FlowBody>('/v1/flows/orders-to-erp');

    const [source] = body.flow?.sources ?? [];
    expect(source?.type === 'inline' && JSON.stringify(source.records)).toBe(JSON.stringify(records));
  });

  test('refuses an invalid flow with the field’s name, and an existing id', async () => {
    const client = await tenantWith(orders);
    const invalid = async (changes: object, message: unknown) =>
      expect(await client.post('/v1/flows', { ...orders, ...changes })).toMatchObject(
        refused(400, 'invalid_request', message),
      );
    const filter = (where: string) => ({ flow: { ...orders.flow, transforms: [{ type: 'filter', where }] } });

    await invalid({ type: 'script', script: 'echo' }, 'type: must be flow, got "script"');
    await invalid({ script: 'echo' }, "script: must be absent: the job's type is flow");
    await invalid({ flow: null }, "flow: is required: the job's type is flow");
    await invalid(filter('total >> 0'), expect.stringMatching(/^flow\.transforms\[0\]\.where: .* at position 8$/));
    await invalid({ Name: 'x' }, "body: unknown field 'Name'; did you mean 'name'?");
    expect(await client.post('/v1/flows', orders)).toMatchObject(
      refused(409, 'conflict', "Job 'orders-to-erp' exists already"),
    );
  });
});

describe('GET /v1/flows', () => {
  test('lists flows only, by id', async () => {
    const client = await tenantWith(orders, { ...orders, id: 'B' }, { ...orders, id: 'a' });
    await client.post('/jobs', { id: 'mail', name: 'Mail', script: 'echo' });
    await client.post('/jobs', { id: 'hook', name: 'Hook', http: { url: 'https://api.test/' } });

    const { status, body } = await client.get<readonly FlowBody[]>('/v1/flows');

    expect(status).toBe(200);
    expect(body.map(({ _id }) => _id)).toEqual(['B', 'a', 'orders-to-erp']);
    expect(body[2]).toEqual((await client.get('/v1/flows/orders-to-erp')).body);
  });

  test('refuses unknown parameters', async () => {
    const client = await system.as(freshTenant());

    expect(await client.get('/v1/flows')).toMatchObject({ status: 200, body: [] });
    expect(await client.get('/v1/flows?limit=3')).toMatchObject({ status: 400 });
  });
});

test('returns 404 for unknown and malformed ids, scripts and other tenants’ flows', async () => {
  const client = await tenantWith();
  await client.post('/jobs', { id: 'mail', name: 'Mail', script: 'echo' });
  await tenantWith(orders);

  for (const id of ['nonexistent', 'a%23b', 'x'.repeat(65), 'mail', 'orders-to-erp']) {
    expect(await client.get(`/v1/flows/${id}`)).toMatchObject(nowhere);
    expect(await client.patch(`/v1/flows/${id}`, { name: 'x' })).toMatchObject(nowhere);
    expect(await client.post(`/v1/flows/${id}/run`)).toMatchObject(nowhere);
    expect(await client.delete(`/v1/flows/${id}`)).toMatchObject(nowhere);
  }
  expect((await client.get<JobBody>('/jobs/mail')).body.job).toMatchObject({ name: 'Mail' });
});

describe('PATCH /v1/flows/{id}', () => {
  test('changes the given fields, resets null ones and returns the flow', async () => {
    const client = await tenantWith({ ...orders, timeout_ms: 86_400_000, tags: ['erp'], description: 'Old' });
    const flow = { ...orders.flow, parallelism: 4 };

    const { status, body } = await client.patch<FlowBody>('/v1/flows/orders-to-erp', {
      flow,
      timeout_ms: null,
      tags: null,
    });

    expect(status).toBe(200);
    expect(body).toMatchObject({ flow: { parallelism: 4 }, timeout_ms: null, tags: [], description: 'Old' });
    expect(body.lastModified > body.createdAt).toBe(true);
    expect((await client.get('/v1/flows/orders-to-erp')).body).toEqual(body);
  });

  test('changes nothing with the body of GET', async () => {
    const client = await tenantWith(orders);
    const before = (await client.get<FlowBody>('/v1/flows/orders-to-erp')).body;

    expect(await client.patch('/v1/flows/orders-to-erp', before)).toMatchObject({ status: 200, body: before });
    expect((await client.get('/v1/flows/orders-to-erp')).body).toEqual(before);
  });

  test('refuses changes that result in an invalid flow', async () => {
    const client = await tenantWith(orders);
    const patch = async (change: object, message: string) =>
      expect(await client.patch('/v1/flows/orders-to-erp', change)).toMatchObject(
        refused(400, 'invalid_request', message),
      );

    await patch({ type: 'script', script: 'echo' }, 'type: must be flow, got "script"');
    await patch({ flow: null }, "flow: is required: the job's type is flow");
    await patch({ id: 'other' }, "id: cannot be changed (it is 'orders-to-erp')");
    await patch(
      { _integrationId: 'other' },
      '_integrationId: must be omitted or equal integration_id ("shop"), got "other"',
    );
  });
});

describe('GET /v1/flows with a query', () => {
  const flowsOf = (client: ApiClient, query: string) => client.get<FlowBody[]>(`/v1/flows${query}`);
  const idsOf = async (client: ApiClient, query: string) =>
    (await flowsOf(client, query)).body.map(({ _id }) => _id).join(' ');

  test('filters flows by integration and by disabled', async () => {
    const client = await tenantWith(
      { ...orders, id: 'a', integration_id: 'shop' },
      { ...orders, id: 'b', integration_id: 'bank' },
      { ...orders, id: 'c', integration_id: 'shop', enabled: false },
    );

    expect(await idsOf(client, '?_integrationId=shop')).toBe('a c');
    expect(await idsOf(client, '?integration_id=bank')).toBe('b');
    expect(await idsOf(client, '?disabled=True')).toBe('c');
    expect(await idsOf(client, '?_integrationId=shop&disabled=false')).toBe('a');
    expect(await idsOf(client, '?_integrationId=nothing')).toBe('');
    expect(await flowsOf(client, '?_integrationId=shop&integration_id=shop')).toMatchObject(
      refused(400, 'invalid_query', '_integrationId: must be absent beside integration_id, which is the same filter'),
    );
    expect(await flowsOf(client, '?disabled=maybe')).toMatchObject(
      refused(400, 'invalid_query', 'disabled: must be true or false, got "maybe"'),
    );
  });

  test('returns flows in pages with a link to the next one', async () => {
    const client = await tenantWith(...['a', 'b', 'c', 'd', 'e'].map((id) => ({ ...orders, id })));

    const first = await flowsOf(client, '?pageSize=2');
    expect(first.headers.get('link')).toBe('</v1/flows?pageSize=2&page=2>; rel="next"');
    expect(await idsOf(client, '?pageSize=2')).toBe('a b');
    expect(await idsOf(client, '?pageSize=2&page=2')).toBe('c d');
    const last = await flowsOf(client, '?pageSize=2&page=3');
    expect(last.body.map(({ _id }) => _id)).toEqual(['e']);
    expect(last.headers.get('link')).toBeNull();
    expect(await idsOf(client, '?pageSize=2&page=4')).toBe('');
    expect(await idsOf(client, '?page=1')).toBe('a b c d e');
    expect(await flowsOf(client, '?page=0')).toMatchObject(refused(400, 'invalid_query', expect.any(String)));
  });
});

describe('GET /v1/flows/{id}/jobs/latest', () => {
  test('lists only the newest job of the flow, and none before the first', async () => {
    const client = await tenantWith({ ...orders, overlap_policy: 'allow' });
    const latest = () => client.get<JobView[]>('/v1/flows/orders-to-erp/jobs/latest');

    expect(await latest()).toMatchObject({ status: 200, body: [] });
    for (let i = 0; i < 2; i++) {
      const { body } = await client.post<JobView & { _jobId: string }>('/v1/flows/orders-to-erp/run');
      expect(body._jobId).toBe(body._id);
      expect(await latest()).toMatchObject({ status: 200, body: [{ _id: body._id, type: 'flow' }] });
      expect((await latest()).body).toHaveLength(1);
    }
    expect(await client.get('/v1/flows/nothing/jobs/latest')).toMatchObject(nowhere);
  });
});

describe('POST /v1/flows/{id}/run', () => {
  const run = (client: ApiClient, headers = {}) =>
    client.post<JobView>('/v1/flows/orders-to-erp/run', undefined, headers);

  test('starts a job and returns it', async () => {
    const client = await tenantWith(orders);

    const { status, body, headers } = await run(client);

    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/jobs/${body._id}`);
    expect(body).toMatchObject({
      type: 'flow',
      _flowId: 'orders-to-erp',
      _integrationId: 'shop',
      _exportId: 'source_1',
    });
    expect((await client.get<JobView>(`/v1/jobs/${body._id}`)).body).toMatchObject({ _id: body._id, type: 'flow' });
  });

  test('starts one job per idempotency key', async () => {
    const client = await tenantWith({ ...orders, overlap_policy: 'allow' });
    const key = { 'idempotency-key': 'monday' };

    const [first, again, other] = [await run(client, key), await run(client, key), await run(client)];

    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body._id).toBe(first.body._id);
    expect(other.body._id).not.toBe(first.body._id);
    expect(await run(client, { 'idempotency-key': 'x'.repeat(256) })).toMatchObject({ status: 400 });
  });

  test('returns 409 if the flow is running or disabled', async () => {
    const client = await tenantWith(endless);
    await run(client);

    expect(await run(client)).toMatchObject(
      refused(409, 'conflict', "Job 'orders-to-erp' is running already (overlap policy skip)"),
    );
    await client.patch('/v1/flows/orders-to-erp', { enabled: false });
    expect(await run(client)).toMatchObject(refused(409, 'conflict', "Job 'orders-to-erp' is disabled"));
    await client.delete('/v1/flows/orders-to-erp');
  });
});

describe('DELETE /v1/flows/{id}', () => {
  test('removes the flow and its jobs from every response and ends running jobs', async () => {
    const client = await tenantWith(endless);
    const { body: job } = await client.post<JobView>('/v1/flows/orders-to-erp/run');
    const jobs = `/v1/jobs/${job._id}`;
    await waitUntil(async () => (await client.get<JobView>(jobs)).body.status === 'running');

    expect(await client.delete('/v1/flows/orders-to-erp')).toMatchObject({ status: 204, body: undefined });

    expect(await client.get('/v1/flows/orders-to-erp')).toMatchObject(nowhere);
    expect(await client.delete('/v1/flows/orders-to-erp')).toMatchObject(nowhere);
    expect(await client.get(jobs)).toMatchObject({ status: 404 });
    expect((await client.get('/v1/flows')).body).toEqual([]);
    expect((await client.get<JobsBody>('/jobs')).body).toEqual({ jobs: [] });
  });
});

describe('roles', () => {
  test.each<[Role, readonly number[]]>([
    ['MEMBER', [403, 200, 403, 403, 403]],
    ['OPERATOR', [403, 200, 403, 202, 403]],
    ['MANAGER', [403, 200, 403, 202, 403]],
    ['ADMIN', [201, 200, 200, 202, 204]],
  ])('allow %s to define, read, change, run and delete flows: %j', async (role, statuses) => {
    const tenant = freshTenant();
    await (await system.as(tenant)).post('/v1/flows', orders);
    const client = await system.as(tenant, [role]);

    const answers = [
      await client.post('/v1/flows', { ...orders, id: 'mine' }),
      await client.get('/v1/flows/orders-to-erp'),
      await client.patch('/v1/flows/orders-to-erp', { name: 'Mine' }),
      await client.post('/v1/flows/orders-to-erp/run'),
      await client.delete('/v1/flows/orders-to-erp'),
    ];

    expect(answers.map(({ status }) => status)).toEqual(statuses);
  });
});
