import { describe, expect, it } from 'vitest';
import { tickUlid } from '../../functions/core/domain/run-id.ts';
import { MINUTE_MS, RUN_CREATION_GRACE_MS } from '../../functions/core/domain/timing.ts';
import { startTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { listDeletedJobs } from '../../functions/core/store/deleted-jobs.ts';
import { deleteJob } from '../../functions/core/store/jobs.ts';
import { getReconcileRequest } from '../../functions/core/store/reconcile-requests.ts';
import { putRegistration } from '../../functions/core/store/registrations.ts';
import { listOldestActive } from '../../functions/core/store/run-lists.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, testPlatform } from '../helpers/fakes/platform.ts';

/** Repair of definitions, messages and deleted jobs after a crash. */
const db = memoryDb();
const at = new Date(START).toISOString();
const HOUR = 3_600_000;

/** Maximum duration of an invocation of a worker, whose scripts start runs. */
const MAX_WORKER_MINUTES = 15;

describe('sweepTenant', () => {
  it('requests reconciliation for a definition whose change was lost, and not for a registered one', async () => {
    const platform = testPlatform(db);
    const lagging = await givenJob(platform);
    const { tenant } = lagging;
    const known = await givenJob(platform, { tenant, id: 'known' });
    const { incarnation, version } = known;
    const registration = {
      incarnation,
      version,
      content: '',
      status: 'registered',
      error: null,
      updatedAt: at,
    } as const;
    await putRegistration(db, tenant, { jobId: known.id, ...registration });

    await sweepTenant(platform, tenant);

    expect(await getReconcileRequest(db, tenant, lagging.id)).toMatchObject({ attempts: 1 });
    expect(await getReconcileRequest(db, tenant, known.id)).toBeUndefined();
  });
});

describe('a queued run whose message was lost', () => {
  it('gets one resend from two concurrent sweepers', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    const run = await triggerJob(platform, job);
    platform.sent.length = 0;
    platform.advance(HOUR);
    const both = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'runs' }, () =>
      sweepTenant(platform, job.tenant),
    );

    await sweepTenant(both, job.tenant);

    expect(platform.sent).toHaveLength(1);
    expect(await getRun(db, run)).toMatchObject({ state: 'queued', resends: 1 });
  });
});

describe('a deleted job', () => {
  it('leaves no queued run', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    const run = await triggerJob(platform, job);
    await deleteJob(db, job, at);

    await sweepTenant(platform, job.tenant);
    platform.advance(RUN_CREATION_GRACE_MS + 1);
    await sweepTenant(platform, job.tenant);

    expect(await getRun(db, run)).toBeUndefined();
    expect(await listOldestActive(db, job.tenant, 'admitted', 10)).toEqual([]);
  });

  it('does not let a stalled caller store a canceled run again', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    const meanwhile = async () => {
      await startTick(platform, job, at, undefined);
      await deleteJob(db, job, at);
      await sweepTenant(platform, job.tenant);
    };
    const stalled = interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, meanwhile);

    await startTick(stalled, job, at, undefined);

    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    expect(await getRun(db, { ...ref, ulid: tickUlid(ref, at) })).toMatchObject({ state: 'canceled' });
  });

  it('does not let a worker store a run again that a repeat of its start has stored, until its invocation ends', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    const meanwhile = async () => {
      await startTick(platform, job, at, undefined);
      await deleteJob(db, job, at);
      for (let minute = 0; minute < MAX_WORKER_MINUTES; minute++) {
        platform.advance(MINUTE_MS);
        await sweepTenant(platform, job.tenant);
      }
    };
    const stalled = interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, meanwhile);

    await startTick(stalled, job, at, undefined);

    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    expect(await getRun(db, { ...ref, ulid: tickUlid(ref, at) })).toMatchObject({ state: 'canceled' });
  });

  it('leaves no run that was stored meanwhile, even after a long delay', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform);
    const meanwhile = async () => {
      await deleteJob(db, job, at);
      await sweepTenant(platform, job.tenant);
    };
    const stalled = interruptBefore(platform, { command: 'PutItemCommand', table: 'runs' }, meanwhile);
    const run = await triggerJob(stalled, job);

    for (let minutes = 0; minutes < 3; minutes++) {
      platform.advance(RUN_CREATION_GRACE_MS);
      await sweepTenant(platform, job.tenant);
    }

    expect(await getRun(db, run)).toBeUndefined();
    expect(await listDeletedJobs(db, job.tenant)).toEqual([]);
  });
});
