import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlowErrorView } from '../../../functions/api/flows/flow-errors.ts';
import type { JobView } from '../../../functions/api/flows/job-view.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { startHttpServer } from '../../helpers/fakes/http-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitForAssertion, waitUntil } from '../../helpers/wait.ts';

/** Ids of the orders that the shop refuses, and what it has taken. */
const refused = new Set<number>();
const taken: { readonly id: number; readonly key: unknown }[] = [];

let system: TestSystem;
let shop: Awaited<ReturnType<typeof startHttpServer>>;

beforeAll(async () => {
  shop = await startHttpServer((request, response) => {
    const { id } = JSON.parse(shop.received.at(-1)?.body ?? '{}') as { id: number };
    if (refused.has(id)) {
      response.writeHead(422).end('no such SKU');
      return;
    }
    taken.push({ id, key: request.headers['idempotency-key'] });
    response.end();
  });
  system = await shareTestSystem();
});
afterAll(async () => {
  await Promise.all([system.stop(), shop.close()]);
});

const RECORDS = [
  { id: 1, total: 5 },
  { id: 2, total: 'many' },
  { id: 3, total: 7 },
];

/** A flow whose record 2 fails at its transform, and the record of `refused` at its sink. */
async function given(): Promise<{ readonly client: ApiClient; readonly job: JobView }> {
  const client = await system.as(freshTenant(), ['ADMIN'], 'ada');
  const flow = {
    sources: [{ type: 'inline', records: RECORDS }],
    transforms: [{ type: 'map', to: '{ "id": id, "total": $number(total) }' }],
    sinks: [{ type: 'http', url: `${shop.url}/orders`, mode: 'single' }],
  };
  refused.clear();
  refused.add(3);
  taken.splice(0);
  expect(await client.post('/v1/flows', { id: 'orders', name: 'Orders', flow })).toMatchObject({ status: 201 });
  const { body } = await client.post<JobView>('/v1/flows/orders/run');
  return { client, job: await endOf(client, body._id) };
}

async function endOf(client: ApiClient, id: string): Promise<JobView> {
  const job = async () => (await client.get<JobView>(`/v1/jobs/${id}`)).body;
  await waitUntil(async () => (await job()).endedAt !== null);
  return job();
}

const errorsOf = async (client: ApiClient, query = ''): Promise<readonly FlowErrorView[]> =>
  (await client.get<readonly FlowErrorView[]>(`/v1/flows/orders/errors${query}`)).body;

const invalid = (message: unknown) => ({ status: 400, body: { errors: [{ message }] } });

describe('GET /v1/flows/{id}/errors', () => {
  it('lists the failed records with what a retry sends', async () => {
    const { client, job } = await given();

    const errors = await errorsOf(client, '?status=open');

    expect(errors).toMatchObject([
      {
        _id: `${job._id}.map_1.0.0.1`,
        _flowJobId: job._id,
        status: 'open',
        operator: 'map_1',
        record: { id: 2, total: 'many' },
        attempts: 1,
        retryable: true,
        reason: null,
        position: { split: 0, page: 0, index: 1 },
      },
      { operator: 'sink_1', record: { id: 3, total: 7 }, message: expect.stringContaining('no such SKU') },
    ]);
    const joberrors = await client.get<readonly { _id: string }[]>(`/v1/jobs/${job._id}/joberrors`);
    expect(joberrors.body.map(({ _id }) => _id)).toEqual(errors.map(({ _id }) => _id));
  });

  it('applies filters, and pages with the Link header', async () => {
    const { client, job } = await given();

    expect(await errorsOf(client, '?operator=sink_1')).toHaveLength(1);
    expect(await errorsOf(client, '?text=SKU')).toHaveLength(1);
    expect(await errorsOf(client, `?jobId=${job._id}`)).toHaveLength(2);
    expect(await errorsOf(client, '?occurredAt_lte=2020-01-01T00:00:00Z')).toEqual([]);
    expect(await errorsOf(client, '?status=resolved')).toEqual([]);
    const first = await client.get<readonly FlowErrorView[]>('/v1/flows/orders/errors?limit=1');
    const [, next = ''] = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '') ?? [];
    const second = await client.get<readonly FlowErrorView[]>(next);
    expect([...first.body, ...second.body].map(({ operator }) => operator)).toEqual(['map_1', 'sink_1']);
    expect(second.headers.get('link')).toBeNull();
  });

  it.each([
    ['status=broken', 'status: must be open or retrying or resolved'],
    ['limit=0', 'limit: must be a whole number from 1 to 1000'],
    ['occurredAt_gte=yesterday', 'occurredAt_gte: must be an ISO 8601 time'],
    ['colour=red', "unknown query parameter 'colour'"],
    ['cursor=x.y', 'cursor: must be the one of a `Link: rel="next"` header'],
  ])('refuses %s', async (query, message) => {
    const { client } = await given();

    expect(await client.get(`/v1/flows/orders/errors?${query}`)).toMatchObject(
      invalid(expect.stringContaining(message)),
    );
  });
});

describe('POST /v1/flows/{id}/errors/retry', () => {
  it('sends records again by a job, and resolves what was delivered', async () => {
    const { client, job } = await given();
    const [failed] = await errorsOf(client, '?operator=map_1');
    refused.clear();
    const edit = await client.put(`/v1/flows/orders/errors/${failed?._id}`, { record: { id: 2, total: '8' } });
    expect(edit).toMatchObject({ status: 200, body: { record: { id: 2, total: '8' }, edited: true, status: 'open' } });

    const { status, body } = await client.post<{ matched: number; _jobId: string }>(
      '/v1/flows/orders/errors/retry',
      {},
    );

    expect({ status, body }).toMatchObject({ status: 202, body: { matched: 2, more: false } });
    expect(await endOf(client, body._jobId)).toMatchObject({ status: 'completed', numExport: 2, numSuccess: 2 });
    expect(await errorsOf(client)).toMatchObject([
      { _id: failed?._id, status: 'resolved', resolvedBy: 'retry', attempts: 1, retryable: false },
      { status: 'resolved', resolvedBy: 'retry' },
    ]);
    const lineage = job._id.split('.').at(-1);
    expect(taken).toEqual([
      { id: 1, key: `${lineage}-sink_1-0-0-0.0` },
      { id: 2, key: `${lineage}-sink_1-0-0-map_1.1.0` },
      { id: 3, key: `${lineage}-sink_1-0-0-2.0` },
    ]);
  });

  it('opens an error again that fails again, and shows the failure at the job of the retry', async () => {
    const { client } = await given();
    const [failed] = await errorsOf(client, '?operator=sink_1');

    const { body } = await client.post<{ _jobId: string }>('/v1/flows/orders/errors/retry', { ids: [failed?._id] });

    expect(await endOf(client, body._jobId)).toMatchObject({ numExport: 1, numError: 1, numSuccess: 0 });
    expect(await errorsOf(client, '?operator=sink_1')).toMatchObject([
      { _id: failed?._id, status: 'open', attempts: 2, retriedAt: expect.any(String) },
    ]);
    expect((await client.get<readonly object[]>(`/v1/jobs/${body._jobId}/joberrors`)).body).toHaveLength(1);
  });

  it('starts no job if no error matches', async () => {
    const { client } = await given();

    const answer = await client.post('/v1/flows/orders/errors/retry', { filter: { operator: 'sink_9' } });

    expect(answer).toMatchObject({ status: 202, body: { matched: 0, more: false, _jobId: null } });
  });

  it('returns the first job for a repeat with the same idempotency key', async () => {
    const { client } = await given();
    const post = () =>
      client.request<{ _jobId: string }>('POST', '/v1/flows/orders/errors/retry', {}, { 'idempotency-key': 'k' });

    const first = await post();
    await endOf(client, first.body._jobId);
    const second = await post();

    expect(second.body).toEqual(first.body);
  });

  it.each([
    [{ ids: [] }, 'ids: must have 1–500 entries, got 0'],
    [{ ids: [7] }, 'ids[0]: must be text'],
    [{ filter: { colour: 'red' } }, "filter: unknown field 'colour'"],
    [{ all: true }, "unknown field 'all'"],
  ])('refuses %j', async (body, message) => {
    const { client } = await given();

    expect(await client.post('/v1/flows/orders/errors/retry', body)).toMatchObject(
      invalid(expect.stringContaining(message)),
    );
  });
});

describe('POST /v1/flows/{id}/errors/resolve', () => {
  it('resolves errors in the name of the caller', async () => {
    const { client } = await given();

    const answer = await client.post('/v1/flows/orders/errors/resolve', { filter: { operator: 'map_1' } });

    expect(answer).toEqual(expect.objectContaining({ status: 202, body: { matched: 1, more: false, cursor: null } }));
    expect(await errorsOf(client, '?status=resolved')).toMatchObject([{ operator: 'map_1', resolvedBy: 'ada' }]);
    expect(await errorsOf(client, '?status=open')).toMatchObject([{ operator: 'sink_1' }]);
  });
});

describe('the cursor of a resolution', () => {
  it('is refused unless the API has made it for the selection', async () => {
    const { client } = await given();

    const { status } = await client.post('/v1/flows/orders/errors/resolve', { cursor: 'bnVsbA.x' });

    expect(status).toBe(400);
    expect(await errorsOf(client, '?status=resolved')).toEqual([]);
  });
});

describe('PUT /v1/flows/{id}/errors/{errorId}', () => {
  it('assigns and notes, and removes with null', async () => {
    const { client } = await given();
    const [{ _id } = { _id: '' }] = await errorsOf(client);

    const set = await client.put(`/v1/flows/orders/errors/${_id}`, { assignedTo: 'bob', note: 'asked the shop' });
    const removed = await client.put(`/v1/flows/orders/errors/${_id}`, { assignedTo: null });

    expect(set.body).toMatchObject({ assignedTo: 'bob', note: 'asked the shop', edited: false });
    expect(removed.body).toMatchObject({ assignedTo: null, note: 'asked the shop' });
    expect(await errorsOf(client, '?assignedTo=bob')).toEqual([]);
  });

  it('refuses a record for an error that is resolved', async () => {
    const { client } = await given();
    const [{ _id } = { _id: '' }] = await errorsOf(client);
    await client.post('/v1/flows/orders/errors/resolve', { ids: [_id] });

    expect(await client.put(`/v1/flows/orders/errors/${_id}`, { record: {} })).toMatchObject({
      status: 409,
      body: { errors: [{ code: 'conflict', message: expect.stringContaining('it is resolved') }] },
    });
  });

  it.each([
    [{}, 'body: must have record, assignedTo or note'],
    [{ record: 'x'.repeat(17_000) }, 'record: must have at most 16384 bytes as JSON, got 17002'],
    [{ note: 7 }, 'note: must be text'],
    [{ status: 'resolved' }, "unknown field 'status'"],
  ])('refuses %j', async (body, message) => {
    const { client } = await given();
    const [{ _id } = { _id: '' }] = await errorsOf(client);

    expect(await client.put(`/v1/flows/orders/errors/${_id}`, body)).toMatchObject(
      invalid(expect.stringContaining(message)),
    );
  });

  it.each(['x', 'orders.k3f9.01JNXA3V5T9YV0Q2Z6W8M4R7B1.sink_1.0.0.0'])('answers 404 for the id %s', async (id) => {
    const { client } = await given();

    expect(await client.put(`/v1/flows/orders/errors/${id}`, { note: 'x' })).toMatchObject({ status: 404 });
  });
});

describe('the roles of the errors of a flow', () => {
  it('let members read, and change nothing', async () => {
    const tenant = freshTenant();
    const admin = await system.as(tenant, ['ADMIN']);
    const member = await system.as(tenant, ['MEMBER']);
    const flow = { sources: [{ type: 'inline', records: [1] }], sinks: [{ type: 'preview' }] };
    await admin.post('/v1/flows', { id: 'orders', name: 'Orders', flow });

    await waitForAssertion(async () => expect(await errorsOf(member)).toEqual([]));
    expect((await member.post('/v1/flows/orders/errors/retry', {})).status).toBe(403);
    expect((await member.post('/v1/flows/orders/errors/resolve', {})).status).toBe(403);
    expect((await member.put('/v1/flows/orders/errors/x', { note: 'x' })).status).toBe(403);
  });
});
