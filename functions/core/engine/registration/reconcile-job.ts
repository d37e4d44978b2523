import { type SchedulerClient, ServiceQuotaExceededException, ValidationException } from '@aws-sdk/client-scheduler';
import { InvalidInput } from '../../domain/errors.ts';
import type { Job, Registration } from '../../domain/job.ts';
import { desiredSchedules, registrationContent, scheduleNames } from '../../domain/registration.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Platform } from '../../platform/platform.ts';
import { advanceTickWatermark } from '../../store/job-states.ts';
import { getJob } from '../../store/jobs.ts';
import { getRegistration, putRegistration, removeRegistration } from '../../store/registrations.ts';
import { putSchedule, removeSchedule, type ScheduleTarget, scheduleParams } from './schedules.ts';

export interface Registrar {
  readonly platform: Pick<Platform, 'db' | 'log' | 'now'>;
  readonly scheduler: SchedulerClient;
  readonly target: ScheduleTarget;
}

/**
 * Brings the schedules in EventBridge Scheduler in line with a job's current definition, and stores the result as the
 * job's registration. A request that AWS rejects is stored with its reason and counted.
 *
 * @throws Error on transient failures; the caller retries
 */
export async function reconcileJob(registrar: Registrar, tenant: TenantId, jobId: string): Promise<void> {
  const { db } = registrar.platform;
  const job = await getJob(db, tenant, jobId);
  const known = await getRegistration(db, tenant, jobId);
  if (known && known.incarnation !== job?.incarnation) await unregister(registrar, tenant, known);
  if (!job) return;
  const current = known?.incarnation === job.incarnation ? known : undefined;
  const unchanged =
    current !== undefined && current.content === registrationContent(job) && current.status !== 'failed';
  const registration = unchanged ? { ...current, version: job.version } : await register(registrar, job);
  await putRegistration(db, tenant, registration);
}

/** Removes the schedules of a deleted job, then its registration. */
export async function unregister(registrar: Registrar, tenant: TenantId, known: Registration): Promise<void> {
  const { jobId, incarnation } = known;
  // guard: registration.deleted-job
  await removeSchedules(registrar, { tenant, id: jobId, incarnation });
  await removeRegistration(registrar.platform.db, tenant, jobId, incarnation);
}

/** Removes every schedule that an incarnation of a job may have. */
export async function removeSchedules(
  { scheduler, target }: Registrar,
  job: Pick<Job, 'tenant' | 'id' | 'incarnation'>,
): Promise<void> {
  for (const name of scheduleNames(job)) await removeSchedule(scheduler, target.group, name);
}

async function register(registrar: Registrar, job: Job): Promise<Registration> {
  const { scheduler, target, platform } = registrar;
  const now = platform.now();
  const base = {
    jobId: job.id,
    incarnation: job.incarnation,
    version: job.version,
    content: registrationContent(job),
    error: null,
    updatedAt: new Date(now).toISOString(),
  };
  try {
    const desired = desiredSchedules(job, now);
    for (const schedule of desired) await putSchedule(scheduler, scheduleParams(target, job, schedule));
    const wanted = new Set(desired.map(({ name }) => name));
    for (const name of scheduleNames(job)) {
      if (!wanted.has(name)) await removeSchedule(scheduler, target.group, name);
    }
    // Ticks are expected from now on. Missed ticks of the former schedule are not recovered.
    if (desired.length > 0) await advanceTickWatermark(platform.db, job, base.updatedAt);
    return { ...base, status: desired.length > 0 ? 'registered' : 'none' };
  } catch (error) {
    if (!isPermanentError(error)) throw error;
    platform.log.warn('registration.refused', { tenant: job.tenant, job: job.id, error: error.message });
    // The former schedule must not continue to fire.
    // guard: registration.refused-schedule
    await removeSchedules(registrar, job);
    return { ...base, status: 'failed', error: error.message };
  }
}

/** Matches errors that only a change of the definition or of the account's quota resolves. */
function isPermanentError(error: unknown): error is Error {
  return [ValidationException, ServiceQuotaExceededException, InvalidInput].some((kind) => error instanceof kind);
}
