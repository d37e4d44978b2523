import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { StreamSource } from '../../../../lib/local/event-sources/stream-source.ts';
import { type FauxqsTimedQueue, withDueTimer } from '../../../../lib/local/fauxqs/due-timer.ts';
import { startSqsAndS3 } from '../../../../lib/local/fauxqs/sqs-and-s3.ts';
import { watchFolder } from '../../../../lib/local/support/folder-changes.ts';
import { ConditionVariable } from '../../../../lib/local/support/wait.ts';
import { FakeStream } from '../../../helpers/fakes/dynamodb-stream.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';
import { waitForAssertion } from '../../../helpers/wait.ts';

/** An idle local system waits for events instead of polling. */

describe('StreamSource', () => {
  it('reads only after a change', async () => {
    const stream = await FakeStream.start();
    const bell = new ConditionVariable();
    let waits = 0;
    const changes = {
      isQuiet: () => true,
      next: (signal: AbortSignal) => {
        waits++;
        return bell.wait(signal);
      },
    };
    const events: unknown[] = [];
    const fn = { name: 'consumer', arn: 'arn:aws:lambda:us-east-1:000000000000:function:consumer', invoke };
    async function invoke(event: unknown): Promise<unknown> {
      events.push(event);
      return null;
    }
    const checkpoints = { load: () => undefined, save: () => {} };
    const { endpoint, streamArn } = stream;
    const source = new StreamSource({ endpoint, streamArn, fn, checkpoints, changes });
    onTestFinished(() => source.stop(0));
    source.start();
    await waitForAssertion(() => expect(waits).toBe(1));
    expect(stream.calls('GetRecords')).toBe(1);

    stream.write('a');
    bell.notifyAll();

    await waitForAssertion(() => expect(waits).toBe(2));
    expect(events).toHaveLength(1);
    // One read that returned the record and one empty read.
    expect(stream.calls('GetRecords')).toBe(3);
  });

  it('reads only if the database has records after its position', async () => {
    const stream = await FakeStream.start();
    const looks: string[] = [];
    let written = 0;
    const hasRecordsAfter = (sequenceNumber: string) => {
      looks.push(sequenceNumber);
      return written > Number(sequenceNumber);
    };
    const keys: unknown[] = [];
    const fn = { name: 'consumer', arn: 'arn:aws:lambda:us-east-1:000000000000:function:consumer', invoke };
    async function invoke(event: unknown): Promise<unknown> {
      keys.push(...(event as DynamoDBStreamEvent).Records.map(({ dynamodb }) => dynamodb?.Keys?.pk?.S));
      return null;
    }
    const checkpoints = { load: () => undefined, save: () => {} };
    const { endpoint, streamArn } = stream;
    const source = new StreamSource({ endpoint, streamArn, fn, checkpoints, hasRecordsAfter });
    onTestFinished(() => source.stop(0));
    source.start();
    await waitForAssertion(() => expect(looks.length).toBeGreaterThan(2));
    const readsOfTheEmptyStream = stream.calls('GetRecords');

    stream.write('a', 'b');
    written = 2;
    await waitForAssertion(() => expect(looks.filter((position) => position === '2').length).toBeGreaterThan(2));
    stream.write('c');
    written = 3;
    await waitForAssertion(() => expect(keys).toEqual(['a', 'b', 'c']));

    expect(readsOfTheEmptyStream).toBe(1);
    expect(stream.calls('GetRecords')).toBe(3);
  });
});

describe('watchFolder', () => {
  it('reports a changed file and a folder that is not quiet', async () => {
    const folder = temporaryFolder();
    const changes = watchFolder(folder);
    onTestFinished(() => changes?.close());
    const changed = changes?.next(AbortSignal.timeout(20_000));

    writeFileSync(join(folder, 'dynamodb.sqlite-wal'), 'frame');

    await expect(changed).resolves.toBeUndefined();
    expect(changes?.isQuiet()).toBe(false);
  });

  it('reports a folder as quiet after two seconds without a change', () => {
    let now = 1_000;
    const changes = watchFolder(temporaryFolder(), () => now);
    onTestFinished(() => changes?.close());

    now += 2_000;
    expect(changes?.isQuiet()).toBe(false);
    now += 1;
    expect(changes?.isQuiet()).toBe(true);
  });
});

describe('queues of the local system', () => {
  it('set a timer only for the earliest due message', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const due = new Map<string, number>();
    const fake = {
      delayedMessages: [],
      fifoDelayed: new Map(),
      messages: [],
      pollWaiters: [{}],
      pollTimer: undefined,
      get inflightMessages() {
        return new Map([...due].map(([name, visibilityDeadline]) => [name, { message: {}, visibilityDeadline }]));
      },
      isFifo: () => false,
      processTimers: vi.fn(() => due.clear()),
      startPollTimerIfNeeded: () => {},
      waitForMessages: async () => {},
      enqueue: () => {},
      dequeue: () => [],
      changeVisibility: (name: string, at: number) => due.set(name, at),
    };
    const queue = withDueTimer(fake as unknown as FauxqsTimedQueue);

    queue.startPollTimerIfNeeded();
    expect(vi.getTimerCount()).toBe(0);

    queue.changeVisibility('late', Date.now() + 60_000);
    queue.changeVisibility('early', Date.now() + 5_000);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(4_999);
    expect(fake.processTimers).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fake.processTimers).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  async function aQueue() {
    const service = await startSqsAndS3(temporaryFolder());
    onTestFinished(() => service.stop());
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const sqs = new SQSClient({ endpoint: service.url, region: 'us-east-1', credentials });
    const QueueUrl = service.ensureQueue('runs', {});
    const receive = async (WaitTimeSeconds: number) =>
      (await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds }))).Messages ?? [];
    return { service, sqs, QueueUrl, receive };
  }

  it('deliver messages that become due during a long poll', async () => {
    const { sqs, QueueUrl, receive } = await aQueue();
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'delayed', DelaySeconds: 1 }));

    const [message] = await receive(20);
    expect(message?.Body).toBe('delayed');
    const waiting = receive(20);
    const { ReceiptHandle } = message ?? {};
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 1 }));

    expect((await waiting).map(({ Body }) => Body)).toEqual(['delayed']);
  });

  it('end long polls immediately after endLongPolls()', { timeout: 15_000 }, async () => {
    const { service, receive } = await aQueue();

    service.endLongPolls();

    expect(await receive(20)).toEqual([]);
  });
});
