import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { surfaces } from '../api/surfaces.ts';
import { consoleRoutes } from './routes.ts';

/** Paths that have a route, as patterns of decoded paths. */
const ROUTE_PATTERNS = [...surfaces.flatMap(({ routes }) => routes), ...consoleRoutes].map(({ path }) =>
  routePattern(path),
);

/**
 * Answers a request that no route of API Gateway has. A path that would have one without its trailing slash is sent there,
 * with its method and body (308); everything else is 404, as API Gateway answers by itself.
 */
export function handleUnmatchedRoute(
  event: Pick<APIGatewayProxyEventV2, 'rawPath' | 'rawQueryString'>,
): APIGatewayProxyStructuredResultV2 {
  const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  const path = event.rawPath.replace(/\/+$/, '');
  if (path !== event.rawPath && ROUTE_PATTERNS.some((pattern) => pattern.test(path))) {
    // API Gateway decodes paths.
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`;
    return { statusCode: 308, headers: { ...common, location: `${encoded}${query}` } };
  }
  const body = JSON.stringify({ message: 'Not Found' });
  return { statusCode: 404, headers: { ...common, 'content-type': 'application/json' }, body };
}

/** No path with an empty segment has a route: `//example.com` would lead to another host. */
function routePattern(path: string): RegExp {
  const segments = path
    .split('/')
    .map((segment) => (segment.startsWith('{') ? '[^/]+' : segment.replaceAll('.', '\\.')));
  return new RegExp(`^${segments.join('/')}$`, 's');
}
