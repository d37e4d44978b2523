import { createHash } from 'node:crypto';
import { GetQueueAttributesCommand, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceBatch, SourceReader } from '../../../../../../../functions/core/executors/flow/source-reader.ts';
import { createSqsReader } from '../../../../../../../functions/core/executors/flow/sources/sqs.ts';
import { planSplits, sourceContext, valuesOf } from '../../../../../../helpers/builders/source-context.ts';
import { startTestObjects, type TestObjects } from '../../../../../../helpers/system/test-objects.ts';

let services: TestObjects;
beforeAll(async () => {
  services = await startTestObjects();
});
afterAll(() => services.stop());

const fullName = (queue: string) =>
  `sources-${createHash('sha256').update('acme').digest('hex').slice(0, 16)}-${queue}`;

async function aQueue(queue: string, bodies: readonly string[]): Promise<string> {
  const QueueUrl = services.queue(fullName(queue));
  for (let at = 0; at < bodies.length; at += 10) {
    const Entries = bodies.slice(at, at + 10).map((MessageBody, i) => ({ Id: `${i}`, MessageBody }));
    await services.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
  return QueueUrl;
}

/** Returns the number of messages in a queue, visible or not. */
async function left(QueueUrl: string) {
  const command = new GetQueueAttributesCommand({
    QueueUrl,
    AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
  });
  return (await services.sqs.send(command)).Attributes;
}

/** Waits between attempts take no time. */
const pacing = { pause: async () => {}, random: () => 0 };

const readerOf = (queue: string, pageSize = 100, sqs: SQSClient = services.sqs) =>
  createSqsReader(
    { id: 'source_1', type: 'sqs', queue },
    sourceContext({ sqs, pageSize, sourceQueuePrefix: 'sources-', pacing }),
  );

/** Returns the next `count` reads. */
async function next(reader: SourceReader, count: number, signal = new AbortController().signal) {
  const readings: (SourceBatch | { readonly waitMs: number })[] = [];
  for await (const reading of reader.read(null, null, signal)) {
    readings.push(reading);
    if (readings.length >= count) break;
  }
  return readings;
}
const batch = async (reader: SourceReader) => (await next(reader, 1))[0] as SourceBatch;

/** Creates a client with these responses, in turn. */
function answering(...answers: readonly (object | Error)[]) {
  const sent: object[] = [];
  const send = async (command: { input: object }) => {
    sent.push(command.input);
    const answer = answers[sent.length - 1] ?? {};
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { sent, client: { send } as unknown as SQSClient };
}
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const URL = { QueueUrl: 'http://queue' };

describe('createSqsReader', () => {
  it('creates an unbounded, staged source and plans one split per possible task', async () => {
    await aQueue('plan', []);
    const reader = readerOf('plan');

    expect(await planSplits(reader)).toHaveLength(64);
    expect(reader).toMatchObject({ unbounded: true, staged: true });
  });

  it('logs once that it is connected', async () => {
    await aQueue('told', ['1', '2']);
    const said: unknown[] = [];
    const context = sourceContext({
      sqs: services.sqs,
      sourceQueuePrefix: 'sources-',
      log: (...line) => said.push(line),
    });
    const reader = createSqsReader({ id: 'orders', type: 'sqs', queue: 'told' }, context);

    await batch(reader);
    await batch(reader);

    expect(said).toEqual([['info', 'orders', 'connected to queue told', { queue: 'told' }]]);
  });

  it('fails permanently with the expected name if the queue does not exist', async () => {
    await expect(planSplits(readerOf('absent'))).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: true,
      message: expect.stringContaining(`queue ${fullName('absent')} does not exist:`),
    });
  });

  it('parses bodies as JSON, each with its message, and reports invalid ones as failed records', async () => {
    await aQueue('bodies', ['{"id":1}', 'no JSON', '[2]']);

    const { records, messages, bytes, next: position } = await batch(readerOf('bodies'));

    const values = valuesOf([{ records, bytes, next: null }]);
    expect(values).toHaveLength(3);
    expect(values).toEqual(
      expect.arrayContaining([
        { id: 1 },
        [2],
        { input: 'no JSON', message: expect.stringMatching(/^message [0-9a-f-]{36}: Unexpected token/) },
      ]),
    );
    const place = records.findIndex((record) => 'failed' in record);
    expect(records[place]).toMatchObject({
      failed: { message: expect.stringContaining(messages?.[place]?.id ?? '?') },
    });
    expect(new Set(messages?.map(({ id }) => id)).size).toBe(3);
    expect(bytes).toBe(18);
    expect(position).not.toBeNull();
  });

  it('returns at most a page, and at most 90 messages', async () => {
    const bodies = Array.from({ length: 130 }, (_, i) => `${i}`);
    await aQueue('many', bodies);

    const small = await batch(readerOf('many', 15));
    const large = await batch(readerOf('many', 1_000));
    const rest = await batch(readerOf('many', 1_000));

    expect([small, large, rest].map(({ records }) => records.length)).toEqual([15, 90, 25]);
    expect(valuesOf([small, large, rest]).toSorted((a, b) => Number(a) - Number(b))).toEqual(bodies.map(Number));
  });

  it('deletes acknowledged messages, also twice', async () => {
    const QueueUrl = await aQueue(
      'done',
      Array.from({ length: 25 }, (_, i) => `${i}`),
    );
    const reader = readerOf('done');
    const { messages = [] } = await batch(reader);

    await reader.acknowledge?.(messages);
    await reader.acknowledge?.(messages);

    expect(messages).toHaveLength(25);
    expect(await left(QueueUrl)).toEqual({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
  });

  it('hides messages that another task processes for 15 minutes', async () => {
    const { client, sent } = answering(URL);
    const messages = upTo(12).map((i) => ({ id: `m${i}`, receipt: `r${i}` }));

    await readerOf('deferred', 100, client).defer?.(messages);

    expect(sent.slice(1)).toMatchObject([{ Entries: { length: 10 } }, { Entries: { length: 2 } }]);
    expect(sent[2]).toMatchObject({
      Entries: [
        { Id: '0', ReceiptHandle: 'r10', VisibilityTimeout: 900 },
        { Id: '1', ReceiptHandle: 'r11', VisibilityTimeout: 900 },
      ],
    });
  });

  it('keeps deferred messages', async () => {
    const QueueUrl = await aQueue('kept', ['1', '2']);
    const reader = readerOf('kept');
    const { messages = [] } = await batch(reader);

    await reader.defer?.(messages);

    expect(await left(QueueUrl)).toEqual({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '2',
    });
  });

  it('reports an empty queue and continues', async () => {
    const message = { MessageId: 'm1', ReceiptHandle: 'r1', Body: '1' };
    const { client, sent } = answering(URL, {}, { Messages: [message] });

    const readings = await next(readerOf('empty', 100, client), 2);

    expect(readings[0]).toEqual({ waitMs: 0 });
    expect(readings[1]).toMatchObject({ records: [{ value: 1 }], messages: [{ id: 'm1', receipt: 'r1' }] });
    expect(sent[1]).toMatchObject({ WaitTimeSeconds: 1, VisibilityTimeout: 120, MaxNumberOfMessages: 10 });
  });

  it('does not wait if it must not', async () => {
    const { client, sent } = answering(URL);
    const isPatient = [false, true].values();
    const readings = readerOf('hurried', 100, client).read(
      null,
      null,
      new AbortController().signal,
      () => isPatient.next().value ?? false,
    );

    await readings.next();
    await readings.next();

    expect(sent.slice(1)).toMatchObject([{ WaitTimeSeconds: 0 }, { WaitTimeSeconds: 1 }]);
  });

  it('stops waiting after an abort', async () => {
    await aQueue('waiting', []);
    const stop = new AbortController();

    const waiting = next(readerOf('waiting'), 1, stop.signal);
    stop.abort(new Error('stopped'));

    await expect(waiting).rejects.toThrow('stopped');
  });

  it('returns a message that was received twice once, with its newer receipt', async () => {
    const message = (id: number, receipt: string) => ({ MessageId: `m${id}`, ReceiptHandle: receipt, Body: `${id}` });
    const first = Array.from({ length: 10 }, (_, i) => message(i, 'old'));
    const { client } = answering(URL, { Messages: first }, { Messages: [message(3, 'new')] });

    const { records, messages } = await batch(readerOf('twice', 20, client));

    expect(records).toHaveLength(10);
    expect(messages?.[3]).toEqual({ id: 'm3', receipt: 'new' });
  });

  it('keeps received messages if another receive fails', async () => {
    const first = Array.from({ length: 10 }, (_, i) => ({ MessageId: `m${i}`, ReceiptHandle: 'r', Body: '1' }));
    const { client } = answering(URL, { Messages: first }, new Error('throttled'));

    expect((await batch(readerOf('throttled', 20, client))).records).toHaveLength(10);
  });

  it('receives no further messages if they are too large for a page', async () => {
    const Body = JSON.stringify('x'.repeat(250_000));
    const first = Array.from({ length: 10 }, (_, i) => ({ MessageId: `m${i}`, ReceiptHandle: 'r', Body }));
    const { client, sent } = answering(URL, { Messages: first });

    const { records } = await batch(readerOf('large', 100, client));

    expect([records.length, sent.length]).toEqual([10, 2]);
  });

  it('tolerates expired receipts, and no other refusal to delete', async () => {
    const expired = { Failed: [{ Id: '0', SenderFault: true, Code: 'ReceiptHandleIsInvalid' }] };
    const broken = { Failed: [{ Id: '0', SenderFault: false, Code: 'InternalError' }] };
    const { client } = answering(URL, expired, ...Array.from({ length: 8 }, () => broken));
    const reader = readerOf('expired', 100, client);
    const messages = [{ id: 'm1', receipt: 'r1' }];

    await expect(reader.acknowledge?.(messages)).resolves.toBeUndefined();
    await expect(reader.acknowledge?.(messages)).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: false,
      message: expect.stringContaining('InternalError'),
    });
  });

  it('repeats the deletion of failed messages only, after a delay', async () => {
    const broken = { Failed: [{ Id: '1', SenderFault: false, Code: 'InternalError' }] };
    const { client, sent } = answering(URL, broken, {});
    const reader = readerOf('again', 100, client);

    await reader.acknowledge?.(['r1', 'r2', 'r3'].map((receipt) => ({ id: receipt, receipt })));

    const receipts = sent.slice(1).map((input) => {
      const { Entries = [] } = input as { Entries?: { ReceiptHandle: string }[] };
      return Entries.map(({ ReceiptHandle }) => ReceiptHandle);
    });
    expect(receipts).toEqual([['r1', 'r2', 'r3'], ['r2']]);
  });

  it('fails temporarily if SQS is unreachable', async () => {
    const { client } = answering(URL, new Error('connection refused'));

    await expect(next(readerOf('unreachable', 100, client), 1)).rejects.toMatchObject({
      name: 'FlowFailure',
      permanent: false,
    });
  });
});
