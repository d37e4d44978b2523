import { Readable } from 'node:stream';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { createDynamoDbClient } from '../../../../../functions/core/platform/dynamodb-client.ts';

interface SentRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Creates a client whose requests are answered with the key of their item. */
function createClient(credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string; expiration?: Date }>) {
  const requests: SentRequest[] = [];
  const handle = async (request: SentRequest) => {
    requests.push(request);
    const { Key } = JSON.parse(Buffer.from(request.body).toString()) as { Key: object };
    const body = Readable.from([Buffer.from(JSON.stringify({ Item: Key }))]);
    return { response: { statusCode: 200, headers: {}, body } };
  };
  const requestHandler = { handle: handle as never };
  const client = createDynamoDbClient({ region: 'eu-central-1', credentials, requestHandler });
  const read = async (pk: string) => {
    const { Item } = await client.send(new GetItemCommand({ TableName: 'jobs', Key: { pk: { S: pk } } }));
    return Item?.pk?.S;
  };
  return { client, requests, read };
}

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
