import { JOB_ID, JOB_ID_RULE } from '../../core/domain/job-id.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getCounter } from '../../core/store/counters.ts';
import { getOldestQueuedTime, getOldestQueuedTimeOfIntegration } from '../../core/store/run-lists.ts';
import { inputObject, matchingText, orDefault } from '../http/input-schemas.ts';
import { operation } from '../http/operation.ts';
import { toMetricsView } from './metrics-view.ts';

const metricsQuery = inputObject(
  { integrationId: orDefault(matchingText(JOB_ID, JOB_ID_RULE), null) },
  'query parameter',
);

/**
 * Returns the metrics of an organization or of one integration. Reads one counter and, if runs are pending, the key of
 * the oldest one. For an integration it also reads the pending runs of others that are older than its first.
 */
export const getMetrics = ({ db, now }: Pick<Platform, 'db' | 'now'>) =>
  operation({
    query: metricsQuery,
    async handle({ caller: { tenant }, query: { integrationId } }) {
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
