import { afterEach, describe, expect, it } from 'vitest';
import {
  BadRequestError,
  ConflictError,
  ForbiddenError,
  JobdeckApiError,
  JobdeckClient,
  JobdeckConnectionError,
  NotFoundError,
  NotModifiedError,
  PreconditionFailedError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UnauthorizedError,
} from '../../../../lib/client/index.ts';
import { backoffMs } from '../../../../lib/client/retry.ts';
import { type FakeAnswer, startApiServer } from '../../../helpers/fakes/api-server.ts';
import type { Received } from '../../../helpers/fakes/http-server.ts';

type Server = Awaited<ReturnType<typeof startApiServer>>;

const RUN_ID = 'hello.k3f9a1b2c4.01JNXA3V5T9YV0Q2Z6W8M4R7B1';
/** The API asks for the next attempt at once, so that tests do not wait. */
const AT_ONCE = { 'retry-after': '0' };

let server: Server;
afterEach(() => server.close());

async function clientOf(
  answer: (request: Received, attempt: number) => FakeAnswer,
  options: Partial<ConstructorParameters<typeof JobdeckClient>[0]> = {},
): Promise<JobdeckClient> {
  server = await startApiServer(answer);
  return new JobdeckClient({ url: `${server.url}/`, token: 'secret', ...options });
}

const keys = () => server.received.map(({ headers }) => headers['idempotency-key']);

describe('a request', () => {
  it('has the token, encoded path parameters, the query and the body', async () => {
    const client = await clientOf(() => ({ body: { runs: [] } }));

    await client.get('/jobs/{id}/runs', { params: { path: { id: 'a/b c' }, query: { limit: 5, status: 'ok' } } });
    await client.put('/v1/secrets/{name}', { params: { path: { name: 'KEY' } }, body: { value: 'v' } });

    expect(server.received).toMatchObject([
      { method: 'GET', path: '/jobs/a%2Fb%20c/runs?limit=5&status=ok', headers: { authorization: 'Bearer secret' } },
      {
        method: 'PUT',
        path: '/v1/secrets/KEY',
        headers: { 'content-type': 'application/json' },
        body: '{"value":"v"}',
      },
    ]);
  });

  it('returns parsed JSON with the headers of the response', async () => {
    const client = await clientOf(() => ({ body: { job: { id: 'hello' } }, headers: { etag: '"x-1"' } }));

    const { data, response } = await client.get('/jobs/{id}', { params: { path: { id: 'hello' } } });

    expect(data.job.id).toBe('hello');
    expect(response.headers.get('etag')).toBe('"x-1"');
  });

  it('returns text that is not JSON', async () => {
    const client = await clientOf(() => ({ body: 'jobdeck_runs 1\n' }));

    expect((await client.get('/api/v1/metrics')).data).toBe('jobdeck_runs 1\n');
  });

  it('returns no data for a response without a body', async () => {
    const client = await clientOf(() => ({ status: 204 }));

    const { data, response } = await client.delete('/v1/flows/{id}', { params: { path: { id: 'f' } } });

    expect({ data, status: response.status }).toEqual({ data: undefined, status: 204 });
  });

  it('asks for the token before each attempt', async () => {
    let tokens = 0;
    const client = await clientOf((_, attempt) => (attempt === 1 ? { status: 503, headers: AT_ONCE } : { body: {} }), {
      token: async () => `token-${++tokens}`,
    });

    await client.get('/stats');

    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });
});

describe('an error response', () => {
  const BODIES = [
    { surface: 'runner', body: { error: 'no' }, code: undefined },
    { surface: 'flows', body: { errors: [{ code: 'not_found', message: 'no' }] }, code: 'not_found' },
    { surface: 'pipelines', body: { error: { code: 'job.not_found', message: 'no' } }, code: 'job.not_found' },
    { surface: 'integrations', body: { statusCode: 404, message: 'no', error: 'Not Found' }, code: undefined },
    { surface: 'admin', body: { success: false, message: 'no', error: 'Job not found' }, code: undefined },
  ];
  it.each(BODIES)('has the message and code of the $surface surface', async ({ body, code }) => {
    const client = await clientOf(() => ({ status: 404, body, headers: { 'x-request-id': 'r-1' } }));

    const error: unknown = await client.get('/stats').catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, message: 'no', code, requestId: 'r-1', body, name: 'NotFoundError' });
  });

  const CLASSES = [
    [304, NotModifiedError],
    [400, BadRequestError],
    [401, UnauthorizedError],
    [403, ForbiddenError],
    [404, NotFoundError],
    [409, ConflictError],
    [412, PreconditionFailedError],
    [429, TooManyRequestsError],
    [503, ServiceUnavailableError],
  ] as const;
  it.each(CLASSES)('rejects with a class of its own for the status %i', async (status, expected) => {
    const client = await clientOf(() => ({ status }), { retries: 0 });

    const error: unknown = await client.get('/jobs').catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(expected);
    expect(error).toBeInstanceOf(JobdeckApiError);
    expect(error).toMatchObject({ status, message: `GET /jobs returned ${status}` });
  });

  it('rejects with the general class for another status', async () => {
    const client = await clientOf(() => ({ status: 502, body: '<html>' }));

    await expect(client.get('/jobs')).rejects.toMatchObject({ name: 'JobdeckApiError', status: 502, body: '<html>' });
    expect(server.received).toHaveLength(1);
  });
});

describe('a repeated request', () => {
  it('follows a dropped connection and a 503', async () => {
    const answers: readonly FakeAnswer[] = [{ drop: true }, { status: 503, headers: AT_ONCE }, { body: { jobs: [] } }];
    const client = await clientOf((_, attempt) => answers[attempt - 1] ?? {});

    expect((await client.get('/jobs')).data).toEqual({ jobs: [] });
    expect(server.received).toHaveLength(3);
  });

  it('rejects with the last error when no attempt is left', async () => {
    const client = await clientOf(() => ({ status: 429, headers: AT_ONCE }), { retries: 2 });

    await expect(client.get('/jobs')).rejects.toBeInstanceOf(TooManyRequestsError);
    expect(server.received).toHaveLength(3);
  });

  it('does not wait longer than a minute', async () => {
    const client = await clientOf(() => ({ status: 429, headers: { 'retry-after': '61' } }));

    await expect(client.get('/jobs')).rejects.toMatchObject({ retryAfterMs: 61_000 });
    expect(server.received).toHaveLength(1);
  });

  it('has the same Idempotency-Key for one trigger, and another one for the next trigger', async () => {
    const fails = (attempt: number) => attempt === 1 || attempt === 2;
    const client = await clientOf((_, attempt) =>
      fails(attempt) ? { status: 503, headers: AT_ONCE } : { status: 202, body: { run: { run_id: RUN_ID } } },
    );

    const run = await client.trigger('hello');
    await client.trigger('hello');

    const [first, second, third, next] = keys();
    expect(run.run_id).toBe(RUN_ID);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect([second, third]).toEqual([first, first]);
    expect(next).not.toBe(first);
  });

  it('has a key on every route that starts a run', async () => {
    const client = await clientOf((_, attempt) => (attempt % 2 === 1 ? { drop: true } : { status: 202, body: {} }));

    await client.post('/jobs/{id}/run', { params: { path: { id: 'a' } } });
    await client.post('/v1/flows/{id}/run', { params: { path: { id: 'a' } } });
    await client.post('/api/v1/pipelines/{pipeline_id}/jobs', { params: { path: { pipeline_id: 'a' } } });
    await client.post('/api/v1/jobs/{job_id}/restart', { params: { path: { job_id: 'a' } } });

    const sent = keys();
    expect(sent).toHaveLength(8);
    expect(new Set(sent).size).toBe(4);
  });

  it('sends the input of a run', async () => {
    const client = await clientOf(() => ({ status: 202, body: { run: { run_id: RUN_ID } } }));

    await client.trigger('hello', { payload: { order: 7 }, args: ['a'], tags: ['import'] });
    await client.trigger('hello', { runAt: new Date('2031-05-06T10:00:00Z') });
    await client.trigger('hello');

    expect(server.received.map(({ body }) => body)).toEqual([
      '{"payload":{"order":7},"args":["a"],"tags":["import"]}',
      '{"run_at":"2031-05-06T10:00:00.000Z"}',
      '',
    ]);
  });

  it('keeps the key of the caller', async () => {
    const client = await clientOf(() => ({ status: 202, body: { run: {} } }));

    await client.trigger('hello', { idempotencyKey: 'order-4711' });
    await client.post('/v1/flows/{id}/run', {
      params: { path: { id: 'a' }, header: { 'Idempotency-Key': 'order-4712' } },
    });

    expect(keys()).toEqual(['order-4711', 'order-4712']);
  });

  it('does not follow a request with side effects and without a key', async () => {
    const client = await clientOf((_, attempt) => (attempt === 1 ? { drop: true } : { status: 503, headers: AT_ONCE }));
    const job = { id: 'hello', name: 'Hello', script: 'echo' };

    await expect(client.post('/jobs', { body: job })).rejects.toBeInstanceOf(JobdeckConnectionError);
    await expect(client.delete('/jobs/{id}', { params: { path: { id: 'hello' } } })).rejects.toBeInstanceOf(
      ServiceUnavailableError,
    );
    expect(server.received).toHaveLength(2);
  });

  it('does not follow a request whose route ignores the Idempotency-Key that the caller added', async () => {
    const client = await clientOf(() => ({ status: 503, headers: AT_ONCE }));
    const headers = { 'Idempotency-Key': 'order-4711' };
    const job = { id: 'hello', name: 'Hello', script: 'echo' };

    await expect(client.post('/jobs', { body: job, headers })).rejects.toBeInstanceOf(ServiceUnavailableError);
    const path = { id: 'hello' };
    await expect(client.delete('/jobs/{id}', { params: { path }, headers })).rejects.toThrow();

    expect(server.received).toHaveLength(2);
  });

  it('does not follow an abort', async () => {
    const abort = new AbortController();
    const client = await clientOf(() => {
      abort.abort(new Error('enough'));
      return { status: 503, headers: { 'retry-after': '30' } };
    });

    await expect(client.get('/jobs', { signal: abort.signal })).rejects.toThrow('enough');
    expect(server.received).toHaveLength(1);
  });

  it('names the reason if the API does not respond', async () => {
    const client = await clientOf(() => ({ drop: true }), { retries: 0 });

    await expect(client.get('/jobs')).rejects.toThrow(/^http:\/\/127\.0\.0\.1:\d+ does not respond \(.+\)$/);
  });

  it('waits twice as long each time, up to 8 s', () => {
    expect([1, 2, 3, 9].map((attempt) => backoffMs(attempt, 1))).toEqual([250, 500, 1_000, 8_000]);
    expect(backoffMs(1, 0)).toBe(125);
  });
});

describe('the types', () => {
  it('reject unknown paths and parameters, and require path parameters and bodies', async () => {
    const client = await clientOf(() => ({ body: {} }));

    const invalid = () => [
      // @ts-expect-error There is no such path.
      client.get('/nothing'),
      // @ts-expect-error The parameter is misspelled.
      client.get('/runs', { params: { query: { limt: 5 } } }),
      // @ts-expect-error The path has a parameter.
      client.get('/jobs/{id}'),
      // @ts-expect-error The value is none of the allowed ones.
      client.get('/failures', { params: { query: { group: 'day' } } }),
      // @ts-expect-error The body is missing.
      client.post('/jobs'),
      // @ts-expect-error The list has no pages.
      client.paginate('/stats'),
      client.paginate('/api/v1/jobs/{job_id}/logs', { params: { path: { job_id: 'j' }, query: { level: 'info' } } }),
      // @ts-expect-error Pages of a log have no time range.
      client.paginate('/api/v1/jobs/{job_id}/logs', { params: { path: { job_id: 'j' }, query: { since: 1 } } }),
      // @ts-expect-error Pages of a log have no time range.
      client.paginate('/api/v1/jobs/{job_id}/logs', { params: { path: { job_id: 'j' }, query: { until: 1 } } }),
    ];

    expect(invalid).toBeTypeOf('function');
  });
});
