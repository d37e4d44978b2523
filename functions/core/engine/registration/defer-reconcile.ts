import { nextReconcileTime } from '../../domain/reconcile-request.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { isTenantDeleted } from '../../domain/tenant-tombstone.ts';
import type { Platform } from '../../platform/platform.ts';
import { getReconcileRequest, putReconcileRequest } from '../../store/reconcile-requests.ts';
import { getTombstone } from '../../store/tombstones.ts';

/** Attempts at a write that conflicts with one of the sweeper. */
const MAX_WRITES = 3;

/**
 * Stores a job that could not be registered as a request that the sweeper sends to the registrar later. The delay
 * doubles with each request. A job of a deleted tenant is not stored: the deletion removes its schedules, and no sweep
 * would send the request.
 *
 * @param formerIncarnations incarnations of the job whose schedules may still exist
 * @throws Error if the request could not be stored
 */
export async function deferReconcile(
  { db, metrics, now, random }: Pick<Platform, 'db' | 'metrics' | 'now' | 'random'>,
  tenant: TenantId,
  jobId: string,
  formerIncarnations: ReadonlySet<string>,
): Promise<void> {
  const tombstone = await getTombstone(db, tenant);
  if (/* guard: registration.deferred.tenant-deleted */ isTenantDeleted(tombstone)) return;
  for (let write = 0; write < MAX_WRITES; write++) {
    const seen = await getReconcileRequest(db, tenant, jobId);
    const attempts = seen?.attempts ?? 0;
    const incarnations = [...new Set([...(seen?.incarnations ?? []), ...formerIncarnations])];
    const request = { jobId, attempts, dueAt: nextReconcileTime(now(), attempts, random()), incarnations };
    if (!(await putReconcileRequest(db, tenant, request, seen, true))) continue;
    metrics.event('registration.deferred', { RegistrationsDeferred: 1 }, { tenant, job: jobId, dueAt: request.dueAt });
    return;
  }
  throw new Error(`the request to reconcile changed during ${MAX_WRITES} writes`);
}
