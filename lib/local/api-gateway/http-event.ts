import { isUtf8 } from 'node:buffer';
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/**
 * Content types whose bodies API Gateway passes as text. All other bodies are base64, including forms. The list was
 * determined on AWS; the documentation only says "binary".
 */
const TEXT_TYPES = /^(text\/[^;]+|application\/(json|xml|javascript))\s*(;|$)/i;

/** Headers of the connection, which API Gateway does not forward. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface HttpRequestParts {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly routeKey: string;
  /** Decoded path. */
  readonly path: string;
  /** Raw query string without the question mark. */
  readonly queryString: string;
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
  readonly accountId: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Builds an HTTP API event with payload format 2.0. Like API Gateway, it contains the decoded path. */
export function toHttpEvent(parts: HttpRequestParts): APIGatewayProxyEventV2 {
  const { request, body, routeKey, path, queryString, pathParameters, accountId, now } = parts;
  const headers = eventHeaders(request, body);
  const cookies = request.headers.cookie?.split(/;\s*/);
  const query = joinRepeated(new URLSearchParams(queryString));
  const isTextType = TEXT_TYPES.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined;
  // Other bytes than text are kept as they were sent, because signatures are computed of them.
  const isText = isTextType && isUtf8(body);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: queryString,
    ...(cookies && { cookies }),
    headers,
    ...(queryString !== '' && { queryStringParameters: query }),
    requestContext: {
      accountId,
      apiId: 'local',
      domainName: (headers.host ?? 'localhost').replace(/:\d+$/, ''),
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: logTime(new Date(now)),
      timeEpoch: now,
    },
    ...(pathParameters && { pathParameters }),
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

function eventHeaders(request: IncomingMessage, body: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values = []] of Object.entries(request.headersDistinct)) {
    if (name !== 'cookie' && !HOP_BY_HOP.has(name)) headers[name] = values.join(',');
  }
  headers['content-length'] = String(body.length);
  headers['x-amzn-trace-id'] ??= `Root=1-${randomBytes(4).toString('hex')}-${randomBytes(12).toString('hex')}`;
  headers['x-forwarded-for'] = forwardedFor(request.headers, request.socket.remoteAddress);
  headers['x-forwarded-port'] = String(request.socket.localPort ?? 80);
  headers['x-forwarded-proto'] = 'http';
  return headers;
}

function forwardedFor(headers: IncomingHttpHeaders, address = '127.0.0.1'): string {
  const before = headers['x-forwarded-for'];
  return before === undefined ? address : `${String(before)}, ${address}`;
}

function joinRepeated(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]));
}

/** Formats a date as `12/Mar/2026:19:03:58 +0000`. */
function logTime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, '0');
  const month = MONTHS[date.getUTCMonth()];
  return `${day}/${month}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}
