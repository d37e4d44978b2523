import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import type { Caller } from '../../core/domain/access.ts';
import { assertMinInterval, type Definition, validateDefinition } from '../../core/domain/definition.ts';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { tooMuchStoredError } from '../../core/domain/limits.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { assertTenantNotDeleted } from '../../core/domain/tenant-tombstone.ts';
import { DAY_MS, MAX_TIMEOUT_MS } from '../../core/domain/timing.ts';
import { cancelJob } from '../../core/engine/finalize/cancel-run.ts';
import { getStoredBytes } from '../../core/engine/start/stored-bytes.ts';
import { findExpressionFault } from '../../core/executors/flow/transforms/expression-fault.ts';
import { privateNetworks } from '../../core/platform/env.ts';
import { knownScripts } from '../../core/platform/known-scripts.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { deleteJob, getJob, createJob as putJob, replaceJob } from '../../core/store/jobs.ts';
import { getLimits } from '../../core/store/limits.ts';
import type { IfMatch } from '../http/if-match.ts';
import { validate } from '../http/validate.ts';
import { toDefinitionView } from './definition-view.ts';
import { assertIfMatch, jobChangedError } from './job-etag.ts';
import type { JobRequest } from './job-request.ts';
import { toDefinition } from './to-definition.ts';

/** Bytes of chance in an incarnation: enough that a job defined again under its id is never taken for the former. */
const INCARNATION_BYTES = 5;

/** Tries at a change that others overtake. */
const MAX_TRIES = 8;

/** What is left of a request's time for its answer. */
const RESPONSE_RESERVE_MS = 1_000;

/** What a definition is checked against, beside the time. */
export const definitionContext = {
  knownScripts,
  validateExpression: findExpressionFault,
  plainHttp: privateNetworks().length > 0,
};

/**
 * Defines a job.
 *
 * @throws InvalidInput, LimitReached, TenantFenced, and JobdeckError `job.exists` (conflict)
 */
export async function defineJob(platform: Platform, tenant: TenantId, given: JobRequest): Promise<Job> {
  const { db, now, defaultLimits } = platform;
  const definition = toDefinition(given);
  const createdAt = new Date(now()).toISOString();
  validateDefinition(definition, { ...definitionContext, now: now(), createdAt });
  const limits = await getLimits(db, tenant, defaultLimits);
  assertTenantNotDeleted(limits);
  assertMinInterval(definition.schedule, limits.minIntervalSeconds);
  const stored = await getStoredBytes(platform, tenant);
  if (stored >= limits.storedBytes) throw tooMuchStoredError(limits.storedBytes, stored);
  const incarnation = randomBytes(INCARNATION_BYTES).toString('hex');
  const job: Job = { ...definition, tenant, id: given.id, incarnation, version: 1, createdAt, updatedAt: createdAt };
  if (await putJob(db, job, limits.jobs)) return job;
  throw new JobdeckError('conflict', 'job.exists', `Job '${job.id}' exists already`);
}

/**
 * Changes a job to what `change` makes of it, on the newest version; nothing is written when it stays as it is.
 *
 * @param find the job as it is now
 * @param ifMatch versions of which the job has to have one. @defaultValue any version
 * @throws JobdeckError `job.changed` (precondition), `job.busy` (conflict) when others changed it at every try; LimitReached for a schedule that is
 *   changed; and what `find` and `change` throw
 */
export async function changeJob(
  { db, now, defaultLimits }: Platform,
  find: () => Promise<Job>,
  change: (job: Job) => Partial<Definition>,
  ifMatch?: IfMatch,
): Promise<Job> {
  let job = await find();
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    // The write below is conditional on the version that was read, so the precondition holds for it, too.
    // guard: job.if-match
    assertIfMatch(job, ifMatch);
    const changed = { ...job, ...change(job) };
    if (isDeepStrictEqual(changed, job)) return job;
    const { minIntervalSeconds, retentionDays } = await getLimits(db, job.tenant, defaultLimits);
    if (changed.schedule !== job.schedule) assertMinInterval(changed.schedule, minIntervalSeconds);
    const time = now();
    const next = { ...changed, version: job.version + 1, updatedAt: new Date(time).toISOString() };
    const keptUntil = time + retentionDays * DAY_MS + MAX_TIMEOUT_MS;
    if (await replaceJob(db, next, { job, keptUntil })) return next;
    job = await find();
  }
  throw new JobdeckError('conflict', 'job.busy', `Job '${job.id}' is being changed by others; try it again`);
}

/**
 * The definition that comes of a change: the fields that it names take their new values, and their defaults where they
 * are null; the others stay. Of another type's fields nothing is left over, nor of the limits of a flow when it becomes
 * something else, and the other way round.
 *
 * @param shape what jobs are to be
 * @throws InvalidInput
 */
export function applyChange(
  job: Job,
  change: Readonly<Record<string, unknown>>,
  shape: z.ZodType<JobRequest>,
  now: number,
): Definition {
  if (change.id !== undefined && change.id !== job.id) {
    throw new InvalidInput('id', `cannot be changed (it is '${job.id}')`);
  }
  const before = toDefinitionView(job);
  const otherType = change.type !== undefined && change.type !== before.type;
  const otherLimits = otherType && (change.type === 'flow' || before.type === 'flow');
  const whole = {
    ...before,
    ...(otherType && { script: null, args: null, env: null, http: null, flow: null }),
    ...(otherLimits && { timeout_ms: null, finish_grace_s: null, retry: null }),
    // The change may say in seconds what the job shows in milliseconds.
    ...(change.timeout_seconds !== undefined && { timeout_ms: null }),
    ...change,
    id: job.id,
  };
  const definition = toDefinition(validate(shape, whole, 'body'));
  validateDefinition(definition, { ...definitionContext, now, createdAt: job.createdAt, before: job });
  return definition;
}

/**
 * Deletes a job: it and its history are gone from every answer at once, and what it has queued or running is canceled;
 * what it left behind is removed by the sweeper. False when it was gone already.
 *
 * @param ifMatch versions of which the job has to have one. @defaultValue any version
 * @throws JobdeckError `job.changed` (precondition)
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
  if (!(await deleteJob(db, job, new Date(now()).toISOString(), { onlyThisVersion }))) {
    const current = onlyThisVersion ? await getJob(db, tenant, id) : undefined;
    if (current && ifMatch) throw jobChangedError(current, ifMatch);
    return false;
  }
  const canceled = cancelJob(platform, { tenant, jobId: id, incarnation }, caller.name).catch((error: unknown) =>
    log.warn('job.cancel_failed', { tenant, job: id, error: String(error) }),
  );
  // The job is gone by now, whatever becomes of this; runs that are left are the sweeper's.
  await Promise.race([canceled, sleep(Math.max(0, remainingMs() - RESPONSE_RESERVE_MS), undefined, { ref: false })]);
  return true;
}
