import * as z from 'zod';
import { assertMinInterval, type Definition, hasSameSchedules } from '../../core/domain/definition.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import type { Job } from '../../core/domain/job.ts';
import { LimitReached, tooManyJobsError } from '../../core/domain/limits.ts';
import type { TenantId } from '../../core/domain/tenant.ts';
import { nextRunTimes } from '../../core/engine/start/job-schedule.ts';
import { readDates } from '../../core/engine/start/read-dates.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { countJobs, getJobCount } from '../../core/store/job-counts.ts';
import { getLimits } from '../../core/store/limits.ts';
import { assertCalendars } from '../definition/assert-calendars.ts';
import {
  type DefinitionError,
  definitionErrors,
  toDefinitionError,
  validateJobRequest,
} from '../definition/definition-errors.ts';
import { planDependencies } from '../definition/dependencies.ts';
import { jobInput } from '../definition/documented-requests.ts';
import { findJob } from '../definition/find-job.ts';
import { jobRequest } from '../definition/job-request.ts';
import { assertWithinLimits } from '../definition/write-job.ts';
import { lazy, route } from '../http/route.ts';
import { namedSchema, timestamp } from '../openapi/common-schemas.ts';

/** Maximum number of fires in a response. */
const MAX_NEXT_RUNS = 5;

const validation = lazy(() =>
  namedSchema(
    'RunnerValidation',
    z.union([
      z.object({
        valid: z.literal(true),
        next_runs: z
          .array(timestamp())
          .max(MAX_NEXT_RUNS)
          .describe('The next fires of the schedule; none for a job that is disabled or on demand.'),
      }),
      z.object({ valid: z.literal(false), errors: definitionErrors() }),
    ]),
  ),
);

export const validateJob = route({
  method: 'POST',
  path: '/jobs/validate',
  operation: 'validateJob',
  action: 'read',
  body: () => z.record(z.string(), z.unknown()),
  openapi: () => ({
    summary: 'Validate a job',
    description:
      'Reports the errors that would prevent the creation of the job, or its replacement if the id exists, including ' +
      'limits of the tenant. Writes nothing.',
    body: jobInput(),
    bodyExample: { id: 'hello', name: 'Hello', script: 'echo', args: ['hello'], schedule: '0 6 * * *' },
  }),
  responses: () => ({ 200: { description: 'The result of the validation.', body: validation() } }),
  async handle({ caller: { tenant }, body }, platform: Platform) {
    const now = platform.now();
    const before = typeof body.id === 'string' ? await findJob(platform.db, tenant, body.id) : undefined;
    const result = await validateJobRequest(tenant, jobRequest(), body, now, before);
    if (!result.valid) return invalid(result.errors);
    const { definition } = result;
    const calendarErrors = await findCalendarErrors(platform, tenant, definition);
    if (calendarErrors.length > 0) return invalid(calendarErrors);
    const dependencyErrors = await findDependencyErrors(platform, tenant, String(body.id), result.definition, before);
    if (dependencyErrors.length > 0) return invalid(dependencyErrors);
    const limitErrors = await findLimitErrors(platform, tenant, definition, before);
    if (limitErrors.length > 0) return invalid(limitErrors);
    const createdAt = before?.createdAt ?? new Date(now).toISOString();
    const dates = await readDates(platform.db, { ...definition, tenant });
    const next_runs = nextRunTimes({ ...definition, createdAt }, now, MAX_NEXT_RUNS, dates);
    return { status: 200, body: { valid: true as const, next_runs } };
  },
});

const invalid = (errors: readonly DefinitionError[]) => ({
  status: 200 as const,
  body: { valid: false as const, errors },
});

/** Returns the error in the upstream jobs: a missing one, or a cycle. */
async function findDependencyErrors(
  { db }: Pick<Platform, 'db'>,
  tenant: TenantId,
  id: string,
  { after }: Definition,
  before: Job | undefined,
): Promise<DefinitionError[]> {
  try {
    await planDependencies(db, { tenant, id, after }, before?.after ?? null);
    return [];
  } catch (error) {
    if (error instanceof InvalidInput) return [toDefinitionError(error)];
    throw error;
  }
}

/** Returns the first calendar of the job that does not exist. */
async function findCalendarErrors(
  { db }: Platform,
  tenant: TenantId,
  definition: Definition,
): Promise<DefinitionError[]> {
  try {
    await assertCalendars(db, tenant, definition);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return [toDefinitionError(error)];
  }
}

/** Returns the first limit that the job would exceed. */
async function findLimitErrors(
  platform: Platform,
  tenant: TenantId,
  definition: Definition,
  before: Job | undefined,
): Promise<DefinitionError[]> {
  try {
    if (before) await assertMayChange(platform, before, definition);
    else await assertMayCreate(platform, tenant, definition);
    return [];
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error;
    return [{ field: error.limit === 'minIntervalSeconds' ? 'schedule' : 'body', message: error.message }];
  }
}

/** @throws LimitReached */
async function assertMayChange({ db, defaultLimits }: Platform, before: Job, definition: Definition): Promise<void> {
  if (hasSameSchedules(definition, before)) return;
  const { minIntervalSeconds } = await getLimits(db, before.tenant, defaultLimits);
  assertMinInterval(definition, minIntervalSeconds);
}

/** @throws LimitReached */
async function assertMayCreate(platform: Platform, tenant: TenantId, definition: Definition): Promise<void> {
  const limits = await assertWithinLimits(platform, tenant, definition);
  const jobs = (await getJobCount(platform.db, tenant)) ?? (await countJobs(platform.db, tenant));
  if (jobs >= limits.jobs) throw tooManyJobsError(limits.jobs, jobs);
}
