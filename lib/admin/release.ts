import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { countFrom, getDeletion, getFence, getImport, liftFence } from '../../functions/core/store/fences.ts';
import { TURN_MS } from './import.ts';
import type { Operator } from './operator.ts';

/** It is not time for that; the message is for whoever asked. */
export class ReleaseRefused extends Error {
  override readonly name = 'ReleaseRefused';
}

/**
 * Lets a tenant of the name of one that was deleted come into being: as if there had been none before.
 *
 * @throws ReleaseRefused
 */
export async function releaseTenant({ db, now, pause }: Operator, tenant: TenantId): Promise<void> {
  const [fence, deletion, under] = await Promise.all([
    getFence(db, tenant),
    getDeletion(db, tenant),
    getImport(db, tenant),
  ]);
  if (fence.fencedAt === null) throw new ReleaseRefused(`${tenant} is not fenced off`);
  if (under !== undefined)
    throw new ReleaseRefused(`${tenant} is being put back; tenants import lets it in at its end`);
  if (!deletion?.finishedAt) {
    throw new ReleaseRefused(`the deletion of ${tenant} is not over; go on with it: tenants delete ${tenant} --yes`);
  }
  const at = now();
  await countFrom(db, tenant, new Date(at).toISOString(), at);
  await pause(TURN_MS);
  await liftFence(db, tenant);
}
