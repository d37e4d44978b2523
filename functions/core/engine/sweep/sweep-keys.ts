import { randomKeyStart } from '../../domain/run-keys.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { walkKeysWithLine } from '../../store/key-slots.ts';
import { admitByKey } from '../finalize/key-slots.ts';
import { failuresOf, throwFailures } from './part-runner.ts';
import { KEYS_BUDGET_MS } from './sweep-limits.ts';

/**
 * Gives the slots of key values that a crash left with ended runs to the runs that wait for them. A sweep has a bounded
 * time for it and begins at a random value, so that the sweeps together reach all values of a tenant with many.
 *
 * @throws AggregateError after the last key value, if some failed
 */
export async function sweepKeys(platform: Platform, tenant: TenantId, hasTime: HasTime): Promise<void> {
  const failures: unknown[] = [];
  const endAt = platform.now() + KEYS_BUDGET_MS;
  // guard: sweep.keys.budget
  const hasBudget = () => hasTime() && platform.now() < endAt;
  for await (const key of walkKeysWithLine(platform.db, tenant, randomKeyStart(platform.random()))) {
    if (!hasBudget()) break;
    failures.push(...(await failuresOf([key], hasTime, () => admitByKey(platform, tenant, key))));
  }
  throwFailures(failures, 'concurrency keys were not repaired');
}
