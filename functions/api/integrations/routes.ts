import type { Route } from '../route.ts';

/** The integrations surface: `seeds/0-integration-metrics.md`. */
export const integrationsRoutes = [
  { method: 'GET', path: '/api/integrations/jobs/metrics', operation: 'getMetrics', action: 'metrics' },
] as const satisfies readonly Route[];
