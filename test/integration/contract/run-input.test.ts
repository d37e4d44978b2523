import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type { ErrorBody, ResultBody, RunBody, RunsBody } from '../../helpers/clients/runner-bodies.ts';
import { startHttpServer } from '../../helpers/fakes/http-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';
import { waitUntil } from '../../helpers/wait.ts';

let system: TestSystem;
let target: Awaited<ReturnType<typeof startHttpServer>>;

beforeAll(async () => {
  target = await startHttpServer((_, response) => response.end('thanks'));
  system = await shareTestSystem();
});
afterAll(async () => {
  await Promise.all([system.stop(), target.close()]);
});

const ASYNC = { prefer: 'respond-async' };

async function givenJob(fields: object = {}): Promise<ApiClient> {
  const client = await system.as(freshTenant(), ['ADMIN'], 'ana@acme.test');
  const job = { id: 'a-job', name: 'A job', ...('http' in fields ? {} : { script: 'echo' }), ...fields };
  expect(await client.post('/jobs', job)).toMatchObject({ status: 201 });
  return client;
}

const runOf = async (client: ApiClient, runId: string) =>
  (await client.get<RunBody>(`/jobs/a-job/runs/${runId}`)).body.run;
const runsOf = async (client: ApiClient) => (await client.get<RunsBody>('/jobs/a-job/runs')).body.runs;

describe('POST /jobs/{id}/run with a body', () => {
  it('gives the payload to a script and shows it on the run', async () => {
    const client = await givenJob();
    const body = { payload: { order: 1042, text: 'Grüße' }, tags: ['import', 'fair'], note: 'order of the fair' };

    const { result } = (await client.post<ResultBody>('/jobs/a-job/run', body)).body;

    expect(result).toMatchObject({ status: 'ok', stdout: '{"order":1042,"text":"Grüße"}' });
    const shown = { ...body, args: null, env: null, input_omitted: false };
    expect(await runOf(client, result.run_id)).toMatchObject(shown);
    expect(await runsOf(client)).toMatchObject([shown]);
    expect((await client.get<RunsBody>('/runs')).body.runs).toMatchObject([shown]);
  });

  it('finds runs by their tag, and records the tags and the note of a trigger but no payload', async () => {
    const client = await givenJob();
    const body = { payload: { secret: 'hunter2' }, tags: ['import', 'fair'], note: 'by hand' };
    const { result } = (await client.post<ResultBody>('/jobs/a-job/run', body)).body;
    await client.post<ResultBody>('/jobs/a-job/run');

    const tagged = async (path: string) => (await client.get<RunsBody>(path)).body.runs.map((run) => run.run_id);
    await waitUntil(async () => (await client.get<RunsBody>('/runs')).body.runs.length === 2);
    expect(await tagged('/jobs/a-job/runs?tag=import')).toEqual([result.run_id]);
    expect(await tagged('/runs?tag=import')).toEqual([result.run_id]);
    expect(await tagged('/jobs/a-job/runs?tag=other')).toEqual([]);
    for (const url of ['/jobs/a-job/runs', '/runs']) {
      expect(await tagged(`${url}?tag=import&tag=fair`)).toEqual([result.run_id]);
      expect(await tagged(`${url}?tag=import&tag=other`)).toEqual([]);
    }
    const { body: trail } = await client.get<{ audit: readonly object[] }>('/audit?action=triggerJob');
    expect(trail.audit).toMatchObject([
      { note: null, tags: [] },
      { note: 'by hand', tags: ['import', 'fair'], actor: 'ana@acme.test' },
    ]);
    expect(JSON.stringify(trail)).not.toContain('hunter2');
  });

  it('shows a large payload on the run, and that it is omitted in lists', async () => {
    const client = await givenJob();
    const payload = { text: 'ä'.repeat(120_000) };

    const { status, body } = await client.post<RunBody>('/jobs/a-job/run', { payload }, ASYNC);

    expect(status).toBe(202);
    expect(body.run).toMatchObject({ payload, input_omitted: false });
    expect((await runOf(client, body.run.run_id)).payload).toEqual(payload);
    expect(await runsOf(client)).toMatchObject([{ payload: null, input_omitted: true }]);
  });

  it('replaces arguments and adds variables', async () => {
    const client = await givenJob({ script: 'print-variables', args: ['A'], env: { A: '1', B: '2' } });

    const body = { args: ['A', 'B', 'C'], env: { B: 'two', C: '3' } };
    const { result } = (await client.post<ResultBody>('/jobs/a-job/run', body)).body;

    expect(result.stdout).toContain('1');
    expect(result.stdout).toContain('two');
    expect(await runOf(client, result.run_id)).toMatchObject({ ...body, payload: null });
  });

  it('sends the payload of an http job as JSON', async () => {
    const client = await givenJob({ http: { url: `${target.url}/orders`, method: 'POST' } });

    await client.post<ResultBody>('/jobs/a-job/run', { payload: { order: 1042 } });

    expect(target.received.at(-1)).toMatchObject({
      method: 'POST',
      body: '{"order":1042}',
      headers: { 'content-type': 'application/json' },
    });
  });

  it.each<[string, object, number, string]>([
    ['an unknown field', { payloads: 1 }, 400, "unknown field 'payloads'; known are payload, args, env, tags, note"],
    ['a field of another spelling', { Payload: 1 }, 400, "unknown field 'Payload'; did you mean 'payload'?"],
    ['a tag twice', { tags: ['a', 'a'] }, 400, 'tags: must not name a tag twice'],
    ['a note that is too long', { note: 'x'.repeat(501) }, 400, 'note: must be text of 1–500 characters'],
    ['an argument that is no text', { args: [1] }, 400, 'args[0]: must be text'],
    ['a reserved variable', { env: { HOME: '/' } }, 400, 'env.HOME: is reserved for the platform'],
    ['a large payload', { payload: 'x'.repeat(256 * 1024) }, 413, 'payload: must have at most 262144 bytes as JSON'],
  ])('refuses %s', async (_, body, status, message) => {
    const client = await givenJob();

    const answer = await client.post<ErrorBody>('/jobs/a-job/run', body);

    expect(answer).toMatchObject({ status, body: { error: expect.stringContaining(message) } });
    expect(await runsOf(client)).toEqual([]);
  });

  it('refuses variables of an operator for a job with a secret', async () => {
    const tenant = freshTenant();
    const admin = await system.as(tenant, ['ADMIN']);
    const operator = await system.as(tenant, ['OPERATOR']);
    await admin.put('/v1/secrets/token', { value: 'of-the-tenant' });
    await admin.post('/jobs', {
      id: 'a-job',
      name: 'A job',
      script: 'print-variables',
      env: { A: '{{secret:token}}' },
    });
    const redirect = { env: { URL: 'https://attacker.test' } };

    const refused = await operator.post<ErrorBody>('/jobs/a-job/run', redirect);
    const batch = await operator.post('/jobs/a-job/runs:batch', { runs: [redirect] });
    const allowed = await admin.post<ResultBody>('/jobs/a-job/run', { ...redirect, args: ['URL'] });

    const error = 'env: needs one of the roles OWNER, ADMIN, because a variable refers to a secret';
    expect(refused).toMatchObject({ status: 403, body: { error } });
    expect(batch.body).toMatchObject({ started: 0, runs: [{ status: 403, run_id: null, error }] });
    expect(allowed.body.result.stdout).toBe('URL=https://attacker.test');
  });

  it('refuses a payload with 100,000 problems by a short message', async () => {
    const client = await givenJob({ script: 'take-order' });
    const lines = Array<number>(120_000).fill(1);

    const { status, body } = await client.post<ErrorBody>('/jobs/a-job/run', { payload: { order: 7, lines } });

    expect(status).toBe(400);
    expect(body.error).toMatch(/^payload/);
    expect(body.error.length).toBeLessThan(5_000);
  });

  it('refuses a payload that does not fit the schema of the script, with each field', async () => {
    const client = await givenJob({ script: 'take-order' });

    const wrong = await client.post<ErrorBody>('/jobs/a-job/run', { payload: { order: '7', lines: [{ sku: 1 }] } });
    const missing = await client.post<ErrorBody>('/jobs/a-job/run');

    expect(wrong.status).toBe(400);
    expect(wrong.body.error).toMatch(/^payload\.order: .+; payload\.lines\[0\]\.sku: /);
    expect(missing).toMatchObject({
      status: 400,
      body: { error: 'payload: is required by the schema of the script' },
    });
    expect(await runsOf(client)).toEqual([]);
    const { result } = (await client.post<ResultBody>('/jobs/a-job/run', { payload: { order: 7 } })).body;
    expect(result.stdout).toBe('order 7: ');
  });

  it('refuses a repeated key with another body, and returns the run of the same body', async () => {
    const client = await givenJob();
    const headers = { ...ASYNC, 'idempotency-key': 'order-1042' };
    const first = await client.post<RunBody>('/jobs/a-job/run', { payload: { order: 1042 } }, headers);

    const same = await client.post<RunBody>('/jobs/a-job/run', { payload: { order: 1042 } }, headers);
    const other = await client.post<ErrorBody>('/jobs/a-job/run', { payload: { order: 1043 } }, headers);

    expect(same.body.run.run_id).toBe(first.body.run.run_id);
    expect(other).toMatchObject({
      status: 422,
      body: { error: 'idempotency-key: was used for a request with another body' },
    });
  });

  it('needs the role of an operator', async () => {
    const tenant = freshTenant();
    const admin = await system.as(tenant, ['ADMIN']);
    await admin.post('/jobs', { id: 'a-job', name: 'A job', script: 'echo' });
    const member = await system.as(tenant, ['MEMBER']);

    expect((await member.post('/jobs/a-job/run', { payload: 1 })).status).toBe(403);
  });
});

describe('POST /jobs/{id}/runs:batch', () => {
  interface BatchBody {
    readonly started: number;
    readonly runs: readonly {
      readonly status: number;
      readonly run_id: string | null;
      readonly error: string | null;
    }[];
  }
  const post = (client: ApiClient, runs: readonly object[]) =>
    client.post<BatchBody & ErrorBody>('/jobs/a-job/runs:batch', { runs });

  it('starts a run for each input, once for each key', async () => {
    const client = await givenJob({ overlap_policy: 'allow' });
    const inputs = [1, 2, 3].map((order) => ({
      payload: { order },
      idempotency_key: `order-${order}`,
      tags: ['bulk'],
    }));

    const first = await post(client, inputs);
    const again = await post(client, [...inputs, { payload: { order: 4 } }]);

    expect(first).toMatchObject({ status: 200, body: { started: 3 } });
    expect(again.body.runs.slice(0, 3)).toEqual(first.body.runs);
    await waitUntil(async () => (await runsOf(client)).every(({ status }) => status === 'ok'));
    const runs = await runsOf(client);
    expect(runs.map(({ stdout }) => stdout).sort()).toEqual([1, 2, 3, 4].map((order) => `{"order":${order}}`));
    expect(runs.filter(({ tags }) => tags.includes('bulk'))).toHaveLength(3);
  });

  it('records the tags of the inputs in the audit trail, and the note that all of them share', async () => {
    const client = await givenJob({ overlap_policy: 'allow' });

    await post(client, [
      { tags: ['a', 'b'], note: 'by hand' },
      { tags: ['b', 'c'], note: 'by hand' },
    ]);
    await post(client, [{ note: 'first' }, { note: 'second' }]);

    const { body } = await client.get<{ audit: readonly object[] }>('/audit?action=triggerJobBatch');
    expect(body.audit).toMatchObject([
      { note: null, tags: [] },
      { note: 'by hand', tags: ['a', 'b', 'c'] },
    ]);
  });

  it('refuses a key for the whole request', async () => {
    const client = await givenJob();

    const answer = await client.post<ErrorBody>('/jobs/a-job/runs:batch', { runs: [{}] }, { 'idempotency-key': 'a' });

    const error = 'idempotency-key: must be absent: each input has its own idempotency_key';
    expect(answer).toMatchObject({ status: 400, body: { error } });
    expect(await runsOf(client)).toEqual([]);
  });

  it('returns the error of each input that cannot be started', async () => {
    const client = await givenJob({ script: 'take-order', overlap_policy: 'allow' });

    const { status, body } = await post(client, [
      { payload: { order: 'x' } },
      { payload: { order: 1 }, idempotency_key: 'a' },
      { payload: { order: 2 }, idempotency_key: 'a' },
      { payload: { order: 3 }, env: { HOME: '/' } },
    ]);

    expect(status).toBe(200);
    expect(body.started).toBe(1);
    expect(body.runs.map((run) => run.status)).toEqual([400, 202, 422, 400]);
    expect(body.runs[0]?.error).toMatch(/^payload\.order: /);
    expect(body.runs[3]?.error).toBe('env.HOME: is reserved for the platform');
  });

  it('obeys the overlap policy of the job', async () => {
    const client = await givenJob({ script: 'sleep', args: ['60'] });

    const { body } = await post(client, [{}, {}]);

    expect(body.runs.map((run) => run.status)).toEqual([202, 409]);
    const [started] = body.runs;
    await client.post(`/jobs/a-job/runs/${started?.run_id}/cancel`);
  });

  it('refuses the whole request for a malformed or missing input, and for a missing job', async () => {
    const client = await givenJob();

    expect(await post(client, [{}, { payloads: 1 }])).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("runs[1]: unknown field 'payloads'") },
    });
    expect(await post(client, [])).toMatchObject({
      status: 400,
      body: { error: 'runs: must have 1–1000 entries, got 0' },
    });
    expect((await client.post('/jobs/missing/runs:batch', { runs: [{}] })).status).toBe(404);
    expect((await client.post('/jobs/a-job/runs:other', { runs: [{}] })).status).toBe(404);
    expect(await runsOf(client)).toEqual([]);
  });
});
