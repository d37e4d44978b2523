import { type Db, get, put } from './db.ts';
import { reconciliationKey } from './keys.ts';

/** Returns the last tenant that the reconciliation visited before it ran out of time. */
export async function getReconciledTenant(db: Db): Promise<string | undefined> {
  return (await get(db, db.tables.access, reconciliationKey))?.tenant as string | undefined;
}

/** @param tenant null after the last tenant: the next reconciliation starts with the first */
export async function putReconciledTenant(db: Db, tenant: string | null): Promise<void> {
  await put(db, db.tables.access, { ...reconciliationKey, tenant });
}
