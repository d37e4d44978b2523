import { type SchedulerClient, ServiceQuotaExceededException, ValidationException } from '@aws-sdk/client-scheduler';
import { catchesUp } from '../../domain/catch-up.ts';
import { InvalidInput } from '../../domain/errors.ts';
import type { Job, Registration } from '../../domain/job.ts';
import { desiredSchedules, MIN_SCHEDULE_NAMES, registrationContent, scheduleNames } from '../../domain/registration.ts';
import { withoutArns } from '../../domain/service-error-text.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { isTenantDeleted } from '../../domain/tenant-tombstone.ts';
import type { Platform } from '../../platform/platform.ts';
import { advanceTickWatermark, getJobState } from '../../store/job-states.ts';
import { getJob } from '../../store/jobs.ts';
import { getRegistration, putRegistration, removeRegistration } from '../../store/registrations.ts';
import { putTenant } from '../../store/tenants.ts';
import { getTombstone } from '../../store/tombstones.ts';
import { putSchedule, removeSchedule, type ScheduleTarget, scheduleParams } from './schedules.ts';

export interface Registrar {
  readonly platform: Pick<Platform, 'db' | 'log' | 'metrics' | 'now' | 'random'>;
  readonly scheduler: SchedulerClient;
  readonly target: ScheduleTarget;
}

export interface ReconcileOptions {
  /**
   * Incarnations of the job that changes replaced or removed.
   *
   * @defaultValue none
   */
  readonly formerIncarnations?: ReadonlySet<string>;
  /**
   * Writes the schedules although their content is unchanged: a pass that crashed may have left them behind.
   *
   * @defaultValue false
   */
  readonly isRequested?: boolean;
}

/** Passes over a job that changes during each of them. */
const MAX_PASSES = 3;
/** Content of a registration whose schedules are being written: that of no definition. */
const UNKNOWN_CONTENT = 'unknown';

/**
 * Brings the schedules in EventBridge Scheduler in line with a job's current definition, and stores the result as the
 * job's registration. A request that AWS rejects is stored with its reason and counted.
 *
 * The definition is read again after the schedules are written. Of two processes that register one job at the same
 * time, the one that writes last sees the newest version and repeats its pass.
 *
 * @throws Error on transient failures; the caller defers the job
 */
export async function reconcileJob(
  registrar: Registrar,
  tenant: TenantId,
  jobId: string,
  { formerIncarnations, isRequested = false }: ReconcileOptions = {},
): Promise<void> {
  const { db } = registrar.platform;
  const written = new Set(formerIncarnations);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const [job, known] = await Promise.all([getJob(db, tenant, jobId), getRegistration(db, tenant, jobId)]);
    await removeFormer(registrar, { tenant, jobId, written, job, known });
    if (!job) return;
    if (!known) {
      // A row of a deleted tenant would outlive its definitions.
      const tombstone = await getTombstone(db, tenant);
      if (/* guard: registration.tenant-deleted */ isTenantDeleted(tombstone)) return;
      await putTenant(db, tenant);
    }
    const current = known?.incarnation === job.incarnation ? known : undefined;
    const isUnchanged =
      pass === 0 && !isRequested && current?.content === registrationContent(job) && current.status !== 'failed';
    if (current && isUnchanged) {
      await putRegistration(db, tenant, { ...current, version: job.version });
      return;
    }
    const registration = await register(registrar, job, current);
    written.add(job.incarnation);
    const after = await getJob(db, tenant, jobId);
    if (/* guard: registration.concurrent */ after?.incarnation === job.incarnation && after.version === job.version) {
      await putRegistration(db, tenant, registration);
      return;
    }
  }
  throw new Error(`the job changed during ${MAX_PASSES} passes`);
}

interface FormerRegistrations {
  readonly tenant: TenantId;
  readonly jobId: string;
  /** Incarnations whose schedules may exist. */
  readonly written: ReadonlySet<string>;
  readonly job: Job | undefined;
  readonly known: Registration | undefined;
}

/** Removes the schedules of all incarnations but the current one, then the registration of a former one. */
async function removeFormer(
  registrar: Registrar,
  { tenant, jobId, written, job, known }: FormerRegistrations,
): Promise<void> {
  const incarnations = new Set([
    ...written,
    // guard: registration.deleted-job
    ...(known ? [known.incarnation] : []),
  ]);
  for (const incarnation of incarnations) {
    if (incarnation === job?.incarnation) continue;
    const names = known?.incarnation === incarnation ? namesInUse(known) : undefined;
    await removeSchedules(registrar, { tenant, id: jobId, incarnation }, names);
  }
  if (known && known.incarnation !== job?.incarnation) {
    await removeRegistration(registrar.platform.db, tenant, jobId, known.incarnation);
  }
}

const namesInUse = (registration: Registration | undefined): number => registration?.names ?? MIN_SCHEDULE_NAMES;

/**
 * Removes every schedule that an incarnation of a job may have.
 *
 * @param names number of names that may be in use. @defaultValue the maximum
 */
export async function removeSchedules(
  { scheduler, target }: Registrar,
  job: Pick<Job, 'tenant' | 'id' | 'incarnation'>,
  names?: number,
): Promise<void> {
  await Promise.all(scheduleNames(job, names).map((name) => removeSchedule(scheduler, target.group, name)));
}

/** @param current the registration of this incarnation, if there is one */
async function register(registrar: Registrar, job: Job, current: Registration | undefined): Promise<Registration> {
  const { scheduler, target, platform } = registrar;
  const now = platform.now();
  const names = Math.max(namesInUse(current), neededNames(job, now));
  const base = {
    ...(names > MIN_SCHEDULE_NAMES && { names }),
    jobId: job.id,
    incarnation: job.incarnation,
    version: job.version,
    content: registrationContent(job),
    error: null,
    updatedAt: new Date(now).toISOString(),
  };
  try {
    const desired = desiredSchedules(job, now);
    const wanted = new Set(desired.map(({ name }) => name));
    const superfluous = scheduleNames(job, names).filter((name) => !wanted.has(name));
    // A pass that crashes leaves no schedule whose name the next pass does not know, and none that it takes for unchanged.
    const isChanged = current !== undefined && ![base.content, UNKNOWN_CONTENT].includes(current.content);
    // guard: registration.names-first
    if (names > namesInUse(current) || isChanged) await reserveNames(registrar, job, current, base);
    await Promise.all([
      ...desired.map((schedule) => putSchedule(scheduler, scheduleParams(target, job, schedule))),
      ...superfluous.map((name) => removeSchedule(scheduler, target.group, name)),
    ]);
    // Ticks are expected from now on. Missed ticks of the former schedule are not recovered.
    if (desired.length > 0 && !(await keepsWatermark(platform, job, current)))
      await advanceTickWatermark(platform.db, job, base.updatedAt);
    return { ...base, status: desired.length > 0 ? 'registered' : 'none' };
  } catch (error) {
    if (!isPermanentError(error)) throw error;
    platform.log.warn('registration.refused', { tenant: job.tenant, job: job.id, error: error.message });
    // The former schedule must not continue to fire.
    // guard: registration.refused-schedule
    await removeSchedules(registrar, job, names);
    return { ...base, status: 'failed', error: withoutArns(error.message) };
  }
}

/**
 * Checks whether the ticks before this registration are made up: the job catches up, and was disabled before or has an
 * unchanged schedule.
 */
async function keepsWatermark(
  { db }: Registrar['platform'],
  job: Job,
  current: Registration | undefined,
): Promise<boolean> {
  const isUnchanged = current?.content === '' || current?.content === registrationContent(job);
  if (!catchesUp(job) || !isUnchanged) return false;
  const state = await getJobState(db, job.tenant, job.id);
  return state?.incarnation === job.incarnation && state.ticksThrough !== null;
}

/** Returns the number of schedules to register; 0 for a definition that has no valid ones. */
function neededNames(job: Job, now: number): number {
  try {
    return desiredSchedules(job, now).length;
  } catch (error) {
    if (error instanceof InvalidInput) return 0;
    throw error;
  }
}

/**
 * Stores the number of names, and that the schedules are unknown, before they are written. The registration keeps its
 * version, so that the job counts as outdated until the pass has ended.
 *
 * @throws Error if a newer registration is stored
 */
async function reserveNames(
  { platform }: Registrar,
  job: Job,
  current: Registration | undefined,
  reserved: Omit<Registration, 'status'>,
): Promise<void> {
  const before = current ?? { ...reserved, version: 0, status: 'none' as const };
  const { names } = reserved;
  const content = /* guard: registration.unknown-first */ UNKNOWN_CONTENT;
  const isStored = await putRegistration(platform.db, job.tenant, { ...before, ...(names && { names }), content });
  if (!isStored) throw new Error('a newer registration of the job is stored');
}

/** Matches errors that only a change of the definition or of the account's quota resolves. */
function isPermanentError(error: unknown): error is Error {
  return [ValidationException, ServiceQuotaExceededException, InvalidInput].some((kind) => error instanceof kind);
}
