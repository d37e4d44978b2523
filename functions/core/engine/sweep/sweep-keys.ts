import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { walkKeysWithLine } from '../../store/key-slots.ts';
import { admitByKey } from '../finalize/key-slots.ts';
import { failuresOf, throwFailures } from './part-runner.ts';

/**
 * Gives the slots of key values that a crash left with ended runs to the runs that wait for them.
 *
 * @throws AggregateError after the last key value, if some failed
 */
export async function sweepKeys(platform: Platform, tenant: TenantId, hasTime: HasTime): Promise<void> {
  const failures: unknown[] = [];
  for await (const key of walkKeysWithLine(platform.db, tenant)) {
    failures.push(...(await failuresOf([key], hasTime, () => admitByKey(platform, tenant, key))));
    if (!hasTime()) break;
  }
  throwFailures(failures, 'concurrency keys were not repaired');
}
