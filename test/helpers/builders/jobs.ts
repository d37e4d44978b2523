import { NO_CATCH_UP } from '../../../functions/core/domain/catch-up.ts';
import type { Job } from '../../../functions/core/domain/job.ts';
import { NO_RETRY } from '../../../functions/core/domain/retry.ts';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import type { Platform } from '../../../functions/core/platform/platform.ts';
import { createJob } from '../../../functions/core/store/jobs.ts';
import { START } from '../fakes/platform.ts';

let tenants = 0;

/** Returns a tenant id that no other test uses. */
export function newTenant(): TenantId {
  return parseTenantId(`tenant-${process.pid}-${++tenants}`) as TenantId;
}

export function aJob(overrides: Partial<Job> = {}): Job {
  const at = new Date(START - 3_600_000).toISOString();
  return {
    tenant: newTenant(),
    id: 'sync-email',
    incarnation: 'abc12345',
    version: 1,
    name: 'Sync Email',
    description: null,
    schedule: '* * * * *',
    timezone: 'UTC',
    schedules: [],
    excludeCalendars: [],
    requireCalendars: [],
    startAt: null,
    endAt: null,
    catchUp: NO_CATCH_UP,
    after: null,
    concurrency: null,
    throttle: null,
    jitterSeconds: 0,
    target: { type: 'script', script: 'echo', args: [], env: {} },
    timeoutMs: 60_000,
    overlapPolicy: 'skip',
    retry: NO_RETRY,
    priority: 3,
    expiresInSeconds: null,
    startGraceSeconds: 0,
    finishGraceSeconds: 0,
    integrationId: null,
    tags: [],
    labels: {},
    enabled: true,
    onFailure: null,
    onSuccess: null,
    onLate: null,
    searchable: [],
    createdAt: at,
    updatedAt: at,
    ...overrides,
  };
}

/** Stores a job and returns it. */
export async function givenJob(platform: Platform, overrides: Partial<Job> = {}): Promise<Job> {
  const job = aJob(overrides);
  if (!(await createJob(platform.db, job))) throw new Error(`job ${job.id} exists`);
  return job;
}
