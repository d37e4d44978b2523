import type { TenantId } from '../../functions/core/domain/tenant.ts';
import {
  getDeletion,
  getImport,
  getTombstone,
  liftTombstone,
  resumeCounting,
} from '../../functions/core/store/tombstones.ts';
import type { AdminContext } from './admin-context.ts';
import { COUNTING_CHANGEOVER_MS } from './import-tenant.ts';

/** The tenant cannot be released in its current state. The message is for the user. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
}

/**
 * Removes the tombstone of a deleted tenant, so that a new tenant can use the name.
 *
 * @throws ReleaseError
 */
export async function releaseTenant({ db, now, pause }: AdminContext, tenant: TenantId): Promise<void> {
  const [tombstone, deletion, importedExport] = await Promise.all([
    getTombstone(db, tenant),
    getDeletion(db, tenant),
    getImport(db, tenant),
  ]);
  if (tombstone.tombstonedAt === null) throw new ReleaseError(`${tenant} has no tombstone: it was not deleted`);
  if (importedExport !== undefined)
    throw new ReleaseError(`${tenant} is being imported; the import releases it at its end`);
  if (!deletion?.finishedAt) {
    throw new ReleaseError(`the deletion of ${tenant} is incomplete; continue it: tenants delete ${tenant} --yes`);
  }
  const at = now();
  await resumeCounting(db, tenant, new Date(at).toISOString(), at);
  await pause(COUNTING_CHANGEOVER_MS);
  await liftTombstone(db, tenant);
}
