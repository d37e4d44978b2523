import { type Db, get, put } from './db.ts';
import { auditKey } from './keys.ts';

/** The tenant that the audit looked at last, when it ran out of time before it had seen all. */
export async function getAuditedTenant(db: Db): Promise<string | undefined> {
  return (await get(db, db.tables.access, auditKey))?.tenant as string | undefined;
}

/** @param tenant null when all have been seen: the next audit begins with the first */
export async function putAuditedTenant(db: Db, tenant: string | null): Promise<void> {
  await put(db, db.tables.access, { ...auditKey, tenant });
}
