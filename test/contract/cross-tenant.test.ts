import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../functions/api/route.ts';
import { surfaces } from '../../functions/api/surfaces.ts';
import { type ApiClient, startTestSystem, type TestSystem, waitFor } from '../support/local.ts';
import type { JobBody, ResultBody } from '../support/runner-bodies.ts';

/** What a tenant has that another might ask for. */
interface Estate {
  readonly client: ApiClient;
  readonly secret: string;
  readonly runId: string;
  readonly jobs: unknown;
  readonly runs: unknown;
}

let system: TestSystem;
let acme: Estate;
/** Of another tenant, and allowed everything there. */
let stranger: ApiClient;

const routes: readonly Route[] = surfaces.flatMap((surface) => surface.routes);
const owned = routes.filter(({ path }) => path.includes('{'));
const protectedRoutes = routes.filter(({ action }) => action !== 'public');
const named = (route: Route) => [`${route.method} ${route.path}`, route] as const;

beforeAll(async () => {
  system = await startTestSystem();
  stranger = await system.as('globex', ['OWNER', 'ADMIN', 'super_admin']);
  const client = await system.as('acme');
  await client.post('/jobs', { id: 'payroll', name: 'Payroll', script: 'echo', args: ['acme-only'] });
  const { body } = await client.post<ResultBody>('/jobs/payroll/run');
  const { body: secret } = await client.get<{ secret: string }>('/signing-secret');
  await waitFor(async () => (await client.get<JobBody>('/jobs/payroll')).body.job.registration);
  acme = { client, secret: secret.secret, runId: body.result.run_id, ...(await read(client)) };
});
afterAll(() => system.stop());

async function read(client: ApiClient) {
  const [jobs, runs] = [await client.get('/jobs'), await client.get('/jobs/payroll/runs')];
  return { jobs: jobs.body, runs: runs.body };
}

/** A request to the route that is right in all but whose job and run it names. */
function ask(client: ApiClient, { method, path }: Route, jobId: string, runId: string) {
  const filled = path.replace('{id}', jobId).replace('{run}', runId);
  const body = method === 'PATCH' && path === '/jobs/{id}' ? { name: 'Stolen' } : undefined;
  return client.request(method, filled, body);
}

test('there are routes to try', () => {
  expect(owned.length).toBeGreaterThanOrEqual(11);
  expect(routes.length - protectedRoutes.length).toBe(1);
});

describe('another tenant’s ids', () => {
  test.each(owned.map(named))('%s answers as for ids that do not exist', async (_, route) => {
    const theirs = await ask(stranger, route, 'payroll', acme.runId);
    const nobodys = await ask(stranger, route, 'nobodys', acme.runId.replace('payroll', 'nobodys'));

    expect(theirs.status).toBe(404);
    expect(nobodys.status).toBe(404);
    expect(JSON.stringify(theirs.body).replace('payroll', 'nobodys')).toBe(JSON.stringify(nobodys.body));
    expect(JSON.stringify(theirs.body)).not.toContain('acme');
  });

  test.each(owned.filter(({ path }) => path.includes('{run}')).map(named))(
    '%s does not find them under a job of the same id either',
    async (_, route) => {
      await stranger.post('/jobs', { id: 'payroll', name: 'Payroll of globex', script: 'echo' });

      const answer = await ask(stranger, route, 'payroll', acme.runId);

      expect(answer).toMatchObject({ status: 404, body: { error: 'Run not found' } });
      await stranger.delete('/jobs/payroll');
    },
  );

  test('are in no list', async () => {
    expect((await stranger.get('/jobs')).body).toEqual({ jobs: [] });
    expect((await stranger.get('/signing-secret')).body.secret).not.toBe(acme.secret);
  });

  test('are free to use for jobs of one’s own, which are apart', async () => {
    expect(await stranger.post('/jobs', { id: 'payroll', name: 'Ours', script: 'fail' })).toMatchObject({
      status: 201,
    });
    await stranger.post('/jobs/payroll/run');

    expect((await stranger.get('/jobs/payroll/runs')).body.runs).toMatchObject([{ id: 1, status: 'error' }]);
    expect(await stranger.delete('/jobs/payroll')).toMatchObject({ status: 200 });
  });
});

describe('another tenant’s name', () => {
  const headers = ['x-organization-id', 'x-tenantid'];

  test.each(protectedRoutes.flatMap((route) => headers.map((header) => [...named(route), header] as const)))(
    '%s is refused with %3$s, even to a super_admin',
    async (_, { method, path }, header) => {
      const filled = path.replace('{id}', 'payroll').replace('{run}', acme.runId);

      expect(await stranger.request(method, filled, undefined, { [header]: 'acme' })).toMatchObject({
        status: 403,
        body: { error: `${header}: must be the token's tenant, globex` },
      });
      expect(await stranger.request('GET', '/jobs', undefined, { [header]: 'globex' })).toMatchObject({ status: 200 });
    },
  );
});

describe('no token, or a bad one', () => {
  test.each(protectedRoutes.map(named))('%s answers 401', async (_, route) => {
    const bad = ['Bearer nonsense', `Bearer ${acme.client.token}x`, `Basic ${acme.client.token}`, acme.client.token];
    for (const client of [system.anonymous(), ...bad.map((authorization) => system.anonymous(authorization))]) {
      const { status, body, headers } = await ask(client, route, 'payroll', acme.runId);

      expect(status).toBe(401);
      expect(body).toEqual({ error: expect.stringMatching(/bearer/i) });
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
  });
});

describe('too weak a role', () => {
  const weak = { read: [], operate: ['MEMBER'], define: ['MEMBER', 'OPERATOR', 'MANAGER', 'super_admin'] } as const;

  test.each(protectedRoutes.map(named))('%s answers 403', async (_, route) => {
    const client = await system.as('acme', weak[route.action as keyof typeof weak]);

    const { status, body } = await ask(client, route, 'payroll', acme.runId);

    expect(status).toBe(403);
    expect(body).toEqual({ error: expect.stringMatching(/^Needs one of the roles OWNER, ADMIN/) });
  });
});

test('after all of that, everything is as it was', async () => {
  expect(await read(acme.client)).toEqual({ jobs: acme.jobs, runs: acme.runs });
  expect((await acme.client.get('/signing-secret')).body.secret).toBe(acme.secret);
});
