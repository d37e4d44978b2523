import { toRunCounts } from '../../core/domain/run-counts.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getCounter, listMinutes } from '../../core/store/counters.ts';
import { operation } from '../http/operation.ts';

/** Length of "the last hour" in minutes: the current one and the 59 before it. */
const LAST_HOUR_MINUTES = 60;

/** Reads one counter and at most 60 minute counters, independent of the number of runs. */
export const getStats = ({ db, now }: Pick<Platform, 'db' | 'now'>) =>
  operation({
    async handle({ caller: { tenant } }) {
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
