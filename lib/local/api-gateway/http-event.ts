import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/**
 * Bodies of these types are handed over as text, all others, and those without a type, as base64. So it was found on
 * AWS (the documentation only says "binary"): forms count as binary.
 */
const TEXT_TYPES = /^(text\/[^;]+|application\/(json|xml|javascript))\s*(;|$)/i;

/** Headers that are about one connection, not about the request. */
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
  /** Decoded. */
  readonly path: string;
  /** As it came, without the question mark. */
  readonly queryString: string;
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
  readonly accountId: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The event of an HTTP API with payload format 2.0. The path is decoded in it, as API Gateway does. */
export function toHttpEvent(parts: HttpRequestParts): APIGatewayProxyEventV2 {
  const { request, body, routeKey, path, queryString, pathParameters, accountId, now } = parts;
  const headers = eventHeaders(request, body);
  const cookies = request.headers.cookie?.split(/;\s*/);
  const query = joinRepeated(new URLSearchParams(queryString));
  const isText = TEXT_TYPES.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined;
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

/** `12/Mar/2026:19:03:58 +0000` */
function logTime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, '0');
  const month = MONTHS[date.getUTCMonth()];
  return `${day}/${month}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}
