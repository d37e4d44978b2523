import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { surfaces } from '../api/surfaces.ts';
import { consoleRoutes } from './routes.ts';

/** Patterns that match the decoded paths of all routes. */
const ROUTE_PATTERNS = [...surfaces.flatMap(({ routes }) => routes), ...consoleRoutes].map(({ path }) =>
  routePattern(path),
);

/**
 * Answers a request that matches no route of API Gateway. A path that differs from a route only by a trailing slash is
 * redirected with its method and body (308); any other path gets 404, as from API Gateway itself.
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

/** Rejects empty path segments: `//example.com` would redirect to another host. */
function routePattern(path: string): RegExp {
  const segments = path
    .split('/')
    .map((segment) => (segment.startsWith('{') ? '[^/]+' : segment.replaceAll('.', '\\.')));
  return new RegExp(`^${segments.join('/')}$`, 's');
}
