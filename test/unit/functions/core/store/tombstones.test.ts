import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { TenantDeletedError } from '../../../../../functions/core/domain/tenant-tombstone.ts';
import { createDeletedTenantFilter } from '../../../../../functions/core/engine/counters/deleted-tenant-filter.ts';
import { claimQueuedRun } from '../../../../../functions/core/engine/execute/claim-run.ts';
import { dispatchTick } from '../../../../../functions/core/engine/start/dispatch-tick.ts';
import { triggerJob } from '../../../../../functions/core/engine/start/trigger-job.ts';
import { RequestLimiter } from '../../../../../functions/core/platform/request-limiter.ts';
import { forEachMessage } from '../../../../../functions/core/platform/sqs-batch.ts';
import { getLimits, getOwnLimits, putLimits } from '../../../../../functions/core/store/limits.ts';
import { getRun } from '../../../../../functions/core/store/runs.ts';
import {
  getTombstone,
  liftTombstone,
  putTombstone,
  resumeCounting,
  stripToTombstone,
} from '../../../../../functions/core/store/tombstones.ts';
import { givenJob, newTenant } from '../../../../helpers/builders/jobs.ts';
import { START, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { startTestStore, type TestStore } from '../../../../helpers/system/test-store.ts';

/** Tests of the tombstone that blocks work for a tenant under deletion. */

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

const AT = new Date(START).toISOString();

describe('tenant with a tombstone', () => {
  it('starts no run, no tick and no request', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { overlapPolicy: 'allow' });
    const { tenant } = job;
    const queued = await triggerJob(platform, job);
    await putTombstone(store.db, tenant, AT);

    await expect(triggerJob(platform, job)).rejects.toThrow(TenantDeletedError);
    const tick = { v: 1, tenant, jobId: job.id, incarnation: job.incarnation, scheduledAt: AT } as const;
    await expect(dispatchTick(platform, tick)).rejects.toThrow(TenantDeletedError);
    expect(await claimQueuedRun(platform, queued)).toBeUndefined();
    expect((await getRun(store.db, queued))?.state).toBe('queued');
    const limiter = new RequestLimiter({ ...platform, dbOf: () => store.db });
    await expect(limiter.acquire(tenant)).rejects.toThrow(TenantDeletedError);

    await liftTombstone(store.db, tenant);
    await limiter.acquire(tenant);
    expect((await claimQueuedRun(platform, queued))?.run.state).toBe('running');
  });

  it('drops the tenant’s messages, which would otherwise be redelivered for ever', async () => {
    const { log, logged } = testPlatform(store.db);
    const event: SQSEvent = { Records: [{ body: '{}', messageId: 'm1' } as SQSRecord] };

    const answer = await forEachMessage(log, event, JSON.parse, async () => {
      throw new TenantDeletedError();
    });

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(logged).toMatchObject([{ level: 'info', message: 'message.tenant_deleted' }]);
  });

  it('keeps the limits without the tombstone among them until they are stripped', async () => {
    const tenant = newTenant();
    await putLimits(store.db, tenant, { jobs: 7 });
    await putTombstone(store.db, tenant, AT);

    expect(await getOwnLimits(store.db, tenant)).toEqual({ jobs: 7 });
    expect(await stripToTombstone(store.db, tenant)).toBe(true);
    expect(await stripToTombstone(store.db, tenant)).toBe(false);
    expect(await getOwnLimits(store.db, tenant)).toEqual({});
    expect(await getLimits(store.db, tenant, testPlatform(store.db).defaultLimits)).toMatchObject({ tombstonedAt: AT });
  });

  it('keeps the time of its first tombstone until it is restored', async () => {
    const tenant = newTenant();
    const later = new Date(START + 1_000).toISOString();

    expect(await putTombstone(store.db, tenant, AT)).toBe(AT);
    expect(await putTombstone(store.db, tenant, later)).toBe(AT);
    await resumeCounting(store.db, tenant, later, START);
    expect(await putTombstone(store.db, tenant, later)).toBe(later);
  });
});

describe('counted changes', () => {
  const change = (tenant: TenantId, writtenAt: number, kind: 'tenant' | 'platform' = 'tenant') => {
    return { tenant, writtenAt, sequence: String(writtenAt), delta: { counter: { kind }, add: { d_jobs: 1 } } };
  };

  it('include changes after a restore and changes of the platform', async () => {
    const [fenced, back, other] = [newTenant(), newTenant(), newTenant()];
    await putTombstone(store.db, fenced, AT);
    await resumeCounting(store.db, back, AT, 5_000);
    const countable = createDeletedTenantFilter(store.db, () => START);

    const changes = [
      change(fenced, 9_000),
      change(fenced, 9_000, 'platform'),
      change(back, 5_000),
      change(back, 6_000),
      change(other, 1_000),
    ];
    expect(await countable(changes)).toEqual([changes[1], changes[3], changes[4]]);
  });

  it('read a tombstone again while it exists, and cache its absence', async () => {
    const [fenced, other] = [newTenant(), newTenant()];
    await putTombstone(store.db, fenced, AT);
    let now = START;
    const countable = createDeletedTenantFilter(store.db, () => now);
    const counts = async (tenant: TenantId, writtenAt: number) =>
      (await countable([change(tenant, writtenAt)])).length === 1;
    expect([await counts(fenced, 9_000), await counts(other, 9_000)]).toEqual([false, true]);

    await resumeCounting(store.db, fenced, AT, 5_000);
    await putTombstone(store.db, other, AT);

    expect([await counts(fenced, 9_000), await counts(other, 9_000)]).toEqual([true, true]);
    now += 20_000;
    expect(await counts(other, 9_000)).toBe(false);
    expect((await getTombstone(store.db, fenced)).uncountedUntil).toBe(5_000);
  });
});
