import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../../functions/api/http/route.ts';
import { surfaces } from '../../../functions/api/surfaces.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type { JobBody, ResultBody } from '../../helpers/clients/runner-bodies.ts';
import { statisticsClient } from '../../helpers/clients/statistics.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import type { TestSystem } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

/** The resources of a tenant that another one might request. */
interface TenantFixture {
  readonly client: ApiClient;
  readonly secret: string;
  readonly runId: string;
  /** A run of the tenant's pipeline. */
  readonly jobId: string;
  readonly jobs: unknown;
  readonly runs: unknown;
  readonly keyId: string;
  readonly keys: unknown;
  readonly secrets: unknown;
  readonly state: unknown;
  readonly hookId: string;
  readonly hooks: unknown;
  readonly calendar: unknown;
}

/** An API key id that does not exist. */
const UNKNOWN_KEY = '01JNXA3V5T9YV0Q2Z6W8M4R7B1';

let system: TestSystem;
let acme: TenantFixture;
/** A client with all roles in another tenant. */
let otherTenant: ApiClient;

const routes: readonly Route[] = surfaces.flatMap((surface) => surface.routes);
const adminRoutes = new Set<Route>(surfaces.find(({ name }) => name === 'admin')?.routes);
const owned = routes.filter(({ path }) => path.includes('{'));
/**
 * Routes that require an existing resource. PUT creates one, which then belongs to the caller; a namespace without values is
 * an empty list.
 */
const finding = owned.filter(({ method, path }) => method !== 'PUT' && path !== '/state/{namespace}');
const protectedRoutes = routes.filter(({ action }) => action !== 'public');
const named = (route: Route) => [`${route.method} ${route.path}`, route] as const;

const ledger = {
  id: 'ledger',
  name: 'Ledger',
  flow: {
    sources: [{ id: 'source_1', type: 'inline', records: ['acme-only'] }],
    sinks: [{ id: 'sink_1', type: 'preview' }],
  },
};

beforeAll(async () => {
  system = await shareTestSystem();
  otherTenant = await system.as('globex-inc', ['OWNER', 'ADMIN', 'super_admin']);
  const client = await system.as('acme-inc');
  const job = { id: 'payroll', name: 'Payroll', script: 'echo', args: ['acme-only'], integration_id: 'bank' };
  await client.post('/jobs', job);
  const { body } = await client.post<ResultBody>('/jobs/payroll/run');
  await client.put('/state/payroll/cursor', { value: 'acme-only' });
  await client.put('/calendars/payroll', { dates: ['2026-12-24'] });
  const { body: secret } = await client.get<{ secret: string }>('/signing-secret');
  const { body: key } = await client.post<{ id: string }>('/v1/api-keys', { name: 'acme-only', roles: ['MEMBER'] });
  const { body: hook } = await client.post<{ id: string }>('/hooks', { job: 'payroll', description: 'acme-only' });
  await client.put('/v1/secrets/payroll', { value: 'acme-only' });
  await client.post('/v1/flows', ledger);
  const { body: flowJob } = await client.post<{ _id: string }>('/v1/flows/ledger/run');
  await waitUntil(async () => (await client.get(`/v1/jobs/${flowJob._id}`)).body.status === 'completed');
  await waitUntil(async () => (await client.get<JobBody>('/jobs/payroll')).body.job.registration);
  const ids = { runId: body.result.run_id, jobId: flowJob._id, keyId: key.id, hookId: hook.id };
  acme = { client, secret: secret.secret, ...ids, ...(await read(client)) };
});
afterAll(() => system.stop());

async function read(client: ApiClient) {
  const paths = [
    '/jobs',
    '/jobs/payroll/runs',
    '/v1/api-keys',
    '/v1/secrets',
    '/state/payroll',
    '/hooks',
    '/calendars/payroll',
  ];
  const [jobs, runs, keys, secrets, state, hooks, calendar] = await Promise.all(
    paths.map(async (path) => (await client.get(path)).body),
  );
  return { jobs, runs, keys, secrets, state, hooks, calendar };
}

/** Valid bodies by route. */
const BODIES: Readonly<Record<string, object>> = {
  'PATCH /jobs/{id}': { name: 'Stolen' },
  'POST /jobs/{id}/runs:batch': { runs: [{}] },
  'PATCH /jobs/{id}/runs/{run}': { delay_s: 60 },
  'POST /jobs/{id}/backfills': { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' },
  'PUT /jobs/{id}': { name: 'Stolen', script: 'echo' },
  'PATCH /api/v1/pipelines/{pipeline_id}': { name: 'Stolen' },
  'PATCH /api/v1/jobs/{job_id}/checkpoints/{checkpoint_id}': { pinned: true },
  'PUT /v1/secrets/{name}': { value: 'stolen' },
  'PUT /v1/flows/{id}/cursor': { cursors: {} },
  'POST /v1/flows/{id}/errors/retry': {},
  'POST /v1/flows/{id}/errors/resolve': {},
  'PUT /v1/flows/{id}/errors/{errorId}': { note: 'stolen' },
  'PUT /state/{namespace}/{key}': { value: 'stolen' },
  'PUT /calendars/{name}': { dates: ['2026-12-25'] },
  'POST /v1/api-keys': { name: 'stolen', roles: ['MEMBER'] },
  'POST /hooks': { job: 'payroll' },
  'PATCH /hooks/{hook}': { enabled: false },
};

type Headers = Readonly<Record<string, string>>;

/**
 * Sends a request that is valid except for the job and run in its path. Secrets have the names of jobs, and the job
 * `payroll` corresponds to the pipeline `ledger`.
 *
 * @param tenant the client's tenant, which the admin surface requires
 */
function ask(client: ApiClient, route: Route, tenant: string, jobId: string, runId: string, headers: Headers = {}) {
  const { method, path } = route;
  const keyId = jobId === 'payroll' ? acme.keyId : UNKNOWN_KEY;
  const pipelineId = jobId === 'payroll' ? 'ledger' : jobId;
  const pipelineJobId = acme.jobId.replace('ledger', pipelineId);
  const filled = path
    .replace('/v1/api-keys/{id}', `/v1/api-keys/${keyId}`)
    .replace('{pipeline_id}', pipelineId)
    .replace('{job_id}', pipelineJobId)
    .replace('{checkpoint_id}', `chk_1_${pipelineJobId}`)
    .replace('{operator_id}', 'source_1')
    .replace(/\{(id|jobName|name)\}/, jobId)
    .replace('{namespace}', jobId)
    .replace('{key}', 'cursor')
    .replace('{hook}', jobId === 'payroll' ? acme.hookId : UNKNOWN_KEY)
    .replace('{backfill}', '01JNXA3V5T9YV0Q2Z6W8M4R7B1')
    .replace('{run}', runId)
    .replace('{errorId}', `${runId}.source_1.0.0.0`);
  return client.request(method, filled, BODIES[`${method} ${path}`], {
    ...(adminRoutes.has(route) && { 'x-tenantid': tenant }),
    ...headers,
  });
}

/** Returns the message of an error in the format of any surface. */
function messageOf({ message, error, errors }: Readonly<Record<string, unknown>>): unknown {
  const [first] = (errors ?? []) as readonly { readonly message: unknown }[];
  const nested = error !== null && typeof error === 'object' ? (error as { message?: unknown }).message : error;
  return message ?? nested ?? first?.message;
}

test('has routes to test', () => {
  expect(owned.length).toBeGreaterThanOrEqual(12);
  expect(adminRoutes.size).toBeGreaterThan(0);
  expect(routes.length - protectedRoutes.length).toBe(3);
});

describe('another tenant’s ids', () => {
  test.each(finding.map(named))('return the same response as ids that do not exist: %s', async (_, route) => {
    const foreign = await ask(otherTenant, route, 'globex-inc', 'payroll', acme.runId);
    const missing = await ask(otherTenant, route, 'globex-inc', 'nobodys', acme.runId.replace('payroll', 'nobodys'));
    const said = (body: object) => JSON.stringify({ ...body, timestamp: 'now' });

    expect(foreign.status).toBe(404);
    expect(missing.status).toBe(404);
    expect(said(foreign.body).replace('payroll', 'nobodys')).toBe(said(missing.body));
    expect(JSON.stringify(foreign.body)).not.toContain('acme');
  });

  test.each(owned.filter(({ path }) => path.includes('{run}')).map(named))(
    'return 404 under a job of the same id, too: %s',
    async (_, route) => {
      await otherTenant.post('/jobs', { id: 'payroll', name: 'Payroll of globex', script: 'echo' });

      const answer = await ask(otherTenant, route, 'globex-inc', 'payroll', acme.runId);

      expect(answer).toMatchObject({ status: 404, body: { error: 'Run not found' } });
      await otherTenant.delete('/jobs/payroll');
    },
  );

  test('appear in no list', async () => {
    expect((await otherTenant.get('/jobs')).body).toEqual({ jobs: [] });
    expect((await otherTenant.get('/v1/api-keys')).body).toEqual([]);
    expect((await otherTenant.get('/v1/secrets')).body).toEqual([]);
    expect((await otherTenant.get('/v1/flows')).body).toEqual([]);
    expect((await otherTenant.get('/api/v1/jobs')).body).toEqual({ data: [], has_more: false });
    expect(JSON.stringify((await otherTenant.get('/api/v1/pipelines')).body)).not.toContain('ledger');
    expect((await otherTenant.get<string>('/api/v1/metrics')).body).not.toContain('ledger');
    expect((await otherTenant.get('/signing-secret')).body.secret).not.toBe(acme.secret);
  });

  test('appear in no count', async () => {
    const { metrics, stats } = statisticsClient(await system.as('initech'), 'initech');
    const none = { pendingCount: 0, processingCount: 0, failedCount: 0, lastRunAt: null };
    await waitUntil(async () =>
      expect(await statisticsClient(acme.client, 'acme-inc').stats()).toMatchObject({ okLastHour: 2 }),
    );

    expect([await metrics(), await metrics('bank')]).toMatchObject([none, none]);
    expect(await stats()).toMatchObject({ totalJobs: 0, okLastHour: 0 });
  });

  test('can be reused for the caller’s own jobs', async () => {
    expect(await otherTenant.post('/jobs', { id: 'payroll', name: 'Ours', script: 'fail' })).toMatchObject({
      status: 201,
    });
    await otherTenant.post('/jobs/payroll/run');

    expect((await otherTenant.get('/jobs/payroll/runs')).body.runs).toMatchObject([{ id: 1, status: 'error' }]);
    expect(await otherTenant.delete('/jobs/payroll')).toMatchObject({ status: 200 });
  });
});

test('separates secrets of the same name by tenant', async () => {
  const job = { id: 'teller', name: 'Teller', script: 'echo', env: { TOKEN: '{{secret:payroll}}' } };
  await otherTenant.post('/jobs', job);
  const { body } = await otherTenant.post<ResultBody>('/jobs/teller/run');
  expect(body.result).toMatchObject({ status: 'error', stderr: expect.stringContaining("secret 'payroll'") });

  expect(await otherTenant.put('/v1/secrets/payroll', { value: 'ours' })).toMatchObject({ status: 204 });
  expect(await otherTenant.delete('/v1/secrets/payroll')).toMatchObject({ status: 204 });

  expect(await acme.client.get('/v1/secrets')).toMatchObject({ body: acme.secrets });
  await otherTenant.delete('/jobs/teller');
});

describe('headers with another tenant’s name', () => {
  const headers = ['x-organization-id', 'x-tenantid'];

  test.each(protectedRoutes.flatMap((route) => headers.map((header) => [...named(route), header] as const)))(
    'fail on %s with %3$s, even for a super_admin, except on the admin surface',
    async (_, route, header) => {
      const roles = adminRoutes.has(route) && header === 'x-tenantid' ? (['system_admin'] as const) : undefined;
      const client = roles ? await system.as('globex-inc', roles) : otherTenant;

      const { status, body } = await ask(client, route, 'globex-inc', 'payroll', acme.runId, { [header]: 'acme-inc' });

      expect(status).toBe(403);
      expect(messageOf(body)).toBe(`${header}: must be the token's tenant, globex-inc`);
      expect(await otherTenant.request('GET', '/jobs', undefined, { [header]: 'globex-inc' })).toMatchObject({
        status: 200,
      });
    },
  );
});

describe('a missing or invalid token', () => {
  test.each(protectedRoutes.map(named))('returns 401 on %s', async (_, route) => {
    const bad = ['Bearer nonsense', `Bearer ${acme.client.token}x`, `Basic ${acme.client.token}`, acme.client.token];
    for (const client of [system.anonymous(), ...bad.map((authorization) => system.anonymous(authorization))]) {
      const { status, body, headers } = await ask(client, route, 'acme-inc', 'payroll', acme.runId);

      expect(status).toBe(401);
      expect(messageOf(body)).toMatch(/bearer/i);
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
  });
});

describe('an insufficient role', () => {
  const weak = {
    read: [],
    operate: ['MEMBER'],
    define: ['MEMBER', 'OPERATOR', 'MANAGER', 'super_admin'],
    audit: ['MEMBER', 'OPERATOR', 'MANAGER', 'system_admin', 'super_admin'],
    metrics: ['MEMBER', 'OPERATOR', 'super_admin'],
    adminStats: ['MEMBER', 'OPERATOR', 'MANAGER', 'ADMIN', 'OWNER'],
  } as const;

  test.each(protectedRoutes.map(named))('returns 403 on %s', async (_, route) => {
    const client = await system.as('acme-inc', weak[route.action as keyof typeof weak]);

    const { status, body } = await ask(client, route, 'acme-inc', 'payroll', acme.runId);

    expect(status).toBe(403);
    expect(messageOf(body)).toMatch(/^Needs one of the roles /);
  });
});

test('leaves all resources unchanged after all requests', async () => {
  const { jobs, runs, keys, secrets, state, hooks, calendar } = acme;
  expect(await read(acme.client)).toEqual({ jobs, runs, keys, secrets, state, hooks, calendar });
  expect((await acme.client.get('/signing-secret')).body.secret).toBe(acme.secret);
});
