import { createHash, timingSafeEqual } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { EDGE_SECRET_HEADER, VIEWER_ADDRESS_HEADER } from '../../core/platform/edge-headers.ts';

type Handler<Rest extends readonly unknown[]> = (
  event: APIGatewayProxyEventV2,
  ...rest: Rest
) => Promise<APIGatewayProxyStructuredResultV2>;

/** The response to a request that did not pass the edge, as API Gateway answers a disabled endpoint. */
const FORBIDDEN: APIGatewayProxyStructuredResultV2 = {
  statusCode: 403,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify({ message: 'Forbidden' }),
};

/**
 * Wraps a handler behind the stage's CloudFront distribution: refuses requests that were sent to API Gateway directly,
 * and takes the client's address from the distribution.
 *
 * @param secret value of the header that the distribution adds; `undefined` or empty without a distribution
 */
export function behindEdge<Rest extends readonly unknown[]>(
  secret: string | undefined,
  handle: Handler<Rest>,
): Handler<Rest> {
  if (!secret) return handle;
  const expected = digest(secret);
  return async (event, ...rest) => {
    const received = digest(event.headers[EDGE_SECRET_HEADER] ?? '');
    /* guard: edge.secret */ if (!timingSafeEqual(received, expected)) return FORBIDDEN;
    return handle(withViewerAddress(event), ...rest);
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function withViewerAddress(event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
  const { http } = event.requestContext;
  const sourceIp = event.headers[VIEWER_ADDRESS_HEADER] ?? http.sourceIp;
  return { ...event, requestContext: { ...event.requestContext, http: { ...http, sourceIp } } };
}
