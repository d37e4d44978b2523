import { LIMIT_NAMES, type LimitName } from '../../core/domain/limits.ts';
import { toRunCounts } from '../../core/domain/run-counts.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { getCounter } from '../../core/store/counters.ts';
import { getJobCount } from '../../core/store/job-counts.ts';
import { getOwnLimits } from '../../core/store/limits.ts';
import { getOldestQueuedTime } from '../../core/store/run-lists.ts';

export type LimitsPlatform = Pick<Platform, 'db' | 'now' | 'defaultLimits'>;

/**
 * Returns the limits of a tenant, their use and the state of its queue. Run and byte counts come from the counters and
 * are one to two seconds old.
 */
export async function loadLimitsView({ db, now, defaultLimits }: LimitsPlatform, tenant: TenantId) {
  const [own, jobs, { current, total }] = await Promise.all([
    getOwnLimits(db, tenant),
    getJobCount(db, tenant),
    getCounter(db, tenant, { kind: 'tenant' }),
  ]);
  const { pending, processing } = toRunCounts(current);
  const oldest = pending > 0 ? await getOldestQueuedTime(db, tenant) : undefined;
  const limitOf = (name: LimitName) => [name, own[name] ?? defaultLimits[name]] as const;
  return {
    limits: Object.fromEntries(LIMIT_NAMES.map(limitOf)),
    /** The limits that the tenant overrides; the others are the deployment's defaults. */
    own: LIMIT_NAMES.filter((name) => own[name] !== undefined),
    used: { jobs: jobs ?? current.jobs ?? 0, concurrentRuns: processing, storedBytes: current.storedBytes ?? 0 },
    queue: {
      pendingRuns: pending,
      oldestPendingSeconds: oldest === undefined ? null : Math.max(0, Math.floor((now() - Date.parse(oldest)) / 1_000)),
      lateStarts: total.lateStarts ?? 0,
      lateFinishes: total.lateFinishes ?? 0,
    },
  };
}
