import { CreateTableCommand, type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { DiscardedBatch } from '../../../../../lib/local/event-sources/batch-delivery.ts';
import type { Checkpoint } from '../../../../../lib/local/event-sources/shard-reader.ts';
import { StreamSource, type StreamSourceOptions } from '../../../../../lib/local/event-sources/stream-source.ts';
import type { TumblingWindowEvent } from '../../../../../lib/local/event-sources/tumbling-window.ts';
import { FunctionError, InvocationRefused } from '../../../../../lib/local/lambda/errors.ts';
import { FakeStream } from '../../../../helpers/fakes/dynamodb-stream.ts';
import { startDynamoDb } from '../../../../helpers/system/test-dynamodb.ts';
import { waitForAssertion } from '../../../../helpers/wait.ts';

type Answer = (event: DynamoDBStreamEvent) => unknown;

/** A function that records events and returns a configured result. */
class FakeFunction {
  readonly name = 'consumer';
  readonly arn = 'arn:aws:lambda:us-east-1:000000000000:function:consumer';
  readonly events: DynamoDBStreamEvent[] = [];
  #answer: Answer;

  constructor(answer: Answer = () => null) {
    this.#answer = answer;
  }

  /** Record keys of each event. */
  get batches(): string[] {
    return this.events.map((event) => keysOf(event).join(''));
  }

  async invoke(event: unknown): Promise<unknown> {
    const copy = structuredClone(event) as DynamoDBStreamEvent;
    this.events.push(copy);
    return await this.#answer(copy);
  }
}

class MemoryCheckpoints {
  readonly saved = new Map<string, Checkpoint>();
  load(shardId: string): Checkpoint | undefined {
    return this.saved.get(shardId);
  }
  save(shardId: string, checkpoint: Checkpoint): void {
    this.saved.set(shardId, checkpoint);
  }
}

const keysOf = (event: DynamoDBStreamEvent) => event.Records.map((record) => record.dynamodb?.Keys?.pk?.S ?? '?');
const fails = (message = 'no') => new FunctionError({ errorType: 'Error', errorMessage: message, trace: [] });

function startSource(fn: FakeFunction, where: Pick<StreamSourceOptions, 'endpoint' | 'streamArn'>, options = {}) {
  const checkpoints = new MemoryCheckpoints();
  const { endpoint, streamArn } = where;
  const source = new StreamSource({ endpoint, streamArn, fn, checkpoints, retryDelayMs: [1, 2], ...options });
  source.start();
  onTestFinished(() => source.stop(0));
  return { source, checkpoints };
}

/** Creates a dynoxide table with a stream; returns its name and the stream. */
async function createTable() {
  const { endpoint, client } = await startDynamoDb();
  const { TableDescription: { LatestStreamArn: streamArn = '' } = {} } = await client.send(
    new CreateTableCommand({
      TableName: 'Things',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  return { client, where: { endpoint, streamArn } };
}

async function put(client: DynamoDBClient, ...keys: readonly string[]): Promise<void> {
  for (const pk of keys) await client.send(new PutItemCommand({ TableName: 'Things', Item: { pk: { S: pk } } }));
}

test("passes records of a real stream in Lambda's format", async () => {
  const { client, where } = await createTable();
  const fn = new FakeFunction();
  const binary = new Uint8Array([1, 2]);
  await client.send(new PutItemCommand({ TableName: 'Things', Item: { pk: { S: 'a' }, b: { B: binary } } }));

  startSource(fn, where, { region: 'eu-west-1' });

  await waitForAssertion(() => expect(fn.events).toHaveLength(1));
  expect(fn.events[0]).toEqual({
    Records: [
      {
        eventID: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        eventName: 'INSERT',
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'eu-west-1',
        dynamodb: {
          ApproximateCreationDateTime: expect.any(Number) as number,
          Keys: { pk: { S: 'a' } },
          NewImage: { pk: { S: 'a' }, b: { B: 'AQI=' } },
          SequenceNumber: expect.stringMatching(/^\d+$/) as string,
          SizeBytes: expect.any(Number) as number,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
        eventSourceARN: where.streamArn,
      },
    ],
  });
});

test('keeps the order, continues with new writes and drops no-op writes', async () => {
  const { client, where } = await createTable();
  const fn = new FakeFunction();
  await put(client, 'a', 'b', 'c');
  startSource(fn, where, { batchSize: 2 });
  await waitForAssertion(() => expect(fn.batches).toEqual(['ab', 'c']));

  await put(client, 'a', 'd');

  await waitForAssertion(() => expect(fn.batches).toEqual(['ab', 'c', 'd']));
});

test('passes only records that match a filter', async () => {
  const { client, where } = await createTable();
  const fn = new FakeFunction();
  await put(client, 'REG#1', 'DEF#1', 'STATE#1', 'DEF#2');

  const { checkpoints } = startSource(fn, where, {
    filters: ['{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"DEF#"}]}}},"eventName":["INSERT"]}'],
  });

  await waitForAssertion(() => expect(fn.batches).toEqual(['DEF#1DEF#2']));
  await client.send(
    new UpdateItemCommand({
      TableName: 'Things',
      Key: { pk: { S: 'DEF#1' } },
      UpdateExpression: 'SET x = :x',
      ExpressionAttributeValues: { ':x': { N: '1' } },
    }),
  );
  await waitForAssertion(() => expect([...checkpoints.saved.values()]).toEqual([{ sequenceNumber: '5' }]));
  expect(fn.events).toHaveLength(1);
});

test('starts after the checkpoint', async () => {
  const { client, where } = await createTable();
  const checkpoints = new MemoryCheckpoints();
  const before = new FakeFunction();
  await put(client, 'a', 'b');
  const { source } = startSource(before, where, { checkpoints });
  await waitForAssertion(() => expect(checkpoints.saved.size).toBe(1));
  await source.stop();
  await put(client, 'c');

  const after = new FakeFunction();
  startSource(after, where, { checkpoints });

  await waitForAssertion(() => expect(after.batches).toEqual(['c']));
  expect(before.batches).toEqual(['ab']);
});

test('repeats unfinished records after a stop', async () => {
  const { client, where } = await createTable();
  const checkpoints = new MemoryCheckpoints();
  const hanging = new FakeFunction(() => new Promise(() => {}));
  await put(client, 'a');
  const { source } = startSource(hanging, where, { checkpoints });
  await waitForAssertion(() => expect(hanging.batches).toEqual(['a']));
  await source.stop(0);

  const fn = new FakeFunction();
  startSource(fn, where, { checkpoints });

  await waitForAssertion(() => expect(fn.batches).toEqual(['a']));
});

test('starts at the end with LATEST', async () => {
  const stream = await FakeStream.start();
  const fn = new FakeFunction();
  stream.write('a');
  startSource(fn, stream, { startingPosition: 'LATEST' });
  await waitForAssertion(() => expect(stream.calls('GetRecords')).toBeGreaterThan(0));

  stream.write('b');

  await waitForAssertion(() => expect(fn.batches).toEqual(['b']));
});

test('spells the identity of a TTL delete as Lambda does', async () => {
  const stream = await FakeStream.start();
  const fn = new FakeFunction();
  const identity = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };

  startSource(fn, stream);
  stream.write('a', { eventName: 'REMOVE', userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' } });
  stream.write('b', { eventName: 'REMOVE', userIdentity: identity });

  await waitForAssertion(() => {
    const records = fn.events.flatMap((event) => event.Records);
    expect(records.map((record) => record.userIdentity as object)).toEqual([identity, identity]);
  });
});

test('blocks the shard until a failing batch succeeds', async () => {
  const stream = await FakeStream.start();
  let failures = 3;
  const fn = new FakeFunction(() => {
    if (failures-- > 0) throw fails();
  });
  stream.write('a', 'b');

  startSource(fn, stream, { batchSize: 1 });

  await waitForAssertion(() => expect(fn.batches).toEqual(['a', 'a', 'a', 'a', 'b']));
});

test('discards a batch after the retries and describes it to the destination', async () => {
  const stream = await FakeStream.start();
  const discarded: DiscardedBatch[] = [];
  const fn = new FakeFunction((event) => {
    if (keysOf(event).includes('b')) throw fails();
  });
  stream.write('a', 'b', 'c', 'd');

  startSource(fn, stream, {
    batchSize: 3,
    maximumRetryAttempts: 2,
    onFailure: async (batch: DiscardedBatch) => void discarded.push(batch),
  });

  await waitForAssertion(() => expect(fn.batches).toEqual(['abc', 'abc', 'abc', 'd']));
  const second = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;
  expect(discarded).toEqual([
    {
      version: '1.0',
      timestamp: expect.any(String) as string,
      requestContext: {
        requestId: expect.any(String) as string,
        functionArn: `${fn.arn}:$LATEST`,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      DDBStreamBatchInfo: {
        shardId: 'shard-1',
        startSequenceNumber: '1',
        endSequenceNumber: '3',
        approximateArrivalOfFirstRecord: second,
        approximateArrivalOfLastRecord: second,
        batchSize: 3,
        streamArn: stream.streamArn,
      },
    },
  ]);
});

test('bisects a failing batch until the failing record is isolated', async () => {
  const stream = await FakeStream.start();
  const discarded: DiscardedBatch[] = [];
  const fn = new FakeFunction((event) => {
    if (keysOf(event).includes('c')) throw fails();
  });
  stream.write('a', 'b', 'c', 'd', 'e');

  startSource(fn, stream, {
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 1,
    onFailure: async (batch: DiscardedBatch) => void discarded.push(batch),
  });

  await waitForAssertion(() => expect(fn.batches).toEqual(['abcde', 'abc', 'ab', 'c', 'c', 'de']));
  expect(discarded[0]?.DDBStreamBatchInfo).toMatchObject({ startSequenceNumber: '3', batchSize: 1 });
});

test('continues at the first record that the function reports', async () => {
  const stream = await FakeStream.start();
  let isFirst = true;
  const fn = new FakeFunction((event) => {
    const [, , c, d] = event.Records;
    const failed = isFirst ? [d, c].map((record) => ({ itemIdentifier: record?.dynamodb?.SequenceNumber })) : [];
    isFirst = false;
    return { batchItemFailures: failed };
  });
  stream.write('a', 'b', 'c', 'd');

  startSource(fn, stream, { reportBatchItemFailures: true });

  await waitForAssertion(() => expect(fn.batches).toEqual(['abcd', 'cd']));
});

test('isolates and discards a reported record that never succeeds', async () => {
  const stream = await FakeStream.start();
  const discarded: DiscardedBatch[] = [];
  const fn = new FakeFunction((event) => ({
    batchItemFailures: event.Records.filter((record) => record.dynamodb?.Keys?.pk?.S === 'b').map((record) => ({
      itemIdentifier: record.dynamodb?.SequenceNumber,
    })),
  }));
  stream.write('a', 'b', 'c', 'd');

  startSource(fn, stream, {
    reportBatchItemFailures: true,
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 1,
    onFailure: async (batch: DiscardedBatch) => void discarded.push(batch),
  });

  await waitForAssertion(() => expect(fn.batches.at(-1)).toBe('d'));
  expect(fn.batches).toEqual(['abcd', 'bcd', 'bc', 'b', 'b', 'c', 'd']);
  expect(discarded.map((batch) => batch.DDBStreamBatchInfo.startSequenceNumber)).toEqual(['2']);
});

test('discards records that are too old without an invocation', async () => {
  const stream = await FakeStream.start();
  const discarded: DiscardedBatch[] = [];
  const fn = new FakeFunction();
  stream.write('a', { ageSeconds: 100 });
  stream.write('b');

  startSource(fn, stream, {
    maximumRecordAgeSeconds: 60,
    onFailure: async (batch: DiscardedBatch) => void discarded.push(batch),
  });

  await waitForAssertion(() => expect(fn.batches).toEqual(['b']));
  expect(discarded.map((batch) => batch.requestContext)).toEqual([
    expect.objectContaining({ condition: 'RecordAgeExceeded', approximateInvokeCount: 0 }),
  ]);
});

test('blocks the shard while the destination is unavailable', async () => {
  const stream = await FakeStream.start();
  const discarded: DiscardedBatch[] = [];
  let outages = 2;
  const fn = new FakeFunction((event) => {
    if (keysOf(event).includes('a')) throw fails();
  });
  stream.write('a', 'b');

  startSource(fn, stream, {
    batchSize: 1,
    maximumRetryAttempts: 0,
    onFailure: async (batch: DiscardedBatch) => {
      if (outages-- > 0) throw new Error('ECONNREFUSED');
      discarded.push(batch);
    },
  });

  await waitForAssertion(() => expect([fn.batches, discarded.length]).toEqual([['a', 'b'], 1]));
});

test('does not count throttles as attempts, and splits a batch over the payload limit', async () => {
  const stream = await FakeStream.start();
  let throttles = 3;
  const fn = new FakeFunction((event) => {
    if (throttles-- > 0) throw new InvocationRefused('TooManyRequestsException', 'Rate Exceeded');
    if (event.Records.length > 1) throw new InvocationRefused('RequestTooLargeException', 'too large');
  });
  stream.write('a', 'b');

  startSource(fn, stream, { maximumRetryAttempts: 0 });

  await waitForAssertion(() => expect(fn.batches).toEqual(['ab', 'ab', 'ab', 'ab', 'a', 'b']));
});

test('gathers a batch during the batching window', async () => {
  const stream = await FakeStream.start();
  const fn = new FakeFunction();
  startSource(fn, stream, { batchSize: 3, maximumBatchingWindowMs: 60_000 });

  stream.write('a', 'b');
  await waitForAssertion(() => expect(stream.read).toBe(2));
  stream.write('c', 'd');

  await waitForAssertion(() => expect(fn.batches).toEqual(['abc']));
});

test('reads child shards after their parent, once', async () => {
  const stream = await FakeStream.start();
  const fn = new FakeFunction();
  stream.write('a');
  const { checkpoints } = startSource(fn, stream);
  await waitForAssertion(() => expect(fn.batches).toEqual(['a']));

  stream.write('b');
  stream.splitShard();
  stream.write('c');

  await waitForAssertion(() => expect(fn.batches).toEqual(['a', 'b', 'c']));
  expect(checkpoints.saved.get('shard-1')).toEqual({ sequenceNumber: '2', ended: true });
});

test('continues with the oldest record if its position has been trimmed', async () => {
  const stream = await FakeStream.start();
  const fn = new FakeFunction();
  stream.write('a', 'b', 'c');
  stream.trim(2);
  const checkpoints = new MemoryCheckpoints();
  checkpoints.save('shard-1', { sequenceNumber: '1' });

  startSource(fn, stream, { checkpoints });

  await waitForAssertion(() => expect(fn.batches).toEqual(['c']));
});

test('continues after an outage or expired iterators', async () => {
  const stream = await FakeStream.start();
  const fn = new FakeFunction();
  startSource(fn, stream);
  stream.write('a');
  await waitForAssertion(() => expect(fn.batches).toEqual(['a']));

  stream.failNext('InternalServerError', 'ExpiredIteratorException');
  stream.write('b');

  await waitForAssertion(() => expect(fn.batches).toEqual(['a', 'b']));
});

test('repeats a delivery if its checkpoint could not be saved', async () => {
  const stream = await FakeStream.start();
  const fn = new FakeFunction();
  const checkpoints = new MemoryCheckpoints();
  const save = vi.spyOn(checkpoints, 'save').mockImplementationOnce(() => {
    throw new Error('ENOSPC');
  });
  stream.write('a');

  startSource(fn, stream, { checkpoints });
  await waitForAssertion(() => expect(save).toHaveBeenCalledTimes(1));
  stream.write('b');

  await waitForAssertion(() => expect(checkpoints.saved.get('shard-1')).toEqual({ sequenceNumber: '2' }));
  expect(fn.batches).toEqual(['a', 'b']);
});

test('passes the state of a tumbling window and the shard id, and closes the window at the next one', async () => {
  const stream = await FakeStream.start();
  const fn = new FakeFunction((event) => {
    const { state } = event as TumblingWindowEvent;
    return { state: { count: Number(state.count ?? 0) + event.Records.length } };
  });
  const [first, second] = [Date.UTC(2026, 2, 1, 10, 0, 20), Date.UTC(2026, 2, 1, 10, 1, 30)];
  stream.write('a', 'b', { writtenAt: first });
  stream.write('c', { writtenAt: first + 9000 });
  stream.write('d', { writtenAt: second });

  startSource(fn, stream, { tumblingWindowSeconds: 30, batchSize: 2 });

  const common = { shardId: 'shard-1', eventSourceARN: stream.streamArn, isWindowTerminatedEarly: false };
  const one = { ...common, window: { start: '2026-03-01T10:00:00Z', end: '2026-03-01T10:00:30Z' } };
  const two = { ...common, window: { start: '2026-03-01T10:01:30Z', end: '2026-03-01T10:02:00Z' } };
  await waitForAssertion(() => expect(fn.batches).toEqual(['ab', 'c', '', 'd', '']));
  expect(fn.events.map(({ Records, ...rest }) => rest)).toEqual([
    { ...one, state: {}, isFinalInvokeForWindow: false },
    { ...one, state: { count: 2 }, isFinalInvokeForWindow: false },
    { ...one, state: { count: 3 }, isFinalInvokeForWindow: true },
    { ...two, state: {}, isFinalInvokeForWindow: false },
    { ...two, state: { count: 1 }, isFinalInvokeForWindow: true },
  ]);
});

test('keeps an open window after a restart', async () => {
  const stream = await FakeStream.start();
  const checkpoints = new MemoryCheckpoints();
  const count: Answer = (event) => {
    const { state } = event as TumblingWindowEvent;
    return { state: { count: Number(state.count ?? 0) + event.Records.length } };
  };
  const options = { tumblingWindowSeconds: 900, checkpoints };
  const before = new FakeFunction(count);
  stream.write('a', 'b');
  const { source } = startSource(before, stream, options);
  await waitForAssertion(() => expect(checkpoints.saved.get('shard-1')?.window?.state).toEqual({ count: 2 }));
  await source.stop();

  const after = new FakeFunction(count);
  startSource(after, stream, options);
  stream.write('c');

  await waitForAssertion(() => expect(after.events).toMatchObject([{ state: { count: 2 } }]));
});

test('fails on a result without state, and repeats the final invocation of a window until it succeeds', async () => {
  const stream = await FakeStream.start();
  let answers: unknown[] = [null, { state: {} }, null, { batchItemFailures: [] }, { state: {} }];
  const fn = new FakeFunction(() => {
    const [answer, ...rest] = answers;
    answers = rest;
    return answer;
  });
  stream.write('a', { writtenAt: Date.UTC(2026, 2, 1) });

  startSource(fn, stream, { tumblingWindowSeconds: 10, maximumRetryAttempts: 1 });

  await waitForAssertion(() => expect(answers).toEqual([]));
  expect(fn.events.map((event) => (event as TumblingWindowEvent).isFinalInvokeForWindow)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});

test('ends a window early if its state exceeds 1 MB', async () => {
  const stream = await FakeStream.start();
  const fn = new FakeFunction((event) => ({ state: { big: 'x'.repeat(event.Records.length > 0 ? 1_100_000 : 0) } }));
  stream.write('a');

  startSource(fn, stream, { tumblingWindowSeconds: 900 });

  await waitForAssertion(() => expect(fn.events).toHaveLength(2));
  expect(fn.events[1]).toMatchObject({ isFinalInvokeForWindow: true, isWindowTerminatedEarly: true, Records: [] });
});

test('reads four times a second while it gathers a batch', async () => {
  const startedAt = performance.now();
  const stream = await FakeStream.start();
  const fn = new FakeFunction();
  stream.write('a');

  startSource(fn, stream, { maximumBatchingWindowMs: 1_000, hasRecordsAfter: () => true });

  await waitForAssertion(() => expect(fn.batches).toEqual(['a']));
  // On a busy machine the batch takes longer, and the same rate makes more reads.
  const seconds = (performance.now() - startedAt) / 1_000;
  expect(stream.calls('GetRecords')).toBeLessThan(4 * seconds + 6);
});
