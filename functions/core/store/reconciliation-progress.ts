import { type Db, get, put } from './db.ts';
import { reconciliationKey } from './keys.ts';

/** The tenant that the audit looked at last, when it ran out of time before it had seen all. */
export async function getReconciledTenant(db: Db): Promise<string | undefined> {
  return (await get(db, db.tables.access, reconciliationKey))?.tenant as string | undefined;
}

/** @param tenant null when all have been seen: the next audit begins with the first */
export async function putReconciledTenant(db: Db, tenant: string | null): Promise<void> {
  await put(db, db.tables.access, { ...reconciliationKey, tenant });
}
