import type { OperationDocs } from '../openapi/operation-doc.ts';
import { metrics, minutes } from './responses.ts';
import type { integrationsRoutes } from './routes.ts';

export const integrationsDescriptions: OperationDocs<(typeof integrationsRoutes)[number]> = {
  getMetrics: {
    summary: 'Runs of the organization: pending, processing, failed',
    description: '`integrationId` narrows them to one integration.',
    responses: {
      200: {
        description: 'As they are now.',
        body: metrics,
        example: {
          pendingCount: 2,
          processingCount: 1,
          failedCount: 0,
          oldestPendingAgeMs: 1_200,
          lastRunAt: '2026-03-02T01:03:00.000Z',
          lastRunDurationMs: 450,
        },
      },
    },
  },
  getMinutes: {
    summary: 'How runs of the last hour ended, minute by minute',
    responses: { 200: { description: 'All sixty, oldest first.', body: minutes } },
  },
};
