import type { Route } from '../api/http/route.ts';

/**
 * What the page's function serves. All of it is public: the page holds nothing of a tenant, and gets what it shows from
 * the surfaces, with a token. The document describes the surfaces, and is as static as the page.
 */
export const consoleRoutes = [
  { method: 'GET', path: '/', operation: 'start', action: 'public' },
  { method: 'GET', path: '/openapi.json', operation: 'openApi', action: 'public' },
  { method: 'GET', path: '/settings/integrations', operation: 'page', action: 'public' },
  { method: 'GET', path: '/console', operation: 'page', action: 'public' },
  { method: 'GET', path: '/console/{proxy+}', operation: 'page', action: 'public' },
  { method: 'GET', path: '/console/config.json', operation: 'config', action: 'public' },
  { method: 'GET', path: '/console/assets/{file}', operation: 'asset', action: 'public' },
] as const satisfies readonly Route[];

export type ConsoleOperation = (typeof consoleRoutes)[number]['operation'];
