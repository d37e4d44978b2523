import type { Route } from '../http/route.ts';

/** Routes of the integrations surface: the integration metrics contract and the data of the console's chart. */
export const integrationsRoutes = [
  { method: 'GET', path: '/api/integrations/jobs/metrics', operation: 'getMetrics', action: 'metrics' },
  { method: 'GET', path: '/api/integrations/jobs/minutes', operation: 'getMinutes', action: 'metrics' },
] as const satisfies readonly Route[];
