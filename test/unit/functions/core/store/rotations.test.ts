import { expect, test } from 'vitest';
import { acquireRotation } from '../../../../../functions/core/store/rotations.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START } from '../../../../helpers/fakes/platform.ts';

const db = memoryDb();

test('lets one of two concurrent rotations proceed, and another one later', async () => {
  const tenant = newTenant();

  expect(await Promise.all([acquireRotation(db, tenant, START), acquireRotation(db, tenant, START)])).toEqual([
    true,
    false,
  ]);
  expect(await acquireRotation(db, tenant, START + 60_000)).toBe(true);
});
