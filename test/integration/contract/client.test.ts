import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Role } from '../../../functions/core/domain/access.ts';
import {
  ConflictError,
  ForbiddenError,
  JobdeckClient,
  NotFoundError,
  type PathWith,
  UnauthorizedError,
} from '../../../lib/client/index.ts';
import { projectRoot } from '../../../lib/project-root.ts';
import { collect } from '../../helpers/collect.ts';
import { type Conformance, fetchConformance } from '../../helpers/oracles/openapi-conformance.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { waitUntil } from '../../helpers/wait.ts';

let system: TestSystem;
let conformance: Conformance;
beforeAll(async () => {
  system = await shareTestSystem();
  conformance = (await fetchConformance(system.url)) as Conformance;
});
afterAll(() => system.stop());

/** A client whose responses are compared with the OpenAPI document. */
function clientOf(tenant: string, roles: readonly Role[] = ['ADMIN', 'OWNER']): JobdeckClient {
  return new JobdeckClient({
    url: system.url,
    token: () => system.issueToken({ tenant: tenantId(tenant), roles }),
    async fetch(request) {
      const response = await fetch(request);
      const text = await response.clone().text();
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      const body: unknown = isJson ? JSON.parse(text) : text || undefined;
      const { pathname } = new URL(request.url);
      expect(conformance.violations(request.method, pathname, { ...pickOf(response), body })).toEqual([]);
      return response;
    },
  });
}

const pickOf = ({ status, headers }: Response) => ({ status, headers });

const at = <Parameters extends object>(path: Parameters) => ({ params: { path } });

/** A tenant with a job, an ended run, and a running job of a pipeline with a checkpoint, an API key and a secret. */
async function givenTenant() {
  const tenant = freshTenant('client');
  const client = clientOf(tenant);
  await client.post('/jobs', { body: { id: 'hello', name: 'Hello', script: 'echo', args: ['hello'] } });
  const run = await client.trigger('hello', { wait: true });
  const flow = {
    pageSize: 10,
    sources: [{ id: 'numbers', type: 'generate' as const, count: 1_000_000, rate: 50 }],
    sinks: [{ id: 'shown', type: 'preview' as const }],
  };
  await client.post('/v1/flows', { body: { id: 'stream', name: 'Stream', flow } });
  const { data: job } = await client.post('/api/v1/pipelines/{pipeline_id}/jobs', at({ pipeline_id: 'stream' }));
  const job_id = job.id;
  const running = async () => (await client.get('/api/v1/jobs/{job_id}', at({ job_id }))).data.state === 'Running';
  await waitUntil(running, { what: 'the job is running' });
  const taken = await client.post('/api/v1/jobs/{job_id}/checkpoints', at({ job_id }));
  await client.post('/v1/api-keys', { body: { name: 'ci', roles: ['MEMBER'] } });
  const { data: hook } = await client.post('/hooks', { body: { job: 'hello' } });
  await client.put('/calendars/{name}', { ...at({ name: 'de-by' }), body: { dates: ['2026-12-25'] } });
  await client.put('/state/{namespace}/{key}', { ...at({ namespace: 'sync', key: 'after' }), body: { value: 7 } });
  await client.put('/v1/secrets/{name}', { ...at({ name: 'TOKEN' }), body: { value: 'hunter2' } });
  return { tenant, client, run, job_id, checkpoint_id: taken.data.id, hook };
}

describe('the typed client', () => {
  it('reads every GET route of the API', async () => {
    const { tenant, client, run, job_id, checkpoint_id, hook } = await givenTenant();
    const admin = clientOf(tenant, ['system_admin']);
    const operator = clientOf(freshTenant('root'), ['super_admin']);
    const header = { 'x-tenantid': tenant };
    const flowJob = { id: job_id };

    const calls: Readonly<Record<PathWith<'get'>, () => Promise<{ readonly data: unknown }>>> = {
      '/health': () => client.get('/health'),
      '/status': () => client.get('/status'),
      '/jobs': () => client.get('/jobs'),
      '/jobs/{id}': () => client.get('/jobs/{id}', at({ id: 'hello' })),
      '/jobs/{id}/versions/{version}': () =>
        client.get('/jobs/{id}/versions/{version}', at({ id: 'hello', version: '1' })),
      '/jobs/{id}/runs': () => client.get('/jobs/{id}/runs', at({ id: 'hello' })),
      '/jobs/{id}/runs/{run}': () => client.get('/jobs/{id}/runs/{run}', at({ id: 'hello', run: run.run_id })),
      '/jobs/{id}/backfills': () => client.get('/jobs/{id}/backfills', at({ id: 'hello' })),
      '/jobs/{id}/backfills/{backfill}': () =>
        client
          .get('/jobs/{id}/backfills/{backfill}', at({ id: 'hello', backfill: '01JNXA3V5T9YV0Q2Z6W8M4R7B1' }))
          .catch((error: unknown) => {
            expect(error).toBeInstanceOf(NotFoundError);
            return { data: {} };
          }),
      '/runs/{run}/tree': () => client.get('/runs/{run}/tree', at({ run: run.run_id })),
      '/runs': () => client.get('/runs', { params: { query: { limit: 5 } } }),
      '/runs/activity': () => client.get('/runs/activity'),
      '/failures': () => client.get('/failures', { params: { query: { group: 'cause' } } }),
      '/dead-letters': () => client.get('/dead-letters'),
      '/dead-letters/{id}': () =>
        client.get('/dead-letters/{id}', at({ id: '01JNXA3V5T9YV0Q2Z6W8M4R7B1' })).catch((error: unknown) => {
          expect(error).toBeInstanceOf(NotFoundError);
          return { data: {} };
        }),
      '/scripts': () => client.get('/scripts'),
      '/targets': () => client.get('/targets'),
      '/calendars': () => client.get('/calendars'),
      '/calendars/{name}': () => client.get('/calendars/{name}', at({ name: 'de-by' })),
      '/state': () => client.get('/state'),
      '/state/{namespace}': () => client.get('/state/{namespace}', at({ namespace: 'sync' })),
      '/state/{namespace}/{key}': () => client.get('/state/{namespace}/{key}', at({ namespace: 'sync', key: 'after' })),
      '/hooks': () => client.get('/hooks'),
      '/hooks/{hook}': () => client.get('/hooks/{hook}', at({ hook: hook.id })),
      '/stats': () => client.get('/stats'),
      '/limits': () => client.get('/limits'),
      '/usage': () => client.get('/usage'),
      '/audit': () => client.get('/audit'),
      '/signing-secret': () => client.get('/signing-secret'),
      '/api/integrations/jobs/metrics': () => client.get('/api/integrations/jobs/metrics'),
      '/api/integrations/jobs/minutes': () => client.get('/api/integrations/jobs/minutes'),
      '/api/v1/admin/jobs/{jobName}/stats': () =>
        admin.get('/api/v1/admin/jobs/{jobName}/stats', { params: { path: { jobName: 'hello' }, header } }),
      '/api/v1/admin/usage': () => admin.get('/api/v1/admin/usage', { params: { header } }),
      '/api/v1/admin/limits': () => operator.get('/api/v1/admin/limits', { params: { header } }),
      '/v1/jobs': () => client.get('/v1/jobs'),
      '/v1/jobs/{id}': () => client.get('/v1/jobs/{id}', at(flowJob)),
      '/v1/jobs/{id}/joberrors': () => client.get('/v1/jobs/{id}/joberrors', at(flowJob)),
      '/v1/flows': () => client.get('/v1/flows'),
      '/v1/flows/{id}': () => client.get('/v1/flows/{id}', at({ id: 'stream' })),
      '/v1/flows/{id}/cursor': () => client.get('/v1/flows/{id}/cursor', at({ id: 'stream' })),
      '/v1/flows/{id}/errors': () => client.get('/v1/flows/{id}/errors', at({ id: 'stream' })),
      '/v1/flows/{id}/jobs/latest': () => client.get('/v1/flows/{id}/jobs/latest', at({ id: 'stream' })),
      '/v1/api-keys': () => client.get('/v1/api-keys'),
      '/v1/notifications': () => client.get('/v1/notifications'),
      '/v1/notifications/deliveries': () => client.get('/v1/notifications/deliveries'),
      '/v1/secrets': () => client.get('/v1/secrets'),
      '/v1/secrets/{name}': () => client.get('/v1/secrets/{name}', at({ name: 'TOKEN' })),
      '/api/v1/jobs': () => client.get('/api/v1/jobs'),
      '/api/v1/jobs/{job_id}': () => client.get('/api/v1/jobs/{job_id}', at({ job_id })),
      '/api/v1/jobs/{job_id}/metrics': () => client.get('/api/v1/jobs/{job_id}/metrics', at({ job_id })),
      '/api/v1/jobs/{job_id}/operators/{operator_id}/metrics': () =>
        client.get('/api/v1/jobs/{job_id}/operators/{operator_id}/metrics', at({ job_id, operator_id: 'numbers' })),
      '/api/v1/jobs/{job_id}/metric-groups': () => client.get('/api/v1/jobs/{job_id}/metric-groups', at({ job_id })),
      '/api/v1/jobs/{job_id}/checkpoints': () => client.get('/api/v1/jobs/{job_id}/checkpoints', at({ job_id })),
      '/api/v1/jobs/{job_id}/checkpoints/{checkpoint_id}': () =>
        client.get('/api/v1/jobs/{job_id}/checkpoints/{checkpoint_id}', at({ job_id, checkpoint_id })),
      '/api/v1/jobs/{job_id}/output': () => client.get('/api/v1/jobs/{job_id}/output', at({ job_id })),
      '/api/v1/jobs/{job_id}/errors': () => client.get('/api/v1/jobs/{job_id}/errors', at({ job_id })),
      '/api/v1/jobs/{job_id}/logs': () => client.get('/api/v1/jobs/{job_id}/logs', at({ job_id })),
      '/api/v1/metrics': () => client.get('/api/v1/metrics'),
      '/api/v1/pipelines': () => client.get('/api/v1/pipelines'),
      '/api/v1/pipelines/{pipeline_id}': () =>
        client.get('/api/v1/pipelines/{pipeline_id}', at({ pipeline_id: 'stream' })),
      '/api/v1/pipelines/{pipeline_id}/jobs': () =>
        client.get('/api/v1/pipelines/{pipeline_id}/jobs', at({ pipeline_id: 'stream' })),
    };
    const documented = Object.entries(conformance.document.paths).filter(([, item]) => 'get' in item);

    expect(Object.keys(calls).sort()).toEqual(documented.map(([path]) => path).sort());
    for (const [path, call] of Object.entries(calls)) {
      const { data } = await call();
      expect({ path, type: typeof data }).toEqual({ path, type: path === '/api/v1/metrics' ? 'string' : 'object' });
    }
    await client.post('/api/v1/jobs/{job_id}/stop', { ...at({ job_id }), body: { mode: 'force' } });
  });

  it('yields all runs of several pages once', async () => {
    const client = clientOf(freshTenant('client'));
    const id = 'hello';
    await client.post('/jobs', { body: { id, name: 'Hello', script: 'echo', overlap_policy: 'allow' } });
    const started: string[] = [];
    for (let i = 0; i < 5; i++) started.unshift((await client.trigger(id)).run_id);

    const ofJob = await collect(client.paginate('/jobs/{id}/runs', { params: { path: { id }, query: { limit: 2 } } }));
    const isListed = async () => (await client.get('/runs')).data.runs.length === 5;
    await waitUntil(isListed, { what: 'all runs are listed' });
    const ofTenant = await collect(client.paginate('/runs', { params: { query: { limit: 2 } } }));

    expect(ofJob.map(({ run_id }) => run_id)).toEqual(started);
    expect(ofTenant.map(({ run_id }) => run_id)).toEqual(started);
  });

  it('yields flow jobs, pipeline jobs and audit records of several pages once', async () => {
    const client = clientOf(freshTenant('client'));
    const flow = {
      sources: [{ id: 'rows', type: 'inline' as const, records: [1] }],
      sinks: [{ type: 'preview' as const }],
    };
    for (const id of ['a', 'b', 'c']) {
      await client.post('/v1/flows', { body: { id, name: id, flow } });
      await client.post('/v1/flows/{id}/run', at({ id }));
    }
    const ended = async () =>
      (await collect(client.paginate('/api/v1/jobs'))).every(({ state }) => state === 'Finished');
    await waitUntil(ended, { what: 'all jobs have ended' });

    const flowJobs = await collect(client.paginate('/v1/jobs', { params: { query: { type: 'flow', pageSize: 1 } } }));
    const jobs = await collect(client.paginate('/api/v1/jobs', { params: { query: { limit: 2 } } }));
    const query = { action: 'createFlow', limit: 1 };
    const records = await collect(client.paginate('/audit', { params: { query } }));

    expect(flowJobs.map(({ _flowId }) => _flowId)).toEqual(['c', 'b', 'a']);
    expect(jobs.map(({ pipeline_id }) => pipeline_id)).toEqual(['c', 'b', 'a']);
    expect(new Set(records.map(({ id }) => id)).size).toBe(3);
  });

  it('waits for the end of a run and reports its states', async () => {
    const client = clientOf(freshTenant('client'));
    await client.post('/jobs', { body: { id: 'broken', name: 'Broken', script: 'fail', args: ['3'] } });
    const { run_id } = await client.trigger('broken');
    const seen: string[] = [];

    const run = await client.waitForRun(run_id, { timeoutMs: 60_000, onUpdate: ({ status }) => seen.push(status) });

    expect(run).toMatchObject({ run_id, status: 'error', exit_code: 3 });
    expect(run.stderr).toContain('failing with exit code 3');
    expect(seen.at(-1)).toBe('error');
  });

  it('starts one run although the response to the first attempt is lost', async () => {
    const tenant = freshTenant('client');
    await clientOf(tenant).post('/jobs', { body: { id: 'hello', name: 'Hello', script: 'echo' } });
    let attempts = 0;
    const client = new JobdeckClient({
      url: system.url,
      token: () => system.issueToken({ tenant: tenantId(tenant), roles: ['OWNER'] }),
      async fetch(request) {
        const response = await fetch(request);
        attempts += 1;
        if (attempts > 1) return response;
        await response.text();
        throw new TypeError('fetch failed');
      },
    });

    const { run_id } = await client.trigger('hello');

    const runs = await collect(client.paginate('/jobs/{id}/runs', at({ id: 'hello' })));
    expect(attempts).toBeGreaterThan(2);
    expect(runs.map((run) => run.run_id)).toEqual([run_id]);
  });

  it('rejects with the class of the error', async () => {
    const tenant = freshTenant('client');
    const client = clientOf(tenant);
    await client.post('/jobs', { body: { id: 'hello', name: 'Hello', script: 'echo', enabled: false } });
    const anonymous = new JobdeckClient({ url: system.url, token: 'jk_nothing' });

    await expect(client.trigger('hello')).rejects.toBeInstanceOf(ConflictError);
    await expect(client.trigger('nothing')).rejects.toBeInstanceOf(NotFoundError);
    await expect(clientOf(tenant, ['MEMBER']).trigger('hello')).rejects.toBeInstanceOf(ForbiddenError);
    await expect(anonymous.get('/jobs')).rejects.toBeInstanceOf(UnauthorizedError);
  });

  it('runs the example of its README', async () => {
    const readme = await readFile(join(projectRoot, 'lib/client/README.md'), 'utf8');
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const client = pathToFileURL(join(projectRoot, 'lib/client/index.ts')).href;
    const file = join(temporaryFolder(), 'example.mts');
    await writeFile(file, example.replace("'jobdeck/client'", `'${client}'`));
    const token = await system.issueToken({ tenant: tenantId(freshTenant('client')), roles: ['OWNER'] });
    vi.stubEnv('JOBDECK_URL', system.url);
    vi.stubEnv('JOBDECK_TOKEN', token);
    const log = vi.spyOn(console, 'log').mockReturnValue();

    try {
      await import(pathToFileURL(file).href);

      expect(log.mock.calls).toEqual([
        ['Sync orders', expect.stringMatching(/^".+-1"$/)],
        ['ok', 'done'],
        [409, expect.stringContaining('sync-orders'), expect.any(String)],
      ]);
    } finally {
      log.mockRestore();
      vi.unstubAllEnvs();
    }
  });
});
