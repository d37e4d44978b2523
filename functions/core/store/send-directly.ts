import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionConflictException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { createSigner } from '../platform/signature-v4.ts';

/** Operations that are sent directly. Transactions are not: the SDK generates a token for their repetitions. */
const OPERATIONS = new Map<unknown, string>([
  [GetItemCommand, 'GetItem'],
  [BatchGetItemCommand, 'BatchGetItem'],
  [QueryCommand, 'Query'],
  [PutItemCommand, 'PutItem'],
  [UpdateItemCommand, 'UpdateItem'],
  [DeleteItemCommand, 'DeleteItem'],
  [BatchWriteItemCommand, 'BatchWriteItem'],
]);

/** Maximum delay before the SDK repeats a request, which is the SDK's own before its first repetition. */
const MAX_PAUSE_MS = 50;

interface Command {
  readonly input: object;
}

/** A request of the SDK after its signature. */
interface SignedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

/** @returns the output of an operation; `undefined` if the SDK is to repeat the request */
type SendOnce = (operation: string, command: Command) => Promise<object | undefined>;

/**
 * Makes a client send requests without the SDK's middleware, which takes two thirds of the CPU time of a request.
 *
 * The SDK sends the first request of the client. Endpoint, region and user agent of the further ones are those of this
 * request; credentials, connections and the correction of the clock are those of the client. Only the first attempt is
 * direct. Unless its response is a success, a failed condition or a conflict, the SDK repeats the request with its own
 * retries and errors.
 */
export function sendDirectly(client: DynamoDBClient): void {
  const sendWithSdk = client.send.bind(client) as (command: unknown, ...rest: unknown[]) => Promise<unknown>;
  let sendOnce: SendOnce | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      sendOnce ??= createSendOnce(client, args.request as SignedRequest);
      return next(args);
    },
    { step: 'deserialize', name: 'endpointCapture' },
  );

  const send = async (command: Command, ...rest: unknown[]): Promise<unknown> => {
    const operation = OPERATIONS.get(command.constructor);
    if (!sendOnce || operation === undefined || rest.length > 0) return sendWithSdk(command, ...rest);
    const output = await sendOnce(operation, command);
    if (output) return output;
    await sleep(Math.random() * MAX_PAUSE_MS);
    return sendWithSdk(command);
  };
  client.send = send as unknown as DynamoDBClient['send'];
}

/** Extracts the scope of a signature from an `Authorization` header. */
const SCOPE = /Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/;

/** @returns `undefined` if the request is not signed with Signature Version 4 */
function createSendOnce({ config }: DynamoDBClient, first: SignedRequest): SendOnce | undefined {
  const { protocol, hostname, port, path } = first;
  const { authorization = '', host, 'user-agent': userAgent } = first.headers;
  const [, region, service] = SCOPE.exec(authorization) ?? [];
  if (region === undefined || service === undefined || host === undefined) return undefined;
  const sign = createSigner({ region, service });

  return async (operation, { input }) => {
    const body = JSON.stringify(input, encodeBinary);
    const trace = process.env._X_AMZN_TRACE_ID;
    const toSign = {
      'content-type': 'application/x-amz-json-1.0',
      host,
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    };
    const headers = {
      ...sign({ path, headers: toSign, body }, await config.credentials(), Date.now() + config.systemClockOffset),
      'content-length': String(Buffer.byteLength(body)),
      ...(userAgent !== undefined && { 'user-agent': userAgent }),
      ...(trace && { 'x-amzn-trace-id': trace }),
    };
    const request = { method: 'POST', protocol, hostname, path, query: {}, headers, body, ...(port && { port }) };
    let response: HttpResponse;
    let text: string;
    try {
      ({ response } = (await config.requestHandler.handle(request as never)) as { response: HttpResponse });
      text = await readText(response.body);
    } catch {
      return undefined;
    }
    return toOutput(response, text);
  };
}

/** @throws ConditionalCheckFailedException or TransactionConflictException, to which a repetition is no answer */
function toOutput({ statusCode, headers }: HttpResponse, text: string): object | undefined {
  const requestId = headers['x-amzn-requestid'];
  const $metadata = { httpStatusCode: statusCode, ...(requestId !== undefined && { requestId }) };
  if (statusCode === 200) return { $metadata, ...parse(text) };
  if (statusCode !== 400) return undefined;
  const { __type: type = '', message = '', Item } = parse(text) as ErrorBody;
  switch (type.split('#').at(-1) ?? '') {
    case 'ConditionalCheckFailedException':
      throw new ConditionalCheckFailedException({ $metadata, message, ...(Item && { Item }) });
    case 'TransactionConflictException':
      throw new TransactionConflictException({ $metadata, message });
    default:
      return undefined;
  }
}

interface ErrorBody {
  readonly __type?: string;
  readonly message?: string;
  readonly Item?: Record<string, AttributeValue>;
}

/** Writes binary values in Base64. A `Buffer` has been converted by its own method before. */
function encodeBinary(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const original = this[key];
  return original instanceof Uint8Array ? Buffer.from(original).toString('base64') : value;
}

const HAS_BINARY = /"BS?":/;

const parse = (text: string): object => JSON.parse(text, HAS_BINARY.test(text) ? decodeBinary : undefined) as object;

/** Reads binary values. The value of an attribute with the name `B` or `BS` is an object. */
function decodeBinary(key: string, value: unknown): unknown {
  if (key === 'B' && typeof value === 'string') return toBytes(value);
  if (key === 'BS' && Array.isArray(value)) return value.map(toBytes);
  return value;
}

/** The SDK returns no `Buffer` either, whose JSON differs. */
const toBytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

function readText(body: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.on('end', () => resolve((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString() ?? ''));
    body.on('error', reject);
  });
}
