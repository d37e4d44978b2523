import type { ApiRoute, Route } from '../../../functions/api/http/route.ts';

/** Creates a route without documentation. */
export const aRoute = (entry: Route & Pick<ApiRoute<unknown>, 'query' | 'body' | 'handle'>): ApiRoute<unknown> => ({
  ...entry,
  openapi: () => ({ summary: 'A route' }),
  responses: () => ({}),
});
