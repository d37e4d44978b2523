import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

/** HTTP semantics for monitors, proxies and polling clients, through the gateway of a whole system. */

let system: TestSystem;
beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system?.stop());

describe('a monitor', () => {
  it.each(['/health', '/status', '/console'])(
    'receives from HEAD %s the status and type of GET, without the body',
    async (path) => {
      const anonymous = system.anonymous();

      const [get, head] = [await anonymous.get(path), await anonymous.request('HEAD', path)];

      expect(get.status).toBe(200);
      expect(head).toMatchObject({ status: 200, body: undefined });
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
    },
  );
});

describe('an unsupported method', () => {
  it.each([
    ['PUT', '/jobs', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/v1/jobs', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/api/v1/jobs', 'GET, HEAD, OPTIONS'],
    ['POST', '/health', 'GET, HEAD, OPTIONS'],
    ['POST', '/console', 'GET, HEAD, OPTIONS'],
  ])('returns 405 for %s %s, with the methods that OPTIONS returns', async (method, path, allow) => {
    const api = await system.as(freshTenant());

    const refused = await api.request(method, path);
    const options = await system.anonymous().request('OPTIONS', path, undefined, { origin: 'https://app.example.com' });

    expect([refused.status, refused.headers.get('allow')]).toEqual([405, allow]);
    expect([options.status, options.headers.get('allow')]).toEqual([204, allow]);
    expect(options.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a path with a trailing slash', () => {
  it.each([
    ['/jobs/', '/jobs'],
    ['/v1/flows/?page=1', '/v1/flows?page=1'],
    ['/health/', '/health'],
  ])('redirects %s to the path without the slash', async (path, location) => {
    const answer = await (await system.as(freshTenant())).get(path);

    expect([answer.status, answer.headers.get('location')]).toEqual([308, location]);
  });
});

describe('a list that clients poll', () => {
  it.each(['/jobs', '/runs', '/failures', '/v1/jobs', '/v1/flows', '/api/v1/jobs', '/api/v1/pipelines'])(
    'returns 304 at %s to a client with the newest response, and to no other tenant',
    async (path) => {
      const [api, other] = [await system.as(freshTenant()), await system.as(freshTenant())];
      const etag = (await api.get(path)).headers.get('etag') ?? '';

      const again = await api.get(path, { 'if-none-match': etag });

      expect(etag).toMatch(/^W\/"/);
      expect(again).toMatchObject({ status: 304, body: undefined });
      expect((await other.get(path, { 'if-none-match': etag })).status).toBe(200);
    },
  );

  it('returns 200 with another entity tag after a change', async () => {
    const api = await system.as(freshTenant());
    const etag = (await api.get('/jobs')).headers.get('etag') ?? '';
    await api.post('/jobs', { id: 'payroll', name: 'Payroll', script: 'echo' });

    const changed = await api.get<{ jobs: unknown[] }>('/jobs', { 'if-none-match': etag });

    expect(changed).toMatchObject({ status: 200, body: { jobs: [{ id: 'payroll' }] } });
    expect(changed.headers.get('etag')).toMatch(/^W\/"/);
    expect(changed.headers.get('etag')).not.toBe(etag);
  });
});
