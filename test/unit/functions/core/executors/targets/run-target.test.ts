import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CalledTarget } from '../../../../../../functions/core/domain/job.ts';
import { QUEUE_GROUP } from '../../../../../../functions/core/domain/targets/queue-target.ts';
import { TargetUnavailableError } from '../../../../../../functions/core/domain/targets/target-unavailable.ts';
import { parseTenantId, type TenantId } from '../../../../../../functions/core/domain/tenant.ts';
import type { Execution } from '../../../../../../functions/core/executors/execution.ts';
import { runTarget } from '../../../../../../functions/core/executors/targets/run-target.ts';
import { anExecution } from '../../../../../helpers/builders/executions.ts';
import { startHttpServer } from '../../../../../helpers/fakes/http-server.ts';

let regions = 0;

const RUN = 'report.k3f9.01JNXA3V5T9YV0Q2Z6W8M4R7B1';

type Reply = object | { readonly error: string; readonly message?: string; readonly status?: number };

/** Starts a server that speaks the JSON protocols of AWS, and directs the clients of SQS and EventBridge to it. */
async function givenService(replies: Readonly<Record<string, Reply>>) {
  const server = await startHttpServer((request, response) => {
    const body = server.received.at(-1)?.body ?? '{}';
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const reply = replies[operation] ?? { error: 'UnknownOperation' };
    if (!('error' in reply)) {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ ...computedFields(operation, body, request.headers.host), ...reply }));
      return;
    }
    const { error, message = 'no', status = 400 } = reply as { error: string; message?: string; status?: number };
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: error, message }));
  });
  onTestFinished(() => server.close());
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', server.url);
  vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', server.url);
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', server.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  return {
    requests: (operation: string) =>
      server.received
        .filter(({ headers }) => String(headers['x-amz-target']).endsWith(`.${operation}`))
        .map(({ body }) => JSON.parse(body) as Readonly<Record<string, unknown>>),
  };
}

/** Returns the fields that the clients verify. */
function computedFields(operation: string, body: string, host: string | undefined): object {
  if (operation === 'GetQueueUrl') return { QueueUrl: `http://${host}/123456789012/work` };
  if (operation !== 'SendMessage') return {};
  const { MessageBody } = JSON.parse(body) as { readonly MessageBody: string };
  return { MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') };
}

/** A region of its own for each test, because the clients are kept by region. */
const freshRegion = () => `test-region-${++regions}`;

const queueTarget = (target: Partial<Extract<CalledTarget, { type: 'queue' }>> = {}) =>
  ({ type: 'queue', target: 'work', group: null, payload: null, ...target }) as const;
const eventTarget = (target: Partial<Extract<CalledTarget, { type: 'event' }>> = {}) =>
  ({ type: 'event', target: 'bus', detailType: 'Order', source: 'jobdeck', payload: null, ...target }) as const;

const lambdaTarget = (target: Partial<Extract<CalledTarget, { type: 'lambda' }>> = {}) =>
  ({ type: 'lambda', target: 'report', mode: 'sync', payload: null, ...target }) as const;

function run(target: CalledTarget, options: { readonly fifo?: boolean; readonly execution?: Partial<Execution> } = {}) {
  const region = freshRegion();
  return runTarget(target, anExecution(target, options.execution), {
    work: { type: 'queue', queue: `arn:aws:sqs:${region}:123456789012:work${options.fifo ? '.fifo' : ''}` },
    report: { type: 'lambda', function: `arn:aws:lambda:${region}:123456789012:function:report:live` },
    bus: { type: 'event', eventBus: `arn:aws:events:${region}:123456789012:event-bus/orders` },
    others: { type: 'queue', queue: `arn:aws:sqs:${region}:123456789012:others`, tenants: ['globex'] },
  });
}

const QUEUE = {
  GetQueueUrl: {},
  SendMessage: { MessageId: 'm-1' },
};

afterEach(() => vi.unstubAllEnvs());

describe('a run of a queue job', () => {
  it('sends its payload with the run in the attributes of the message', async () => {
    const service = await givenService({ ...QUEUE, SendMessage: { MessageId: 'm-1', SequenceNumber: '7' } });

    const outcome = await run(queueTarget({ payload: { order: 5 }, group: 'eu' }));

    expect(outcome).toMatchObject({ status: 'ok', message: null, meta: { message_id: 'm-1', sequence_number: '7' } });
    expect(outcome.stdout.tail).toBe('{"message_id":"m-1","sequence_number":"7"}');
    expect(service.requests('GetQueueUrl')).toEqual([{ QueueName: 'work', QueueOwnerAWSAccountId: '123456789012' }]);
    expect(service.requests('SendMessage')).toEqual([
      {
        QueueUrl: expect.stringMatching(/\/123456789012\/work$/),
        MessageBody: '{"order":5}',
        MessageGroupId: 'acme#eu',
        MessageAttributes: {
          'jobdeck-tenant': { DataType: 'String', StringValue: 'acme' },
          'jobdeck-job-id': { DataType: 'String', StringValue: 'report' },
          'jobdeck-run-id': { DataType: 'String', StringValue: RUN },
          'jobdeck-attempt': { DataType: 'Number', StringValue: '1' },
        },
      },
    ]);
  });

  it('has the same deduplication id in all attempts, and tenant and job as its group, in a FIFO queue', async () => {
    const service = await givenService(QUEUE);

    await run(queueTarget(), { fifo: true, execution: { attempt: 1 } });
    await run(queueTarget(), { fifo: true, execution: { attempt: 2 } });

    const ids = { MessageDeduplicationId: RUN, MessageGroupId: 'acme#report', MessageBody: '{}' };
    expect(service.requests('SendMessage')).toMatchObject([ids, ids]);
  });

  it('shares no group with runs of another tenant', async () => {
    const service = await givenService(QUEUE);
    const globex = parseTenantId('globex') as TenantId;
    const groups = [{ target: queueTarget(), fifo: true }, { target: queueTarget({ group: 'eu' }) }];

    for (const { target, ...options } of groups) {
      await run(target, options);
      await run(target, { ...options, execution: { tenant: globex } });
    }

    const sent = service.requests('SendMessage').map(({ MessageGroupId }) => MessageGroupId);
    expect(sent).toEqual(['acme#report', 'globex#report', 'acme#eu', 'globex#eu']);
  });

  it.each([
    ['the id of the job', null],
    ['a stored group from before the limit', '"'.repeat(128)],
  ])('has a hash of its group if SQS does not accept the length of tenant and %s', async (_, group) => {
    const service = await givenService(QUEUE);
    const tenant = parseTenantId('t'.repeat(64)) as TenantId;

    await run(queueTarget({ group }), { fifo: true, execution: { tenant, jobId: 'j'.repeat(64) } });
    await run(queueTarget({ group }), { fifo: true, execution: { tenant, jobId: `${'j'.repeat(63)}k` } });

    const sent = service.requests('SendMessage').map(({ MessageGroupId }) => String(MessageGroupId));
    expect(sent).toEqual(Array(2).fill(expect.stringMatching(/^t{64}#[A-Za-z0-9_-]{43}$/)));
    expect(new Set(sent).size).toBe(group === null ? 2 : 1);
  });

  it('has the longest valid group behind the longest tenant', async () => {
    const service = await givenService(QUEUE);
    const tenant = parseTenantId('t'.repeat(64)) as TenantId;
    const group = 'g'.repeat(63);

    await run(queueTarget({ group }), { execution: { tenant } });

    expect(service.requests('SendMessage')).toMatchObject([{ MessageGroupId: `${tenant}#${group}` }]);
    expect(QUEUE_GROUP.test(group)).toBe(true);
    expect(QUEUE_GROUP.test(`${group}g`)).toBe(false);
  });

  it('escapes the characters that SQS does not accept', async () => {
    const service = await givenService(QUEUE);

    await run(queueTarget({ payload: '\uffff\u0001' }));

    expect(service.requests('SendMessage')[0]?.MessageBody).toBe(String.raw`"\uffff\u0001"`);
  });

  it('fails with the error of SQS', async () => {
    await givenService({ GetQueueUrl: { error: 'AWS.SimpleQueueService.NonExistentQueue', message: 'no such queue' } });

    expect(await run(queueTarget())).toMatchObject({
      status: 'error',
      message: expect.stringMatching(/^target 'work': \w+: no such queue$/),
    });
  });

  it('fails without the names of roles and resources of the team if SQS denies access', async () => {
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/worker/fn is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:eu-central-1:123456789012:work';
    await givenService({ ...QUEUE, SendMessage: { error: 'AccessDenied', message } });

    const outcome = await run(queueTarget());

    const reason = 'User: (ARN) is not authorized to perform: sqs:sendmessage on resource: (ARN)';
    expect(outcome).toMatchObject({ status: 'error', message: `target 'work': AccessDenied: ${reason}` });
    expect(JSON.stringify(outcome)).not.toContain('123456789012');
  });

  it.each([
    ['is throttled', { error: 'RequestThrottled' }],
    ['has an internal error', { error: 'InternalError', status: 500 }],
  ])('is deferred while SQS %s', async (_, reply) => {
    await givenService({ ...QUEUE, SendMessage: reply });

    await expect(run(queueTarget())).rejects.toThrow(TargetUnavailableError);
  });

  it('is aborted by its signal, and times out', async () => {
    const server = await startHttpServer(() => {});
    onTestFinished(() => server.close());
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', server.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');

    const aborted = await run(queueTarget(), { execution: { signal: AbortSignal.abort() } });
    const late = await run(eventTarget(), { execution: { timeoutMs: 1, signal: new AbortController().signal } });

    expect(aborted).toMatchObject({ status: 'aborted' });
    expect(late).toMatchObject({ status: 'timeout', message: expect.stringContaining('within 1 ms') });
  });
});

describe('a run of an event job', () => {
  it('puts the run and its payload on the bus', async () => {
    const service = await givenService({ PutEvents: { FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] } });

    const outcome = await run(eventTarget({ payload: { order: 5 } }), {
      execution: { attempt: 2, scheduledAt: '2026-03-02T01:00:00.000Z' },
    });

    expect(outcome).toMatchObject({ status: 'ok', meta: { event_id: 'e-1' } });
    const [{ Entries = [] } = {}] = service.requests('PutEvents') as { Entries?: Record<string, string>[] }[];
    expect(Entries).toMatchObject([{ Source: 'jobdeck', DetailType: 'Order' }]);
    expect(Entries[0]?.EventBusName).toMatch(/:event-bus\/orders$/);
    expect(JSON.parse(Entries[0]?.Detail ?? '')).toEqual({
      metadata: {
        tenant: 'acme',
        job_id: 'report',
        run_id: RUN,
        attempt: 2,
        scheduled_at: '2026-03-02T01:00:00.000Z',
      },
      data: { order: 5 },
    });
  });

  it('fails if EventBridge refuses the event', async () => {
    const entry = { ErrorCode: 'MalformedDetail', ErrorMessage: 'no object' };
    await givenService({ PutEvents: { FailedEntryCount: 1, Entries: [entry] } });

    expect(await run(eventTarget())).toMatchObject({
      status: 'error',
      message: 'EventBridge refused the event: MalformedDetail: no object',
    });
  });

  it('is deferred if EventBridge cannot take the event now', async () => {
    const entry = { ErrorCode: 'InternalFailure', ErrorMessage: 'later' };
    await givenService({ PutEvents: { FailedEntryCount: 1, Entries: [entry] } });

    await expect(run(eventTarget())).rejects.toThrow(TargetUnavailableError);
  });

  it('fails for good if the event is larger than EventBridge accepts', async () => {
    const service = await givenService({});

    const outcome = await run(eventTarget({ payload: 'a'.repeat(262_130) }));

    expect(outcome).toMatchObject({
      status: 'error',
      final: true,
      message: expect.stringMatching(/^the event has \d+ bytes; EventBridge accepts at most 262144$/),
    });
    expect(service.requests('PutEvents')).toEqual([]);
  });
});

interface LambdaReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Starts a server that answers the calls of Lambda. Without a reply it ends the connection. */
async function givenLambda(reply?: LambdaReply) {
  const server = await startHttpServer((_, response) => {
    if (!reply) {
      response.destroy();
      return;
    }
    response.writeHead(reply.status, { 'x-amzn-requestid': 'r-1', ...reply.headers });
    response.end(reply.body === undefined ? '' : JSON.stringify(reply.body));
  });
  onTestFinished(() => server.close());
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', server.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  return server;
}

const log = (text: string) => ({ 'x-amz-log-result': Buffer.from(text).toString('base64') });
const METADATA = { tenant: 'acme', job_id: 'report', run_id: RUN, attempt: 1, scheduled_at: null };

describe('a run of a lambda job', () => {
  it('waits for the function and has its result, its log and the run in the client context', async () => {
    const server = await givenLambda({ status: 200, headers: log('START\nhello\n'), body: { rows: 3 } });

    const outcome = await run(lambdaTarget({ payload: { day: 1 } }));

    expect(outcome).toMatchObject({ status: 'ok', message: null, meta: { rows: 3 } });
    expect(outcome.stdout.tail).toBe('{"rows":3}');
    expect(outcome.stderr.tail).toBe('START\nhello');
    const [request] = server.received;
    const { path = '', headers = {}, body } = request ?? {};
    expect(decodeURIComponent(path)).toMatch(/^\/2015-03-31\/functions\/arn:aws:.*:function:report:live\/invocations$/);
    expect(headers).toMatchObject({ 'x-amz-invocation-type': 'RequestResponse', 'x-amz-log-type': 'Tail' });
    const context = Buffer.from(String(request?.headers['x-amz-client-context']), 'base64').toString();
    expect(JSON.parse(context)).toEqual({ custom: { jobdeck: METADATA } });
    expect(body).toBe('{"day":1}');
  });

  it.each([
    ['a list', [1], '[1]'],
    ['a large object', { text: 'a'.repeat(9_000) }, JSON.stringify({ text: 'a'.repeat(9_000) })],
  ])('has %s as its output, and not as its meta data', async (_, body, stdout) => {
    await givenLambda({ status: 200, body });

    const outcome = await run(lambdaTarget());

    expect(outcome).toMatchObject({ status: 'ok', meta: null });
    expect(outcome.stdout.tail).toBe(stdout);
  });

  it('fails with the error of the function', async () => {
    const body = { errorType: 'RangeError', errorMessage: 'no such day', trace: ['at handler'] };
    await givenLambda({ status: 200, headers: { 'x-amz-function-error': 'Unhandled', ...log('oh') }, body });

    const outcome = await run(lambdaTarget());

    expect(outcome).toMatchObject({
      status: 'error',
      message: 'RangeError: no such day',
      meta: { function_error: 'Unhandled', request_id: 'r-1' },
    });
    expect(outcome.stderr.tail).toBe('oh');
    expect(JSON.parse(outcome.stdout.tail)).toEqual(body);
  });

  it('ends when Lambda has accepted its event, which has the run, in the mode async', async () => {
    const server = await givenLambda({ status: 202 });

    const objects = await run(lambdaTarget({ mode: 'async', payload: { day: 1 } }));
    await run(lambdaTarget({ mode: 'async', payload: [1] }));

    expect(objects).toMatchObject({ status: 'ok', meta: { request_id: 'r-1' } });
    expect(server.received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { day: 1, jobdeck: METADATA },
      [1],
    ]);
    expect(server.received[0]?.headers).toMatchObject({ 'x-amz-invocation-type': 'Event' });
    expect(server.received[0]?.headers).not.toHaveProperty('x-amz-log-type');
  });

  it.each(['sync', 'async'] as const)(
    'invokes no function with a stored payload that names a run (%s)',
    async (mode) => {
      const server = await givenLambda({ status: 202 });

      const outcome = await run(lambdaTarget({ mode, payload: { jobdeck: { tenant: 'victim' } } }));

      expect(outcome).toMatchObject({
        status: 'error',
        final: true,
        message: "payload: must not have the field 'jobdeck', which names the run",
      });
      expect(server.received).toEqual([]);
    },
  );

  it.each([
    ['throttles', { status: 429, headers: { 'x-amzn-errortype': 'TooManyRequestsException' }, body: { Reason: 'x' } }],
    ['fails', { status: 500, headers: { 'x-amzn-errortype': 'ServiceException' }, body: {} }],
  ])('is deferred after one call while Lambda %s', async (_, reply) => {
    const server = await givenLambda(reply);

    await expect(run(lambdaTarget())).rejects.toThrow(TargetUnavailableError);
    expect(server.received).toHaveLength(1);
  });

  it('fails without another call if the connection ends before the answer', async () => {
    const server = await givenLambda();

    expect(await run(lambdaTarget())).toMatchObject({
      status: 'error',
      message: "target 'report': Error: the connection ended before the answer, so the function may have run",
    });
    expect(server.received).toHaveLength(1);
  });

  it('fails with the refusal of Lambda', async () => {
    const headers = { 'x-amzn-errortype': 'ResourceNotFoundException' };
    await givenLambda({ status: 404, headers, body: { Message: 'Function not found' } });

    expect(await run(lambdaTarget())).toMatchObject({
      status: 'error',
      message: expect.stringMatching(/^target 'report': ResourceNotFoundException: /),
    });
  });
});

describe('a run whose target is not declared', () => {
  it.each([
    ['does not exist', queueTarget({ target: 'missing' })],
    ['is of another type', queueTarget({ target: 'bus' })],
    ['is a property of every object', queueTarget({ target: 'constructor' })],
    ['is one of another tenant', queueTarget({ target: 'others' })],
  ])('fails for good with the same message if it %s', async (_, target) => {
    expect(await run(target)).toMatchObject({
      status: 'error',
      final: true,
      message: `queue.target: must be the name of a target of type queue that is declared for this tenant, got '${target.target}'`,
    });
  });
});
