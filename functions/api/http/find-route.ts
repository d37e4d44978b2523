import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { Route } from './route.ts';

/** The match for a request to a known path: a route, or the methods of the path. */
export type RouteMatch<R extends Route> =
  /** `HEAD` matches the route of `GET`. */
  | { readonly kind: 'route'; readonly route: R; readonly isHead: boolean }
  /** `OPTIONS` matches every path. */
  | { readonly kind: 'options'; readonly methods: readonly string[] };

/** The path does not support the method of the request. `methods` are the supported methods, for the `Allow` header. */
export class MethodNotAllowedError extends JobdeckError {
  readonly methods: readonly string[];

  constructor(method: string, path: string, methods: readonly string[]) {
    super('method', 'method.not_allowed', `${method} is not allowed for ${path}; allowed are ${methods.join(', ')}`);
    this.name = 'MethodNotAllowedError';
    this.methods = methods;
  }
}

/**
 * Finds the route of a request. API Gateway has a route for each method in the table, and a route `ANY` for each path,
 * which receives HEAD, OPTIONS and unsupported methods.
 *
 * @returns `undefined` if no route has the path
 * @throws MethodNotAllowedError
 */
export function findRoute<R extends Route>(
  routes: readonly R[],
  { routeKey, requestContext }: Pick<APIGatewayProxyEventV2, 'routeKey' | 'requestContext'>,
): RouteMatch<R> | undefined {
  const [key = '', path = ''] = routeKey.split(' ');
  const method = key === 'ANY' ? requestContext.http.method : key;
  const pathRoutes = routes.filter((route) => route.path === path);
  const isHead = method === 'HEAD';
  const route = pathRoutes.find((candidate) => candidate.method === (isHead ? 'GET' : method));
  if (route) return { kind: 'route', route, isHead };
  if (pathRoutes.length === 0) return undefined;
  const methods = listMethods(pathRoutes);
  if (method === 'OPTIONS') return { kind: 'options', methods };
  throw new MethodNotAllowedError(method, path, methods);
}

function listMethods(routes: readonly Route[]): readonly string[] {
  const methods = routes.map(({ method }) => method as string);
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
}
