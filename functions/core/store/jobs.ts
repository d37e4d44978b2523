import { jobFollowedError } from '../domain/after.ts';
import { calendarsOf } from '../domain/calendar-dates.ts';
import type { Job, JobOutline } from '../domain/job.ts';
import { DEFAULT_LIMITS, tooManyJobsError } from '../domain/limits.ts';
import type { SearchedJob } from '../domain/run-search.ts';
import type { TenantId } from '../domain/tenant.ts';
import { calendarDeletedError, calendarUses } from './calendars.ts';
import { type Db, get, getMany, query, queryPages, transact, transactAll } from './db.ts';
import {
  changesOfDeletion,
  DependenciesChanged,
  type DependencyChange,
  dependencyWrites,
  listFollowers,
} from './dependencies.ts';
import { absent, all, beginsWith, below, equals, exists } from './expression.ts';
import { type FormerJob, formerJobWrite } from './former-jobs.ts';
import { getJobCount, recountJobs } from './job-counts.ts';
import { fromJob, OUTLINE_ATTRIBUTES, toJob, toJobOutline } from './job-item.ts';
import { isUnfollowed } from './job-states.ts';
import { deletedJobKey, JOB_PREFIXES, jobCountKey, jobKey, stateKey } from './keys.ts';

/** Returns the job, read consistently, or `undefined` if it does not exist. */
export async function getJob(db: Db, tenant: TenantId, jobId: string): Promise<Job | undefined> {
  const item = await get(db, db.tables.jobs, jobKey(tenant, jobId));
  return item && toJob(item);
}

/** Lists all jobs of the tenant by id, read consistently. */
export async function listJobs(db: Db, tenant: TenantId): Promise<Job[]> {
  const key = all(equals('pk', tenant), beginsWith('sk', JOB_PREFIXES.job));
  return (await query(db, db.tables.jobs, key, { consistent: true })).map(toJob);
}

/** Definitions read at once. DynamoDB reads at most 1 MB for one page. */
const OUTLINE_PAGE = 100;

/** Walks the outlines of the tenant's jobs by id, page by page. Eventually consistent. */
export async function* walkJobOutlines(db: Db, tenant: TenantId): AsyncGenerator<JobOutline[]> {
  const key = all(equals('pk', tenant), beginsWith('sk', JOB_PREFIXES.job));
  for await (const page of queryPages(db, db.tables.jobs, key, {
    page: OUTLINE_PAGE,
    attributes: OUTLINE_ATTRIBUTES,
  })) {
    yield page.map(toJobOutline);
  }
}

/** Returns the outlines of existing jobs by id, read consistently. */
export async function getJobOutlines(
  db: Db,
  tenant: TenantId,
  jobIds: readonly string[],
): Promise<Map<string, JobOutline>> {
  const keys = jobIds.map((jobId) => ({ table: db.tables.jobs, key: jobKey(tenant, jobId) }));
  const items = await getMany(db, keys, { attributes: OUTLINE_ATTRIBUTES });
  return new Map(items.flatMap((item) => (item ? [[item.id as string, toJobOutline(item)]] : [])));
}

/** Returns what a search for runs needs of existing jobs, by id. Eventually consistent. */
export async function getSearchedJobs(
  db: Db,
  tenant: TenantId,
  jobIds: readonly string[],
): Promise<Map<string, SearchedJob>> {
  const keys = jobIds.map((jobId) => ({ table: db.tables.jobs, key: jobKey(tenant, jobId) }));
  const attributes = ['pk', 'sk', 'id', 'name', 'searchable'];
  const items = await getMany(db, keys, { attributes, consistent: false });
  return new Map(
    items.flatMap((item) => {
      if (!item) return [];
      const { id, name, searchable } = item as { id: string; name: string; searchable?: readonly string[] };
      return [[id, { name, searchable: searchable ?? [] }]];
    }),
  );
}

/** Maximum attempts at creating or deleting a job: all jobs of a tenant conflict on its job count. */
const COUNTED_ATTEMPTS = 20;

/**
 * Creates a job with its initial state and counts it in the same transaction, so that concurrent calls cannot exceed
 * the limit.
 *
 * @param maxJobs maximum number of jobs of the tenant
 * @param dependencies the dependencies that the job adds. @defaultValue none
 * @returns `false` if the id is in use
 * @throws LimitReached `limit.jobs`
 * @throws DependenciesChanged
 * @throws JobdeckError `calendar.gone` (conflict)
 */
export async function createJob(
  db: Db,
  job: Job,
  maxJobs: number = DEFAULT_LIMITS.jobs,
  dependencies?: DependencyChange,
): Promise<boolean> {
  const table = db.tables.jobs;
  const { tenant, id, incarnation } = job;
  const state = { ...stateKey(tenant, id), incarnation, runNumber: 0 };
  const added = dependencyWrites(db, job, dependencies);
  const write = async () =>
    transactAll(
      db,
      [
        { table, put: fromJob(job), condition: absent('pk') },
        { table, put: state },
        {
          table: db.tables.access,
          update: jobCountKey(tenant),
          changes: { add: { count: 1, version: 1 } },
          condition: all(exists('pk'), /* guard: job.limit */ below('count', maxJobs)),
        },
        ...added,
        ...calendarUses(db, tenant, calendarsOf(job)),
      ],
      COUNTED_ATTEMPTS,
    );
  let failed = await write();
  const isCalendarDeleted = failed[0] !== 0 && failed.some((place) => place > COUNT_PLACE + added.length);
  if (isCalendarDeleted) throw calendarDeletedError();
  if (isOnlyUncounted(failed)) {
    const counted = await getJobCount(db, tenant);
    if (counted !== undefined && counted >= maxJobs) throw tooManyJobsError(maxJobs, counted);
    await recountJobs(db, tenant);
    failed = await write();
    if (isOnlyUncounted(failed)) throw tooManyJobsError(maxJobs, (await getJobCount(db, tenant)) ?? maxJobs);
  }
  if (failed.length > 0 && failed[0] !== 0) throw new DependenciesChanged();
  return failed.length === 0;
}

/** Index of the count among the writes that create or delete a job. */
const isOnlyUncounted = (failed: readonly number[]): boolean => failed.length === 1 && failed[0] === COUNT_PLACE;
const COUNT_PLACE = 2;
/** Index of the state among the writes that delete a job. */
const STATE_PLACE = 1;

/**
 * Replaces a job.
 *
 * @param former the current definition, kept for existing runs
 * @defaultValue `former`: not kept
 * @param dependencies the dependencies that the change adds and removes. @defaultValue none
 * @returns `false` if the job has another version or incarnation than expected
 * @throws DependenciesChanged
 * @throws JobdeckError `calendar.gone` (conflict)
 */
export async function replaceJob(
  db: Db,
  job: Job,
  former?: FormerJob,
  dependencies?: DependencyChange,
): Promise<boolean> {
  const unchanged = all(
    equals('incarnation', job.incarnation),
    // guard: job.version
    equals('version', job.version - 1),
  );
  const kept = former ? [formerJobWrite(db, former)] : [];
  const named = former ? calendarsOf(former.job) : [];
  const uses = calendarUses(
    db,
    job.tenant,
    calendarsOf(job).filter((name) => !named.includes(name)),
  );
  const replaced = { table: db.tables.jobs, put: fromJob(job), condition: unchanged };
  const added = dependencyWrites(db, job, dependencies);
  const failed = await transact(db, [replaced, ...kept, ...added, ...uses]);
  if (failed > kept.length + added.length) throw calendarDeletedError();
  if (failed > 0) throw new DependenciesChanged();
  return failed < 0;
}

export interface DeleteJobOptions {
  /**
   * Fails if the job was changed after it was read.
   *
   * @defaultValue false
   */
  readonly onlyThisVersion?: boolean;
}

/**
 * Deletes a job and its state, and records that its history must be removed.
 *
 * @returns `false` if the job does not exist, or its dependencies have changed since it was read
 * @throws JobdeckError `job.followed` (conflict) if other jobs start after runs of the job
 */
export async function deleteJob(
  db: Db,
  job: Job,
  now: string,
  { onlyThisVersion = false }: DeleteJobOptions = {},
): Promise<boolean> {
  const table = db.tables.jobs;
  const { tenant, id, incarnation } = job;
  // The dependencies that the deletion removes are those of the job as it was read.
  const sameAfter = job.after ? equals('version', job.version) : absent('after');
  const sameJob = all(equals('incarnation', incarnation), /* guard: job.delete.after */ sameAfter);
  const same = onlyThisVersion ? all(sameJob, /* guard: job.delete.version */ equals('version', job.version)) : sameJob;
  const deletedJob = { ...deletedJobKey(tenant, id, incarnation), jobId: id, incarnation, deletedAt: now };
  const write = async () =>
    transactAll(
      db,
      [
        { table, remove: jobKey(tenant, id), condition: same },
        { table, remove: stateKey(tenant, id), condition: /* guard: job.delete.followed */ isUnfollowed },
        {
          table: db.tables.access,
          update: jobCountKey(tenant),
          changes: { add: { count: -1, version: 1 } },
          condition: exists('pk'),
        },
        { table, put: deletedJob },
        ...dependencyWrites(db, job, changesOfDeletion(job)),
      ],
      COUNTED_ATTEMPTS,
    );
  let failed = await write();
  if (isOnlyUncounted(failed)) {
    await recountJobs(db, tenant);
    failed = await write();
  }
  if (failed[0] === STATE_PLACE) throw jobFollowedError(id, await listFollowers(db, tenant, id));
  return failed.length === 0;
}
