import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue } from 'aws-lambda';
import type { ReconcileRequest } from '../domain/reconcile-request.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, type Item, put, remove } from './db.ts';
import { absent, equals } from './expression.ts';
import { DEFERRED_MARK, reconcileRequestKey } from './keys.ts';

export function toReconcileRequest({ jobId, revision, attempts, dueAt, incarnations }: Item): ReconcileRequest {
  return { jobId, revision, attempts, dueAt, incarnations: incarnations ?? [] } as ReconcileRequest;
}

/** Converts the image of a request in a stream record. */
export const readRequestImage = (image: Readonly<Record<string, AttributeValue>>): ReconcileRequest =>
  toReconcileRequest(unmarshall(image as Parameters<typeof unmarshall>[0]));

export async function getReconcileRequest(
  db: Db,
  tenant: TenantId,
  jobId: string,
): Promise<ReconcileRequest | undefined> {
  const item = await get(db, db.tables.jobs, reconcileRequestKey(tenant, jobId));
  return item && toReconcileRequest(item);
}

/**
 * Stores a request in place of the one that was read. The stream sends it to the registrar unless it is deferred.
 *
 * @param deferred `true` if the request waits for the sweeper
 * @returns `false` if the stored request is another than `seen`
 */
export async function putReconcileRequest(
  db: Db,
  tenant: TenantId,
  request: Omit<ReconcileRequest, 'revision'>,
  seen: ReconcileRequest | undefined,
  deferred: boolean,
): Promise<boolean> {
  const item = {
    ...reconcileRequestKey(tenant, request.jobId),
    ...request,
    revision: (seen?.revision ?? 0) + 1,
    ...(deferred && { [DEFERRED_MARK]: true }),
  };
  return put(db, db.tables.jobs, item, seen ? equals('revision', seen.revision) : absent('pk'));
}

/** Removes a fulfilled request, unless it was written again meanwhile. */
export async function removeReconcileRequest(
  db: Db,
  tenant: TenantId,
  { jobId, revision }: Pick<ReconcileRequest, 'jobId' | 'revision'>,
): Promise<void> {
  await remove(
    db,
    db.tables.jobs,
    reconcileRequestKey(tenant, jobId),
    // guard: registration.request.newer
    equals('revision', revision),
  );
}
