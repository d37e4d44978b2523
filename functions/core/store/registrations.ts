import type { Registration } from '../domain/job.ts';
import type { ReconcileRequest } from '../domain/reconcile-request.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, type Item, put, query, remove } from './db.ts';
import { absent, all, any, atMost, beginsWith, equals } from './expression.ts';
import { JOB_PREFIXES, REGISTRATION_ROWS_PREFIX, registrationKey } from './keys.ts';
import { toReconcileRequest } from './reconcile-requests.ts';

function toRegistration(item: Item): Registration {
  const { pk, sk, ...rest } = item;
  return { error: null, ...rest } as unknown as Registration;
}

export async function getRegistration(db: Db, tenant: TenantId, jobId: string): Promise<Registration | undefined> {
  const item = await get(db, db.tables.jobs, registrationKey(tenant, jobId));
  return item && toRegistration(item);
}

export async function listRegistrations(db: Db, tenant: TenantId): Promise<Registration[]> {
  const key = all(equals('pk', tenant), beginsWith('sk', JOB_PREFIXES.registration));
  return (await query(db, db.tables.jobs, key)).map(toRegistration);
}

/** The rows of a tenant's registrations and requests to reconcile. */
export interface RegistrationRows {
  readonly registrations: readonly Registration[];
  readonly requests: readonly ReconcileRequest[];
}

/** Lists registrations and requests to reconcile with one query. */
export async function listRegistrationRows(db: Db, tenant: TenantId): Promise<RegistrationRows> {
  const key = all(equals('pk', tenant), beginsWith('sk', REGISTRATION_ROWS_PREFIX));
  const items = await query(db, db.tables.jobs, key);
  const withPrefix = (prefix: string) => items.filter(({ sk }) => (sk as string).startsWith(prefix));
  return {
    registrations: withPrefix(JOB_PREFIXES.registration).map(toRegistration),
    requests: withPrefix(JOB_PREFIXES.reconcileRequest).map(toReconcileRequest),
  };
}

/** Stores the result of a registration, unless a newer one of the same incarnation is stored. */
export async function putRegistration(db: Db, tenant: TenantId, registration: Registration): Promise<boolean> {
  const notNewer = all(
    equals('incarnation', registration.incarnation),
    // guard: registration.newer
    atMost('version', registration.version),
  );
  // Incarnations are not ordered; the last writer has read the newest job.
  const other = (a: Parameters<typeof notNewer>[0]) => `NOT (${equals('incarnation', registration.incarnation)(a)})`;
  const item = { ...registrationKey(tenant, registration.jobId), ...registration };
  return put(db, db.tables.jobs, item, any(absent('pk'), notNewer, other));
}

/** Deletes the registration of a deleted job. */
export async function removeRegistration(
  db: Db,
  tenant: TenantId,
  jobId: string,
  incarnation: string,
): Promise<boolean> {
  return remove(db, db.tables.jobs, registrationKey(tenant, jobId), equals('incarnation', incarnation));
}
