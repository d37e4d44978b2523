import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SqsSource, type SqsSourceOptions } from '../../../../../lib/local/event-sources/sqs-source.ts';
import { FunctionError, InvocationRefused } from '../../../../../lib/local/lambda/errors.ts';
import { type TestQueue, TestSqs } from '../../../../helpers/system/test-sqs.ts';
import { waitForAssertion } from '../../../../helpers/wait.ts';

type Answer = (event: SQSEvent) => unknown;

/** A function that records events and returns a configured result. */
class FakeFunction {
  readonly name = 'consumer';
  readonly events: SQSEvent[] = [];
  #answer: Answer;
  /** While set, the function has no capacity. */
  full: Promise<void> | undefined;

  constructor(answer: Answer = () => null) {
    this.#answer = answer;
  }

  get bodies(): string[] {
    return this.events.flatMap((event) => event.Records.map((record) => record.body));
  }

  async invoke(event: unknown): Promise<unknown> {
    this.events.push(event as SQSEvent);
    return await this.#answer(event as SQSEvent);
  }

  async waitForCapacity(): Promise<void> {
    await this.full;
  }
}

function startSource(sqs: TestSqs, queue: TestQueue, fn: FakeFunction, options: Partial<SqsSourceOptions> = {}) {
  const { endpoint, attributes } = sqs;
  const source = new SqsSource({ endpoint, ...queue, fn, attributes, ...options });
  source.start();
  onTestFinished(() => sqs.stopSource(source, queue));
  return source;
}

const EMPTY = { visible: 0, inFlight: 0 };

test("passes messages in Lambda's format and deletes them", async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  const fn = new FakeFunction();
  await sqs.client.send(
    new SendMessageCommand({
      QueueUrl: queue.queueUrl,
      MessageBody: 'hello',
      MessageGroupId: 'acme',
      MessageAttributes: {
        kind: { DataType: 'String', StringValue: 'greeting' },
        raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
      },
    }),
  );

  startSource(sqs, queue, fn);

  await waitForAssertion(async () => expect([fn.events.length, await sqs.depth(queue)]).toEqual([1, EMPTY]));
  const text = expect.any(String) as string;
  const record: SQSRecord = {
    messageId: text,
    receiptHandle: text,
    body: 'hello',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: text,
      SenderId: text,
      ApproximateFirstReceiveTimestamp: text,
      MessageGroupId: 'acme',
    },
    messageAttributes: {
      kind: { dataType: 'String', stringValue: 'greeting', stringListValues: [], binaryListValues: [] },
      raw: { dataType: 'Binary', binaryValue: 'AQI=', stringListValues: [], binaryListValues: [] },
    },
    md5OfBody: '5d41402abc4b2a76b9719d911017c592',
    md5OfMessageAttributes: text,
    eventSource: 'aws:sqs',
    eventSourceARN: queue.queueArn,
    awsRegion: 'us-east-1',
  };
  expect(fn.events[0]).toEqual({ Records: [record] });
});

test('passes at most one batch at a time', async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  const fn = new FakeFunction();
  await sqs.send(queue, 'a', 'b', 'c', 'd', 'e');

  startSource(sqs, queue, fn, { batchSize: 2 });

  await waitForAssertion(() => expect(fn.events.map((event) => event.Records.length)).toEqual([2, 2, 1]));
});

test('gathers a batch during the batching window', async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  const fn = new FakeFunction();
  const bodies = Array.from({ length: 24 }, (_, index) => String(index));
  startSource(sqs, queue, fn, { batchSize: 24, maximumBatchingWindowMs: 60_000 });

  await sqs.send(queue, ...bodies.slice(0, 10));
  await sqs.send(queue, ...bodies.slice(10, 20));
  await sqs.send(queue, ...bodies.slice(20));

  await waitForAssertion(() => expect(fn.events).toHaveLength(1));
  expect(fn.bodies.toSorted()).toEqual(bodies.toSorted());
});

test('rejects a large batch size without a window', async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();

  expect(() => startSource(sqs, queue, new FakeFunction(), { batchSize: 11 })).toThrow(/window of at least 1 s/);
});

test('keeps a failed batch in flight, retries it, and moves it to the dead letters', async () => {
  const sqs = await TestSqs.start();
  const dead = await sqs.createQueue();
  const queue = await sqs.createQueue({ VisibilityTimeout: '1' }, { to: dead, maxReceiveCount: 2 });
  const fn = new FakeFunction(() => {
    throw new FunctionError({ errorType: 'Error', errorMessage: 'no', trace: [] });
  });
  await sqs.send(queue, 'poison');

  startSource(sqs, queue, fn);

  await waitForAssertion(() => expect(fn.events).toHaveLength(1));
  expect(await sqs.depth(queue)).toEqual({ visible: 0, inFlight: 1 });
  expect(await sqs.receive(dead)).toBe('poison');
  const counts = fn.events.map((event) => event.Records[0]?.attributes.ApproximateReceiveCount);
  expect(counts).toEqual(['1', '2']);
});

test.each<[string, (records: SQSRecord[]) => unknown, string[]]>([
  ['the one that failed', ([first]) => ({ batchItemFailures: [{ itemIdentifier: first?.messageId }] }), ['a']],
  ['none on an empty list', () => ({ batchItemFailures: [] }), []],
  ['none on no answer', () => null, []],
  ['all on an unknown identifier', () => ({ batchItemFailures: [{ itemIdentifier: 'other' }] }), ['a', 'b']],
  ['all on an empty identifier', () => ({ batchItemFailures: [{ itemIdentifier: '' }] }), ['a', 'b']],
  ['all on a wrong key', () => ({ batchItemFailures: [{ id: 'x' }] }), ['a', 'b']],
])('keeps the failed messages of a partial response: %s', async (_, answer, kept) => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  const fn = new FakeFunction((event) => answer(event.Records.toSorted((a, b) => a.body.localeCompare(b.body))));
  await sqs.send(queue, 'a', 'b');

  startSource(sqs, queue, fn, { reportBatchItemFailures: true });

  await waitForAssertion(async () => {
    expect(fn.bodies.toSorted()).toEqual(['a', 'b']);
    expect(await sqs.depth(queue)).toEqual({ visible: 0, inFlight: kept.length });
  });
});

test("ignores the function's result unless configured", async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  const fn = new FakeFunction((event) => ({ batchItemFailures: [{ itemIdentifier: event.Records[0]?.messageId }] }));
  await sqs.send(queue, 'a');

  startSource(sqs, queue, fn);

  await waitForAssertion(async () => expect([fn.bodies, await sqs.depth(queue)]).toEqual([['a'], EMPTY]));
});

test('deletes messages that match no filter', async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  const fn = new FakeFunction();
  await sqs.send(queue, '{"kind":"wanted"}', '{"kind":"other"}', 'plain text');

  startSource(sqs, queue, fn, { filters: ['{"body":{"kind":["wanted"]}}'] });

  await waitForAssertion(async () =>
    expect([fn.bodies, await sqs.depth(queue)]).toEqual([['{"kind":"wanted"}'], EMPTY]),
  );
});

test('respects maximumConcurrency and leaves other messages in the queue', async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  const go = Promise.withResolvers<void>();
  const fn = new FakeFunction(() => go.promise);
  await sqs.send(queue, 'a', 'b', 'c');

  startSource(sqs, queue, fn, { batchSize: 1, maximumConcurrency: 2 });

  await waitForAssertion(() => expect(fn.events).toHaveLength(2));
  expect(await sqs.depth(queue)).toEqual({ visible: 1, inFlight: 2 });
  go.resolve();
  await waitForAssertion(async () => expect([fn.events.length, await sqs.depth(queue)]).toEqual([3, EMPTY]));
});

test('receives nothing while the function has no capacity', async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  const fn = new FakeFunction();
  const capacity = Promise.withResolvers<void>();
  fn.full = capacity.promise;
  await sqs.send(queue, 'a');

  startSource(sqs, queue, fn);

  expect(await sqs.depth(queue)).toEqual({ visible: 1, inFlight: 0 });
  capacity.resolve();
  await waitForAssertion(() => expect(fn.bodies).toEqual(['a']));
});

test('retries a throttled batch', async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  let refusals = 2;
  const fn = new FakeFunction(() => {
    if (refusals-- > 0) throw new InvocationRefused('TooManyRequestsException', 'Rate Exceeded');
  });
  await sqs.send(queue, 'a');

  startSource(sqs, queue, fn);

  await waitForAssertion(async () => expect([fn.events.length, await sqs.depth(queue)]).toEqual([3, EMPTY]));
});

test('splits a batch over the payload limit', async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  const fn = new FakeFunction(({ Records }) => {
    if (Records.length > 1) throw new InvocationRefused('RequestTooLargeException', 'too large');
  });
  await sqs.send(queue, 'a', 'b', 'c');

  startSource(sqs, queue, fn);

  await waitForAssertion(async () => expect(await sqs.depth(queue)).toEqual(EMPTY));
  expect(fn.events.filter(({ Records }) => Records.length === 1)).toHaveLength(3);
});

test('continues after an outage of SQS', async () => {
  const before = await TestSqs.start();
  const queue = await before.createQueue();
  const fn = new FakeFunction();
  const log = vi.fn();
  startSource(before, queue, fn, { log });
  await before.stop();
  await waitForAssertion(() => expect(log).toHaveBeenCalled());

  const after = await TestSqs.start(before.port);
  const again = await after.createQueue({}, undefined);
  startSource(after, again, fn);
  await after.send(again, 'back');

  await waitForAssertion(() => expect(fn.bodies).toEqual(['back']));
});

test('stop() waits for running invocations and receives nothing more', async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  const go = Promise.withResolvers<void>();
  const fn = new FakeFunction(() => go.promise);
  await sqs.send(queue, 'a');
  const source = startSource(sqs, queue, fn);
  await waitForAssertion(() => expect(fn.events).toHaveLength(1));

  const stopped = source.stop(10_000);
  go.resolve();
  await stopped;
  await sqs.send(queue, 'late');

  expect(await sqs.receive(queue)).toBe('late');
  expect(fn.bodies).toEqual(['a']);
});

test('stop() makes messages visible that arrive during the stop', async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue();
  const fn = new FakeFunction();
  const capacity = vi.spyOn(fn, 'waitForCapacity');
  const source = startSource(sqs, queue, fn);
  await waitForAssertion(() => expect(capacity).toHaveBeenCalledTimes(1)); // a long poll is pending or about to start

  const stopped = source.stop();
  await sqs.send(queue, 'late');
  await stopped;

  expect(fn.events).toEqual([]);
  expect(await sqs.receive(queue)).toBe('late');
});
