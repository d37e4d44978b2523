import * as z from 'zod';
import { toRunCounts } from '../../core/domain/run-counts.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getCounter, listMinutes } from '../../core/store/counters.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { nonNegativeInteger } from '../openapi/common-schemas.ts';

/** Length of "the last hour" in minutes: the current one and the 59 before it. */
const LAST_HOUR_MINUTES = 60;

export const stats = lazy(() =>
  z.object({
    totalJobs: nonNegativeInteger(),
    running: nonNegativeInteger(),
    failedRegistrations: nonNegativeInteger().describe('Jobs whose schedule was refused.'),
    okLastHour: nonNegativeInteger(),
    errorsLastHour: nonNegativeInteger(),
  }),
);
export type StatsView = ViewOf<typeof stats>;

/** Reads one counter and at most 60 minute counters, independent of the number of runs. */
export const getStats = route({
  method: 'GET',
  path: '/stats',
  operation: 'getStats',
  action: 'read',
  polled: true,
  openapi: () => ({ summary: 'Get counts of jobs and runs' }),
  responses: () => ({ 200: { description: 'Current counts and counts of the last hour.', body: stats() } }),
  async handle({ caller: { tenant } }, { db, now }: Pick<Platform, 'db' | 'now'>) {
    const [{ current }, minutes] = await Promise.all([
      getCounter(db, tenant, { kind: 'tenant' }),
      listMinutes(db, tenant, now(), LAST_HOUR_MINUTES),
    ]);
    const sum = (outcome: 'ok' | 'error') => minutes.reduce((total, minute) => total + minute[outcome], 0);
    const body = {
      totalJobs: current.jobs ?? 0,
      running: toRunCounts(current).processing,
      failedRegistrations: current.failedRegistrations ?? 0,
      okLastHour: sum('ok'),
      errorsLastHour: sum('error'),
    };
    return { status: 200, body };
  },
});
