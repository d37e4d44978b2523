import type { Job } from '../../../functions/core/domain/job.ts';
import type { Delivery } from '../../../functions/core/domain/notification/delivery.ts';
import type { Run } from '../../../functions/core/domain/run.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { listDeliveries } from '../../../functions/core/store/deliveries.ts';
import type { TestPlatform } from '../fakes/platform.ts';
import { endedRun } from './ended-run.ts';

/** A delivery for a failed run. */
export function aDelivery(overrides: Partial<Delivery> = {}): Delivery {
  const at = '2031-05-06T10:00:00.000Z';
  return {
    tenant: 'acme' as TenantId,
    id: '01JNXA3V5T9YV0Q2Z6W8M4R7B1',
    kind: 'failure',
    jobId: 'sync-email',
    incarnation: 'abc12345',
    jobName: 'Sync Email',
    destination: '#alerts',
    rule: null,
    run: {
      ulid: '01JNXA3V5T9YV0Q2Z6W8M4R7B2',
      number: 12,
      status: 'error',
      reason: 'exit code 3',
      trigger: 'schedule',
      scheduledAt: at,
      startedAt: at,
      finishedAt: '2031-05-06T10:03:00.000Z',
      durationMs: 180_000,
      attempt: 1,
    },
    runs: 1,
    since: '2031-05-06T10:03:00.000Z',
    folded: false,
    state: 'pending',
    attempts: 1,
    lastError: null,
    dueAt: at,
    tryUntil: '2031-05-07T10:00:00.000Z',
    createdAt: at,
    deliveredAt: null,
    expiresAt: '2031-06-05T10:00:00.000Z',
    wakeAt: '2031-05-06T10:01:00.000Z',
    resends: 0,
    leaseToken: null,
    leaseUntil: null,
    ...overrides,
  };
}

/** A run of the job that failed at the current time. */
export function failedRun(platform: TestPlatform, job: Job, number: number, overrides: Partial<Run> = {}): Run {
  const finishedAt = new Date(platform.now()).toISOString();
  const failure = { kind: 'error', message: `exit code ${number}` } as const;
  return endedRun(job, number, { state: 'failed', failure, finishedAt, ...overrides });
}

/** Lists all deliveries of a tenant, oldest first. */
export async function listAllDeliveries(platform: TestPlatform, tenant: TenantId): Promise<Delivery[]> {
  const wanted = { limit: 1_000, state: null, before: null, now: platform.now() };
  return (await listDeliveries(platform.db, tenant, wanted)).reverse();
}
