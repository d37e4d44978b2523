import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { dynamoDbAccessRequests } from '../../../../../lib/local/iam/dynamodb-access-requests.ts';
import { startDynamoDbProxy } from '../../../../../lib/local/iam/dynamodb-proxy.ts';
import { AccessDenied, LocalIam, parseAccessKeyId } from '../../../../../lib/local/iam/local-iam.ts';
import { parseStatements } from '../../../../../lib/local/iam/policy.ts';
import { serviceAccessRequests } from '../../../../../lib/local/iam/service-access-requests.ts';
import { startSts } from '../../../../../lib/local/iam/sts.ts';
import { readBody, serveHttp } from '../../../../../lib/local/support/http.ts';

const region = 'us-east-1';
const API = 'arn:aws:iam::000000000000:role/api';
const NARROW = 'arn:aws:iam::000000000000:role/narrow';
const OTHER = 'arn:aws:iam::000000000000:role/other';
const JOBS = 'arn:aws:dynamodb:us-east-1:000000000000:table/jobs';

const assume = { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: [NARROW] };
const trustOfApi = {
  Effect: 'Allow',
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  Principal: { AWS: API },
  Condition: {
    StringLike: { 'aws:RequestTag/tenant': '?*' },
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenant'] },
  },
};
const ownPartitions = {
  Effect: 'Allow',
  Action: 'dynamodb:GetItem',
  Resource: JOBS,
  Condition: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['${aws:PrincipalTag/tenant}'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  },
};
const role = (arn: string, trust: object, ...statements: readonly object[]) => ({
  arn,
  trust: parseStatements({ Statement: [trust] }, 'trust'),
  statements: parseStatements({ Statement: statements }, 'policy'),
});
const lambda = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } };

/** IAM with a function's role, a role that it may assume, and a role that is allowed to assume it but not trusted. */
const newAccess = () =>
  new LocalIam([role(API, lambda, assume), role(NARROW, trustOfApi, ownPartitions), role(OTHER, lambda, assume)]);

const getItem = (pk: string) => ({
  action: 'dynamodb:GetItem',
  resource: JOBS,
  context: { 'dynamodb:LeadingKeys': [pk] },
});

describe('assumed-role session', () => {
  test('has the permissions of its role for the tenant in its tag', () => {
    const access = newAccess();
    const { accessKeyId } = access.assumeRole(access.accessKeyFor(API), NARROW, { tenant: 'acme' });

    expect(() => access.authorize(accessKeyId, getItem('acme'))).not.toThrow();
    expect(() => access.authorize(accessKeyId, getItem('globex'))).toThrow(AccessDenied);
    expect(() => access.authorize(accessKeyId, { ...getItem('acme'), context: {} })).toThrow(AccessDenied);
  });

  test('does not share permissions with the role that opened it', () => {
    const access = newAccess();
    const api = access.accessKeyFor(API);
    const { accessKeyId } = access.assumeRole(api, NARROW, { tenant: 'acme' });

    expect(() => access.authorize(api, getItem('acme'))).toThrow(
      /role\/api is not authorized to perform: dynamodb:GetItem/,
    );
    expect(() => access.assumeRole(accessKeyId, NARROW, { tenant: 'globex' })).toThrow(AccessDenied);
  });

  test.each([
    ['without a tag', API, {}],
    ['with another tag', API, { team: 'x' }],
    ['with one tag more', API, { tenant: 'acme', team: 'x' }],
    ['by a role that is not trusted', OTHER, { tenant: 'acme' }],
  ])('cannot be opened %s', (_, who, tags) => {
    const access = newAccess();
    expect(() => access.assumeRole(access.accessKeyFor(who), NARROW, tags)).toThrow(AccessDenied);
  });

  test('grants all permissions to the user of the machine', () => {
    expect(() => newAccess().authorize('local', getItem('acme'))).not.toThrow();
  });
});

test('lets a function with all permissions assume a role only if its own role may', () => {
  const access = newAccess();
  const api = access.accessKeyFor(API, false);
  const other = access.accessKeyFor(OTHER, false);

  expect(() => access.authorize(api, getItem('acme'))).not.toThrow();
  expect(access.isKnown(api)).toBe(false);
  expect(() => access.assumeRole(other, NARROW, { tenant: 'acme' })).toThrow(AccessDenied);
  const { accessKeyId } = access.assumeRole(api, NARROW, { tenant: 'acme' });
  expect(() => access.authorize(accessKeyId, getItem('globex'))).toThrow(AccessDenied);
});

test('STS returns credentials for an hour, or an error with the reason', async () => {
  const access = newAccess();
  const service = await startSts(access, () => Date.UTC(2031, 0, 1));
  const sts = (roleArn: string) => {
    const credentials = { accessKeyId: access.accessKeyFor(roleArn), secretAccessKey: 'x' };
    return new STSClient({ region, endpoint: service.url, credentials, maxAttempts: 1 });
  };
  const [api, other] = [sts(API), sts(OTHER)];
  onTestFinished(async () => {
    api.destroy();
    other.destroy();
    await service.stop();
  });
  const command = () =>
    new AssumeRoleCommand({
      RoleArn: NARROW,
      RoleSessionName: 'acme',
      Tags: [{ Key: 'tenant', Value: 'acme' }],
      DurationSeconds: 3_600,
    });

  const { Credentials } = await api.send(command());

  expect(Credentials?.Expiration).toEqual(new Date(Date.UTC(2031, 0, 1, 1)));
  expect(() => access.authorize(Credentials?.AccessKeyId, getItem('acme'))).not.toThrow();
  await expect(other.send(command())).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('does not trust'),
  });
});

test('the DynamoDB proxy forwards allowed requests only', async () => {
  const asked: unknown[] = [];
  const database = await serveHttp(async (request, response) => {
    asked.push(request.headers['x-amz-target']);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{"Item":{"pk":{"S":"acme"}}}');
  });
  const access = newAccess();
  const refusals: string[] = [];
  const tables = [
    { TableName: 'jobs', KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }], AttributeDefinitions: [] },
  ];
  const refused = (message: string) => refusals.push(message);
  const front = await startDynamoDbProxy({ iam: access, tables, url: database.url, onDenied: refused });
  const { accessKeyId } = access.assumeRole(access.accessKeyFor(API), NARROW, { tenant: 'acme' });
  const credentials = { accessKeyId, secretAccessKey: 'x' };
  const client = new DynamoDBClient({ region, endpoint: front.url, credentials, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await front.stop();
    await database.stop();
  });
  const get = (pk: string) =>
    client.send(new GetItemCommand({ TableName: 'jobs', Key: { pk: { S: pk }, sk: { S: 'x' } } }));

  expect(await get('acme')).toMatchObject({ Item: { pk: { S: 'acme' } } });
  await expect(get('globex')).rejects.toMatchObject({ name: 'AccessDeniedException' });

  expect(asked).toEqual(['DynamoDB_20120810.GetItem']);
  expect(refusals).toEqual([expect.stringMatching(/for tenant acme is not authorized .*:LeadingKeys globex$/)]);
});

test('the DynamoDB proxy passes large requests and responses, and ends connections when the database does', async () => {
  const value = 'ü'.repeat(1_000_000);
  const database = await serveHttp(async (request, response) => {
    const { Item } = JSON.parse((await readBody(request)).toString());
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ Attributes: Item }));
  });
  const tables = [
    { TableName: 'jobs', KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }], AttributeDefinitions: [] },
  ];
  const front = await startDynamoDbProxy({ iam: newAccess(), tables, url: database.url, onDenied: () => {} });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'x' };
  const client = new DynamoDBClient({ region, endpoint: front.url, credentials, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await front.stop();
  });
  const put = (pk: string) =>
    client.send(new PutItemCommand({ TableName: 'jobs', Item: { pk: { S: pk }, value: { S: value } } }));

  const answers = await Promise.all(['a', 'b', 'c'].map(put));
  await database.stop();

  expect(answers.map(({ Attributes }) => Attributes?.pk)).toEqual(['a', 'b', 'c'].map((S) => ({ S })));
  expect(answers.every(({ Attributes }) => Attributes?.value?.S === value)).toBe(true);
  await expect(put('d')).rejects.toMatchObject({ code: 'ECONNRESET' });
});

describe('dynamoDbAccessRequests', () => {
  const tables = new Map([
    [
      'runs',
      {
        TableName: 'runs',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'active',
            KeySchema: [{ AttributeName: 'activeKey', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      },
    ],
  ]);
  const runs = 'arn:aws:dynamodb:us-east-1:000000000000:table/runs';
  const key = (pk: string) => ({ pk: { S: pk }, sk: { S: 'x' } });
  const query = (KeyConditionExpression: string, more: object = {}) => ({
    TableName: 'runs',
    KeyConditionExpression,
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk', '#activeKey': 'activeKey' },
    ExpressionAttributeValues: { ':v0': { S: 'a' }, ':v1': { S: 'b' } },
    ...more,
  });

  test.each([
    ['GetItem', { TableName: 'runs', Key: key('a') }, [['GetItem', runs, ['a']]]],
    ['PutItem', { TableName: 'runs', Item: { ...key('a'), more: { S: 'b' } } }, [['PutItem', runs, ['a']]]],
    ['Query', query('(#pk = :v0) AND (begins_with(#sk, :v1))'), [['Query', runs, ['a']]]],
    ['Query', query('#sk = :v0 AND #pk = :v1'), [['Query', runs, ['b']]]],
    ['Query', query('#activeKey = :v1', { IndexName: 'active' }), [['Query', `${runs}/index/active`, ['b']]]],
    ['Query', query('#pk > :v0'), [['Query', runs, []]]],
    ['Scan', { TableName: 'runs' }, [['Scan', runs, []]]],
    ['BatchGetItem', { RequestItems: { runs: { Keys: [key('a'), key('b')] } } }, [['BatchGetItem', runs, ['a', 'b']]]],
    [
      'BatchWriteItem',
      { RequestItems: { runs: [{ PutRequest: { Item: key('a') } }, { DeleteRequest: { Key: key('b') } }] } },
      [['BatchWriteItem', runs, ['a', 'b']]],
    ],
    [
      'TransactWriteItems',
      {
        TransactItems: [
          { Put: { TableName: 'runs', Item: key('a') } },
          { Update: { TableName: 'runs', Key: key('b') } },
          { ConditionCheck: { TableName: 'runs', Key: key('c') } },
        ],
      },
      [
        ['PutItem', runs, ['a']],
        ['UpdateItem', runs, ['b']],
        ['ConditionCheckItem', runs, ['c']],
      ],
    ],
  ] as const)('extracts the partitions of %s: %j', (operation, body, expected) => {
    const asked = dynamoDbAccessRequests(tables, operation, body);
    expect(
      asked.map(({ action, resource, context }) => [action, resource, context['dynamodb:LeadingKeys'] ?? []]),
    ).toEqual(expected.map(([action, resource, keys]) => [`dynamodb:${action}`, resource, [...keys]]));
  });
});

describe('serviceAccessRequests', () => {
  const s3 = (method: string, url: string, body?: unknown) =>
    serviceAccessRequests({ method, url, target: undefined, body });

  test.each([
    ['GET', '/files/runs/acme/x?x-id=GetObject', undefined, ['s3:GetObject arn:aws:s3:::files/runs/acme/x']],
    ['PUT', '/files/runs/acme/a%20b', undefined, ['s3:PutObject arn:aws:s3:::files/runs/acme/a b']],
    ['DELETE', '/files/runs/acme/x', undefined, ['s3:DeleteObject arn:aws:s3:::files/runs/acme/x']],
    ['GET', '/files/data/acme/x?tagging', undefined, ['s3:GetObjectTagging arn:aws:s3:::files/data/acme/x']],
    ['PUT', '/files/data/acme/x?tagging', undefined, ['s3:PutObjectTagging arn:aws:s3:::files/data/acme/x']],
    ['GET', '/files?list-type=2&prefix=runs%2Facme%2F', undefined, ['s3:ListBucket arn:aws:s3:::files runs/acme/']],
    [
      'POST',
      '/files?delete=',
      '<Delete><Object><Key>runs/a</Key></Object><Object><Key>runs/b</Key></Object></Delete>',
      ['s3:DeleteObject arn:aws:s3:::files/runs/a', 's3:DeleteObject arn:aws:s3:::files/runs/b'],
    ],
  ])('derives the action on S3: %s %s', (method, url, body, expected) => {
    const asked = s3(method, url, body).map(({ action, resource, context }) =>
      [action, resource, ...(context['s3:prefix'] ?? [])].join(' '),
    );
    expect(asked).toEqual(expected);
  });

  test('derives the actions of a copy within S3', () => {
    const copy = { method: 'PUT', url: '/files/data/acme/done/x', target: undefined, body: undefined };

    expect(serviceAccessRequests({ ...copy, source: 'files/data%2Facme%2Fin%2Fa%20b' })).toEqual([
      { action: 's3:GetObject', resource: 'arn:aws:s3:::files/data/acme/in/a b', context: {} },
      { action: 's3:PutObject', resource: 'arn:aws:s3:::files/data/acme/done/x', context: {} },
    ]);
  });

  test('derives the actions on SQS', () => {
    const body = { QueueUrl: 'http://127.0.0.1:1/000000000000/runs' };
    expect(serviceAccessRequests({ method: 'POST', url: '/', target: 'AmazonSQS.SendMessage', body })).toEqual([
      { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:us-east-1:000000000000:runs', context: {} },
    ]);
  });

  test('identifies the signer of a request', () => {
    expect(parseAccessKeyId('AWS4-HMAC-SHA256 Credential=AKIA1/20260101/us-east-1/s3/aws4_request, Signature=x')).toBe(
      'AKIA1',
    );
    expect(parseAccessKeyId(undefined)).toBeUndefined();
  });
});

test('unsupported policy elements stop the start', () => {
  const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Condition: { IpAddress: {} } };
  expect(() => parseStatements({ Statement: [statement] }, 'AWS::IAM::Policy api/Role')).toThrow(
    'AWS::IAM::Policy api/Role: the condition IpAddress is not emulated on this machine',
  );
  expect(() => parseStatements({ Statement: [{ Effect: 'Allow', NotAction: '*' }] }, 'it')).toThrow(/NotAction/);
});
