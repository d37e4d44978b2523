import type { Route } from '../http/route.ts';

/** Routes of the flows surface: the flow jobs contract and the administration of tenants. */
export const flowsRoutes = [
  { method: 'GET', path: '/v1/jobs', operation: 'listJobs', action: 'read', polled: true },
  { method: 'GET', path: '/v1/jobs/{id}', operation: 'getJob', action: 'read', polled: true },
  { method: 'DELETE', path: '/v1/jobs/{id}', operation: 'cancelJob', action: 'operate' },
  { method: 'PUT', path: '/v1/jobs/{id}/cancel', operation: 'cancelJob', action: 'operate' },
  { method: 'GET', path: '/v1/jobs/{id}/joberrors', operation: 'listJobErrors', action: 'read' },
  { method: 'GET', path: '/v1/flows', operation: 'listFlows', action: 'read', polled: true },
  { method: 'POST', path: '/v1/flows', operation: 'createFlow', action: 'define' },
  { method: 'GET', path: '/v1/flows/{id}', operation: 'getFlow', action: 'read' },
  { method: 'PATCH', path: '/v1/flows/{id}', operation: 'updateFlow', action: 'define' },
  { method: 'DELETE', path: '/v1/flows/{id}', operation: 'deleteFlow', action: 'define' },
  { method: 'GET', path: '/v1/flows/{id}/jobs/latest', operation: 'listLatestJobs', action: 'read', polled: true },
  { method: 'POST', path: '/v1/flows/{id}/run', operation: 'runFlow', action: 'operate' },
  { method: 'POST', path: '/v1/api-keys', operation: 'createApiKey', action: 'define' },
  { method: 'GET', path: '/v1/api-keys', operation: 'listApiKeys', action: 'define' },
  { method: 'DELETE', path: '/v1/api-keys/{id}', operation: 'revokeApiKey', action: 'define' },
  { method: 'GET', path: '/v1/notifications', operation: 'getNotifications', action: 'define' },
  { method: 'PUT', path: '/v1/notifications', operation: 'putNotifications', action: 'define' },
  { method: 'GET', path: '/v1/notifications/deliveries', operation: 'listDeliveries', action: 'read' },
  { method: 'POST', path: '/v1/notifications/deliveries/{id}/retry', operation: 'retryDelivery', action: 'operate' },
  { method: 'GET', path: '/v1/secrets', operation: 'listSecrets', action: 'define' },
  { method: 'PUT', path: '/v1/secrets/{name}', operation: 'putSecret', action: 'define' },
  { method: 'GET', path: '/v1/secrets/{name}', operation: 'getSecret', action: 'define' },
  { method: 'DELETE', path: '/v1/secrets/{name}', operation: 'deleteSecret', action: 'define' },
] as const satisfies readonly Route[];
