export interface RouteMatch<R> {
  readonly route: R;
  /** Values of the path variables; `undefined` if the route has none. */
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
}

/** A route key (`GET /jobs/{id}`), compiled for matching. */
interface Compiled<R> {
  readonly route: R;
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  /**
   * Sort key that puts specific routes first: 0 literal, 1 variable, 2 greedy variable for each segment, then a method
   * before ANY.
   */
  readonly rank: string;
}

/**
 * Selects the route of a request by the rules of HTTP APIs: the most specific path wins, a method wins over ANY, then
 * greedy paths, then `$default`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export class RouteTable<R extends { readonly routeKey: string }> {
  readonly #compiled: readonly Compiled<R>[];
  readonly #fallback: R | undefined;

  /** @throws Error for a route key that is neither `METHOD /path` nor `$default`, or that occurs twice */
  constructor(routes: readonly R[]) {
    const keys = new Set<string>();
    for (const { routeKey } of routes) {
      if (keys.has(routeKey)) throw new Error(`route "${routeKey}" is there twice`);
      keys.add(routeKey);
    }
    this.#fallback = routes.find(({ routeKey }) => routeKey === '$default');
    this.#compiled = routes
      .filter((route) => route !== this.#fallback)
      .map(compile)
      .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
  }

  /** @param path decoded path without the query */
  match(method: string, path: string): RouteMatch<R> | undefined {
    for (const { route, method: routeMethod, pattern, names } of this.#compiled) {
      if (routeMethod !== 'ANY' && routeMethod !== method) continue;
      const found = pattern.exec(path);
      if (!found) continue;
      const values = names.map((name, index) => [name, found[index + 1] ?? ''] as const);
      return { route, pathParameters: names.length > 0 ? Object.fromEntries(values) : undefined };
    }
    return this.#fallback && { route: this.#fallback, pathParameters: undefined };
  }
}

function compile<R extends { readonly routeKey: string }>(route: R): Compiled<R> {
  const [, method, path] = /^([A-Z]+) (\/.*)$/.exec(route.routeKey) ?? [];
  if (method === undefined || path === undefined) {
    throw new Error(`route "${route.routeKey}" must be like "GET /jobs/{id}", or "$default"`);
  }
  const names: string[] = [];
  let rank = '';
  const segments = path.split('/').map((segment) => {
    const [, name, greedy] = /^\{([^+}]+)(\+?)\}$/.exec(segment) ?? [];
    rank += name === undefined ? '0' : greedy ? '2' : '1';
    if (name === undefined) return segment.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    names.push(name);
    return greedy ? '(.+)' : '([^/]+)';
  });
  return {
    route,
    method,
    names,
    pattern: new RegExp(`^${segments.join('/')}$`, 's'),
    rank: `${rank}-${method === 'ANY' ? 1 : 0}`,
  };
}
