import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { lazy } from '../api/http/route.ts';
import { consoleRoutes } from './routes.ts';

type UnmatchedRequest = Pick<APIGatewayProxyEventV2, 'rawPath' | 'rawQueryString'>;

/**
 * Returns a handler for requests that match no route of API Gateway. A path that differs from a route only by a trailing
 * slash is redirected with its method and body (308); any other path gets 404, as from API Gateway itself.
 *
 * @param openApi the OpenAPI document as JSON, which contains the paths of all surfaces. It is parsed at the first use.
 */
export function createUnmatchedRouteHandler(
  openApi: () => string,
): (event: UnmatchedRequest) => APIGatewayProxyStructuredResultV2 {
  const routePatterns = lazy(() => {
    const { paths = {} } = JSON.parse(openApi()) as { readonly paths?: object };
    return [...Object.keys(paths), ...consoleRoutes.map(({ path }) => path)].map(routePattern);
  });
  const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  return ({ rawPath, rawQueryString }) => {
    const path = rawPath.replace(/\/+$/, '');
    if (path !== rawPath && routePatterns().some((pattern) => pattern.test(path))) {
      // API Gateway decodes paths.
      const encoded = path.split('/').map(encodeURIComponent).join('/');
      const query = rawQueryString === '' ? '' : `?${rawQueryString}`;
      return { statusCode: 308, headers: { ...common, location: `${encoded}${query}` } };
    }
    const body = JSON.stringify({ message: 'Not Found' });
    return { statusCode: 404, headers: { ...common, 'content-type': 'application/json' }, body };
  };
}

/** Rejects empty path segments: `//example.com` would redirect to another host. */
function routePattern(path: string): RegExp {
  const segments = path
    .split('/')
    .map((segment) => (segment.startsWith('{') ? '[^/]+' : segment.replaceAll('.', '\\.')));
  return new RegExp(`^${segments.join('/')}$`, 's');
}
