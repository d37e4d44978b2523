import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system.stop());

const flow = { sources: [{ type: 'inline', records: [1] }], sinks: [{ type: 'preview' }] };
const MESSAGE = /^if-match: must name the current version, "[0-9a-f]{10}-2", got "[0-9a-f]{10}-1"$/;

/** A surface that defines jobs: its paths, bodies, and responses 412 and 400. */
interface Surface {
  readonly name: string;
  readonly path: string;
  readonly target: object;
  readonly deleted: number;
  readonly changed: object;
  readonly malformed: object;
}

const message = expect.stringMatching(MESSAGE);
const refusal = expect.stringMatching(/^if-match: must be \* or entity tags such as .*, got 1$/);
const SURFACES: readonly Surface[] = [
  {
    name: 'runner',
    path: '/jobs',
    target: { script: 'echo' },
    deleted: 200,
    changed: { error: message },
    malformed: { error: refusal },
  },
  {
    name: 'flows',
    path: '/v1/flows',
    target: { flow },
    deleted: 204,
    changed: { errors: [{ code: 'precondition_failed', message }] },
    malformed: { errors: [{ code: 'invalid_request', message: refusal }] },
  },
  {
    name: 'pipelines',
    path: '/api/v1/pipelines',
    target: { flow },
    deleted: 204,
    changed: { error: { code: 'job.changed', message } },
    malformed: { error: { code: 'input.invalid', message: refusal } },
  },
];

describe.each(SURFACES)('a definition on the $name surface', ({ path, target, deleted, changed, malformed }) => {
  /** Creates a job and two clients that have read the same version. */
  async function given() {
    const api = await system.as(freshTenant());
    const created = await api.post(path, { id: 'sync', name: 'Sync', ...target });
    expect(created.status).toBe(201);
    const at = `${path}/sync`;
    return { api, at, etag: etagIn(created) };
  }

  const etagIn = ({ headers }: { readonly headers: Headers }) => headers.get('etag') ?? '';
  const ifMatch = (etag: string) => ({ 'if-match': etag });
  const nameAt = async (api: ApiClient, at: string) => {
    const { body } = await api.get<{ name?: string; job?: { name: string } }>(at);
    return (body.job ?? body).name;
  };

  it('has an entity tag that changes with each update', async () => {
    const { api, at, etag } = await given();
    expect(etag).toMatch(/^"[0-9a-f]{10}-1"$/);
    expect(etagIn(await api.get(at))).toBe(etag);

    const renamed = await api.patch(at, { name: 'Renamed' });

    expect(etagIn(renamed)).toBe(etag.replace('-1"', '-2"'));
    expect(etagIn(await api.get(at))).toBe(etagIn(renamed));
  });

  it('accepts a change and a deletion with the current version', async () => {
    const { api, at, etag } = await given();

    const renamed = await api.patch(at, { name: 'Renamed' }, ifMatch(`"other", ${etag}`));

    expect(renamed.status).toBe(200);
    expect((await api.delete(at, ifMatch(etagIn(renamed)))).status).toBe(deleted);
    expect((await api.get(at)).status).toBe(404);
  });

  it('refuses a change and a deletion with an older version', async () => {
    const { api, at, etag } = await given();
    await api.patch(at, { name: 'Theirs' });

    expect(await api.patch(at, { name: 'Mine' }, ifMatch(etag))).toMatchObject({ status: 412, body: changed });
    expect(await api.delete(at, ifMatch(etag))).toMatchObject({ status: 412, body: changed });

    expect(await nameAt(api, at)).toBe('Theirs');
  });

  it('accepts one of two concurrent changes of the same version', async () => {
    const { api, at, etag } = await given();

    const answers = await Promise.all(
      ['A', 'B', 'C'].map((name) => api.patch(at, { name: `By ${name}` }, ifMatch(etag))),
    );

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412, 412]);
  });

  it('accepts a change without a condition and with a wildcard', async () => {
    const { api, at } = await given();
    await api.patch(at, { name: 'Theirs' });

    expect((await api.patch(at, { name: 'First' })).status).toBe(200);
    expect((await api.patch(at, { name: 'Second' }, ifMatch('*'))).status).toBe(200);
    expect((await api.patch('/jobs/nothing', { name: 'x' }, ifMatch('*'))).status).toBe(404);
    expect(await nameAt(api, at)).toBe('Second');
  });

  it('refuses weak and malformed tags', async () => {
    const { api, at, etag } = await given();

    expect((await api.patch(at, { name: 'Mine' }, ifMatch(`W/${etag}`))).status).toBe(412);
    expect(await api.patch(at, { name: 'Mine' }, ifMatch('1'))).toMatchObject({ status: 400, body: malformed });
    expect(await api.delete(at, ifMatch('1'))).toMatchObject({ status: 400, body: malformed });

    expect(await nameAt(api, at)).toBe('Sync');
  });

  it('refuses the tag of a deleted job with the same id', async () => {
    const { api, at, etag } = await given();
    await api.delete(at);
    await api.post(path, { id: 'sync', name: 'Another', ...target });

    expect((await api.patch(at, { name: 'Mine' }, ifMatch(etag))).status).toBe(412);
  });
});

describe('enabling and disabling a job', () => {
  it.each(['POST', 'PATCH'])('requires the current version by %s', async (method) => {
    const api = await system.as(freshTenant());
    const created = await api.post('/jobs', { id: 'sync', name: 'Sync', script: 'echo' });
    const etag = created.headers.get('etag') ?? '';

    const disabled = await api.request(method, '/jobs/sync/disable', undefined, { 'if-match': etag });
    const stale = await api.request(method, '/jobs/sync/enable', undefined, { 'if-match': etag });
    const malformed = await api.request(method, '/jobs/sync/enable', undefined, { 'if-match': 'x' });

    expect([disabled.status, stale.status, malformed.status]).toEqual([200, 412, 400]);
    expect(disabled.headers.get('etag')).toBe(etag.replace('-1"', '-2"'));
    expect((await api.get('/jobs/sync')).body).toMatchObject({ job: { enabled: 0 } });
  });
});
