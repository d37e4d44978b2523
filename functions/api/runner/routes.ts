import type { Route } from '../http/route.ts';

/** Routes of the runner surface: the job runner contract and its extensions. */
export const runnerRoutes = [
  { method: 'GET', path: '/health', operation: 'health', action: 'public' },
  { method: 'GET', path: '/status', operation: 'health', action: 'public' },
  { method: 'GET', path: '/jobs', operation: 'listJobs', action: 'read', polled: true },
  { method: 'POST', path: '/jobs', operation: 'createJob', action: 'define' },
  { method: 'GET', path: '/jobs/{id}', operation: 'getJob', action: 'read' },
  { method: 'GET', path: '/jobs/{id}/versions/{version}', operation: 'getJobVersion', action: 'read' },
  { method: 'PATCH', path: '/jobs/{id}', operation: 'updateJob', action: 'define' },
  { method: 'DELETE', path: '/jobs/{id}', operation: 'deleteJob', action: 'define' },
  { method: 'POST', path: '/jobs/{id}/enable', operation: 'enableJob', action: 'operate' },
  { method: 'PATCH', path: '/jobs/{id}/enable', operation: 'enableJob', action: 'operate' },
  { method: 'POST', path: '/jobs/{id}/disable', operation: 'disableJob', action: 'operate' },
  { method: 'PATCH', path: '/jobs/{id}/disable', operation: 'disableJob', action: 'operate' },
  { method: 'POST', path: '/jobs/{id}/run', operation: 'triggerJob', action: 'operate' },
  { method: 'GET', path: '/jobs/{id}/runs', operation: 'listRuns', action: 'read', polled: true },
  { method: 'GET', path: '/jobs/{id}/runs/{run}', operation: 'getRun', action: 'read' },
  { method: 'POST', path: '/jobs/{id}/runs/{run}/cancel', operation: 'cancelRun', action: 'operate' },
  { method: 'POST', path: '/jobs/{id}/runs/{run}/acknowledge', operation: 'acknowledgeRun', action: 'operate' },
  { method: 'POST', path: '/jobs/{id}/runs/{run}/unacknowledge', operation: 'unacknowledgeRun', action: 'operate' },
  { method: 'GET', path: '/runs', operation: 'listTenantRuns', action: 'read', polled: true },
  { method: 'GET', path: '/runs/activity', operation: 'getActivity', action: 'read' },
  { method: 'GET', path: '/failures', operation: 'listFailures', action: 'read', polled: true },
  { method: 'POST', path: '/failures/acknowledge', operation: 'acknowledgeFailures', action: 'operate' },
  { method: 'POST', path: '/redrive', operation: 'redrive', action: 'operate' },
  { method: 'GET', path: '/dead-letters', operation: 'listDeadLetters', action: 'operate' },
  { method: 'GET', path: '/dead-letters/{id}', operation: 'getDeadLetter', action: 'operate' },
  { method: 'POST', path: '/dead-letters/replay', operation: 'replayDeadLetters', action: 'operate' },
  { method: 'GET', path: '/stats', operation: 'getStats', action: 'read', polled: true },
] as const satisfies readonly Route[];

export type RunnerOperation = (typeof runnerRoutes)[number]['operation'];
