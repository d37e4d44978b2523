import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type { RunBody, RunsBody } from '../../helpers/clients/runner-bodies.ts';
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
}

const owner = (tenant = freshTenant()) => system.as(tenant, ['OWNER'], 'ana@acme.test');

async function define(client: ApiClient, id: string, fields: object = {}): Promise<void> {
  const job = { id, name: id, script: 'echo', overlap_policy: 'allow', ...fields };
  expect(await client.post('/jobs', job)).toMatchObject({ status: 201 });
}

const getRun = async (client: ApiClient, id: string) =>
  (await client.get<RunBody>(`/jobs/${id.split('.')[0]}/runs/${id}`)).body.run;

/** Runs the script that makes calls of `trigger`, and returns its run and what the calls returned or threw. */
async function call(client: ApiClient, calls: readonly object[]) {
  const { body } = await client.post<RunBody>('/jobs/caller/run', { payload: calls }, { prefer: 'respond-async' });
  const run = await waitUntil(async () => {
    const current = await getRun(client, body.run.run_id);
    return current.status === 'ok' || current.status === 'error' ? current : undefined;
  });
  const outcomes = run.stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  return { run, outcomes };
}

describe('a script that starts runs', () => {
  it('passes their input, and is shown as their parent in the tree', async () => {
    const client = await owner();
    await define(client, 'caller', { script: 'start-others' });
    await define(client, 'callee');
    const fields = { payload: { order: 7 }, tags: ['import'], note: 'of the fair', priority: 2 };

    const { run, outcomes } = await call(client, [
      { job: 'callee', ...fields },
      { job: 'callee', args: ['second'], key: 'last' },
      { job: 'callee', args: ['second'], key: 'last' },
      { job: 'callee', delay_s: 3_600 },
    ]);

    const ids = outcomes.map(({ run: id }) => id as string);
    expect(outcomes).toMatchObject([
      { run_at: null, repeated: false },
      { run_at: null, repeated: false },
      { run: ids[1], repeated: true },
      { run_at: expect.any(String), repeated: false },
    ]);
    await waitForAssertion(async () => {
      expect(await getRun(client, ids[0] as string)).toMatchObject({
        ...fields,
        status: 'ok',
        stdout: '{"order":7}',
        trigger: 'manual',
        parent_run_id: run.run_id,
      });
      expect(await getRun(client, ids[1] as string)).toMatchObject({ status: 'ok', stdout: 'second', tags: [] });
    });
    expect(await getRun(client, ids[3] as string)).toMatchObject({ status: 'pending', run_at: outcomes[3]?.run_at });
    const tree = (await client.get<Tree>(`/runs/${ids[1]}/tree`)).body;
    expect(tree.run.run_id).toBe(run.run_id);
    expect(tree.children.map((child) => child.run.run_id).toSorted()).toEqual([...new Set(ids)].toSorted());
  });

  it('receives errors with a code and a message that names the job and the field', async () => {
    const client = await owner();
    await define(client, 'caller', { script: 'start-others' });
    await define(client, 'off', { enabled: false });
    await define(client, 'order', { script: 'take-order' });
    await define(client, 'callee');

    const { run, outcomes } = await call(client, [
      { job: 'missing' },
      { job: 'off' },
      { job: 'order', payload: { order: 7, lines: [{ sku: 2 }] } },
      { job: 'order' },
      { job: 'callee', color: 'red' },
      { job: 'callee', key: '' },
      { job: 'callee', key: 'a' },
      { job: 'callee', key: 'a', payload: 1 },
      { job: 7 },
    ]);

    expect(run.status).toBe('ok');
    const invalid = (message: RegExp) => ({ code: 'input.invalid', message: expect.stringMatching(message) });
    expect(outcomes).toMatchObject([
      { name: 'TriggerError', code: 'job.not_found', message: "trigger 'missing': Job 'missing' not found" },
      { code: 'job.disabled', message: "trigger 'off': Job 'off' is disabled" },
      invalid(/^trigger 'order': payload\.lines\[0\]\.sku: /),
      invalid(/^trigger 'order': payload: is required by the schema of the script$/),
      invalid(/^trigger 'callee': .*color/),
      invalid(/^trigger: key: must be 1–255 characters, got ""$/),
      { repeated: false },
      { code: 'trigger.key_reused', message: expect.stringContaining("key: 'a' was used by this run") },
      invalid(/^trigger: job: must be the id of a job, got 7$/),
    ]);
    expect((await client.get<RunsBody>('/jobs/order/runs')).body.runs).toEqual([]);
  });

  it('starts no run of another tenant', async () => {
    const [client, other] = [await owner(), await owner()];
    await define(client, 'caller', { script: 'start-others' });
    await define(other, 'theirs');

    const { outcomes } = await call(client, [{ job: 'theirs' }]);

    expect(outcomes).toMatchObject([{ code: 'job.not_found' }]);
    expect((await other.get<RunsBody>('/jobs/theirs/runs')).body.runs).toEqual([]);
  });
});
