import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitionFields } from '../../../functions/api/definition/definition-view.ts';
import { NAMED_TYPES } from '../../../functions/core/domain/job.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type { ErrorBody, JobBody, JobsBody, StoredJobBody } from '../../helpers/clients/runner-bodies.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system.stop());

const hello = { name: 'Hello', script: 'echo', args: ['hello'], schedule: '0 6 * * *' };

/** Every field that does not depend on the type, with a value that is not its default. */
const common = {
  name: 'Ganz, vollständig',
  schedule: '*/15 8-18 * * MON-FRI',
  enabled: 0,
  overlap_policy: 'replace',
  start_grace_s: 1,
  finish_grace_s: 2,
  on_failure: 'C0123456789',
  on_success: 'none',
  on_late: 'https://hooks.test/late',
  searchable: ['customer.id', 'lines.sku'],
  description: 'Line one\nline two',
  timezone: 'Europe/Berlin',
  start_at: '2026-04-01T00:00:00.000Z',
  end_at: '2099-05-01T00:00:00.000Z',
  jitter_seconds: 900,
  after: { jobs: [{ job: 'zone', on: 'failure' }], mode: 'any', within_s: null },
  integration_id: 'shop',
  tags: ['mail', 'nightly'],
  labels: { 'example.com/project': 'my jobs', empty: '' },
  retry: { attempts: 20, backoff: 'fixed', delay_seconds: 7_200, max_delay_seconds: 86_400 },
  priority: 1,
  expires_in_s: 2_592_000,
  concurrency: { key: 'customer.id', group: 'orders', limit: 2 },
  throttle: { key: null, group: null, limit: 9, per_s: 60 },
};
const url = 'https://api.test/x?y=1';
const headers = { Accept: 'a/b', Authorization: 'Bearer {{secret:erp.token}}' };
const tapped = (id: string) => ({ id, name: `The ${id}`, tap: true });

/** A job of each type with every field. */
const whole = {
  script: {
    ...common,
    type: 'script',
    script: '/opt/scripts/echo.js',
    args: ['a', ''],
    env: { BASE_URL: url, TOKEN: '{{secret:erp.token}}', _x1: '' },
    timeout_ms: 840_000,
  },
  http: { ...common, type: 'http', http: { url, method: 'DELETE', headers, body: '{}' }, timeout_ms: 1_000 },
  flow: {
    ...common,
    type: 'flow',
    timeout_ms: 86_400_000,
    flow: {
      pageSize: 7,
      parallelism: 3,
      onError: 'stop',
      checkpoints: { everySeconds: null, keep: 9 },
      sources: [
        { ...tapped('none'), type: 'http', url, headers, records: 'data.items', paging: { type: 'none' } },
        {
          ...tapped('page'),
          type: 'http',
          url,
          headers,
          records: null,
          paging: { type: 'page', param: 'p', start: 0, sizeParam: 'n', size: 50 },
        },
        {
          ...tapped('offset'),
          type: 'http',
          url,
          headers,
          records: 'data',
          paging: { type: 'offset', param: 'o', limitParam: 'l', limit: 9 },
        },
        {
          ...tapped('cursor'),
          type: 'http',
          url,
          headers,
          records: 'data',
          paging: { type: 'cursor', param: 'c', path: 'next' },
        },
        { ...tapped('files'), type: 's3', prefix: 'in/', format: 'csv', delimiter: ';' },
        { ...tapped('inline'), type: 'inline', records: [{ b: 1, a: [null, 'x', 1.5] }] },
        { ...tapped('numbers'), type: 'generate', count: 3, rate: 0.5, shape: { id: '{{index}}' }, seed: 4 },
        { ...tapped('messages'), type: 'sqs', queue: 'orders' },
      ],
      transforms: [
        { ...tapped('keep'), type: 'filter', where: 'n > 1' },
        { ...tapped('shape'), type: 'map', to: '{ "a": n }' },
        { ...tapped('split'), type: 'flatMap', to: '[$, $]' },
      ],
      sinks: [
        { ...tapped('post'), type: 'http', url, headers, method: 'PATCH', mode: 'single', concurrency: 2 },
        { ...tapped('store'), type: 's3', key: 'out/{page}.csv', format: 'csv' },
        { ...tapped('rows'), type: 'dynamodb', collection: 'rows', key: 'id' },
        { id: 'shown', name: 'Shown', type: 'preview' },
      ],
    },
  },
};
/** The fields of other targets, and the alternative to `schedule`. */
const NAMED: readonly string[] = NAMED_TYPES;
const ABSENT = {
  script: ['http', 'flow', 'schedules', ...NAMED],
  http: ['script', 'args', 'env', 'flow', 'schedules', ...NAMED],
  flow: ['script', 'args', 'env', 'http', 'schedules', ...NAMED],
};

const etagIn = ({ headers: received }: { readonly headers: Headers }) => received.get('etag') ?? '';
const show = async (api: ApiClient, id: string) => (await api.get<JobBody>(`/jobs/${id}`)).body.job;

describe.each(['script', 'http', 'flow'] as const)('the returned definition of a %s job with every field', (type) => {
  async function given() {
    const api = await system.as(freshTenant());
    await api.post('/jobs', { id: 'zone', ...hello });
    expect(await api.post('/jobs', { id: 'whole', ...whole[type] })).toMatchObject({ status: 201 });
    await waitUntil(async () => expect((await show(api, 'whole')).registration).not.toBeNull());
    const answer = await api.get<JobBody>('/jobs/whole');
    return { api, job: answer.body.job, etag: etagIn(answer) };
  }

  it('has the value of every field', async () => {
    const { job } = await given();

    expect(job).toMatchObject({ ...whole[type], id: 'whole' });
    const absent = Object.keys(definitionFields()).filter((field) => job[field as keyof typeof job] === null);
    expect(absent.toSorted()).toEqual(ABSENT[type].toSorted());
  });

  it('defines an equal job when it is sent to POST /jobs with another id', async () => {
    const { api, job } = await given();

    expect(await api.post('/jobs', { ...job, id: 'copy' })).toMatchObject({ status: 201 });

    const { created_at, updated_at, registration, ...copied } = await show(api, 'copy');
    const { created_at: _, updated_at: __, registration: ___, ...original } = job;
    expect(copied).toEqual({ ...original, id: 'copy' });
  });

  it('changes nothing when it is sent to PUT or PATCH', async () => {
    const { api, job, etag } = await given();

    const put = await api.put<StoredJobBody>('/jobs/whole', job);
    const patch = await api.patch('/jobs/whole', job);

    expect(put).toMatchObject({ status: 200, body: { ok: true, id: 'whole', version: 1, changed: false } });
    expect(patch).toMatchObject({ status: 200 });
    expect([etagIn(put), etagIn(patch)]).toEqual([etag, etag]);
    expect(await show(api, 'whole')).toEqual(job);
  });

  it('changes nothing in the form that the list returns', async () => {
    const { api, job, etag } = await given();
    const [listed] = (await api.get<JobsBody>('/jobs')).body.jobs;

    expect(etagIn(await api.put('/jobs/whole', listed))).toBe(etag);
    expect(etagIn(await api.patch('/jobs/whole', listed))).toBe(etag);
    expect(await show(api, 'whole')).toEqual(job);
  });
});

describe('the returned definition of a flow', () => {
  it.each([
    ['/v1/flows', 200],
    ['/api/v1/pipelines', 200],
  ])('changes nothing when it is sent back to %s, and defines an equal flow', async (path, changed) => {
    const api = await system.as(freshTenant());
    await api.post('/jobs', { id: 'zone', ...hello });
    await api.post(path, { id: 'whole', ...whole.flow });
    const before = await api.get<object>(`${path}/whole`);

    expect(await api.patch(`${path}/whole`, before.body)).toMatchObject({ status: changed, body: before.body });
    expect(await api.post(path, { ...before.body, id: 'copy' })).toMatchObject({ status: 201 });

    expect(etagIn(await api.get(`${path}/whole`))).toBe(etagIn(before));
    expect((await api.get<{ flow: object }>(`${path}/copy`)).body.flow).toEqual(whole.flow.flow);
  });
});

describe('PUT /jobs/{id}', () => {
  it('creates a job with the id in the path', async () => {
    const api = await system.as(freshTenant());

    const answer = await api.put<StoredJobBody>('/jobs/hello', hello);

    expect(answer).toMatchObject({ status: 201, body: { ok: true, id: 'hello', version: 1, changed: true } });
    expect(answer.headers.get('location')).toBe('/jobs/hello');
    expect(etagIn(answer)).toMatch(/^"[0-9a-f]{10}-1"$/);
    expect(await show(api, 'hello')).toMatchObject({ id: 'hello', ...hello });
  });

  it('replaces a job as a whole', async () => {
    const api = await system.as(freshTenant());
    await api.put('/jobs/hello', { ...hello, enabled: 0, description: 'Old', labels: { project: 'a' } });

    const answer = await api.put<StoredJobBody>('/jobs/hello', { id: 'hello', name: 'New', http: { url } });

    expect(answer).toMatchObject({ status: 200, body: { ok: true, id: 'hello', version: 2, changed: true } });
    expect(await show(api, 'hello')).toMatchObject({
      name: 'New',
      type: 'http',
      script: null,
      schedule: null,
      enabled: 1,
      description: null,
      labels: {},
    });
    expect((await api.get('/jobs/hello/versions/1')).body).toMatchObject({ definition: { description: 'Old' } });
  });

  it('obeys If-Match and If-None-Match', async () => {
    const api = await system.as(freshTenant());
    const put = (name: string, condition: Readonly<Record<string, string>>) =>
      api.put<ErrorBody>('/jobs/hello', { ...hello, name }, condition);
    const refused = (error: RegExp) => ({ status: 412, body: { error: expect.stringMatching(error) } });

    expect(await put('A', { 'if-match': '*' })).toMatchObject(
      refused(/^if-match: must be absent, because the job does not exist, got \*$/),
    );
    const created = await put('A', { 'if-none-match': '*' });
    expect(created.status).toBe(201);
    expect(await put('B', { 'if-none-match': '*' })).toMatchObject(
      refused(/^if-none-match: must not be \* for an existing job, and 'hello' exists$/),
    );
    expect(await put('B', { 'if-none-match': etagIn(created) })).toMatchObject({ status: 400 });
    expect(await put('B', { 'if-match': etagIn(created) })).toMatchObject({ status: 200 });
    expect(await put('C', { 'if-match': etagIn(created) })).toMatchObject(
      refused(/^if-match: must name the current version, "[0-9a-f]{10}-2", got "[0-9a-f]{10}-1"$/),
    );
    expect(await show(api, 'hello')).toMatchObject({ name: 'B' });
  });

  it('refuses another id, an invalid id and an invalid job', async () => {
    const api = await system.as(freshTenant());
    const refused = async (path: string, body: object) => {
      const answer = await api.put<ErrorBody>(path, body);
      expect(answer.status).toBe(400);
      return answer.body.error;
    };

    expect(await refused('/jobs/hello', { ...hello, id: 'other' })).toBe(
      'id: must be absent or the id in the path, \'hello\', got "other"',
    );
    expect(await refused('/jobs/a%20b', hello)).toMatch(/^id: must be /);
    expect(await refused('/jobs/hello', { name: 'Hello' })).toBe("script: is required: the job's type is script");
    expect(await refused('/jobs/hello', { ...hello, colour: 'red' })).toMatch(/^body: unknown field 'colour'/);
    expect(await refused('/jobs/hello', { ...hello, shortened: true })).toMatch(/^body: unknown field 'shortened'/);
    expect((await api.get<JobsBody>('/jobs')).body.jobs).toEqual([]);
  });

  it('obeys the limit of jobs for a new id only', async () => {
    const tenant = freshTenant();
    const [api, operator] = [await system.as(tenant), await system.as(tenant, ['super_admin'])];
    await operator.put('/api/v1/admin/limits', { jobs: 1 }, { 'x-tenantid': tenant });
    await api.put('/jobs/hello', hello);

    expect(await api.put('/jobs/another', hello)).toMatchObject({
      status: 429,
      body: { error: expect.stringMatching(/^jobs: the tenant may have 1 jobs and has 1/) },
    });
    expect(await api.put('/jobs/hello', { ...hello, name: 'New' })).toMatchObject({ status: 200 });
  });

  it('leaves a running run to its definition', async () => {
    const api = await system.as(freshTenant());
    await api.put('/jobs/long', { name: 'Long', script: 'sleep', args: ['60'] });
    const { body } = await api.post<{ run: { run_id: string } }>('/jobs/long/run', undefined, {
      prefer: 'respond-async',
    });
    const at = `/jobs/long/runs/${body.run.run_id}`;
    await waitUntil(async () => expect((await api.get(at)).body).toMatchObject({ run: { status: 'running' } }));

    expect(await api.put('/jobs/long', hello)).toMatchObject({ status: 200 });

    expect((await api.get(at)).body).toMatchObject({ run: { status: 'running', job_version: 1 } });
    await api.post(`${at}/cancel`);
  });
});
