import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { isChange, type Route } from '../../../functions/api/http/route.ts';
import { surfaces } from '../../../functions/api/surfaces.ts';
import type { Role } from '../../../functions/core/domain/access.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import type { TestSystem } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly actor_id: string | null;
  readonly actor_tenant: string;
  readonly operation: string;
  readonly action: string;
  readonly surface: string;
  readonly targets: readonly string[];
  readonly target_count: number;
  readonly named_tenant: string | null;
  readonly status: number | null;
  readonly request_id: string;
}
type AuditBody = { readonly audit: readonly AuditEntry[]; readonly next: string | null };

/** Part of every body, and of no id. */
const MARK = 'not-for-the-record';

/** Ids of the tenant's jobs, runs and other resources, by the names of path parameters. */
interface Fixtures {
  readonly failedRun: string;
  readonly otherFailedRun: string;
  readonly flowRun: string;
}

interface Case {
  /** Contains the ids of its resources. */
  readonly path: string;
  readonly body?: object;
  /** Expected ids of the audit record, in order. */
  readonly targets: (fixtures: Fixtures, answer: Readonly<Record<string, unknown>>) => readonly unknown[];
}

const inline = { sources: [{ id: 's', type: 'inline', records: [MARK] }], sinks: [{ id: 't', type: 'preview' }] };
const KEY = '01JNXA3V5T9YV0Q2Z6W8M4R7B1';
const ofPath =
  (...ids: readonly string[]): Case['targets'] =>
  () =>
    ids;
const ofFlowRun: Case['targets'] = ({ flowRun }) => [flowRun];

/** A request per route that changes something. `FLOW_RUN` and `FAILED_RUN` are replaced by ids that are known later. */
const CASES: Readonly<Record<string, Case>> = {
  'POST /jobs': {
    path: '/jobs',
    body: { id: 'made', name: MARK, script: 'echo', env: { TOKEN: MARK } },
    targets: ofPath('made'),
  },
  'PATCH /jobs/{id}': { path: '/jobs/made', body: { description: MARK }, targets: ofPath('made') },
  'PUT /jobs/{id}': { path: '/jobs/made', body: { name: MARK, script: 'echo' }, targets: ofPath('made') },
  'POST /jobs/{id}/enable': { path: '/jobs/made/enable', targets: ofPath('made') },
  'PATCH /jobs/{id}/enable': { path: '/jobs/made/enable', targets: ofPath('made') },
  'POST /jobs/{id}/disable': { path: '/jobs/payroll/disable', targets: ofPath('payroll') },
  'PATCH /jobs/{id}/disable': { path: '/jobs/payroll/disable', targets: ofPath('payroll') },
  'POST /jobs/{id}/run': {
    path: '/jobs/made/run',
    targets: (_, answer) => ['made', (answer.result as { run_id: string }).run_id],
  },
  'POST /jobs/{id}/runs:batch': {
    path: '/jobs/made/runs:batch',
    body: { runs: [{ payload: { text: MARK } }] },
    targets: (_, { runs }) => [
      'made',
      ...(runs as readonly { run_id: string | null }[]).flatMap((run) => run.run_id ?? []),
    ],
  },
  'PATCH /jobs/{id}/runs/{run}': {
    path: '/jobs/broken/runs/FAILED_RUN',
    body: { delay_s: 60 },
    targets: ({ failedRun }) => ['broken', failedRun],
  },
  'POST /jobs/{id}/backfills': {
    path: '/jobs/made/backfills',
    body: { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', payload: MARK },
    targets: ofPath('made'),
  },
  ...Object.fromEntries(
    ['pause', 'resume', 'cancel'].map((action) => [
      `POST /jobs/{id}/backfills/{backfill}/${action}`,
      { path: `/jobs/made/backfills/${KEY}/${action}`, targets: ofPath('made', KEY) },
    ]),
  ),
  'POST /jobs/{id}/pause': { path: '/jobs/payroll/pause', targets: ofPath('payroll') },
  'POST /jobs/{id}/resume': { path: '/jobs/payroll/resume', targets: ofPath('payroll') },
  'PUT /calendars/{name}': { path: '/calendars/off', body: { dates: ['2026-12-25'] }, targets: ofPath('off') },
  'DELETE /calendars/{name}': { path: '/calendars/off', targets: ofPath('off') },
  'PUT /state/{namespace}/{key}': {
    path: '/state/app/cursor',
    body: { value: MARK },
    targets: ofPath('app', 'cursor'),
  },
  'DELETE /state/{namespace}/{key}': { path: '/state/app/cursor', targets: ofPath('app', 'cursor') },
  'POST /jobs/{id}/runs/{run}/cancel': {
    path: '/jobs/broken/runs/FAILED_RUN/cancel',
    targets: ({ failedRun }) => ['broken', failedRun],
  },
  'POST /jobs/{id}/runs/{run}/acknowledge': {
    path: '/jobs/broken/runs/FAILED_RUN/acknowledge',
    body: { note: MARK },
    targets: ({ failedRun }) => ['broken', failedRun],
  },
  'POST /jobs/{id}/runs/{run}/unacknowledge': {
    path: '/jobs/broken/runs/FAILED_RUN/unacknowledge',
    targets: ({ failedRun }) => ['broken', failedRun],
  },
  'POST /redrive': {
    path: '/redrive',
    body: { run_ids: ['FAILED_RUN'], acknowledge: false },
    targets: ({ failedRun }, { started }) => [failedRun, (started as [{ new_run_id: string }])[0].new_run_id],
  },
  'POST /runs/cancel': { path: '/runs/cancel', body: { run_ids: ['FAILED_RUN'] }, targets: ofPath() },
  'POST /runs/acknowledge': {
    path: '/runs/acknowledge',
    body: { run_ids: ['nobodys.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B1'], note: MARK },
    targets: ofPath(),
  },
  'POST /runs/redrive': { path: '/runs/redrive', body: { run_ids: ['FAILED_RUN'] }, targets: ofPath() },
  'POST /dead-letters/replay': { path: '/dead-letters/replay', body: { ids: [KEY] }, targets: ofPath() },
  'POST /failures/acknowledge': {
    path: '/failures/acknowledge',
    body: { run_ids: ['OTHER_RUN', 'nobodys.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B1'], note: MARK },
    targets: ({ otherFailedRun }) => [otherFailedRun],
  },
  'POST /hooks': {
    path: '/hooks',
    body: { job: 'made', scheme: 'github', secret: MARK, description: MARK },
    targets: (_, { id }) => [id, 'made'],
  },
  'PATCH /hooks/{hook}': { path: `/hooks/${KEY}`, body: { description: MARK }, targets: ofPath(KEY) },
  'DELETE /hooks/{hook}': { path: `/hooks/${KEY}`, targets: ofPath(KEY) },
  'POST /hooks/{hook}/rotate': { path: `/hooks/${KEY}/rotate`, targets: ofPath(KEY) },
  'POST /signing-secret/rotate': { path: '/signing-secret/rotate', targets: ofPath() },
  'DELETE /v1/jobs/{id}': { path: '/v1/jobs/FLOW_RUN', targets: ofFlowRun },
  'PUT /v1/jobs/{id}/cancel': { path: '/v1/jobs/FLOW_RUN/cancel', targets: ofFlowRun },
  'POST /v1/flows': {
    path: '/v1/flows',
    body: { id: 'made-flow', name: MARK, flow: inline },
    targets: ofPath('made-flow'),
  },
  'PATCH /v1/flows/{id}': { path: '/v1/flows/made-flow', body: { name: `${MARK}!` }, targets: ofPath('made-flow') },
  'PUT /v1/flows/{id}/cursor': {
    path: '/v1/flows/made-flow/cursor',
    body: { cursors: {} },
    targets: ofPath('made-flow'),
  },
  'POST /v1/flows/{id}/errors/retry': {
    path: '/v1/flows/made-flow/errors/retry',
    body: { filter: { text: MARK } },
    targets: ofPath('made-flow'),
  },
  'POST /v1/flows/{id}/errors/resolve': {
    path: '/v1/flows/made-flow/errors/resolve',
    body: { filter: { text: MARK } },
    targets: ofPath('made-flow'),
  },
  'PUT /v1/flows/{id}/errors/{errorId}': {
    path: '/v1/flows/made-flow/errors/FLOW_RUN.t.0.0.0',
    body: { record: { text: MARK }, note: MARK },
    targets: ({ flowRun }) => ['made-flow', `${flowRun}.t.0.0.0`],
  },
  'POST /v1/flows/{id}/run': { path: '/v1/flows/books/run', targets: (_, { _id }) => ['books', _id] },
  'DELETE /v1/flows/{id}': { path: '/v1/flows/made-flow', targets: ofPath('made-flow') },
  'POST /v1/api-keys': {
    path: '/v1/api-keys',
    body: { name: MARK, roles: ['MEMBER'] },
    targets: (_, { id }) => [id],
  },
  'DELETE /v1/api-keys/{id}': { path: `/v1/api-keys/${KEY}`, targets: ofPath(KEY) },
  'PUT /v1/notifications': {
    path: '/v1/notifications',
    body: { on_failure: `#${MARK}` },
    targets: ofPath(),
  },
  'POST /v1/notifications/deliveries/{id}/retry': {
    path: `/v1/notifications/deliveries/${KEY}/retry`,
    targets: ofPath(KEY),
  },
  'PUT /v1/secrets/{name}': { path: '/v1/secrets/bank', body: { value: MARK }, targets: ofPath('bank') },
  'DELETE /v1/secrets/{name}': { path: '/v1/secrets/bank', targets: ofPath('bank') },
  'POST /api/v1/pipelines': {
    path: '/api/v1/pipelines',
    body: { id: 'made-pipeline', name: MARK, flow: inline },
    targets: ofPath('made-pipeline'),
  },
  'PATCH /api/v1/pipelines/{pipeline_id}': {
    path: '/api/v1/pipelines/made-pipeline',
    body: { name: `${MARK}!` },
    targets: ofPath('made-pipeline'),
  },
  'POST /api/v1/pipelines/{pipeline_id}/jobs': {
    path: '/api/v1/pipelines/accounts/jobs',
    targets: (_, { id }) => ['accounts', id],
  },
  'DELETE /api/v1/pipelines/{pipeline_id}': {
    path: '/api/v1/pipelines/made-pipeline',
    targets: ofPath('made-pipeline'),
  },
  'POST /api/v1/jobs/{job_id}/stop': {
    path: '/api/v1/jobs/FLOW_RUN/stop',
    body: { mode: 'force' },
    targets: ofFlowRun,
  },
  'POST /api/v1/jobs/{job_id}/restart': {
    path: '/api/v1/jobs/FLOW_RUN/restart',
    targets: ({ flowRun }, answer) => [flowRun, answer.new_job_id],
  },
  'POST /api/v1/jobs/{job_id}/checkpoints': { path: '/api/v1/jobs/FLOW_RUN/checkpoints', targets: ofFlowRun },
  'PATCH /api/v1/jobs/{job_id}/checkpoints/{checkpoint_id}': {
    path: '/api/v1/jobs/FLOW_RUN/checkpoints/chk_9_FLOW_RUN',
    body: { pinned: true },
    targets: ({ flowRun }) => [flowRun, `chk_9_${flowRun}`],
  },
  'PUT /api/v1/admin/limits': { path: '/api/v1/admin/limits', body: { concurrentRuns: 7 }, targets: ofPath() },
  'DELETE /jobs/{id}': { path: '/jobs/made', targets: ofPath('made') },
};

const routes = surfaces.flatMap(({ name, routes: own }) => own.map((route: Route) => ({ surface: name, route })));
const changes = routes.filter(({ route }) => isChange(route));
const nameOf = ({ method, path }: Route) => `${method} ${path}`;

let system: TestSystem;
let acme: ApiClient;
let fixtures: Fixtures;

beforeAll(async () => {
  system = await shareTestSystem();
  acme = await system.as('acme-audited', ['OWNER', 'super_admin'], 'ana');
  await acme.post('/jobs', { id: 'payroll', name: 'Payroll', script: 'echo' });
  await acme.post('/jobs', { id: 'broken', name: 'Broken', script: 'fail' });
  // A flow per route that starts one, because a running flow refuses the next start.
  for (const id of ['ledger', 'books', 'accounts']) await acme.post('/v1/flows', { id, name: id, flow: inline });
  const fail = async () => (await acme.post<{ result: { run_id: string } }>('/jobs/broken/run')).body.result.run_id;
  const [failedRun, otherFailedRun] = [await fail(), await fail()];
  const { body } = await acme.post<{ _id: string }>('/v1/flows/ledger/run');
  await waitUntil(async () => (await acme.get(`/v1/jobs/${body._id}`)).body.status === 'completed');
  fixtures = { failedRun, otherFailedRun, flowRun: body._id };
});
afterAll(() => system.stop());

const filled = (text: string): string =>
  text
    .replaceAll('FLOW_RUN', fixtures.flowRun)
    .replaceAll('FAILED_RUN', fixtures.failedRun)
    .replaceAll('OTHER_RUN', fixtures.otherFailedRun);

/** Returns the records of a tenant's trail that match `query`, newest first. */
async function trail(query = '', client = acme): Promise<readonly AuditEntry[]> {
  const { status, body } = await client.get<AuditBody>(`/audit?limit=1000${query}`);
  expect(status).toBe(200);
  expect(body.next).toBeNull();
  return body.audit;
}

/** Returns the records of a recent request. */
async function recordsOf(requestId: string | null): Promise<readonly AuditEntry[]> {
  const { body } = await acme.get<AuditBody>('/audit?limit=5');
  return body.audit.filter(({ request_id }) => request_id === requestId);
}

const idOf = ({ headers }: { readonly headers: Headers }) => headers.get('x-request-id');

test('has a case for exactly the routes that change something', () => {
  const named = changes.map(({ route }) => nameOf(route));
  expect(Object.keys(CASES).sort()).toEqual([...named].sort());
  expect(named.length).toBeGreaterThan(30);
});

describe('changes', () => {
  const inOrder = Object.keys(CASES).flatMap((name) => changes.filter(({ route }) => nameOf(route) === name));

  test.each(inOrder.map(({ surface, route }) => [nameOf(route), surface, route] as const))(
    'leave one record by %s, with actor and action, and without the body',
    async (name, surface, route) => {
      const { path, body, targets } = CASES[name] as Case;
      const sent = body && (JSON.parse(filled(JSON.stringify(body))) as object);
      const headers = surface === 'admin' ? { 'x-tenantid': 'acme-audited' } : {};

      const answer = await acme.request(route.method, filled(path), sent, headers);

      const records = await recordsOf(idOf(answer));
      const wanted = targets(fixtures, answer.body ?? {});
      expect(answer.status).not.toBeGreaterThanOrEqual(500);
      expect(records).toEqual([
        {
          id: expect.stringMatching(/^[0-9A-Z]{26}$/),
          at: expect.any(String),
          actor: 'ana',
          actor_id: 'ana',
          actor_tenant: 'acme-audited',
          roles: ['OWNER', 'super_admin'],
          action: route.action,
          operation: route.operation,
          surface,
          targets: wanted,
          target_count: wanted.length,
          named_tenant: null,
          note: null,
          tags: [],
          filter: null,
          status: answer.status,
          request_id: idOf(answer),
          source_ip: '127.0.0.1',
        },
      ]);
    },
  );

  it('leave the filter by which a request selected runs', async () => {
    const filter = { q: 'nothing has these words', min_attempts: 3, tags: ['a', 'b'] };

    const answer = await acme.post('/runs/cancel', { ...filter, dry_run: true });

    expect(answer).toMatchObject({ status: 200, body: { changed: 0, runs: [], left: 0, dry_run: true } });
    expect(await recordsOf(idOf(answer))).toMatchObject([{ operation: 'cancelRuns', filter, targets: [] }]);
  });

  it.each<[string, object, number]>([
    ['a body with an unknown field', { id: 'refused', name: 'Refused', script: 'echo', colour: MARK }, 400],
    [
      'a definition that breaks a rule',
      { id: 'refused', name: 'Refused', script: 'echo', schedule: '75 * * * *' },
      400,
    ],
    ['an id that exists', { id: 'payroll', name: 'Payroll', script: 'echo' }, 409],
  ])('leave a record of the attempt if they are refused for %s', async (_, body, status) => {
    const answer = await acme.post('/jobs', body);

    expect(answer.status).toBe(status);
    expect(await recordsOf(idOf(answer))).toMatchObject([{ operation: 'createJob', actor: 'ana', status }]);
  });

  it('leave a record of the attempt if the caller lacks the role', async () => {
    const member = await system.as('acme-audited', ['MEMBER'], 'mia');

    const [change, secret, read] = [
      await member.delete('/jobs/payroll'),
      await member.get('/signing-secret'),
      await member.get('/audit'),
    ];

    expect([change.status, secret.status, read.status]).toEqual([403, 403, 403]);
    const records = await trail('&actor=mia');
    expect(records).toMatchObject([
      { operation: 'getSigningSecret', status: 403 },
      { operation: 'deleteJob', status: 403, targets: ['payroll'], named_tenant: null },
    ]);
  });

  test('leave no secrets and bodies', async () => {
    const { body } = await acme.get<{ secret: string }>('/signing-secret');
    const { body: key } = await acme.post<{ id: string; key: string }>('/v1/api-keys', {
      name: 'ci',
      roles: ['OWNER'],
    });
    const byKey = system.anonymous(`Bearer ${key.key}`);
    await byKey.post('/jobs/payroll/enable');

    const all = JSON.stringify(await trail());

    for (const secret of [MARK, body.secret, key.key, key.key.split('.').at(-1) ?? '', acme.token]) {
      expect(all).not.toContain(secret);
    }
    expect((await trail('&actor=key:ci')).map(({ operation }) => operation)).toEqual(['enableJob']);
    expect(await trail(`&actor=key:${key.id}`)).toMatchObject([
      { operation: 'enableJob', actor: 'key:ci', actor_id: `key:${key.id}` },
    ]);
  });
});

describe('reads', () => {
  const reads = routes.filter(({ route }) => route.method === 'GET' && route.action !== 'public');

  test.each(reads.map(({ surface, route }) => [nameOf(route), surface, route] as const))(
    'leave a record by %s only if they disclose a secret',
    async (_, surface, route) => {
      const path = route.path.replace(/\{[^}]+\}/g, 'payroll');

      const answer = await acme.get(path, surface === 'admin' ? { 'x-tenantid': 'acme-audited' } : {});

      const records = await recordsOf(idOf(answer));
      expect(records.map(({ operation }) => operation)).toEqual(route.audited ? [route.operation] : []);
    },
  );

  test('use GET, are declared as reads, or are requests of senders to hooks', () => {
    const quiet = routes.filter(({ route }) => route.method !== 'GET' && !isChange(route));
    expect(quiet.map(({ route }) => nameOf(route))).toEqual([
      'POST /jobs/validate',
      'POST /hooks/{hook}',
      'POST /api/v1/pipelines/validate',
    ]);
  });
});

describe('tenants', () => {
  test('have a trail each', async () => {
    const globex = await system.as('globex-audited', ['ADMIN'], 'gil');
    await globex.post('/jobs', { id: 'theirs', name: 'Theirs', script: 'echo' });

    expect(await trail('', globex)).toMatchObject([{ operation: 'createJob', targets: ['theirs'], actor: 'gil' }]);
    expect(await trail('&target=theirs')).toEqual([]);
  });

  test('have an operator’s access in their own trail', async () => {
    const operator = await system.as('platform', ['super_admin'], 'olga');

    const answer = await operator.get('/api/v1/admin/jobs/payroll/stats', { 'x-tenantid': 'acme-audited' });

    expect(answer.status).toBe(200);
    expect((await trail('&actor=olga')).filter(({ operation }) => operation === 'getJobStats')).toMatchObject([
      { actor_tenant: 'platform', targets: ['payroll'], status: 200, request_id: idOf(answer) },
    ]);
    expect(await trail('', await system.as('platform', ['OWNER']))).toEqual([]);
  });

  test('have an attempt at foreign resources in the trail of the caller', async () => {
    const mallory = await system.as('initech', ['OWNER'], 'mallory');

    const answer = await mallory.delete('/jobs/payroll', { 'x-tenantid': 'acme-audited' });

    expect(answer.status).toBe(403);
    expect(await trail('', mallory)).toMatchObject([
      { operation: 'deleteJob', named_tenant: 'acme-audited', status: 403, targets: ['payroll'], actor: 'mallory' },
    ]);
    expect(await trail('&actor=mallory')).toEqual([]);
  });
});

describe('the audit trail', () => {
  test.each(['MANAGER', 'OPERATOR', 'MEMBER', 'system_admin', 'super_admin'] as const)(
    'refuses a %s',
    async (role: Role) => {
      expect(await (await system.as('acme-audited', [role])).get('/audit')).toMatchObject({ status: 403 });
    },
  );

  test('lists records newest first, page by page, each once', async () => {
    const all = await trail();
    const times = all.map(({ at }) => at);
    const pages: AuditEntry[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body }: { body: AuditBody } = await acme.get(`/audit?limit=7${next && `&before=${next}`}`);
      expect(body.audit.length).toBe(body.next === null ? body.audit.length : 7);
      pages.push(...body.audit);
      next = body.next;
    }

    expect(times).toEqual([...times].sort().reverse());
    expect(pages).toEqual(all);
  });

  test('filters by time, actor, action and target', async () => {
    const all = await trail();
    const [middle] = all.slice(Math.floor(all.length / 2));
    const at = middle?.at ?? '';
    const ids = (entries: readonly AuditEntry[]) => entries.map(({ id }) => id);
    const whose = (test: (entry: AuditEntry) => boolean) => ids(all.filter(test));

    expect(ids(await trail(`&since=${at}`))).toEqual(whose((entry) => entry.at >= at));
    expect(ids(await trail(`&until=${at}`))).toEqual(whose((entry) => entry.at <= at));
    expect(ids(await trail('&actor=ana'))).toEqual(whose(({ actor }) => actor === 'ana'));
    expect(ids(await trail('&action=createJob'))).toEqual(whose(({ operation }) => operation === 'createJob'));
    expect(ids(await trail('&action=operate'))).toEqual(whose(({ action }) => action === 'operate'));
    expect(ids(await trail('&target=ledger'))).toEqual(whose(({ targets }) => targets.includes('ledger')));
    expect(ids(await trail(`&target=${fixtures.failedRun}&action=operate`)).length).toBeGreaterThan(2);
    expect(await trail('&actor=nobody')).toEqual([]);
    expect(await trail('&since=2999-01-01T00:00:00Z')).toEqual([]);
  });

  test.each([
    ['before=yesterday', /before: must be the `next`/],
    ['since=yesterday', /since: must be an ISO 8601 time/],
    ['limit=0', /limit: must be 1–1000/],
    ['who=ana', /unknown query parameter 'who'/],
  ])('refuses %s', async (query, message) => {
    expect(await acme.get(`/audit?${query}`)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(message) },
    });
  });
});
