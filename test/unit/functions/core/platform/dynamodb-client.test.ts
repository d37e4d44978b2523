import { Readable } from 'node:stream';
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionConflictException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { createDynamoDbClient } from '../../../../../functions/core/platform/dynamodb-client.ts';

interface SentRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

interface Answer {
  readonly statusCode: number;
  readonly body: object | Readable;
}

type Respond = (body: Record<string, never>, attempt: number) => Answer;

const answer = (statusCode: number, body: object | Readable = {}): Answer => ({ statusCode, body });

/** Returns the key of the requested item. */
const returnKey: Respond = ({ Key }) => answer(200, { Item: Key });

/**
 * Creates a client that has sent its first request, so that further ones are direct. The first request is not counted as an
 * attempt.
 */
async function createDirectClient(respond: Respond) {
  const { client, requests } = createClient(
    async () => ({ accessKeyId: 'first', secretAccessKey: 'secret' }),
    (body, attempt) => (attempt === 0 ? answer(200) : respond(body, attempt)),
  );
  await client.send(new GetItemCommand({ TableName: 'jobs', Key: { pk: { S: 'a' } } }));
  return { client, requests };
}

/** The SDK identifies the requests that it sends; direct ones have no such header. */
const isOfSdk = ({ headers }: SentRequest): boolean => 'amz-sdk-invocation-id' in headers;

/** Creates a client whose requests a function answers. */
function createClient(
  credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string; expiration?: Date }>,
  respond: Respond = returnKey,
) {
  const requests: SentRequest[] = [];
  const handle = async (request: SentRequest) => {
    requests.push(request);
    const { statusCode, body } = respond(JSON.parse(Buffer.from(request.body).toString()), requests.length - 1);
    const stream = body instanceof Readable ? body : Readable.from([Buffer.from(JSON.stringify(body))]);
    return { response: { statusCode, headers: {}, body: stream } };
  };
  const requestHandler = { handle: handle as never };
  const client = createDynamoDbClient({ region: 'eu-central-1', credentials, requestHandler });
  const read = async (pk: string) => {
    const { Item } = await client.send(new GetItemCommand({ TableName: 'jobs', Key: { pk: { S: pk } } }));
    return Item?.pk?.S;
  };
  return { client, requests, read };
}

const updateItem = (client: DynamoDBClient) =>
  client.send(new UpdateItemCommand({ TableName: 'jobs', Key: { pk: { S: 'a' } } }));

describe('createDynamoDbClient', () => {
  it('answers concurrent calls of an operation with their own results', async () => {
    const { read } = createClient(async () => ({ accessKeyId: 'first', secretAccessKey: 'secret' }));

    const items = await Promise.all(['a', 'b', 'c'].map(read));

    expect(items).toEqual(['a', 'b', 'c']);
  });

  it('signs each call with the current credentials of its client', async () => {
    let accessKeyId = 'first';
    // The SDK requests new credentials if the current ones expire within five minutes.
    const expiration = new Date(Date.now() + 60_000);
    const own = createClient(async () => ({ accessKeyId, secretAccessKey: 'secret', expiration }));
    const other = createClient(async () => ({ accessKeyId: 'other', secretAccessKey: 'secret' }));

    await own.read('a');
    await other.read('b');
    accessKeyId = 'second';
    await own.read('c');

    const keys = [...own.requests, ...other.requests].map(
      ({ headers }) => /Credential=(\w+)\//.exec(headers.authorization ?? '')?.[1],
    );
    expect(keys).toEqual(['first', 'second', 'other']);
  });

  it('prepares no inputs and outputs for a log', async () => {
    const { client, read } = createClient(async () => ({ accessKeyId: 'first', secretAccessKey: 'secret' }));
    const info = vi.spyOn(client.config.logger, 'info');

    await read('a');

    expect(info).not.toHaveBeenCalled();
  });
});

describe('a direct call of the client', () => {
  it('has the endpoint, the user agent and the body of a call by the SDK', async () => {
    const { client, requests } = await createDirectClient(() => answer(200));
    await client.send(new GetItemCommand({ TableName: 'jobs', Key: { pk: { S: 'a' } } }));

    const [first, second] = requests as unknown as (SentRequest & Record<string, unknown>)[];
    expect([first, second].map((request) => request && isOfSdk(request))).toEqual([true, false]);
    for (const name of ['protocol', 'hostname', 'path', 'method']) expect(second?.[name]).toBe(first?.[name]);
    for (const name of ['host', 'user-agent', 'content-type', 'x-amz-target', 'content-length'])
      expect(second?.headers[name], name).toBe(first?.headers[name]);
    expect(String(second?.body)).toBe(Buffer.from(first?.body ?? '').toString());
  });

  it('writes and reads binary values like the SDK', async () => {
    const bytes = Buffer.from([0, 1, 255]);
    const item = {
      pk: { S: 'a' },
      B: { B: bytes },
      set: { BS: [new Uint8Array(bytes)] },
      map: { M: { x: { B: bytes } } },
    };
    const bodies: object[] = [];
    const { client } = createClient(
      async () => ({ accessKeyId: 'first', secretAccessKey: 'secret' }),
      (body) => {
        bodies.push(body);
        return answer(200, { Attributes: body.Item });
      },
    );

    const put = () => client.send(new PutItemCommand({ TableName: 'jobs', Item: item, ReturnValues: 'ALL_OLD' }));
    const [bySdk, direct] = [await put(), await put()];

    expect(bodies[1]).toEqual(bodies[0]);
    expect(direct.Attributes?.B?.B).toEqual(new Uint8Array(bytes));
    expect(direct.Attributes).toEqual(bySdk.Attributes);
  });

  it('reports a failed condition with the current item after one attempt', async () => {
    const Item = { pk: { S: 'a' }, version: { N: '2' } };
    const { client, requests } = await createDirectClient(() =>
      answer(400, {
        __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
        message: 'failed',
        Item,
      }),
    );

    const error = await updateItem(client).catch((e: unknown) => e);

    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ name: 'ConditionalCheckFailedException', message: 'failed', Item });
    expect(requests).toHaveLength(2);
  });

  it('reports a conflict with a transaction after one attempt', async () => {
    const { client, requests } = await createDirectClient(() =>
      answer(400, { __type: 'com.amazonaws.dynamodb.v20120810#TransactionConflictException', message: 'conflict' }),
    );

    await expect(updateItem(client)).rejects.toBeInstanceOf(TransactionConflictException);

    expect(requests).toHaveLength(2);
  });

  const failures: readonly (readonly [string, Respond])[] = [
    ['a server error', () => answer(500)],
    ['throttling', () => answer(400, { __type: 'com.amazon.coral.availability#ThrottlingException' })],
    [
      'a response that breaks off',
      () => {
        const body = new Readable({ read() {} });
        body.push('{"Attributes":');
        body.destroy(new Error('aborted'));
        return answer(200, body);
      },
    ],
    [
      'a lost connection',
      () => {
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      },
    ],
  ];
  it.each(failures)('is repeated by the SDK after %s', async (_, fail) => {
    const Attributes = { pk: { S: 'a' } };
    const { client, requests } = await createDirectClient((body, attempt) =>
      attempt === 1 ? fail(body, attempt) : answer(200, { Attributes }),
    );

    const output = await updateItem(client);

    expect(output.Attributes).toEqual(Attributes);
    expect(requests.slice(1).map(isOfSdk)).toEqual([false, true]);
  });

  it('reports other errors as the SDK does', async () => {
    const { client, requests } = await createDirectClient(() =>
      answer(400, { __type: 'com.amazon.coral.validate#ValidationException', message: 'no such table' }),
    );

    const error = await updateItem(client).catch((e: unknown) => e);

    expect(error).toMatchObject({ name: 'ValidationException', message: 'no such table' });
    expect(requests.slice(1).map(isOfSdk)).toEqual([false, true]);
  });

  it('is made neither for transactions, whose repetitions need a token, nor with options', async () => {
    const { client, requests } = await createDirectClient(() => answer(200));

    await client.send(new TransactWriteItemsCommand({ TransactItems: [] }));
    await client.send(new GetItemCommand({ TableName: 'jobs', Key: { pk: { S: 'a' } } }), {
      abortSignal: new AbortController().signal,
    });

    expect(requests.slice(1).map(isOfSdk)).toEqual([true, true]);
  });
});
