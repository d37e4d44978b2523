import type { Route } from '../route.ts';

/** The flows surface: `seeds/2-flow-jobs.md`; so far what its clients need beside flows. */
export const flowsRoutes = [
  { method: 'POST', path: '/v1/api-keys', operation: 'createApiKey', action: 'define' },
  { method: 'GET', path: '/v1/api-keys', operation: 'listApiKeys', action: 'define' },
  { method: 'DELETE', path: '/v1/api-keys/{id}', operation: 'revokeApiKey', action: 'define' },
  { method: 'GET', path: '/v1/secrets', operation: 'listSecrets', action: 'define' },
  { method: 'PUT', path: '/v1/secrets/{name}', operation: 'putSecret', action: 'define' },
  { method: 'GET', path: '/v1/secrets/{name}', operation: 'getSecret', action: 'define' },
  { method: 'DELETE', path: '/v1/secrets/{name}', operation: 'deleteSecret', action: 'define' },
] as const satisfies readonly Route[];
