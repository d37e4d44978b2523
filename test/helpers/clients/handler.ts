import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';

export interface EventParts {
  readonly routeKey?: string;
  /**
   * Request method, for a route with the method `ANY`.
   *
   * @defaultValue the method in the route key
   */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** Creates an event of an HTTP API (payload format 2.0). */
export function apiEvent({ routeKey = 'GET /thing', ...parts }: EventParts): APIGatewayProxyEventV2 {
  const [key = 'GET', path = '/'] = routeKey.split(' ');
  const method = parts.method ?? key;
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: new URLSearchParams(parts.query).toString(),
    headers: { ...parts.headers },
    ...(parts.params && { pathParameters: { ...parts.params } }),
    ...(parts.query && { queryStringParameters: { ...parts.query } }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.test',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey,
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: Date.now(),
    },
    ...(parts.body !== undefined && { body: parts.body }),
    isBase64Encoded: parts.isBase64Encoded ?? false,
  };
}

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

export interface HandlerResponse {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Invokes a surface's handler with `remainingMs` milliseconds left. */
export async function invokeHandler(
  handler: Handler,
  parts: EventParts,
  remainingMs = 29_000,
): Promise<HandlerResponse> {
  const context = { awsRequestId: 'invocation-1', getRemainingTimeInMillis: () => remainingMs } as Context;
  const { statusCode, headers = {}, body = '' } = await handler(apiEvent(parts), context);
  return { status: statusCode, headers, body: body === '' ? undefined : JSON.parse(body) };
}
