import type { Limits } from '../domain/limits.ts';
import { required, requiredNumber } from './env.ts';
import { Env } from './env-names.ts';

/** What a tenant may use unless its own limits say otherwise, as the environment has it. */
export function defaultLimits(): Limits {
  const others = JSON.parse(required(Env.tenantLimits)) as Omit<
    Limits,
    'concurrentRuns' | 'retentionDays' | 'generation'
  >;
  return {
    ...others,
    concurrentRuns: requiredNumber(Env.concurrentRuns),
    retentionDays: requiredNumber(Env.retentionDays),
    generation: 0,
  };
}
