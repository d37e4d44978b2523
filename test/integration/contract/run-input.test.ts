import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../helpers/clients/api.ts';
import type { ErrorBody, ResultBody, RunBody, RunsBody } from '../../helpers/clients/runner-bodies.ts';
import { startHttpServer } from '../../helpers/fakes/http-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

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
