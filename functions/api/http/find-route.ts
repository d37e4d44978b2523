import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { JobdeckError } from '../../core/domain/errors.ts';
import type { Route } from './route.ts';

/** The route that answers a request to a known path, or the methods of that path. */
export type RouteMatch<R extends Route> =
  /** HEAD is answered by the route of GET. */
  | { readonly kind: 'route'; readonly route: R; readonly isHead: boolean }
  /** OPTIONS: which methods the path has. */
  | { readonly kind: 'options'; readonly methods: readonly string[] };

/** A method that the path of a request does not have. `methods` are those that it has, for the `Allow` header. */
export class MethodNotAllowedError extends JobdeckError {
  readonly methods: readonly string[];

  constructor(method: string, path: string, methods: readonly string[]) {
    super('method', 'method.not_allowed', `${method} is not allowed for ${path}; allowed are ${methods.join(', ')}`);
    this.name = 'MethodNotAllowed';
    this.methods = methods;
  }
}

/**
 * Finds the route of a request. API Gateway has two routes for each path: one for each method of the table, and `ANY` for
 * all other methods, which is how HEAD, OPTIONS and methods that a path does not have arrive here.
 *
 * @returns `undefined` if no route has the path
 * @throws MethodNotAllowed
 */
export function findRoute<R extends Route>(
  routes: readonly R[],
  { routeKey, requestContext }: Pick<APIGatewayProxyEventV2, 'routeKey' | 'requestContext'>,
): RouteMatch<R> | undefined {
  const [key = '', path = ''] = routeKey.split(' ');
  const method = key === 'ANY' ? requestContext.http.method : key;
  const ofPath = routes.filter((route) => route.path === path);
  const isHead = method === 'HEAD';
  const route = ofPath.find((one) => one.method === (isHead ? 'GET' : method));
  if (route) return { kind: 'route', route, isHead };
  if (ofPath.length === 0) return undefined;
  const methods = listMethods(ofPath);
  if (method === 'OPTIONS') return { kind: 'options', methods };
  throw new MethodNotAllowedError(method, path, methods);
}

function listMethods(routes: readonly Route[]): readonly string[] {
  const methods = routes.map(({ method }) => method as string);
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
}
