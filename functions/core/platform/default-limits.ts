import type { Limits } from '../domain/limits.ts';
import { requireEnv, requireNumberEnv } from './env.ts';
import { Env } from './env-names.ts';

/** Returns the deployment's default limits of a tenant from the environment. */
export function readDefaultLimits(): Limits {
  const others = JSON.parse(requireEnv(Env.tenantLimits)) as Omit<
    Limits,
    'concurrentRuns' | 'retentionDays' | 'generation'
  >;
  return {
    ...others,
    concurrentRuns: requireNumberEnv(Env.concurrentRuns),
    retentionDays: requireNumberEnv(Env.retentionDays),
    generation: 0,
  };
}
