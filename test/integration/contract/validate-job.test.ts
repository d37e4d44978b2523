import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type { ErrorBody, JobBody, JobsBody } from '../../helpers/clients/runner-bodies.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system.stop());

const hello = { id: 'hello', name: 'Hello', script: 'echo', args: ['hello'], schedule: '0 6 * * *' };
const flow = {
  sources: [{ type: 'inline', records: [1] }],
  transforms: [{ type: 'filter', where: '$ > 0' }],
  sinks: [{ type: 'preview' }],
};

interface Validation {
  readonly valid: boolean;
  readonly next_runs?: readonly string[];
  readonly errors?: readonly { readonly field: string; readonly message: string; readonly position?: number }[];
}

async function validate(api: ApiClient, body: unknown): Promise<Validation> {
  const answer = await api.post<Validation>('/jobs/validate', body);
  expect(answer.status).toBe(200);
  return answer.body;
}

const withoutTimes = (text: string) => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');

describe('POST /jobs/validate', () => {
  it('returns the next fires of a valid job and defines nothing', async () => {
    const api = await system.as(freshTenant());

    const { valid, next_runs = [] } = await validate(api, { ...hello, timezone: 'Europe/Berlin' });

    expect(valid).toBe(true);
    expect(next_runs).toHaveLength(5);
    expect(next_runs.toSorted()).toEqual(next_runs);
    for (const time of next_runs) expect(time).toMatch(/T0[45]:00:00\.000Z$/);
    expect((await api.get<JobsBody>('/jobs')).body.jobs).toEqual([]);
    await api.post('/jobs', { ...hello, timezone: 'Europe/Berlin' });
    expect((await api.get<JobBody>('/jobs/hello')).body.job.next_run).toBe(next_runs[0]);
  });

  it.each<[string, object, number]>([
    ['is on demand', { schedule: null }, 0],
    ['is disabled', { enabled: 0 }, 0],
    ['runs once', { schedule: 'at(2097-01-01T09:00:00)' }, 1],
    ['ends', { schedule: '0 6 1 1 *', start_at: '2097-01-01T00:00:00Z', end_at: '2099-01-02T00:00:00Z' }, 3],
  ])('returns the fires of a job that %s', async (_, fields, count) => {
    const api = await system.as(freshTenant());

    expect((await validate(api, { ...hello, ...fields })).next_runs).toHaveLength(count);
  });

  it.each<[string, object]>([
    ['two invalid fields', { ...hello, name: '', timeout_ms: 5 }],
    ['an unknown field', { ...hello, timeoutMs: 5 }],
    ['no id', { ...hello, id: undefined }],
    ['an invalid label', { ...hello, labels: { 'a b': 'c' } }],
    ['another target', { ...hello, http: { url: 'https://api.test/' } }],
    ['an unknown script', { ...hello, script: 'nope' }],
    ['an unknown time zone', { ...hello, timezone: 'Mars/Base' }],
    ['a schedule that never fires', { ...hello, schedule: 'at(2020-01-01T00:00:00)' }],
    ['two timeouts', { ...hello, timeout_ms: 5_000, timeout_seconds: 6 }],
    ['an invalid destination', { ...hello, on_failure: 'ftp://hooks.test/x' }],
    ['a definition of more than 32 KB', { ...hello, args: Array.from({ length: 9 }, () => 'x'.repeat(4_000)) }],
    ['a flow without sinks', { id: 'f', name: 'F', flow: { ...flow, sinks: [] } }],
    ['an empty object', {}],
  ])('reports the errors of POST for %s', async (_, body) => {
    const api = await system.as(freshTenant());

    const { valid, errors = [] } = await validate(api, body);
    const { status, body: refusal } = await api.post<ErrorBody>('/jobs', body);

    expect([valid, status]).toEqual([false, 400]);
    const found = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
    expect(withoutTimes(found)).toBe(withoutTimes(refusal.error));
  });

  it('reports the position of a fault in an expression', async () => {
    const api = await system.as(freshTenant());
    const transforms = [{ type: 'filter', where: '$ >> 0' }];

    expect(await validate(api, { id: 'f', name: 'F', flow: { ...flow, transforms } })).toMatchObject({
      valid: false,
      errors: [{ field: 'flow.transforms[0].where', position: 4 }],
    });
    expect(await validate(api, { id: 'f', name: 'F', flow })).toEqual({ valid: true, next_runs: [] });
  });

  it('reports the limits of the tenant, the number of jobs for a new id only', async () => {
    const tenant = freshTenant();
    const [api, operator] = [await system.as(tenant), await system.as(tenant, ['super_admin'])];
    await api.post('/jobs', hello);
    await operator.put('/api/v1/admin/limits', { jobs: 1, minIntervalSeconds: 3_600 }, { 'x-tenantid': tenant });

    const another = await validate(api, { ...hello, id: 'another' });
    const frequent = await validate(api, { ...hello, schedule: '* * * * *' });
    const refused = async (body: object) => (await api.put<ErrorBody>('/jobs/hello', body)).body.error;

    expect(another).toEqual({
      valid: false,
      errors: [{ field: 'body', message: expect.stringMatching(/^jobs: the tenant may have 1 jobs and has 1/) }],
    });
    expect(frequent).toEqual({
      valid: false,
      errors: [{ field: 'schedule', message: await refused({ ...hello, schedule: '* * * * *' }) }],
    });
    expect(await validate(api, { ...hello, name: 'Renamed' })).toMatchObject({ valid: true });
  });

  it('validates a definition that GET returned as a replacement of the job', async () => {
    const api = await system.as(freshTenant());
    await api.post('/jobs', { ...hello, schedule: 'rate(7 minutes)' });
    const { job } = (await api.get<JobBody>('/jobs/hello')).body;

    expect((await validate(api, job)).next_runs?.[0]).toBe(job.next_run);
  });

  it('allows every member, and refuses a body that is no object', async () => {
    const member = await system.as(freshTenant(), ['MEMBER']);

    expect(await validate(member, hello)).toMatchObject({ valid: true });
    expect(await member.post('/jobs/validate', '[1')).toMatchObject({ status: 400 });
    expect(await member.post('/jobs', hello)).toMatchObject({ status: 403 });
  });
});

describe('a job with the id validate', () => {
  it('works like any other job', async () => {
    const api = await system.as(freshTenant());
    const at = '/jobs/validate';

    expect(await api.put(at, { name: 'Validate', script: 'echo' })).toMatchObject({ status: 201 });
    expect((await api.get<JobBody>(at)).body.job).toMatchObject({ id: 'validate', name: 'Validate' });
    expect(await api.patch(at, { name: 'Renamed' })).toMatchObject({ status: 200 });
    expect(await api.post(`${at}/run`)).toMatchObject({ status: 200, body: { result: { status: 'ok' } } });
    expect(await api.delete(at)).toMatchObject({ status: 200 });
    expect(await api.get(at)).toMatchObject({ status: 404, body: { error: 'Job not found' } });
    const { status, headers } = await api.request('OPTIONS', at);
    expect([status, headers.get('allow')]).toEqual([204, 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT']);
  });

  it('works like any other pipeline', async () => {
    const api = await system.as(freshTenant());
    await api.post('/api/v1/pipelines', { id: 'validate', name: 'Validate', flow });

    expect(await api.get('/api/v1/pipelines/validate')).toMatchObject({ status: 200, body: { id: 'validate' } });
    expect(await api.delete('/api/v1/pipelines/validate')).toMatchObject({ status: 204 });
  });
});
