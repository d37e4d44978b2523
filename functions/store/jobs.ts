import type { Job, Target } from '../domain/job.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, type Item, put, query, transact, update } from './db.ts';
import { absent, all, beginsWith, equals, exists } from './expression.ts';
import { goneKey, JOB_PREFIXES, jobKey, stateKey } from './keys.ts';

export function toJob(item: Item): Job {
  const { pk, sk, nudgedAt, ...rest } = item;
  const absentFields = {
    description: null,
    schedule: null,
    startAt: null,
    endAt: null,
    timeoutMs: null,
    integrationId: null,
    onFailure: null,
    onSuccess: null,
  };
  const job = { ...absentFields, ...rest, tenant: pk } as unknown as Job;
  return { ...job, target: toTarget(item.target as Item) };
}

function fromJob({ tenant, ...job }: Job): Item {
  return { ...jobKey(tenant, job.id), ...job, target: fromTarget(job.target) };
}

/** A flow is kept as text: its records may say what an item's numbers, depth and order of fields cannot. */
function fromTarget(target: Target): Item {
  switch (target.type) {
    case 'script':
      return { ...target };
    case 'http':
      return { ...target, body: target.body ?? undefined };
    case 'flow':
      return { ...target, flow: JSON.stringify(target.flow) };
  }
}

function toTarget(stored: Item): Target {
  switch (stored.type) {
    case 'http':
      return { body: null, ...stored } as unknown as Target;
    case 'flow':
      return { type: 'flow', flow: JSON.parse(stored.flow as string) };
    default:
      return stored as unknown as Target;
  }
}

/** The job, read consistently; undefined when there is none. */
export async function getJob(db: Db, tenant: TenantId, jobId: string): Promise<Job | undefined> {
  const item = await get(db, db.tables.jobs, jobKey(tenant, jobId));
  return item && toJob(item);
}

/** All jobs of the tenant, by id. */
export async function listJobs(db: Db, tenant: TenantId): Promise<Job[]> {
  const key = all(equals('pk', tenant), beginsWith('sk', JOB_PREFIXES.job));
  return (await query(db, db.tables.jobs, key, { consistent: true })).map(toJob);
}

/** Defines a job and the state it starts with; false when its id is taken. */
export async function createJob(db: Db, job: Job): Promise<boolean> {
  const table = db.tables.jobs;
  const state = { ...stateKey(job.tenant, job.id), incarnation: job.incarnation, runNumber: 0 };
  return (
    (await transact(db, [
      { table, put: fromJob(job), condition: absent('pk') },
      { table, put: state },
    ])) < 0
  );
}

/** Replaces the job of this incarnation, if its version is still the one before; false when it is not. */
export async function replaceJob(db: Db, job: Job): Promise<boolean> {
  const unchanged = all(equals('incarnation', job.incarnation), equals('version', job.version - 1));
  return put(db, db.tables.jobs, fromJob(job), unchanged);
}

/** Removes a job and its state, and notes that its history is to go; false when it was gone already. */
export async function deleteJob(db: Db, job: Job, now: string): Promise<boolean> {
  const table = db.tables.jobs;
  const { tenant, id, incarnation } = job;
  const same = equals('incarnation', incarnation);
  const gone = { ...goneKey(tenant, id, incarnation), jobId: id, incarnation, deletedAt: now };
  return (
    (await transact(db, [
      { table, remove: jobKey(tenant, id), condition: same },
      { table, remove: stateKey(tenant, id) },
      { table, put: gone },
    ])) < 0
  );
}

/** Touches a job so that its stream wakes the registrar again. */
export async function nudgeJob(db: Db, tenant: TenantId, jobId: string, now: string): Promise<void> {
  await update(db, db.tables.jobs, jobKey(tenant, jobId), { set: { nudgedAt: now } }, exists('pk'));
}
