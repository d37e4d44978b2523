import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { HttpApi } from '../../lib/local/api-gateway/http-api.ts';
import type { DiscardedBatch } from '../../lib/local/event-sources/batch-delivery.ts';
import { SqsSource } from '../../lib/local/event-sources/sqs-source.ts';
import { StreamSource } from '../../lib/local/event-sources/stream-source.ts';
import { startFunction } from '../helpers/system/lambda-function.ts';
import { startDynamoDb } from '../helpers/system/test-dynamodb.ts';
import { TestSqs } from '../helpers/system/test-sqs.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { waitForAssertion } from '../helpers/wait.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `m${String(index).padStart(2, '0')}`);

/** Source of a function that appends each item to a file after a short pause, in which the test can kill it. */
const recorder = (items: string) => `
  import { appendFileSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  export const handler = async (event) => {
    for (const item of ${items}) { await setTimeout(3); appendFileSync(process.env.FILE, item + '\\n'); }
  };`;

async function linesOf(file: string): Promise<string[]> {
  return existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n') : [];
}

test('processes every message although environments are killed', async () => {
  const sqs = await TestSqs.start();
  const queue = await sqs.createQueue({ VisibilityTimeout: '1' });
  const file = join(temporaryFolder(), 'handled');
  const source = recorder('event.Records.map((record) => record.body)');
  const { fn } = await startFunction(source, { env: { FILE: file }, maximumEnvironments: 3 });
  const bodies = names(30);
  for (let at = 0; at < bodies.length; at += 10) await sqs.send(queue, ...bodies.slice(at, at + 10));
  const mapping = new SqsSource({ endpoint: sqs.endpoint, ...queue, fn, batchSize: 3 });
  onTestFinished(() => sqs.stopSource(mapping, queue));

  mapping.start();
  for (let kills = 0; kills < 4; kills++) {
    const before = fn.stats.invocations;
    await waitForAssertion(() => expect(fn.stats.invocations).toBeGreaterThan(before));
    fn.kill('one');
  }

  await waitForAssertion(async () => expect(await sqs.depth(queue)).toEqual({ visible: 0, inFlight: 0 }));
  expect([...new Set(await linesOf(file))].toSorted()).toEqual(bodies);
  expect(fn.stats.errors).toBeGreaterThan(0);
});

test('processes every record in order although environments are killed', async () => {
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
  const keys = names(40);
  for (const pk of keys) await client.send(new PutItemCommand({ TableName: 'Things', Item: { pk: { S: pk } } }));
  const file = join(temporaryFolder(), 'handled');
  const source = recorder('event.Records.map((record) => record.dynamodb.Keys.pk.S)');
  const { fn } = await startFunction(source, { env: { FILE: file } });
  const checkpoints = { load: () => undefined, save: () => {} };
  const options = { batchSize: 4, bisectBatchOnFunctionError: true, retryDelayMs: [1, 5] as const };
  const mapping = new StreamSource({ endpoint, streamArn, fn, checkpoints, ...options });
  onTestFinished(() => mapping.stop(0));

  mapping.start();
  for (let kills = 0; kills < 5; kills++) {
    const before = fn.stats.invocations;
    await waitForAssertion(() => expect(fn.stats.invocations).toBeGreaterThan(before));
    fn.kill('all');
  }

  await waitForAssertion(async () => expect((await linesOf(file)).at(-1)).toBe('m39'));
  const handled = await linesOf(file);
  expect([...new Set(handled)]).toEqual(keys); // compares the first occurrence of each key
  expect(fn.stats.errors).toBeGreaterThan(0);
});

test('sends a record that always fails to the on-failure queue and processes the others', async () => {
  const { endpoint, client } = await startDynamoDb();
  const sqs = await TestSqs.start();
  const failed = await sqs.createQueue();
  const { TableDescription: { LatestStreamArn: streamArn = '' } = {} } = await client.send(
    new CreateTableCommand({
      TableName: 'Things',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    }),
  );
  for (const pk of names(5)) await client.send(new PutItemCommand({ TableName: 'Things', Item: { pk: { S: pk } } }));
  const file = join(temporaryFolder(), 'handled');
  const source = `
    const keyOf = (key) => { if (key === 'm02') throw new Error('poison'); return key; };
    ${recorder('event.Records.map((record) => keyOf(record.dynamodb.Keys.pk.S))')}`;
  const { fn } = await startFunction(source, { env: { FILE: file } });
  const mapping = new StreamSource({
    endpoint,
    streamArn,
    fn,
    checkpoints: { load: () => undefined, save: () => {} },
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 2,
    retryDelayMs: [1, 5],
    onFailure: (batch) => sqs.send(failed, JSON.stringify(batch)),
  });
  onTestFinished(() => mapping.stop(0));

  mapping.start();

  const discarded = JSON.parse((await sqs.receive(failed)) ?? '') as DiscardedBatch;
  expect(discarded.DDBStreamBatchInfo).toMatchObject({ batchSize: 1, streamArn });
  expect(discarded.DDBStreamBatchInfo.startSequenceNumber).toBe(discarded.DDBStreamBatchInfo.endSequenceNumber);
  expect(discarded.requestContext).toMatchObject({ condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 });
  await waitForAssertion(async () => expect(await linesOf(file)).toEqual(['m00', 'm01', 'm03', 'm04']));
});

test('responds with 500 to a request whose environment is killed, and continues', async () => {
  const { fn } = await startFunction(
    'export const handler = async ({ rawPath }) => (rawPath === "/hang" ? new Promise(() => {}) : "ok");',
  );
  const api = new HttpApi({ routes: [{ routeKey: '$default', fn }] });
  const base = `http://127.0.0.1:${await api.listen(0)}`;
  onTestFinished(() => api.stop(0));
  const hanging = fetch(`${base}/hang`);
  await waitForAssertion(() => expect(fn.stats.invocations).toBe(1));

  fn.kill();

  expect((await hanging).status).toBe(500);
  expect(await (await fetch(`${base}/`)).text()).toBe('ok');
});
