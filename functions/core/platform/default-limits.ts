import type { Limits } from '../domain/limits.ts';
import { requireEnv, requireNumberEnv } from './env.ts';
import { Env } from './env-names.ts';

/** What a tenant may use unless its own limits say otherwise, as the environment has it. */
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
