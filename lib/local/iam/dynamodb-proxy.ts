import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TableDefinition } from '../dynamodb/tables.ts';
import { type HttpService, LOOPBACK } from '../support/http.ts';
import { withTimeout } from '../support/wait.ts';
import { dynamoDbAccessRequests } from './dynamodb-access-requests.ts';
import { HttpRequestReader, headerFinder, type RawRequest } from './http-request-reader.ts';
import { AccessDenied, type LocalIam, parseAccessKeyId } from './local-iam.ts';

export interface DynamoDbProxyOptions {
  readonly iam: LocalIam;
  readonly tables: readonly TableDefinition[];
  /** URL of the database that receives allowed requests. */
  readonly url: string;
  /** Called with the reason of each denied request. */
  readonly onDenied: (message: string) => void;
}

const authorizationHeader = headerFinder('authorization');
const targetHeader = headerFinder('x-amz-target');

/**
 * Starts a DynamoDB endpoint that authorizes each request with IAM, forwards allowed requests and responds to denied
 * ones like AWS.
 *
 * Each connection of a client has one to the database, which passes the bytes of allowed requests and of all responses
 * unchanged: every call of a function passes here, and an HTTP server and client would take a multiple of the CPU time.
 * Clients send a request after the response to the previous one, as the AWS SDK does.
 */
export async function startDynamoDbProxy({ iam, tables, url, onDenied }: DynamoDbProxyOptions): Promise<HttpService> {
  const byName = new Map(tables.map((table) => [table.TableName, table]));
  const database = addressOf(url);
  const clients = new Set<Socket>();

  const authorize = (request: RawRequest): void => {
    const key = parseAccessKeyId(authorizationHeader(request.head));
    if (!iam.isKnown(key)) return;
    const operation = (targetHeader(request.head) ?? '').replace(/^DynamoDB_\d+\./, '');
    for (const accessRequest of dynamoDbAccessRequests(byName, operation, JSON.parse(request.body.toString())))
      iam.authorize(key, accessRequest);
  };

  const server = createServer({ noDelay: true }, (client) => {
    clients.add(client);
    const upstream = connect({ ...database, noDelay: true });
    const reader = new HttpRequestReader();
    upstream.pipe(client);
    // The AWS SDK repeats a request whose connection ends.
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.end());
    client.on('error', () => upstream.destroy());
    client.on('close', () => {
      clients.delete(client);
      upstream.destroy();
    });
    client.on('data', (bytes) => {
      try {
        for (const request of reader.read(bytes)) {
          const denial = findDenial(() => authorize(request));
          if (denial === undefined) upstream.write(request.bytes);
          else {
            onDenied(denial);
            client.write(errorResponse('com.amazon.coral.service#AccessDeniedException', denial));
          }
        }
      } catch (error) {
        // The requests that follow on the connection cannot be told apart.
        client.end(errorResponse('com.amazon.coral.service#SerializationException', String(error)));
      }
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${port}`,
    port,
    async stop(graceMs = 0) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if (graceMs > 0) await withTimeout(graceMs, closed);
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}

function addressOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) };
}

/** @returns the reason if the authorization is denied, otherwise `undefined` */
function findDenial(authorize: () => void): string | undefined {
  try {
    authorize();
    return undefined;
  } catch (error) {
    if (!(error instanceof AccessDenied)) throw error;
    return error.message;
  }
}

/** Returns the response of DynamoDB to a rejected request. */
function errorResponse(type: string, message: string): string {
  const body = JSON.stringify({ __type: type, Message: message });
  const head = [
    'HTTP/1.1 400 Bad Request',
    'content-type: application/x-amz-json-1.0',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
