import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { forEachMessage } from '../../../../../functions/core/platform/sqs-batch.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { testPlatform } from '../../../../helpers/fakes/platform.ts';

test('reports only the failed messages of a batch for redelivery', async () => {
  const { log, logged } = testPlatform(memoryDb());
  const bodies = ['good', 'bad', 'none of ours', 'good'];
  const Records = bodies.map((body, i) => ({ body, messageId: `m${i}` }) as SQSRecord);
  const handled: string[] = [];
  const handle = async (message: string, { messageId }: SQSRecord) => {
    if (message === 'bad') throw new Error('throttled');
    handled.push(messageId);
  };
  const parse = (body: string) => (body === 'none of ours' ? undefined : body);

  const answer = await forEachMessage(log, { Records } satisfies SQSEvent, parse, handle);

  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
  expect(handled).toEqual(['m0', 'm3']);
  expect(logged.map(({ message }) => message)).toEqual(['message.failed', 'message.malformed']);
});

test('handles as many messages side by side as asked, and each failure apart', async () => {
  const { log } = testPlatform(memoryDb());
  const Records = ['a', 'b', 'c', 'd'].map((body) => ({ body, messageId: body }) as SQSRecord);
  const started: string[] = [];
  const barrier = Promise.withResolvers<void>();
  const handle = async (message: string) => {
    started.push(message);
    if (started.length === 3) barrier.resolve();
    // With less concurrency, no message would ever end.
    await barrier.promise;
    if (message === 'b') throw new Error('crashed');
  };

  const answer = await forEachMessage(log, { Records } satisfies SQSEvent, (body) => body, handle, 3);

  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'b' }] });
  expect(started).toEqual(['a', 'b', 'c', 'd']);
});
