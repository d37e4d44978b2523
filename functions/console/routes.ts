import type { Route } from '../api/http/route.ts';

/**
 * Routes of the console's function. All of them are public: the page contains no tenant data and loads it from the API
 * with a token. The OpenAPI document and the API reference are static too.
 */
export const consoleRoutes = [
  { method: 'GET', path: '/', operation: 'start', action: 'public' },
  { method: 'GET', path: '/openapi.json', operation: 'openApi', action: 'public' },
  { method: 'GET', path: '/docs', operation: 'docs', action: 'public' },
  { method: 'GET', path: '/settings/integrations', operation: 'page', action: 'public' },
  { method: 'GET', path: '/console', operation: 'page', action: 'public' },
  { method: 'GET', path: '/console/{proxy+}', operation: 'page', action: 'public' },
  { method: 'GET', path: '/console/config.json', operation: 'config', action: 'public' },
  { method: 'GET', path: '/console/assets/{file}', operation: 'asset', action: 'public' },
] as const satisfies readonly Route[];

export type ConsoleOperation = (typeof consoleRoutes)[number]['operation'];
