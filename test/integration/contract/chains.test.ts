import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type { ErrorBody, RunBody, RunsBody } from '../../helpers/clients/runner-bodies.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitForAssertion, waitUntil } from '../../helpers/wait.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(async () => {
  await system.stop();
});

interface Tree {
  readonly run: { readonly run_id: string; readonly job_id: string; readonly status: string };
  readonly children: readonly Tree[];
  readonly truncated?: boolean;
}

const owner = (tenant = freshTenant()) => system.as(tenant, ['OWNER'], 'ana@acme.test');

const job = (id: string, fields: object = {}) => ({
  id,
  name: id,
  script: 'echo',
  args: [id],
  overlap_policy: 'allow',
  ...fields,
});
const follows = (...jobs: string[]) => ({ jobs: jobs.map((name) => ({ job: name })) });

async function define(client: ApiClient, id: string, fields: object = {}): Promise<void> {
  expect(await client.post('/jobs', job(id, fields))).toMatchObject({ status: 201 });
}

const trigger = async (client: ApiClient, id: string, body: object = {}) =>
  (await client.post<RunBody>(`/jobs/${id}/run`, body, { prefer: 'respond-async' })).body.run;
const runsOf = async (client: ApiClient, id: string) => (await client.get<RunsBody>(`/jobs/${id}/runs`)).body.runs;
const treeOf = async (client: ApiClient, runId: string) => (await client.get<Tree>(`/runs/${runId}/tree`)).body;

/** The statuses of a tree as nested lists. */
const outline = ({ run, children }: Tree): unknown => [`${run.job_id} ${run.status}`, ...children.map(outline)];

describe('a job with after', () => {
  it('shows its condition with defaults filled in, and accepts it unchanged', async () => {
    const client = await owner();
    await define(client, 'extract');
    await define(client, 'load', { after: follows('extract') });

    const { job: stored } = (await client.get<{ job: { after: unknown; schedule: unknown } }>('/jobs/load')).body;

    expect(stored.after).toEqual({ jobs: [{ job: 'extract', on: 'success' }], mode: 'all', within_s: null });
    expect(await client.put('/jobs/load', { ...stored })).toMatchObject({ status: 200, body: { changed: false } });
    expect(await client.patch('/jobs/load', { after: null })).toMatchObject({ status: 200 });
    expect((await client.get('/jobs/load')).body).toMatchObject({ job: { after: null } });
    expect(await client.delete('/jobs/extract')).toMatchObject({ status: 200 });
  });

  it('starts after a run of its upstream job with the result of that run', async () => {
    const client = await owner();
    await define(client, 'extract');
    await define(client, 'load', { after: follows('extract'), args: [] });

    const first = await trigger(client, 'extract');
    await waitForAssertion(async () => expect(await runsOf(client, 'load')).toMatchObject([{ status: 'ok' }]));

    const [run] = await runsOf(client, 'load');
    const { body } = await client.get<RunBody>(`/jobs/load/runs/${run?.run_id}`);
    const payload = { upstream: { extract: { run_id: first.run_id, state: 'ok', meta: null } } };
    expect(body.run).toMatchObject({ trigger: 'after', parent_run_id: first.run_id, scheduled_at: null, payload });
    expect(JSON.parse(body.run.stdout)).toEqual(payload);
    expect((await client.get<RunBody>(`/jobs/extract/runs/${first.run_id}`)).body.run).toMatchObject({
      parent_run_id: null,
    });
  });

  it.each([
    [{ after: [] }, 'after: must be a JSON object'],
    [{ after: { jobs: [] } }, 'after.jobs: must have 1–20 entries, got 0'],
    [
      { after: { jobs: [{ job: 'a', on: 'done' }] } },
      'after.jobs[0].on: must be success or failure or end, got "done"',
    ],
    [{ after: { ...follows('a'), mode: 'some' } }, 'after.mode: must be all or any, got "some"'],
    [{ after: { ...follows('a'), within_s: 0 } }, 'after.within_s: must be 1–2592000, got 0'],
    [{ after: { ...follows('a'), within_s: 5 } }, 'after.within_s: must be absent unless mode is all'],
    [{ after: { ...follows('a'), when: 1 } }, "after: unknown field 'when'"],
    [{ after: follows('a', 'a') }, "after.jobs: must not name a job twice, got 'a' twice"],
    [{ after: follows('none') }, "after.jobs: must name existing jobs, got 'none', which does not exist"],
    [{ after: follows('b') }, 'after: must not close a cycle, got b → b'],
  ])('is refused with 400 and the field for %j', async (fields, message) => {
    const client = await owner();
    await define(client, 'a');

    const created = await client.post<ErrorBody>('/jobs', job('b', fields));
    const validated = await client.post<{ errors: { field: string; message: string }[] }>(
      '/jobs/validate',
      job('b', fields),
    );

    expect(created).toMatchObject({ status: 400, body: { error: expect.stringContaining(message) } });
    const [error] = validated.body.errors;
    expect(`${error?.field}: ${error?.message}`).toContain(message);
  });

  it('fails with more than 20 upstream jobs', async () => {
    const client = await owner();
    const many = follows(...Array.from({ length: 21 }, (_, i) => `job-${i}`));

    const { status, body } = await client.post<ErrorBody>('/jobs', job('b', { after: many }));

    expect(status).toBe(400);
    expect(body.error).toBe('after.jobs: must have 1–20 entries, got 21');
  });

  it('fails with the cycle that it would close, on creation, replacement and change', async () => {
    const client = await owner();
    await define(client, 'a');
    await define(client, 'b', { after: follows('a') });
    await define(client, 'c', { after: follows('b') });
    const error = 'after: must not close a cycle, got a → b → c → a';

    expect(await client.patch('/jobs/a', { after: follows('c') })).toMatchObject({ status: 400, body: { error } });
    expect(await client.put('/jobs/a', job('a', { after: follows('c') }))).toMatchObject({
      status: 400,
      body: { error },
    });
  });

  it('keeps its upstream job from being deleted on every surface', async () => {
    const client = await owner();
    const flow = { sources: [{ id: 's', type: 'inline', records: [1] }], sinks: [{ id: 'k', type: 'preview' }] };
    await define(client, 'a', { script: undefined, args: undefined, type: 'flow', flow });
    await define(client, 'b', { after: follows('a') });
    const message = "Job 'a' cannot be deleted: 'b' would no longer start (after); change or delete them first";

    expect(await client.delete('/jobs/a')).toMatchObject({ status: 409, body: { error: message } });
    expect(await client.delete('/v1/flows/a')).toMatchObject({ status: 409, body: { errors: [{ message }] } });
    expect(await client.delete('/api/v1/pipelines/a')).toMatchObject({ status: 409, body: { error: { message } } });
    expect(await client.delete('/jobs/b')).toMatchObject({ status: 200 });
    expect(await client.delete('/jobs/a')).toMatchObject({ status: 200 });
  });

  it('starts after a canceled run on its end only', async () => {
    const client = await owner();
    await define(client, 'a', { script: 'sleep', args: ['60'] });
    await define(client, 'always', { after: { jobs: [{ job: 'a', on: 'end' }] } });
    await define(client, 'broken', { after: { jobs: [{ job: 'a', on: 'failure' }] } });
    const run = await trigger(client, 'a');
    await waitUntil(async () => (await runsOf(client, 'a'))[0]?.status === 'running');

    await client.post(`/jobs/a/runs/${run.run_id}/cancel`);

    await waitForAssertion(async () => expect(await runsOf(client, 'always')).toMatchObject([{ status: 'ok' }]));
    expect(await runsOf(client, 'broken')).toEqual([]);
  });

  it('starts once for all upstream jobs of a trigger: a diamond', async () => {
    const client = await owner();
    await define(client, 'top');
    await define(client, 'left', { after: follows('top') });
    await define(client, 'right', { after: follows('top') });
    await define(client, 'bottom', { after: follows('left', 'right') });

    const run = await trigger(client, 'top');
    await waitForAssertion(async () => expect(await runsOf(client, 'bottom')).toMatchObject([{ status: 'ok' }]));

    const tree = await treeOf(client, run.run_id);
    const [bottom] = await runsOf(client, 'bottom');
    expect(tree.children.map(({ run: { job_id } }) => job_id).toSorted()).toEqual(['left', 'right']);
    expect(tree.children.flatMap(({ children }) => children).map((one) => one.run.run_id)).toEqual([bottom?.run_id]);
  });
});

describe('GET /runs/{run}/tree', () => {
  it('returns the chain of five jobs from any of its runs, and continues it when the failed one is redriven', async () => {
    const client = await owner();
    await define(client, 'a');
    await define(client, 'b', { after: follows('a') });
    await define(client, 'c', { after: follows('b'), script: 'fail', args: [] });
    await define(client, 'd', { after: follows('c') });
    await define(client, 'e', { after: follows('d') });
    const first = await trigger(client, 'a');
    await waitForAssertion(async () => expect(await runsOf(client, 'c')).toMatchObject([{ status: 'error' }]));
    const [failed] = await runsOf(client, 'c');
    expect(outline(await treeOf(client, first.run_id))).toEqual(['a ok', ['b ok', ['c error']]]);
    await client.patch('/jobs/c', { script: 'echo' });

    await client.post('/redrive', { run_ids: [failed?.run_id] });
    await waitForAssertion(async () => expect(await runsOf(client, 'e')).toMatchObject([{ status: 'ok' }]));

    const [last] = await runsOf(client, 'e');
    const tree = await treeOf(client, last?.run_id ?? '');
    expect(outline(tree)).toEqual([
      'a ok',
      ['b ok', expect.arrayContaining(['c error']), expect.arrayContaining(['c ok', ['d ok', ['e ok']]])],
    ]);
    expect(tree.truncated).toBe(false);
    expect(tree.run).toMatchObject({ run_id: first.run_id });
    const redriven = (await runsOf(client, 'c')).find(({ status }) => status === 'ok');
    expect(redriven).toMatchObject({ parent_run_id: failed?.parent_run_id, redriven_from: failed?.run_id });
  });

  it('is the run alone for a run without others', async () => {
    const client = await owner();
    await define(client, 'a');
    const run = await trigger(client, 'a');

    const { status, body } = await client.get<Tree>(`/runs/${run.run_id}/tree`);

    expect({ status, body }).toMatchObject({ status: 200, body: { run: { run_id: run.run_id }, children: [] } });
  });

  it('shows a run that was skipped with its reason', async () => {
    const client = await owner();
    await define(client, 'a');
    await define(client, 'off', { after: follows('a'), enabled: false });
    const run = await trigger(client, 'a');

    await waitForAssertion(async () =>
      expect((await treeOf(client, run.run_id)).children).toMatchObject([
        {
          run: {
            job_id: 'off',
            status: 'skipped',
            reason: 'disabled',
            trigger: 'after',
            scheduled_at: null,
            parent_run_id: run.run_id,
          },
        },
      ]),
    );
  });

  it('omits runs of a deleted job', async () => {
    const client = await owner();
    await define(client, 'a');
    await define(client, 'b', { after: follows('a') });
    const run = await trigger(client, 'a');
    await waitForAssertion(async () => expect((await treeOf(client, run.run_id)).children).toHaveLength(1));

    await client.delete('/jobs/b');

    expect((await treeOf(client, run.run_id)).children).toEqual([]);
  });

  it('answers 404 for an unknown, a malformed and a foreign run', async () => {
    const [client, foreign] = [await owner(), await owner()];
    await define(client, 'a');
    const run = await trigger(client, 'a');

    for (const id of [`a.abcdef12.${'0'.repeat(26)}`, 'nothing']) {
      expect(await client.get(`/runs/${id}/tree`)).toMatchObject({ status: 404, body: { error: 'Run not found' } });
    }
    expect(await foreign.get(`/runs/${run.run_id}/tree`)).toMatchObject({ status: 404 });
  });
});
