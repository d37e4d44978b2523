import type { Limits } from '../../domain/limits.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { toUsage, type Usage, type UsageLimits } from '../../domain/usage.ts';
import type { Platform } from '../../platform/platform.ts';
import { getCounter } from '../../store/counters.ts';
import { getStartContext, type StartContext as StoredContext } from '../../store/run-context.ts';

/** The rows that the start of a run depends on. Each may be outdated. */
export interface StartContext extends Omit<StoredContext, 'counter'> {
  /** The tenant's usage, as its counter showed it at most 5 minutes ago. */
  readonly usage: Usage;
}

type Dependencies = Pick<Platform, 'db' | 'now' | 'defaultLimits' | 'usageCache'>;

/**
 * Reads the context of a start in one call.
 *
 * @param isJobConsistent `true` to read the job and its state consistently
 */
export async function readStartContext(
  platform: Dependencies,
  tenant: TenantId,
  jobId: string,
  isJobConsistent = false,
): Promise<StartContext> {
  const { db, now, defaultLimits, usageCache } = platform;
  const at = now();
  const known = usageCache.get(tenant);
  const { counter, ...context } = await getStartContext(db, tenant, jobId, {
    defaultLimits,
    includesCounter: known === undefined,
    isJobConsistent,
  });
  const { limits } = context;
  if (counter) {
    const usage = toUsage(counter, at);
    usageCache.set(tenant, usage, limits, at);
    return { ...context, usage };
  }
  if (known && isSame(known.limits, limits)) return { ...context, usage: known.usage };
  return { ...context, usage: await getUsage(platform, tenant, limits) };
}

/** Returns the tenant's usage, as its counter shows it: some seconds old. */
export async function getUsage(
  { db, now, usageCache }: Pick<Dependencies, 'db' | 'now' | 'usageCache'>,
  tenant: TenantId,
  limits: Limits,
): Promise<Usage> {
  const known = usageCache.get(tenant);
  if (known && isSame(known.limits, limits)) return known.usage;
  const at = now();
  const usage = toUsage(await getCounter(db, tenant, { kind: 'tenant' }), at);
  usageCache.set(tenant, usage, limits, at);
  return usage;
}

/** @returns `false` if the usage was cached for other limits, so that its lifetime is wrong */
const isSame = (these: UsageLimits, those: UsageLimits): boolean =>
  these.storedBytes === those.storedBytes && these.computeSecondsPerMonth === those.computeSecondsPerMonth;
