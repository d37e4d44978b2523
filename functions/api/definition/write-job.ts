import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import type { Caller } from '../../core/domain/access.ts';
import { catchesUp } from '../../core/domain/catch-up.ts';
import {
  assertMinInterval,
  type Definition,
  type DefinitionContext,
  hasSameSchedules,
  validateDefinition,
} from '../../core/domain/definition.ts';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { type Limits, tooMuchStoredError } from '../../core/domain/limits.ts';
import { REMOVAL_MS } from '../../core/domain/run-removal.ts';
import { findTarget, type TargetReference } from '../../core/domain/targets/declared-target.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { assertTenantNotDeleted } from '../../core/domain/tenant-tombstone.ts';
import { DAY_MS, MAX_TIMEOUT_MS } from '../../core/domain/timing.ts';
import { cancelJob } from '../../core/engine/finalize/cancel-run.ts';
import { markFeatures } from '../../core/engine/start/mark-features.ts';
import { getUsage } from '../../core/engine/start/start-context.ts';
import { readTargetAccess } from '../../core/platform/declared-targets.ts';
import { emailDomains, emailFrom, privateNetworks } from '../../core/platform/env.ts';
import { readKnownScripts } from '../../core/platform/known-scripts.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { scriptsWithRole } from '../../core/platform/script-roles.ts';
import { DependenciesChanged } from '../../core/store/dependencies.ts';
import { deleteJob, getJob, createJob as putJob, replaceJob } from '../../core/store/jobs.ts';
import { getLimits } from '../../core/store/limits.ts';
import type { IfMatch } from '../http/if-match.ts';
import { formatReceived } from '../http/input-schemas.ts';
import { validate } from '../http/validate.ts';
import { assertCalendars } from './assert-calendars.ts';
import { toDefinitionView } from './definition-view.ts';
import { planDependencies } from './dependencies.ts';
import { assertIfMatch, jobChangedError } from './job-etag.ts';
import type { JobRequest } from './job-request.ts';
import { toDefinition } from './to-definition.ts';
import { validateSchedulePayloads } from './validate-script-payload.ts';

/** Random bytes of an incarnation: enough to distinguish a job from an earlier one with the same id. */
const INCARNATION_BYTES = 5;

/** Attempts at a change that conflicts with concurrent changes. */
const MAX_TRIES = 8;

/** Part of a request's time that is reserved for its response. */
const RESPONSE_RESERVE_MS = 1_000;

/**
 * Returns the environment in which a definition must be valid, apart from the time. Loads JSONata for flows only, because
 * it is large.
 */
export async function getDefinitionContext({ target }: Definition, tenant: TenantId) {
  const { findExpressionFault } =
    target.type === 'flow' ? await import('../../core/executors/flow/transforms/expression-fault.ts') : NO_EXPRESSIONS;
  const knownScripts = target.type === 'script' ? readKnownScripts() : [];
  return {
    knownScripts,
    scriptsWithRole: scriptsWithRole(),
    validateExpression: findExpressionFault,
    plainHttp: privateNetworks().length > 0,
    email: emailFrom() !== undefined,
    emailDomains: emailDomains(),
    mayName: (reference: TargetReference) => findTarget(readTargetAccess(), reference, tenant) !== undefined,
  };
}

const NO_EXPRESSIONS = { findExpressionFault: () => undefined };

/**
 * Creates a job.
 *
 * @throws InvalidInput if the definition is invalid
 * @throws LimitReached if the tenant has reached its limit of jobs, stored bytes or schedule frequency
 * @throws TenantDeletedError if the tenant is being deleted
 * @throws JobdeckError `job.exists` (conflict), or `job.busy` (conflict) after repeated changes of other jobs' dependencies
 */
export async function defineJob(platform: Platform, tenant: TenantId, given: JobRequest): Promise<Job> {
  const { db, now } = platform;
  const definition = toDefinition(given);
  const createdAt = new Date(now()).toISOString();
  await validateNew(tenant, definition, { now: now(), createdAt });
  await assertCalendars(db, tenant, definition);
  const limits = await assertWithinLimits(platform, tenant, definition);
  await markUse(platform, tenant, definition, limits);
  const incarnation = randomBytes(INCARNATION_BYTES).toString('hex');
  const job: Job = { ...definition, tenant, id: given.id, incarnation, version: 1, createdAt, updatedAt: createdAt };
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const dependencies = await planDependencies(db, job, null);
    try {
      if (await putJob(db, job, limits.jobs, dependencies)) return job;
    } catch (error) {
      if (!(error instanceof DependenciesChanged)) throw error;
      continue;
    }
    throw new JobdeckError('conflict', 'job.exists', `Job '${job.id}' exists already`);
  }
  throw jobBusyError(job.id);
}

/**
 * Asserts that a new job would be within the limits of the tenant, apart from the number of jobs, which is counted when
 * the job is stored.
 *
 * @returns the limits of the tenant
 * @throws LimitReached if the tenant has reached its limit of stored bytes or schedule frequency
 * @throws TenantDeletedError if the tenant is being deleted
 */
export async function assertWithinLimits(
  platform: Platform,
  tenant: TenantId,
  definition: Definition,
): Promise<Limits> {
  const limits = await getLimits(platform.db, tenant, platform.defaultLimits);
  assertTenantNotDeleted(limits);
  assertMinInterval(definition, limits.minIntervalSeconds);
  const { storedBytes: stored } = await getUsage(platform, tenant, limits);
  if (stored >= limits.storedBytes) throw tooMuchStoredError(limits.storedBytes, stored);
  return limits;
}

/**
 * Applies a change to the newest version of a job. A change without effect writes nothing.
 *
 * @param find returns the current version of the job
 * @param change returns the changed fields
 * @param ifMatch versions that the job may have. @defaultValue any version
 * @throws JobdeckError `job.changed` (precondition) if the job has another version
 * @throws JobdeckError `job.busy` (conflict) after repeated conflicts with concurrent changes
 * @throws LimitReached if the changed schedule runs more often than the tenant may
 */
export async function changeJob(
  { db, now, defaultLimits }: Platform,
  find: () => Promise<Job>,
  change: (job: Job) => Partial<Definition> | Promise<Partial<Definition>>,
  ifMatch?: IfMatch,
): Promise<Job> {
  let job = await find();
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    // The write below is conditional on the version read here, so it enforces the precondition too.
    // guard: job.if-match
    assertIfMatch(job, ifMatch);
    const changed = { ...job, ...(await change(job)) };
    if (isDeepStrictEqual(changed, job)) return job;
    await assertCalendars(db, job.tenant, changed);
    const limits = await getLimits(db, job.tenant, defaultLimits);
    const { minIntervalSeconds, retentionDays } = limits;
    if (!hasSameSchedules(changed, job)) assertMinInterval(changed, minIntervalSeconds);
    await markUse({ db, now }, job.tenant, changed, limits);
    const time = now();
    const next = { ...changed, version: job.version + 1, updatedAt: new Date(time).toISOString() };
    // As long as a run of the former version may be shown.
    const keptUntil = time + MAX_TIMEOUT_MS + retentionDays * DAY_MS + REMOVAL_MS;
    const dependencies = await planDependencies(db, next, job.after);
    try {
      if (await replaceJob(db, next, { job, keptUntil }, dependencies)) return next;
    } catch (error) {
      if (!(error instanceof DependenciesChanged)) throw error;
    }
    job = await find();
  }
  throw jobBusyError(job.id);
}

/** Records what the runs of a job will use. */
const markUse = (
  platform: Pick<Platform, 'db' | 'now'>,
  tenant: TenantId,
  { priority, expiresInSeconds, catchUp }: Definition,
  limits: Limits,
) =>
  markFeatures(platform, tenant, limits, {
    priority,
    expires: expiresInSeconds !== null,
    backfills: catchesUp({ catchUp }),
  });

const jobBusyError = (jobId: string) =>
  new JobdeckError('conflict', 'job.busy', `Job '${jobId}' is being changed by other requests; try again`);

/**
 * Returns the definition that results from a change. Named fields take their new values, or their defaults if `null`;
 * other fields keep their values. A change of type resets the fields of the former type; a change to or from a flow
 * also resets the timeout, the finish grace and the retry policy.
 *
 * @param shape validates the resulting job
 * @throws InvalidInput if the change names another id or the resulting job is invalid
 */
export async function applyChange(
  job: Job,
  change: Readonly<Record<string, unknown>>,
  shape: z.ZodType<JobRequest>,
  now: number,
): Promise<Definition> {
  if (change.id !== undefined && change.id !== job.id) {
    throw new InvalidInput('id', `cannot be changed (it is '${job.id}')`);
  }
  const before = toDefinitionView(job);
  const otherType = change.type !== undefined && change.type !== before.type;
  const otherLimits = otherType && (isLong(change.type) || isLong(before.type));
  const changed = {
    ...before,
    ...(otherType && NO_TARGET),
    ...(otherLimits && { timeout_ms: null, finish_grace_s: null, retry: null }),
    // The change may set in seconds the timeout that the job stores in milliseconds.
    ...(change.timeout_seconds !== undefined && { timeout_ms: null }),
    ...change,
    ...toScheduleChange(job, change),
    id: job.id,
  };
  const definition = toDefinition(validate(shape, changed, 'body'));
  await assertMayReplace(job, definition, now);
  return definition;
}

/** @returns whether jobs of the type may take longer than a worker lives */
const isLong = (type: unknown): boolean => type === 'flow' || type === 'container' || type === 'stateMachine';

/** The fields that describe the target of a job, without a target. */
const NO_TARGET = {
  script: null,
  args: null,
  env: null,
  http: null,
  flow: null,
  lambda: null,
  event: null,
  queue: null,
  container: null,
  stateMachine: null,
};

/**
 * Asserts that a definition may replace that of a job.
 *
 * @throws InvalidInput if the definition is invalid
 */
export async function assertMayReplace(job: Job, definition: Definition, now: number): Promise<void> {
  await validateNew(job.tenant, definition, { now, createdAt: job.createdAt, before: job });
}

/**
 * Validates a definition that is to be stored.
 *
 * @throws InvalidInput
 */
async function validateNew(
  tenant: TenantId,
  definition: Definition,
  context: Pick<DefinitionContext, 'now' | 'createdAt' | 'before'>,
): Promise<void> {
  validateDefinition(definition, { ...(await getDefinitionContext(definition, tenant)), ...context });
  await validateSchedulePayloads(definition);
}

/**
 * Returns `schedule`, `timezone` and `schedules` after a change of some of them, which describe the same schedules: a new
 * `schedule` replaces several schedules, and several schedules replace one. A new schedule without a time zone has that
 * of the job. An empty list is like `null`. Fields that take their changed or former values are omitted.
 *
 * @throws InvalidInput if only the time zone of several schedules is named
 */
function toScheduleChange(job: Job, { schedule, timezone, schedules }: Readonly<Record<string, unknown>>) {
  const isEmpty = schedules === null || (Array.isArray(schedules) && schedules.length === 0);
  if (schedules !== undefined && !isEmpty) {
    const zone = timezone === undefined ? job.timezone : timezone;
    return { schedule: schedule ?? null, timezone: timezone ?? null, schedules: withTimezone(schedules, zone) };
  }
  if (job.schedules.length === 0) return {};
  if (isEmpty) return { schedule: schedule ?? null, schedules: null };
  if (schedule !== undefined && schedule !== job.schedule) return { schedules: null };
  if (timezone === undefined || timezone === job.timezone) return {};
  const rule = "must be absent: each of the job's schedules has its own, and schedules replaces them";
  throw new InvalidInput('timezone', `${rule}, got ${formatReceived(timezone)}`);
}

/** Adds a time zone to the schedules without one. What is not a list of schedules passes unchanged; validation rejects it. */
const withTimezone = (schedules: unknown, timezone: unknown): unknown =>
  Array.isArray(schedules)
    ? schedules.map((one: unknown) =>
        typeof one === 'object' && one !== null && !Array.isArray(one) && !('timezone' in one && one.timezone !== null)
          ? { ...one, timezone }
          : one,
      )
    : schedules;

/**
 * Deletes a job. The job and its history disappear from all responses at once, and its active runs are canceled. The
 * sweeper removes the stored data later.
 *
 * @param ifMatch versions that the job may have. @defaultValue any version
 * @returns `false` if the job was already deleted
 * @throws JobdeckError `job.changed` (precondition) if the job has another version
 * @throws JobdeckError `job.followed` (conflict) if other jobs start after runs of the job
 */
export async function removeJob(
  platform: Platform,
  caller: Caller,
  job: Job,
  remainingMs: () => number,
  ifMatch?: IfMatch,
): Promise<boolean> {
  const { db, now, log } = platform;
  const { tenant, id, incarnation } = job;
  assertIfMatch(job, ifMatch);
  const onlyThisVersion = ifMatch !== undefined && ifMatch !== '*';
  let seen = job;
  for (let tries = 0; !(await deleteJob(db, seen, new Date(now()).toISOString(), { onlyThisVersion })); tries++) {
    const current = await getJob(db, tenant, id);
    if (current && ifMatch && onlyThisVersion) throw jobChangedError(current, ifMatch);
    if (current?.incarnation !== incarnation) return false;
    if (tries === MAX_TRIES) throw jobBusyError(id);
    seen = current;
  }
  const canceled = cancelJob(platform, { tenant, jobId: id, incarnation }, caller.name).catch((error: unknown) =>
    log.warn('job.cancel_failed', { tenant, job: id, error: String(error) }),
  );
  // The job is already deleted; the sweeper cancels the runs that are not canceled in time.
  await Promise.race([canceled, sleep(Math.max(0, remainingMs() - RESPONSE_RESERVE_MS), undefined, { ref: false })]);
  return true;
}
