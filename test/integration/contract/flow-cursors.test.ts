import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { FlowCursorsView } from '../../../functions/api/flows/flow-cursors.ts';
import type { JobView } from '../../../functions/api/flows/job-view.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { startHttpServer } from '../../helpers/fakes/http-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { tenantFiles } from '../../helpers/system/tenant-files.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

/** An API with an order for each name of `orders`, which changed at the time of its value. */
const orders = new Map<string, string>();
const requested: URLSearchParams[] = [];

let system: TestSystem;
let shop: Awaited<ReturnType<typeof startHttpServer>>;

beforeAll(async () => {
  shop = await startHttpServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://shop.test').searchParams;
    requested.push(query);
    const changed = [...orders].filter(([, at]) => at > (query.get('since') ?? ''));
    response.end(JSON.stringify(changed.map(([id, updated_at]) => ({ id, updated_at }))));
  });
  system = await shareTestSystem();
});
afterAll(async () => {
  await Promise.all([system.stop(), shop.close()]);
});

const START = '2026-01-01T00:00:00Z';
const refused = (message: unknown) => ({ status: 400, body: { errors: [{ code: 'invalid_request', message }] } });

const flowWith = (source: object) => ({
  id: 'orders',
  name: 'Orders',
  flow: { sources: [{ type: 'http', ...source }], sinks: [{ type: 'preview' }] },
});

async function given(delta: object = {}): Promise<ApiClient> {
  const client = await system.as(freshTenant(), ['ADMIN']);
  const url = `${shop.url}/orders?since={{delta.cursor}}`;
  const flow = flowWith({ url, delta: { path: 'updated_at', start: START, ...delta } });
  expect(await client.post('/v1/flows', flow)).toMatchObject({ status: 201 });
  return client;
}

async function run(client: ApiClient): Promise<JobView> {
  const { _id: id } = (await client.post<JobView>('/v1/flows/orders/run')).body;
  const job = async () => (await client.get<JobView>(`/v1/jobs/${id}`)).body;
  await waitUntil(async () => (await job()).endedAt !== null);
  return job();
}

const cursorsOf = async (client: ApiClient) => (await client.get<FlowCursorsView>('/v1/flows/orders/cursor')).body;

describe('a flow with a delta', () => {
  it('reads what has changed since its last run, and shows its cursor', async () => {
    const client = await given();
    orders.set('1', '2026-02-01T00:00:00Z').set('2', '2026-02-02T00:00:00Z');

    expect(await cursorsOf(client)).toEqual({ cursors: { source_1: START } });
    expect(await run(client)).toMatchObject({ status: 'completed', numExport: 2 });
    expect(await cursorsOf(client)).toEqual({ cursors: { source_1: '2026-02-02T00:00:00Z' } });
    orders.set('3', '2026-02-03T00:00:00Z');
    expect(await run(client)).toMatchObject({ status: 'completed', numExport: 1, numSuccess: 1 });
    expect(requested.slice(-2).map((query) => query.get('since'))).toEqual([START, '2026-02-02T00:00:00Z']);
  });

  it('keeps its definition in answers', async () => {
    const client = await given({ overlapSeconds: 60 });

    const { body } = await client.get('/v1/flows/orders');

    const delta = { path: 'updated_at', start: START, overlapSeconds: 60 };
    expect(body).toMatchObject({ flow: { sources: [{ id: 'source_1', delta }] } });
  });

  it.each([
    [{ url: 'https://shop.test/orders?since={{delta.cursor}}' }, 'flow.sources[0].url: must not have the placeholder'],
    [{ url: 'https://shop.test/orders', delta: { path: 'id', start: '0' } }, 'flow.sources[0].delta: must be used'],
    [{ url: 'https://shop.test/?a={{delta.cursor}}', delta: { path: 'id' } }, 'flow.sources[0].delta.start'],
    [
      { url: 'https://shop.test/?a={{delta.cursor}}', delta: { path: 'id', start: '0', overlapSeconds: 60 } },
      'flow.sources[0].delta.overlapSeconds: must be 0 unless',
    ],
  ])('is refused for %j', async (source, message) => {
    const client = await system.as(freshTenant(), ['ADMIN']);

    expect(await client.post('/v1/flows', flowWith(source))).toMatchObject(refused(expect.stringContaining(message)));
  });
});

describe('PUT /v1/flows/{id}/cursor', () => {
  it('sets the cursor of the next run, and restores the start for null', async () => {
    const client = await given();
    const cursors = { source_1: '2026-03-01T00:00:00Z' };

    expect(await client.put('/v1/flows/orders/cursor', { cursors })).toMatchObject({ status: 200, body: { cursors } });

    await run(client);
    expect(requested.at(-1)?.get('since')).toBe('2026-03-01T00:00:00Z');
    await client.put('/v1/flows/orders/cursor', { cursors: { source_1: null } });
    expect(await cursorsOf(client)).toEqual({ cursors: { source_1: START } });
    const start = '2025-01-01T00:00:00Z';
    const { sources } = flowWith({
      url: `${shop.url}/orders?since={{delta.cursor}}`,
      delta: { path: 'updated_at', start },
    }).flow;
    await client.patch('/v1/flows/orders', { flow: { sources, sinks: [{ type: 'preview' }] } });
    expect(await cursorsOf(client)).toEqual({ cursors: { source_1: start } });
  });

  it.each([
    [{ source_2: START }, 'cursors.source_2: must be the id of a source with a delta'],
    [{ source_1: 'yesterday' }, `cursors.source_1: must be a time, like the start ${START}, got 'yesterday'`],
    [{ source_1: '' }, 'cursors.source_1'],
    [{ source_1: 17 }, 'cursors.source_1: must be text'],
  ])('refuses %j and changes nothing', async (cursors, message) => {
    const client = await given();

    const answer = await client.put('/v1/flows/orders/cursor', { cursors });

    expect(answer).toMatchObject(refused(expect.stringContaining(message)));
    expect(await cursorsOf(client)).toEqual({ cursors: { source_1: START } });
  });

  it('admits members who operate flows', async () => {
    const tenant = freshTenant();
    const admin = await system.as(tenant, ['ADMIN']);
    await admin.post('/v1/flows', flowWith({ url: `${shop.url}/orders` }));

    const answers = await Promise.all(
      (['MEMBER', 'OPERATOR'] as const).map(async (role) =>
        (await system.as(tenant, [role])).put('/v1/flows/orders/cursor', { cursors: {} }),
      ),
    );

    expect(answers).toMatchObject([{ status: 403 }, { status: 200, body: { cursors: {} } }]);
  });
});

describe('a flow that reads new objects', () => {
  const givenFiles = async (source: object) => {
    const tenant = freshTenant();
    const client = await system.as(tenant, ['ADMIN']);
    const files = tenantFiles(system, tenantId(tenant));
    onTestFinished(files.close);
    const flow = { sources: [{ type: 's3', ...source }], sinks: [{ type: 's3', key: 'out/{page}.ndjson' }] };
    expect(await client.post('/v1/flows', { id: 'orders', name: 'Orders', flow })).toMatchObject({ status: 201 });
    return { client, files };
  };

  it('reads each object once, moves it, and shows the largest key', async () => {
    const { client, files } = await givenFiles({
      prefix: 'in/',
      delta: { by: 'object' },
      afterwards: { move: 'done/' },
    });
    await files.put('in/a b+ä.ndjson', '{"id":1}\n{"id":2}\n');

    expect(await cursorsOf(client)).toEqual({ cursors: { source_1: '' } });
    expect(await run(client)).toMatchObject({ status: 'completed', numExport: 2, numSuccess: 2 });
    expect(await cursorsOf(client)).toEqual({ cursors: { source_1: 'in/a b+ä.ndjson' } });
    await files.put('in/b.ndjson', '{"id":3}\n');
    expect(await run(client)).toMatchObject({ status: 'completed', numExport: 1, numSuccess: 1 });
    expect(await run(client)).toMatchObject({ status: 'completed', numExport: 0 });
    expect([await files.keys('in/'), await files.keys('done/')]).toEqual([[], ['done/a b+ä.ndjson', 'done/b.ndjson']]);
  });

  it('tags objects, begins at the folder of its cursor, and reads everything again on request', async () => {
    const source = { prefix: 'in/{{delta.cursor}}/', delta: { by: 'object', start: '2026-01-02' } };
    const { client, files } = await givenFiles({ ...source, afterwards: { tag: { state: 'read' } } });
    for (const day of [1, 2, 3]) await files.put(`in/2026-01-0${day}/a`, `${day}\n`);

    expect(await cursorsOf(client)).toEqual({ cursors: { source_1: '2026-01-02' } });
    expect(await run(client)).toMatchObject({ status: 'completed', numExport: 2 });
    expect(await cursorsOf(client)).toEqual({ cursors: { source_1: '2026-01-03' } });
    const cursors = { source_1: '2026-01-01' };
    expect(await client.put('/v1/flows/orders/cursor', { cursors })).toMatchObject({ status: 200, body: { cursors } });
    expect(await run(client)).toMatchObject({ status: 'completed', numExport: 3 });
    expect((await client.get('/v1/flows/orders')).body).toMatchObject({
      flow: { sources: [{ ...source, afterwards: { tag: { state: 'read' } } }] },
    });
  });

  it('refuses a cursor for a prefix without a placeholder', async () => {
    const { client } = await givenFiles({ prefix: 'in/', delta: { by: 'object' } });

    const answer = await client.put('/v1/flows/orders/cursor', { cursors: { source_1: 'in/a' } });

    expect(answer).toMatchObject(refused(expect.stringContaining('cursors.source_1: must be null')));
  });

  it.each([
    [{ delta: { by: 'key' } }, "flow.sources[0].delta.by: must be 'object'"],
    [{ delta: { by: 'object', path: 'id' } }, "flow.sources[0].delta: unknown field 'path'"],
    [{ afterwards: { move: 'done/' } }, 'flow.sources[0].afterwards: must be absent'],
    [{ delta: { by: 'object' }, afterwards: {} }, 'flow.sources[0].afterwards: must have one of move and tag'],
    [{ delta: { by: 'object' }, afterwards: { move: 'in/x/' } }, 'flow.sources[0].afterwards.move: must be outside'],
    [{ prefix: 'in/{{delta.cursor}}/' }, 'flow.sources[0].prefix: must not have the placeholder'],
  ])('is refused for %j', async (source, message) => {
    const client = await system.as(freshTenant(), ['ADMIN']);
    const flow = { sources: [{ type: 's3', prefix: 'in/', ...source }], sinks: [{ type: 'preview' }] };

    const answer = await client.post('/v1/flows', { id: 'orders', name: 'Orders', flow });

    expect(answer).toMatchObject(refused(expect.stringContaining(message)));
  });
});
