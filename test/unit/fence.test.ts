import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantFenced } from '../../functions/core/domain/fence.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { claim } from '../../functions/core/engine/claim.ts';
import { leaveOutFenced } from '../../functions/core/engine/counters/fences.ts';
import { dispatch } from '../../functions/core/engine/dispatch.ts';
import { triggerJob } from '../../functions/core/engine/trigger.ts';
import { RequestLimiter } from '../../functions/core/platform/request-limiter.ts';
import { eachMessage } from '../../functions/core/platform/sqs-batch.ts';
import { bareFence, countFrom, getFence, liftFence, putFence } from '../../functions/core/store/fences.ts';
import { getLimits, getOwnLimits, putLimits } from '../../functions/core/store/limits.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenJob, newTenant, START, testPlatform } from '../helpers/platform.ts';
import { startTestStore, type TestStore } from '../helpers/store.ts';

/** What keeps a tenant out that is deleted. */

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

const AT = new Date(START).toISOString();

describe('a tenant that is fenced off', () => {
  it('starts nothing: no run, no tick, no request', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { overlapPolicy: 'allow' });
    const { tenant } = job;
    const queued = await triggerJob(platform, job);
    await putFence(store.db, tenant, AT);

    await expect(triggerJob(platform, job)).rejects.toThrow(TenantFenced);
    const tick = { v: 1, tenant, jobId: job.id, incarnation: job.incarnation, scheduledAt: AT } as const;
    await expect(dispatch(platform, tick)).rejects.toThrow(TenantFenced);
    expect(await claim(platform, queued)).toBeUndefined();
    expect((await getRun(store.db, queued))?.state).toBe('queued');
    const limiter = new RequestLimiter({ ...platform, dbOf: () => store.db });
    await expect(limiter.pass(tenant)).rejects.toThrow(TenantFenced);

    await liftFence(store.db, tenant);
    await limiter.pass(tenant);
    expect((await claim(platform, queued))?.run.state).toBe('running');
  });

  it('has its messages dropped: they would come again for ever', async () => {
    const { log, logged } = testPlatform(store.db);
    const event: SQSEvent = { Records: [{ body: '{}', messageId: 'm1' } as SQSRecord] };

    const answer = await eachMessage(log, event, JSON.parse, async () => {
      throw new TenantFenced();
    });

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(logged).toMatchObject([{ level: 'info', message: 'message.tenant_gone' }]);
  });

  it('keeps its limits, and shows no fence among them, until it is bared', async () => {
    const tenant = newTenant();
    await putLimits(store.db, tenant, { jobs: 7 });
    await putFence(store.db, tenant, AT);

    expect(await getOwnLimits(store.db, tenant)).toEqual({ jobs: 7 });
    expect(await bareFence(store.db, tenant)).toBe(true);
    expect(await bareFence(store.db, tenant)).toBe(false);
    expect(await getOwnLimits(store.db, tenant)).toEqual({});
    expect(await getLimits(store.db, tenant, testPlatform(store.db).defaultLimits)).toMatchObject({ fencedAt: AT });
  });

  it('is fenced off since it was first, unless it was let in again', async () => {
    const tenant = newTenant();
    const later = new Date(START + 1_000).toISOString();

    expect(await putFence(store.db, tenant, AT)).toBe(AT);
    expect(await putFence(store.db, tenant, later)).toBe(AT);
    await countFrom(store.db, tenant, later, START);
    expect(await putFence(store.db, tenant, later)).toBe(later);
  });
});

describe('what counts', () => {
  const change = (tenant: TenantId, writtenAt: number, kind: 'tenant' | 'platform' = 'tenant') => {
    return { tenant, writtenAt, sequence: String(writtenAt), delta: { counter: { kind }, add: { d_jobs: 1 } } };
  };

  it('is what was written after a tenant was let in, and what is the platform’s', async () => {
    const [fenced, back, other] = [newTenant(), newTenant(), newTenant()];
    await putFence(store.db, fenced, AT);
    await countFrom(store.db, back, AT, 5_000);
    const countable = leaveOutFenced(store.db, () => START);

    const changes = [
      change(fenced, 9_000),
      change(fenced, 9_000, 'platform'),
      change(back, 5_000),
      change(back, 6_000),
      change(other, 1_000),
    ];
    expect(await countable(changes)).toEqual([changes[1], changes[3], changes[4]]);
  });

  it('is asked again while a fence stands, and known for a while where none does', async () => {
    const [fenced, other] = [newTenant(), newTenant()];
    await putFence(store.db, fenced, AT);
    let now = START;
    const countable = leaveOutFenced(store.db, () => now);
    const counts = async (tenant: TenantId, writtenAt: number) =>
      (await countable([change(tenant, writtenAt)])).length === 1;
    expect([await counts(fenced, 9_000), await counts(other, 9_000)]).toEqual([false, true]);

    await countFrom(store.db, fenced, AT, 5_000);
    await putFence(store.db, other, AT);

    expect([await counts(fenced, 9_000), await counts(other, 9_000)]).toEqual([true, true]);
    now += 20_000;
    expect(await counts(other, 9_000)).toBe(false);
    expect((await getFence(store.db, fenced)).uncountedUntil).toBe(5_000);
  });
});
