import { expect, test } from 'vitest';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { forEachTenant } from '../../../../../functions/core/platform/for-each-tenant.ts';
import { putTenant } from '../../../../../functions/core/store/tenants.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { testPlatform } from '../../../../helpers/fakes/platform.ts';

test('visits all tenants when some of the visits fail', async () => {
  const platform = testPlatform(memoryDb());
  const tenants = Array.from({ length: 20 }, (_, i) => `tenant-${i}` as TenantId);
  for (const tenant of tenants) await putTenant(platform.db, tenant);
  const visited: TenantId[] = [];
  const visit = async (tenant: TenantId) => {
    visited.push(tenant);
    throw new Error(`${tenant} is in no state to be visited`);
  };

  await expect(forEachTenant(platform, 'sweep', visit)).rejects.toThrow('sweep: 20 tenants failed');

  expect(visited.toSorted()).toEqual(tenants.toSorted());
  expect(platform.logged.filter(({ message }) => message === 'sweep.failed')).toHaveLength(20);
});
