import type { Route } from '../http/route.ts';

/** The integrations surface: `seeds/0-integration-metrics.md`, and beyond it what its page draws. */
export const integrationsRoutes = [
  { method: 'GET', path: '/api/integrations/jobs/metrics', operation: 'getMetrics', action: 'metrics' },
  { method: 'GET', path: '/api/integrations/jobs/minutes', operation: 'getMinutes', action: 'metrics' },
] as const satisfies readonly Route[];
