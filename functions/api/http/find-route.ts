import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { JobdeckError } from '../../core/domain/errors.ts';
import { tablePath } from './gateway-path.ts';
import type { Route } from './route.ts';

/** The match for a request to a known path: a route, or the methods of the path. */
export type RouteMatch<R extends Route> =
  /** `HEAD` matches the route of `GET`. */
  | {
      readonly kind: 'route';
      readonly route: R;
      readonly isHead: boolean;
      /** Values of the path parameters that API Gateway did not match. */
      readonly pathParameters?: Readonly<Record<string, string>>;
    }
  /** `OPTIONS` matches every path. */
  | { readonly kind: 'options'; readonly methods: readonly string[] };

/** The part of an event that selects its route. */
type RoutedEvent = Pick<APIGatewayProxyEventV2, 'routeKey' | 'requestContext' | 'pathParameters'>;

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
  { routeKey, requestContext, pathParameters }: RoutedEvent,
): RouteMatch<R> | undefined {
  const [key = '', keyPath = ''] = routeKey.split(' ');
  const path = tablePath(keyPath, pathParameters);
  const method = key === 'ANY' ? requestContext.http.method : key;
  const pathRoutes = routes.filter((route) => route.path === path);
  if (pathRoutes.length === 0) return undefined;
  const isHead = method === 'HEAD';
  const hasMethod = (route: R) => route.method === (isHead ? 'GET' : method);
  const route = pathRoutes.find(hasMethod);
  if (route) return { kind: 'route', route, isHead };
  const general = findGeneralRoutes(routes, path);
  const match = general.find((candidate) => hasMethod(candidate.route));
  if (match) return { kind: 'route', ...match, isHead };
  const methods = listMethods([...pathRoutes, ...general.map((candidate) => candidate.route)]);
  if (method === 'OPTIONS') return { kind: 'options', methods };
  throw new MethodNotAllowedError(method, path, methods);
}

/**
 * Finds the routes that have parameters where a path has names: API Gateway selects `ANY /jobs/validate` for the job
 * `validate` of `GET /jobs/{id}`.
 */
function findGeneralRoutes<R extends Route>(routes: readonly R[], path: string) {
  return routes.flatMap((route) => {
    const pathParameters = matchPath(route.path, path);
    return pathParameters ? [{ route, pathParameters }] : [];
  });
}

/** @returns the values of the parameters, or `undefined` if the pattern has none or does not match */
function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const [names, segments] = [pattern.split('/'), path.split('/')];
  if (names.length !== segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const name = /^\{(\w+)\}$/.exec(names[i] ?? '')?.[1];
    if (name !== undefined && !segment.startsWith('{')) values[name] = segment;
    else if (names[i] !== segment) return undefined;
  }
  return Object.keys(values).length > 0 ? values : undefined;
}

function listMethods(routes: readonly Route[]): readonly string[] {
  const methods = [...new Set(routes.map(({ method }) => method as string))];
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
}
