import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobView } from '../../../functions/api/pipelines/job-view.ts';
import type { PipelineView } from '../../../functions/api/pipelines/pipelines.ts';
import { type Page, pacedFlow, pipelineError, pipelinesClient } from '../../helpers/clients/pipelines.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

type PipelineBody = PipelineView;

let system: TestSystem;
beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system?.stop());

const orders = {
  id: 'orders',
  name: 'Orders',
  description: 'Orders of the shop',
  flow: {
    sources: [{ type: 'inline', records: [{ sku: 'a', total: 1 }] }],
    transforms: [{ type: 'filter', where: 'total > 0', tap: true }],
    sinks: [{ type: 'preview' }],
  },
};

const given = async () => pipelinesClient(await system.as(freshTenant(), ['OWNER'], 'ana@acme.test'));
const invalid = (message: unknown) => pipelineError(400, 'input.invalid', message);
const nowhere = pipelineError(404, 'pipeline.not_found', 'Pipeline not found');

describe('a pipeline', () => {
  test('supports creation, reads, changes and deletion', async () => {
    const { api } = await given();
    const begun = system.clock.now();

    const created = await api.post<PipelineBody>('/api/v1/pipelines', { ...orders, schedule: '0 3 * * *' });
    const path = '/api/v1/pipelines/orders';
    const shown = await api.get<PipelineBody>(path);
    const changed = await api.patch<PipelineBody>(path, { name: 'All orders', description: null, schedule: null });
    const deleted = await api.delete(path);

    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(path);
    expect(created.body).toMatchObject({
      id: 'orders',
      name: 'Orders',
      description: 'Orders of the shop',
      type: 'flow',
      enabled: 1,
      schedule: '0 3 * * *',
      overlap_policy: 'skip',
      flow: {
        pageSize: 100,
        parallelism: 1,
        checkpoints: { everySeconds: 60, keep: 5 },
        sources: [{ id: 'source_1', name: 'inline', type: 'inline' }],
        transforms: [{ id: 'filter_1', type: 'filter', where: 'total > 0', tap: true }],
        sinks: [{ id: 'sink_1', type: 'preview' }],
      },
      updated_at: created.body.created_at,
    });
    expect(created.body.created_at).toBeGreaterThanOrEqual(begun);
    expect(created.body.next_run).toBeGreaterThan(begun);
    expect(shown).toMatchObject({ status: 200, body: created.body });
    expect(changed.body).toMatchObject({ name: 'All orders', description: null, next_run: null });
    expect(changed.body.updated_at).toBeGreaterThan(created.body.updated_at);
    expect(deleted.status).toBe(204);
    expect(await api.get(path)).toMatchObject(nowhere);
  });

  test('appears as a flow on every other surface', async () => {
    const { api, define } = await given();
    await api.post('/v1/flows', orders);
    await define('numbers', pacedFlow(1));
    await api.post('/jobs', { id: 'mail', name: 'Mail', script: 'echo' });

    expect((await api.get('/api/v1/pipelines/orders')).body).toMatchObject({ id: 'orders' });
    expect((await api.get('/v1/flows/numbers')).body).toMatchObject({ id: 'numbers' });
    for (const id of ['mail', 'none', 'a%23b']) {
      expect(await api.get(`/api/v1/pipelines/${id}`)).toMatchObject(nowhere);
      expect(await api.patch(`/api/v1/pipelines/${id}`, { name: 'x' })).toMatchObject(nowhere);
      expect(await api.delete(`/api/v1/pipelines/${id}`)).toMatchObject(nowhere);
      expect(await api.post(`/api/v1/pipelines/${id}/jobs`)).toMatchObject(nowhere);
    }
  });

  test('fails with the field and the rule, or because it exists', async () => {
    const { api } = await given();
    await api.post('/api/v1/pipelines', orders);
    const create = (changes: object) => api.post('/api/v1/pipelines', { ...orders, ...changes });

    expect(await create({})).toMatchObject(pipelineError(409, 'job.exists', "Job 'orders' exists already"));
    expect(await create({ flow: null })).toMatchObject(invalid("flow: is required: the job's type is flow"));
    expect(await create({ flow: { ...orders.flow, sinks: [{ type: 'preview', tap: true }] } })).toMatchObject(
      invalid("flow.sinks[0]: unknown field 'tap'; known are id, name, type"),
    );
  });
});

test('lists pipelines newest first, in pages', async () => {
  const { api, define } = await given();
  for (const id of ['b', 'a', 'c']) await define(id, pacedFlow(1));
  const list = async (query = '') => {
    const { data, has_more } = (await api.get<Page<PipelineBody>>(`/api/v1/pipelines${query}`)).body;
    return [...data.map(({ id }) => id), has_more];
  };

  expect(await list()).toEqual(['c', 'a', 'b', false]);
  expect(await list('?limit=2')).toEqual(['c', 'a', true]);
  expect(await list('?limit=2&offset=2')).toEqual(['b', false]);
  expect(await list('?limit=3')).toEqual(['c', 'a', 'b', false]);
  for (const query of ['limit=0', 'limit=101', 'offset=-1', 'sort=id']) {
    expect(await api.get(`/api/v1/pipelines?${query}`)).toMatchObject({ status: 400 });
  }
});

describe('validate', () => {
  const validate = async (changes: object) => {
    const { api } = await given();
    const answer = await api.post('/api/v1/pipelines/validate', { ...orders, ...changes });
    expect(answer.status).toBe(200);
    expect((await api.get('/api/v1/pipelines')).body).toEqual({ data: [], has_more: false });
    return answer.body;
  };

  test('accepts a valid pipeline', async () => {
    expect(await validate({})).toEqual({ valid: true });
  });

  test('reports the position of the fault in every expression', async () => {
    const transforms = [
      { type: 'filter', where: 'total >> 0' },
      { type: 'map', to: 'total' },
      { type: 'map', to: "{ 'a': " },
    ];
    const sinks = [{ type: 'dynamodb', collection: 'orders', key: ')' }];

    expect(await validate({ flow: { ...orders.flow, transforms, sinks } })).toEqual({
      valid: false,
      errors: [
        { field: 'flow.transforms[0].where', message: expect.stringMatching(/^must be JSONata: ./), position: 8 },
        { field: 'flow.transforms[2].to', message: expect.stringMatching(/^must be JSONata: ./), position: 7 },
        { field: 'flow.sinks[0].key', message: expect.stringMatching(/^must be JSONata: ./), position: 1 },
      ],
    });
  });

  test('reports the rule of every invalid field', async () => {
    expect(await validate({ name: '', flow: { ...orders.flow, parallelism: 65, sinks: [] } })).toEqual({
      valid: false,
      errors: [
        { field: 'name', message: 'must be text of 1–200 characters, got ""' },
        { field: 'flow.parallelism', message: 'must be 1–64, got 65' },
        { field: 'flow.sinks', message: 'must have 1–10 entries, got 0' },
      ],
    });
    const sources = [{ type: 'http', url: 'ftp://api.test/' }];
    expect(await validate({ flow: { ...orders.flow, sources } })).toEqual({
      valid: false,
      errors: [{ field: 'flow.sources[0].url', message: expect.stringMatching(/^must be /) }],
    });
    expect(await validate({ flow: null })).toMatchObject({ valid: false, errors: [{ field: 'flow' }] });
  });

  test('reports expressions beside other faults, each once', async () => {
    const transforms = [
      { type: 'filter', where: 'total >', to: ')' },
      { type: 'map', to: '' },
      { type: 'flatMap', to: '[' },
      { type: 'sort', to: '[' },
      'total',
    ];
    const sinks = [{ type: 'dynamodb', collection: 'orders', key: ')' }];

    const { errors } = (await validate({ flow: { ...orders.flow, pageSize: 0, transforms, sinks } })) as {
      errors: { field: string; position?: number }[];
    };

    expect(errors.flatMap(({ field, position }) => (position === undefined ? [] : [[field, position]]))).toEqual([
      ['flow.transforms[0].where', 7],
      ['flow.transforms[2].to', 1],
      ['flow.sinks[0].key', 1],
    ]);
    const others = errors.filter(({ position }) => position === undefined).map(({ field }) => field);
    expect(others).toEqual(
      expect.arrayContaining(['flow.pageSize', 'flow.transforms[1].to', 'flow.transforms[3].type']),
    );
    for (const flow of [7, [], { transforms: 7, sinks: { a: 1 } }, { transforms: [null, []], sinks: [7] }]) {
      expect(await validate({ flow })).toMatchObject({ valid: false });
    }
  });

  test('allows every member and refuses an invalid body', async () => {
    const member = await system.as(freshTenant(), ['MEMBER']);

    expect(await member.post('/api/v1/pipelines/validate', orders)).toMatchObject({ body: { valid: true } });
    expect(await member.post('/api/v1/pipelines/validate', '[1')).toMatchObject({ status: 400 });
    expect(await member.post('/api/v1/pipelines', orders)).toMatchObject({ status: 403 });
  });
});

describe('a job of a pipeline', () => {
  test('starts and is returned at once', async () => {
    const { api, define, reaches } = await given();
    await define('orders', orders.flow);

    const { status, body, headers } = await api.post<JobView>('/api/v1/pipelines/orders/jobs');

    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/api/v1/jobs/${body.id}`);
    expect(body).toMatchObject({ pipeline_id: 'orders', run_id: 1, running_desired: true, finish_time: null });
    expect(await reaches(body.id, 'Finished')).toMatchObject({ id: body.id, metrics: { records_in: 1 } });
  });

  test('starts once per idempotency key, and not beside another one', async () => {
    const { api, define, reaches } = await given();
    await define('numbers', pacedFlow(1));
    const start = (key: string) =>
      api.post<JobView>('/api/v1/pipelines/numbers/jobs', undefined, { 'idempotency-key': key });

    const [first, again, other] = [await start('one'), await start('one'), await start('two')];

    expect(again).toMatchObject({ status: 202, body: { id: first.body.id } });
    expect(other).toMatchObject({ status: 409, body: { error: { code: 'run.overlap' } } });
    await api.post(`/api/v1/jobs/${first.body.id}/stop`, { mode: 'force' });
    await reaches(first.body.id, 'Stopped');
    await api.patch('/api/v1/pipelines/numbers', { enabled: false });
    expect(await start('three')).toMatchObject({ status: 409, body: { error: { code: 'job.disabled' } } });
  });
});

describe('GET /api/v1/pipelines/{pipeline_id}/jobs', () => {
  test('lists the jobs of one pipeline like the list of all jobs with its id', async () => {
    const client = await system.as(freshTenant());
    const flow = { sources: [{ type: 'inline', records: [1] }], sinks: [{ type: 'preview' }] };
    for (const id of ['one', 'other']) {
      await client.post('/api/v1/pipelines', { id, name: id, flow, overlap_policy: 'allow' });
    }
    for (const id of ['one', 'other', 'one']) await client.post(`/api/v1/pipelines/${id}/jobs`);
    const list = async (path: string) => {
      const { status, body } = await client.get<Page<JobView>>(path);
      return { status, ids: body.data.map(({ id }) => id), has_more: body.has_more };
    };

    const ofOne = await list('/api/v1/pipelines/one/jobs');

    expect(ofOne).toMatchObject({
      status: 200,
      ids: [expect.stringMatching(/^one\./), expect.stringMatching(/^one\./)],
    });
    expect(ofOne).toEqual(await list('/api/v1/jobs?pipeline_id=one'));
    expect(await list('/api/v1/pipelines/one/jobs?limit=1')).toEqual({
      status: 200,
      ids: ofOne.ids.slice(0, 1),
      has_more: true,
    });
    expect(await client.get('/api/v1/pipelines/nothing/jobs')).toMatchObject(nowhere);
    expect((await client.get('/api/v1/pipelines/one/jobs?pipeline_id=one')).status).toBe(400);
  });
});
