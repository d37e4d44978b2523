import { GetObjectCommand, PutObjectAclCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSqsAndS3 } from '../../../../../lib/local/fauxqs/sqs-and-s3.ts';
import type { AsyncInvokeOptions } from '../../../../../lib/local/lambda/async-invoke.ts';
import { UnreachableTargetError } from '../../../../../lib/local/scheduler/engine.ts';
import { type InvocableFunction, QueueSender, schedulerTargets } from '../../../../../lib/local/scheduler/targets.ts';
import { arn } from '../../../../../lib/local/support/arn.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

async function setUp(folder = temporaryFolder()) {
  const service = await startSqsAndS3(folder);
  let stopped = false;
  const stop = async () => {
    if (!stopped) await service.stop();
    stopped = true;
  };
  onTestFinished(stop);
  const config = {
    endpoint: service.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return { service, stop, folder, sqs: new SQSClient(config), s3: new S3Client(config) };
}

async function bodies(sqs: SQSClient, QueueUrl: string): Promise<(string | undefined)[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body }) => Body);
}

test('keeps messages after a restart', async () => {
  const before = await setUp();
  const QueueUrl = before.service.ensureQueue('runs', {});
  await before.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }));
  await before.stop();

  const after = await setUp(before.folder);

  expect(await bodies(after.sqs, after.service.ensureQueue('runs', {}))).toEqual(['one']);
});

test('receives and deletes messages in this process as over HTTP', async () => {
  const { service, sqs } = await setUp();
  const QueueUrl = service.ensureQueue('runs', {});
  const MessageAttributes = {
    kind: { DataType: 'String', StringValue: 'greeting' },
    raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
  };
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one', MessageAttributes }));
  const read = { QueueUrl, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All' as const] };

  const { Messages: [inProcess] = [] } = await service.client.receiveMessage(read);
  const { Messages: whileInFlight } = await service.client.receiveMessage(read);
  const entry = { Id: '0', ReceiptHandle: inProcess?.ReceiptHandle };
  await service.client.changeMessageVisibilityBatch({ QueueUrl, Entries: [{ ...entry, VisibilityTimeout: 0 }] });
  const { Messages: [overHttp] = [] } = await sqs.send(new ReceiveMessageCommand(read));
  const Entries = [{ Id: '0', ReceiptHandle: overHttp?.ReceiptHandle }];
  const { Failed: failed } = await service.client.deleteMessageBatch({ QueueUrl, Entries });

  expect(whileInFlight ?? []).toEqual([]);
  const { SentTimestamp, SenderId } = overHttp?.Attributes ?? {};
  expect(inProcess).toMatchObject({ Body: 'one', Attributes: { SentTimestamp, SenderId } });
  expect(inProcess?.MD5OfMessageAttributes).toBe(overHttp?.MD5OfMessageAttributes);
  expect(inProcess?.MessageAttributes?.kind).toMatchObject(MessageAttributes.kind);
  expect([...(inProcess?.MessageAttributes?.raw?.BinaryValue ?? [])]).toEqual([1, 2]);
  expect(failed).toEqual([]);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'two' }));
  expect(await bodies(sqs, QueueUrl)).toEqual(['two']);
});

describe('message bodies', () => {
  test.each(['😀', 'a\u{10ffff}b', '\u{10000}', '\t\n\r \ud7ff\ue000\ufffd'])(
    'may contain %j, alone and in a batch',
    async (body) => {
      const { service, sqs } = await setUp();
      const QueueUrl = service.ensureQueue('runs', {});

      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
      const batch = { QueueUrl, Entries: [{ Id: '1', MessageBody: body }] };
      const { Successful = [], Failed = [] } = await sqs.send(new SendMessageBatchCommand(batch));

      expect([Successful.length, Failed]).toEqual([1, []]);
      expect(await bodies(sqs, QueueUrl)).toEqual([body, body]);
    },
  );

  test.each(['\u0000', 'a\u001fb', '\u007f\ufffe', '\uffff', '\ud83d', '😀\ude00'])(
    'reject %j, alone and in a batch',
    async (body) => {
      const { service, sqs } = await setUp();
      const QueueUrl = service.ensureQueue('runs', {});

      const sent = sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
      await expect(sent).rejects.toMatchObject({ name: expect.stringMatching(/InvalidMessageContents$/) });
      const Entries = ['fine 😀', body].map((MessageBody, i) => ({ Id: `${i}`, MessageBody }));
      const { Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));

      expect(Failed).toMatchObject([{ Id: '1', Code: 'InvalidMessageContents' }]);
      expect(await bodies(sqs, QueueUrl)).toEqual(['fine 😀']);
    },
  );
});

test('receives from the group with the fewest messages in flight, also after a restart', async () => {
  const before = await setUp();
  const QueueUrl = before.service.ensureQueue('runs', { VisibilityTimeout: '600' });
  const send = (group: string, MessageBody: string) =>
    before.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: group }));
  for (let i = 1; i <= 4; i++) await send('flood', `flood ${i}`);
  await send('acme', 'acme 1');
  await send('globex', 'globex 1');
  await send('acme', 'acme 2');
  const one = async ({ sqs, service }: typeof before) => {
    const receive = { QueueUrl: service.queueUrl('runs'), MaxNumberOfMessages: 1 };
    return (await sqs.send(new ReceiveMessageCommand(receive))).Messages?.[0]?.Body;
  };

  const first = [await one(before), await one(before), await one(before)];
  await before.stop();
  const after = await setUp(before.folder);

  expect(first).toEqual(['flood 1', 'acme 1', 'globex 1']);
  expect([await one(after), await one(after)]).toEqual(['flood 2', 'acme 2']);
  expect([await one(after), await one(after), await one(after)]).toEqual(['flood 3', 'flood 4', undefined]);
});

test('distributes a batch among the groups', async () => {
  const { service, sqs } = await setUp();
  const QueueUrl = service.ensureQueue('runs', {});
  for (const group of ['flood', 'flood', 'flood', 'acme']) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: group, MessageGroupId: group }));
  }

  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 2 }));

  expect(Messages.map(({ Body }) => Body)).toEqual(['flood', 'acme']);
});

test('receives messages without a group in order', async () => {
  const { service, sqs } = await setUp();
  const QueueUrl = service.ensureQueue('orders', {});
  for (const MessageBody of ['1', '2', '3']) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'acme', MessageGroupId: 'acme' }));

  expect(await bodies(sqs, QueueUrl)).toEqual(['1', '2', '3', 'acme']);
});

test('updates the attributes of an existing queue from the template', async () => {
  const { service, sqs } = await setUp();
  service.ensureQueue('dead', {});
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn('sqs', 'dead'), maxReceiveCount: 1 });
  service.ensureQueue('runs', { VisibilityTimeout: '0', RedrivePolicy });

  const QueueUrl = service.ensureQueue('runs', { VisibilityTimeout: '7' });

  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({ VisibilityTimeout: '7', QueueArn: arn('sqs', 'runs') });
  expect(Attributes).not.toHaveProperty('RedrivePolicy');
});

test('finds user-created queues at the current endpoint, also after a restart', async () => {
  const before = await setUp();
  const made = await before.sqs.send(new CreateQueueCommand({ QueueName: 'orders' }));
  await before.stop();

  const after = await setUp(before.folder);

  expect(made.QueueUrl).toBe(before.service.queueUrl('orders'));
  const { QueueUrl } = await after.sqs.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
  expect(QueueUrl).toBe(after.service.queueUrl('orders'));
});

test('moves a message to the dead letters after the maximum receive count', async () => {
  const { service, sqs } = await setUp();
  const dead = service.ensureQueue('dead', {});
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn('sqs', 'dead'), maxReceiveCount: 1 });
  const runs = service.ensureQueue('runs', { VisibilityTimeout: '0', RedrivePolicy });
  await sqs.send(new SendMessageCommand({ QueueUrl: runs, MessageBody: 'poison' }));

  const received = [await bodies(sqs, runs), await bodies(sqs, runs), await bodies(sqs, dead)];

  expect(received).toEqual([['poison'], [], ['poison']]);
});

test('responds to a pending long poll when polls are ended', async () => {
  const { service, sqs } = await setUp();
  const QueueUrl = service.ensureQueue('runs', {});
  const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  let answered = false;
  void waiting.then(() => {
    answered = true;
  });

  await expect
    .poll(() => {
      service.endLongPolls();
      return answered;
    })
    .toBe(true);
});

test('rejects a conditional write if the object exists', async () => {
  const { service, s3 } = await setUp();
  service.ensureBucket('data');
  const object = { Bucket: 'data', Key: 'a', Body: 'one' };
  await s3.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }));

  const again = s3.send(new PutObjectCommand({ ...object, Body: 'two', IfNoneMatch: '*' }));

  await expect(again).rejects.toMatchObject({ name: 'PreconditionFailed' });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'data', Key: 'a' }));
  expect(await Body?.transformToString()).toBe('one');
});

test('rejects unsupported S3 operations instead of overwriting the object', async () => {
  const { service, s3 } = await setUp();
  service.ensureBucket('data');
  await s3.send(new PutObjectCommand({ Bucket: 'data', Key: 'a', Body: 'one' }));

  const change = s3.send(new PutObjectAclCommand({ Bucket: 'data', Key: 'a', ACL: 'private' }));

  await expect(change).rejects.toMatchObject({ name: 'NotImplemented' });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'data', Key: 'a' }));
  expect(await Body?.transformToString()).toBe('one');
});

test('QueueSender sends by ARN and reports a missing queue', async () => {
  const { service, sqs } = await setUp();
  const QueueUrl = service.ensureQueue('runs', {});
  const sender = new QueueSender(service.url);

  await sender.send(arn('sqs', 'runs'), 'hello', { attributes: { WHY: 'because' } });

  expect(await bodies(sqs, QueueUrl)).toEqual(['hello']);
  await expect(sender.send(arn('sqs', 'gone'), 'hello')).rejects.toThrow(UnreachableTargetError);
});

describe('schedulerTargets', () => {
  const target = {
    RoleArn: 'arn:aws:iam::000000000000:role/scheduler',
    RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
  };

  test('sends to a queue', async () => {
    const { service, sqs } = await setUp();
    const QueueUrl = service.ensureQueue('ticks', {});
    const targets = schedulerTargets(new QueueSender(service.url), new Map());

    await targets.deliver({ ...target, Arn: arn('sqs', 'ticks') }, 'tick');

    expect(await bodies(sqs, QueueUrl)).toEqual(['tick']);
  });

  test('invokes a function and sends its failures to the configured destination', async () => {
    const { service, sqs } = await setUp();
    const QueueUrl = service.ensureQueue('dead', {});
    const invocations: { event: unknown; options: AsyncInvokeOptions }[] = [];
    const sweeper: InvocableFunction = {
      fn: {
        invokeAsync(event, options = {}) {
          invocations.push({ event, options });
          return { requestId: 'request', done: Promise.resolve('failed') };
        },
      },
      asynchronous: { maximumRetryAttempts: 0, maximumEventAgeMs: 60_000, onFailureQueueArn: arn('sqs', 'dead') },
    };
    const functions = new Map([[arn('lambda', 'function:sweeper'), sweeper]]);
    const targets = schedulerTargets(new QueueSender(service.url), functions);

    await targets.deliver({ ...target, Arn: arn('lambda', 'function:sweeper') }, '{"sweep":true}');
    const { event, options } = invocations[0] ?? {};
    await options?.onFailure?.({
      version: '1.0',
      timestamp: '2026-03-02T12:00:00.000Z',
      requestContext: {
        requestId: 'request',
        functionArn: 'sweeper',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 1,
      },
      requestPayload: event,
    });

    expect(event).toEqual({ sweep: true });
    expect(options).toMatchObject({ maximumRetryAttempts: 0, maximumEventAgeMs: 60_000 });
    expect(JSON.parse((await bodies(sqs, QueueUrl))[0] ?? '')).toMatchObject({ requestPayload: { sweep: true } });
  });

  test('reports a missing function', async () => {
    const { service } = await setUp();
    const targets = schedulerTargets(new QueueSender(service.url), new Map());

    const delivery = targets.deliver({ ...target, Arn: arn('lambda', 'function:gone') }, '{}');

    await expect(delivery).rejects.toThrow(UnreachableTargetError);
  });
});
