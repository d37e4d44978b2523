import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { SqsSource } from '../../lib/local/event-sources/sqs-source.ts';
import { startFunction } from '../helpers/system/lambda-function.ts';
import { TestSqs } from '../helpers/system/test-sqs.ts';
import { waitForAssertion } from '../helpers/wait.ts';

const SDK = fileURLToPath(import.meta.resolve('@aws-sdk/client-sqs'));

/** Source of a function that sends each message on with an incremented number, up to 200. */
const SELF_FEEDING = `
  import { createRequire } from 'node:module';
  const { SQSClient, SendMessageCommand } = createRequire(import.meta.url)(${JSON.stringify(SDK)});
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  export const handler = async (event) => {
    for (const { body } of event.Records) {
      if (Number(body) >= 200) continue;
      const next = String(Number(body) + 1);
      await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: next }));
    }
  };`;

/**
 * @param VisibilityTimeout seconds until a dropped message moves to the dead-letter queue; must exceed the duration of
 * a turn
 */
async function startLoop(recursiveLoop: 'Allow' | 'Terminate', VisibilityTimeout = '30') {
  const sqs = await TestSqs.start();
  const dead = await sqs.createQueue();
  const queue = await sqs.createQueue({ VisibilityTimeout }, { to: dead, maxReceiveCount: 1 });
  const { fn, logged } = await startFunction(SELF_FEEDING, {
    name: 'self-feeding',
    env: { QUEUE_URL: queue.queueUrl, AWS_ENDPOINT_URL_SQS: sqs.endpoint },
    recursiveLoop,
    maximumEnvironments: 1,
  });
  const source = new SqsSource({ endpoint: sqs.endpoint, ...queue, fn, attributes: sqs.attributes });
  source.start();
  onTestFinished(() => sqs.stopSource(source, queue));
  return { sqs, dead, queue, fn, logged };
}

test('stops a recursive function after 16 turns and moves its message to the dead-letter queue', async () => {
  const { sqs, dead, queue, fn, logged } = await startLoop('Terminate', '4');

  await sqs.send(queue, '1');

  expect(await sqs.receive(dead)).toBe('17');
  expect(fn.stats).toMatchObject({ invocations: 16, recursiveInvocationsDropped: 1 });
  const messages = logged.map(({ text }) => text);
  expect(messages).toContainEqual(expect.stringContaining('RecursiveInvocationException: self-feeding') as string);
});

test('does not add up messages of different chains', async () => {
  const { sqs, queue, fn } = await startLoop('Terminate');

  for (let turn = 0; turn < 4; turn++) await sqs.send(queue, ...Array<string>(5).fill('200'));

  await waitForAssertion(async () => expect(await sqs.depth(queue)).toEqual({ visible: 0, inFlight: 0 }));
  expect(fn.stats.recursiveInvocationsDropped).toBe(0);
});

test('does not stop a function whose recursive loop is allowed', async () => {
  const { sqs, queue, fn } = await startLoop('Allow');

  await sqs.send(queue, '1');

  await waitForAssertion(() => expect(fn.stats.invocations).toBe(200));
  expect(fn.stats).toMatchObject({ recursiveInvocationsDropped: 0, errors: 0 });
});
