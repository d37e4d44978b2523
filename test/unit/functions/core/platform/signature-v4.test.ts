import { Readable } from 'node:stream';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createDynamoDbClient } from '../../../../../functions/core/platform/dynamodb-client.ts';
import { createSigner, type SigningCredentials } from '../../../../../functions/core/platform/signature-v4.ts';

interface SignedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Returns a request that the SDK has signed. */
async function signWithSdk(credentials: SigningCredentials, tableName: string): Promise<SignedRequest> {
  const requests: SignedRequest[] = [];
  const handle = async (request: SignedRequest) => {
    requests.push(request);
    return { response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from('{}')]) } };
  };
  const requestHandler = { handle: handle as never };
  const { sessionToken, ...keys } = credentials;
  const client = createDynamoDbClient({
    region: 'eu-central-1',
    credentials: { ...keys, ...(sessionToken !== undefined && { sessionToken }) },
    requestHandler,
  });
  await client.send(new GetItemCommand({ TableName: tableName, Key: { pk: { S: 'ä\u{1f600}' } } }));
  if (!requests[0]) throw new Error('no request was sent');
  return requests[0];
}

/** Signs a request of the SDK again: at its time, with the headers that the SDK signed. */
function signAgain(sign: ReturnType<typeof createSigner>, request: SignedRequest, credentials: SigningCredentials) {
  const { authorization = '', 'x-amz-date': date = '' } = request.headers;
  const names = (/SignedHeaders=([^,]+)/.exec(authorization)?.[1] ?? '').split(';');
  const added = ['x-amz-date', 'x-amz-security-token'];
  const headers = Object.fromEntries(
    names.filter((name) => !added.includes(name)).map((name) => [name, request.headers[name] ?? '']),
  );
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const body = Buffer.from(request.body).toString();
  return sign({ path: request.path, headers, body }, credentials, Date.parse(iso)).authorization;
}

describe('createSigner', () => {
  it('signs requests like the SDK, with long-term and temporary credentials', async () => {
    const sign = createSigner({ region: 'eu-central-1', service: 'dynamodb' });
    const credentials = [
      { accessKeyId: 'AKIA1', secretAccessKey: 'secret/1+' },
      { accessKeyId: 'ASIA2', secretAccessKey: 'secret2', sessionToken: 'token/+==' },
      // Uses the cached key.
      { accessKeyId: 'ASIA2', secretAccessKey: 'secret2', sessionToken: 'token/+==' },
    ];

    for (const keys of credentials) {
      const request = await signWithSdk(keys, 'jobs');

      expect(signAgain(sign, request, keys)).toBe(request.headers.authorization);
    }
  });

  it('derives another key on another day', () => {
    const sign = createSigner({ region: 'eu-central-1', service: 'dynamodb' });
    const request = { path: '/', headers: { host: 'dynamodb' }, body: '{}' };
    const keys = { accessKeyId: 'AKIA1', secretAccessKey: 'secret' };
    const [monday, tuesday] = [Date.UTC(2026, 1, 2, 23), Date.UTC(2026, 1, 3, 1)];

    const signed = [monday, tuesday, monday].map((now) => sign(request, keys, now).authorization);

    const fresh = createSigner({ region: 'eu-central-1', service: 'dynamodb' });
    expect(signed[1]).toBe(fresh(request, keys, tuesday).authorization);
    expect(signed[2]).toBe(signed[0]);
  });
});
