import * as z from 'zod';
import { JOB_ID, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import { toRunCounts } from '../../core/domain/run-counts.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { type CounterValues, getCounter } from '../../core/store/counters.ts';
import { getOldestQueuedTime, getOldestQueuedTimeOfIntegration } from '../../core/store/run-lists.ts';
import { inputObject, matchingText, orDefault } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/common-schemas.ts';

const metricsQuery = lazy(() =>
  inputObject({ integrationId: orDefault(matchingText(JOB_ID, JOB_ID_RULE), null) }, 'query parameter'),
);

const metricsSchema = lazy(() =>
  namedSchema(
    'IntegrationsMetrics',
    z.object({
      pendingCount: nonNegativeInteger(),
      processingCount: nonNegativeInteger(),
      failedCount: nonNegativeInteger(),
      /** Age of the oldest pending run in milliseconds. `null` if and only if no run is pending. */
      oldestPendingAgeMs: nonNegativeInteger().nullable(),
      /** End of the most recently completed or failed run. */
      lastRunAt: timestamp().nullable(),
      /** Duration of that run in milliseconds. `null` also if it failed without having started. */
      lastRunDurationMs: nonNegativeInteger().nullable(),
    }),
  ),
);
export type MetricsView = ViewOf<typeof metricsSchema>;

/**
 * Returns the metrics of an organization or of one integration. Reads one counter and, if runs are pending, the key of the
 * oldest one. For an integration it also reads the pending runs of others that are older than its first.
 */
export const getMetrics = route({
  method: 'GET',
  path: '/api/integrations/jobs/metrics',
  operation: 'getMetrics',
  action: 'metrics',
  query: metricsQuery,
  openapi: () => ({
    summary: 'Count the pending, processing and failed runs of the organization',
    description: '`integrationId` restricts the counts to one integration.',
  }),
  responses: () => ({
    200: {
      description: 'The current counts.',
      body: metricsSchema(),
      example: {
        pendingCount: 2,
        processingCount: 1,
        failedCount: 0,
        oldestPendingAgeMs: 1_200,
        lastRunAt: '2026-03-02T01:03:00.000Z',
        lastRunDurationMs: 450,
      },
    },
  }),
  async handle({ caller: { tenant }, query: { integrationId } }, { db, now }: Pick<Platform, 'db' | 'now'>) {
    const counter =
      integrationId === null ? { kind: 'tenant' as const } : { kind: 'integration' as const, integrationId };
    const values = await getCounter(db, tenant, counter);
    const oldest = async () =>
      integrationId === null
        ? getOldestQueuedTime(db, tenant)
        : getOldestQueuedTimeOfIntegration(db, tenant, integrationId);
    const oldestPending = values.current.queued ? await oldest() : undefined;
    return { status: 200, body: toMetricsView(values, oldestPending, now()) };
  },
});

/** @param oldestPending creation time of the oldest pending run; `undefined` if none was found */
export function toMetricsView(
  { current, last }: Pick<CounterValues, 'current' | 'last'>,
  oldestPending: string | undefined,
  now: number,
): MetricsView {
  const { pending, processing, failed } = toRunCounts(current);
  return {
    // The counter may be a second behind: a run that it still counts and that the index no longer has was claimed meanwhile.
    pendingCount: oldestPending === undefined ? 0 : pending,
    processingCount: processing,
    failedCount: failed,
    oldestPendingAgeMs: oldestPending === undefined ? null : Math.max(0, now - Date.parse(oldestPending)),
    lastRunAt: last?.finishedAt ?? null,
    lastRunDurationMs: last?.durationMs ?? null,
  };
}
