import { DatabaseSync } from 'node:sqlite';
import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { expect, onTestFinished, test } from 'vitest';
import {
  deleteExpired,
  expiredQuery,
  indexExpiry,
  indexStreams,
  startMaintenance,
  trimStreams,
} from '../../../../../lib/local/dynamodb/maintenance.ts';
import { type DynamoDb, findDynoxideCommand, startDynamoDb } from '../../../../../lib/local/dynamodb/server.ts';
import { StreamIndex } from '../../../../../lib/local/dynamodb/stream-index.ts';
import { ensureTable, type TableDefinition } from '../../../../../lib/local/dynamodb/tables.ts';
import { Clock } from '../../../../../lib/local/support/clock.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';
import { waitForAssertion } from '../../../../helpers/wait.ts';

const TABLE: TableDefinition = {
  TableName: 'Jobs',
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
};

async function setUp(folder = temporaryFolder()) {
  const dynamodb = await startDynamoDb(folder, { PATH: process.env.PATH });
  onTestFinished(() => dynamodb.stop());
  const config = {
    endpoint: dynamodb.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  return { dynamodb, file: fileOf(dynamodb), folder, client: new DynamoDBClient(config), config };
}

function fileOf({ file }: DynamoDb) {
  if (!file) throw new Error('Another endpoint is set in the environment.');
  return file;
}

async function put(client: DynamoDBClient, sk: string, ttl?: number): Promise<void> {
  const Item = { pk: { S: 'acme' }, sk: { S: sk }, ...(ttl !== undefined && { ttl: { N: `${ttl}` } }) };
  await client.send(new PutItemCommand({ TableName: 'Jobs', Item }));
}

async function keys(client: DynamoDBClient): Promise<string[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: 'Jobs' }));
  return Items.map((item) => item.sk?.S ?? '').toSorted();
}

test('keeps tables and items after a kill', async () => {
  const { dynamodb, client, folder } = await setUp();
  await ensureTable(dynamodb.url, TABLE);
  await put(client, 'one');
  await dynamodb.stop(); // `stop()` always kills the process.

  const again = await setUp(folder);
  await ensureTable(again.dynamodb.url, TABLE);

  expect(await keys(again.client)).toEqual(['one']);
});

test('rejects a table with another schema', async () => {
  const { dynamodb } = await setUp();
  await ensureTable(dynamodb.url, TABLE);
  const { StreamSpecification: _, ...withoutStream } = TABLE;

  await expect(ensureTable(dynamodb.url, withoutStream)).rejects.toThrow(/Table Jobs .* other keys, indexes or stream/);
});

test('reports an unexpected exit', async () => {
  const { dynamodb } = await setUp();

  const answer = await fetch(dynamodb.url);

  expect(answer.status).toBe(200);
  await dynamodb.stop();
  await expect(fetch(dynamodb.url)).rejects.toThrow();
});

test('deletes expired items by the system’s clock', async () => {
  const { dynamodb, file, client } = await setUp();
  const { url } = dynamodb;
  await ensureTable(url, TABLE);
  indexExpiry(file, [TABLE]);
  const now = Math.floor(Date.now() / 1_000);
  await put(client, 'expired', now - 10);
  await put(client, 'soon', now + 100);
  await put(client, 'late', now + 10_000);
  await put(client, 'never');

  const deletedNow = await deleteExpired({ url, file }, TABLE, now * 1_000);
  const left = await keys(client);
  const deletedThen = await deleteExpired({ url, file }, TABLE, (now + 1_000) * 1_000);

  expect([deletedNow, deletedThen]).toEqual([1, 1]);
  expect([left, await keys(client)]).toEqual([
    ['late', 'never', 'soon'],
    ['late', 'never'],
  ]);
});

test('deletes more expired items than one batch, using an index', async () => {
  const { dynamodb, file, client } = await setUp();
  const { url } = dynamodb;
  await ensureTable(url, TABLE);
  indexExpiry(file, [TABLE]);
  const how = explained(file);
  for (let i = 0; i < 1_010; i += 10)
    await Promise.all(Array.from({ length: 10 }, (_, n) => put(client, `${i + n}`, 1)));

  const deleted = await deleteExpired({ url, file }, TABLE, 2_000);

  expect(deleted).toBe(1_010);
  expect(how).toMatch(/USING (COVERING )?INDEX jobdeck_expiry_Jobs/);
});

/** Query plan for finding expired items. */
function explained(file: string): string {
  const database = new DatabaseSync(file);
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${expiredQuery(TABLE, 'ttl')}`).all(5);
  database.close();
  return JSON.stringify(plan);
}

test('trims processed stream records except the newest', async () => {
  const { dynamodb, file, client, config } = await setUp();
  const StreamArn = await ensureTable(dynamodb.url, TABLE);
  indexStreams(file);
  for (const sk of ['1', '2', '3', '4']) await put(client, sk);
  const streams = new DynamoDBStreamsClient(config);
  const read = async () => {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
    const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    return Records.map(({ dynamodb: change }) => ({ sk: change?.Keys?.sk?.S, at: change?.SequenceNumber }));
  };
  const second = (await read())[1]?.at;

  const nothing = trimStreams(file, () => '0');
  const two = trimStreams(file, () => second);
  const rest = await read();
  const unread = trimStreams(file, () => undefined);
  await put(client, '5');

  expect([nothing, two, unread]).toEqual([0, 2, 1]);
  expect(rest.map(({ sk }) => sk)).toEqual(['3', '4']);
  expect((await read()).map(({ sk }) => sk)).toEqual(['4', '5']);
});

test('uses the endpoint from the environment', async () => {
  const dynamodb = await startDynamoDb(temporaryFolder(), { JOBDECK_DYNAMODB_ENDPOINT: 'http://127.0.0.1:8000/' });

  expect(dynamodb).toMatchObject({ url: 'http://127.0.0.1:8000' });
  expect(dynamodb.file).toBeUndefined();
});

test('prefers the installed package to the PATH', () => {
  expect(findDynoxideCommand({ PATH: '/nowhere' })[0]).toMatch(/@dynoxide\/.*\/dynoxide$/);
});

test('finds stream records after a position in the database', async () => {
  const { dynamodb, file, client } = await setUp();
  await ensureTable(dynamodb.url, TABLE);
  const index = new StreamIndex(file);

  const inAnEmptyStream = index.hasRecordsAfter('Jobs', '0');
  await put(client, 'one');
  const beforeTheRecord = index.hasRecordsAfter('Jobs', '0');
  const newest = newestSequenceNumber(file);
  const afterTheRecord = index.hasRecordsAfter('Jobs', newest);
  const ofAnotherTable = index.hasRecordsAfter('Runs', '0');
  await put(client, 'two');
  const afterTheNext = index.hasRecordsAfter('Jobs', newest);
  index.close();
  const afterAFailure = index.hasRecordsAfter('Runs', '0');

  expect(inAnEmptyStream).toBe(false);
  expect(beforeTheRecord).toBe(true);
  expect(afterTheRecord).toBe(false);
  expect(ofAnotherTable).toBe(false);
  expect(afterTheNext).toBe(true);
  expect(afterAFailure).toBe(true);
});

function newestSequenceNumber(file: string): string {
  const database = new DatabaseSync(file);
  const row = database.prepare('SELECT sequence_number FROM _stream_records ORDER BY id DESC LIMIT 1').get();
  database.close();
  return String(row?.sequence_number);
}

test('deletes expired items soon after the clock was moved', async () => {
  const { dynamodb, file, client } = await setUp();
  await ensureTable(dynamodb.url, TABLE);
  const clock = new Clock();
  const options = { url: dynamodb.url, file, tables: [TABLE], clock, readThrough: () => undefined };
  onTestFinished(startMaintenance({ ...options, log: (message) => expect.fail(message) }));
  const inSeconds = (seconds: number) => Math.floor(clock.now() / 1_000) + seconds;
  await put(client, 'an-hour', inSeconds(3_600));
  await put(client, 'two-hours', inSeconds(7_200));

  clock.advance(4_000_000);

  // Less than the interval of the maintenance.
  await waitForAssertion(async () => expect(await keys(client)).toEqual(['two-hours']), 20_000);
});
