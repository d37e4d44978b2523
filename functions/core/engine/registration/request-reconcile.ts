import type { Job, Registration } from '../../domain/job.ts';
import { NextSweep } from '../../domain/next-sweep.ts';
import { nextReconcileTime, type ReconcileRequest } from '../../domain/reconcile-request.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import type { HasTime } from '../../platform/time-budget.ts';
import { putReconcileRequest } from '../../store/reconcile-requests.ts';
import { listRegistrationRows } from '../../store/registrations.ts';
import { repairEach } from '../sweep/part-runner.ts';

/** The fields of a job that its registration is compared with. */
export type DefinedJob = Pick<Job, 'id' | 'incarnation' | 'version' | 'updatedAt'>;

/**
 * Requests the reconciliation of jobs whose registration has another version, of registrations without a job, and of
 * jobs that the registrar deferred. A request is repeated with doubling delays until a pass of the registrar succeeds.
 *
 * Jobs are registered by the stream only. The request is a small row of its own, because a write to a definition costs
 * a unit for each KB of the definition.
 *
 * @param graceMs age in milliseconds at which a missing registration means that its stream record was lost
 * @param hasTime `false` ends the requests early
 * @returns the time in epoch milliseconds at which a request or a missing registration is due; `null` for none
 * @throws AggregateError after the other jobs, if some requests could not be stored
 */
export async function requestOutdated(
  platform: Pick<Platform, 'db' | 'log' | 'now' | 'random'>,
  tenant: TenantId,
  jobs: readonly DefinedJob[],
  graceMs: number,
  hasTime: HasTime = () => true,
): Promise<number | null> {
  const { db, log, now, random } = platform;
  const { registrations, requests } = await listRegistrationRows(db, tenant);
  const requestsById = new Map(requests.map((request) => [request.jobId, request]));
  const outdated = new Set([
    ...outdatedJobs(jobs, registrations, now() - graceMs).map(({ id }) => id),
    ...orphaned(jobs, registrations),
    // guard: registration.request.repeated
    ...requests.map(({ jobId }) => jobId),
  ]);
  const next = new NextSweep();
  for (const { updatedAt } of outdatedJobs(jobs, registrations, Number.POSITIVE_INFINITY)) {
    const graceEnd = Date.parse(updatedAt) + graceMs;
    if (graceEnd >= now()) next.include(graceEnd);
  }
  await repairEach([...outdated], hasTime, async (jobId) => {
    const seen = requestsById.get(jobId);
    const dueAt = seen ? Date.parse(seen.dueAt) : 0;
    if (dueAt > now()) next.include(dueAt);
    /* guard: registration.request.backoff */ if (dueAt > now()) return;
    log.warn('registration.outdated', { tenant, job: jobId, attempts: seen?.attempts ?? 0 });
    const request = nextRequest(jobId, seen, now(), random());
    await putReconcileRequest(db, tenant, request, seen, false);
    next.include(Date.parse(request.dueAt));
  });
  // guard: registration.request.time
  if (!hasTime()) next.include(now());
  return next.at;
}

function nextRequest(jobId: string, seen: ReconcileRequest | undefined, now: number, random: number) {
  const attempts = (seen?.attempts ?? 0) + 1;
  return { jobId, attempts, dueAt: nextReconcileTime(now, attempts, random), incarnations: seen?.incarnations ?? [] };
}

function outdatedJobs(
  jobs: readonly DefinedJob[],
  registrations: readonly Registration[],
  changedUntil: number,
): readonly DefinedJob[] {
  const known = new Map(registrations.map((registration) => [registration.jobId, registration]));
  return jobs.filter(({ id, incarnation, version, updatedAt }) => {
    const registration = known.get(id);
    const isCurrent = registration?.incarnation === incarnation && registration.version === version;
    return !isCurrent && Date.parse(updatedAt) < changedUntil;
  });
}

function orphaned(jobs: readonly DefinedJob[], registrations: readonly Registration[]): readonly string[] {
  const ids = new Set(jobs.map(({ id }) => id));
  return registrations.filter(({ jobId }) => !ids.has(jobId)).map(({ jobId }) => jobId);
}
