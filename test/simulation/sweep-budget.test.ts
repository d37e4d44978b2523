import { describe, expect, it } from 'vitest';
import type { FlowDetails } from '../../functions/core/domain/run.ts';
import { REMOVAL_MS } from '../../functions/core/domain/run-removal.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { RUN_CREATION_GRACE_MS } from '../../functions/core/domain/timing.ts';
import { cancelJob } from '../../functions/core/engine/finalize/cancel-run.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { purgeJob, sweepDeletedJobs } from '../../functions/core/engine/sweep/purge.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { count, putMany, query, removeMany } from '../../functions/core/store/db.ts';
import { listDeletedJobs } from '../../functions/core/store/deleted-jobs.ts';
import { equals } from '../../functions/core/store/expression.ts';
import { deleteJob } from '../../functions/core/store/jobs.ts';
import { type JobRef, outputKey, recordsPartition, runKey, runPartition } from '../../functions/core/store/keys.ts';
import { putRun } from '../../functions/core/store/runs.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';

/** Work of one tenant that exceeds the time or memory of an invocation. */
const MINUTE = 60_000;
/** Time that a sweep may take, and time after which Lambda ends the invocation, in milliseconds. */
const BUDGET_MS = 40_000;
const TIMEOUT_MS = 55_000;

/** The details of a flow run without a plan. */
const FLOW: FlowDetails = { lineage: 'first', exportId: 'source_1', plan: null, ended: null };

/** Sweeps a tenant in an invocation with a deadline. `spend` advances the clock, and throws after the deadline. */
async function sweepInTime(platform: TestPlatform, tenant: TenantId, spend: { ms: (ms: number) => void }) {
  const startedAt = platform.now();
  spend.ms = (ms) => {
    platform.advance(ms);
    if (platform.now() - startedAt > TIMEOUT_MS) throw new Error('the invocation timed out');
  };
  await sweepTenant(platform, tenant, { hasTime: () => platform.now() - startedAt < BUDGET_MS }).catch(() => {});
}

const rowsOf = (platform: TestPlatform, job: JobRef): Promise<number> =>
  count(platform.db, platform.db.tables.runs, equals('pk', runPartition(job)));

describe('a deleted job with more flow runs than one invocation can remove', () => {
  it('loses rows in each of several sweeps until it is removed', async () => {
    const platform = testPlatform(memoryDb());
    const spend = { ms: (_: number) => {} };
    // The removal of a run's objects takes half a second.
    const objects = { ...platform.objects, removeAll: async () => spend.ms(500) };
    const job = await givenJob(platform, { schedule: null });
    const { tenant, id: jobId, incarnation } = job;
    for (let i = 0; i < 700; i++) await putRun(platform.db, endedRun(job, i, { flow: FLOW }));
    await deleteJob(platform.db, job, new Date(platform.now()).toISOString());
    platform.advance(RUN_CREATION_GRACE_MS + MINUTE);

    const left: number[] = [];
    while ((await listDeletedJobs(platform.db, tenant)).length > 0 && left.length < 20) {
      await sweepInTime({ ...platform, objects }, tenant, spend);
      left.push(await rowsOf(platform, { tenant, jobId, incarnation }));
      platform.advance(MINUTE);
    }

    expect(left.at(-1)).toBe(0);
    expect(await listDeletedJobs(platform.db, tenant)).toEqual([]);
    for (const [i, rows] of left.slice(0, -1).entries()) expect(rows).toBeLessThan(left[i - 1] ?? 700);
  });

  it('stays until its last run has ended and is removed', async () => {
    const platform = testPlatform(memoryDb());
    const { db } = platform;
    const job = await givenJob(platform, { schedule: null });
    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    const ended = endedRun(job, 0);
    const lease = { token: 'worker', until: new Date(platform.now() + 2 * RUN_CREATION_GRACE_MS).toISOString() };
    await putRun(db, { ...ended, state: 'stopping', finishedAt: null, lease });
    await deleteJob(db, job, new Date(platform.now()).toISOString());
    platform.advance(RUN_CREATION_GRACE_MS + MINUTE);

    await sweepDeletedJobs(platform, job.tenant);
    const whileItDrains = (await listDeletedJobs(db, job.tenant)).length;
    await removeMany(db, db.tables.runs, [runKey(ended)]);
    await putRun(db, ended);
    for (let sweeps = 0; sweeps < 2; sweeps++) await sweepDeletedJobs(platform, job.tenant);

    expect(whileItDrains).toBe(1);
    expect(await rowsOf(platform, ref)).toBe(0);
    expect(await listDeletedJobs(db, job.tenant)).toEqual([]);
  });

  it('loses one chunk of rows in a purge that has no more time', async () => {
    const platform = testPlatform(memoryDb());
    const job = await givenJob(platform, { schedule: null });
    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    for (let i = 0; i < 60; i++) await putRun(platform.db, endedRun(job, i));

    const purged = await purgeJob(platform, ref, Number.POSITIVE_INFINITY, { hasTime: () => false });

    expect(purged).toMatchObject({ purged: 25, isDone: false });
    expect(await rowsOf(platform, ref)).toBe(35);
  });

  it('loses its queued runs in several sweeps', async () => {
    const platform = testPlatform(memoryDb());
    const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
    for (let i = 0; i < 12; i++) await triggerJob(platform, job);
    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    let left = 5;

    const isDone = await cancelJob(platform, ref, 'ana', () => left-- > 0);

    expect(isDone).toBe(false);
    expect(await canceledOf(platform, job)).toBe(5);
    expect(await cancelJob(platform, ref, 'ana')).toBe(true);
    expect(await canceledOf(platform, job)).toBe(12);
  });
});

async function canceledOf({ db }: TestPlatform, job: { readonly tenant: TenantId }): Promise<number> {
  const key = equals('activeKey', `${job.tenant}#canceled`);
  return (await query(db, db.tables.runs, key, { index: 'active' })).length;
}

describe('a run with more records than one invocation can remove', () => {
  it('keeps its row until all records are removed', async () => {
    const platform = testPlatform(memoryDb());
    const job = await givenJob(platform, { schedule: null });
    const run = endedRun(job, 1, { stdoutParts: 400, purgeAt: new Date(platform.now() - REMOVAL_MS).toISOString() });
    await putRun(platform.db, run);
    const parts = Array.from({ length: 400 }, (_, part) => ({ ...outputKey(run, 'stdout', 1, part), text: 'x' }));
    await putMany(platform.db, platform.db.tables.records, parts);
    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    const records = () => count(platform.db, platform.db.tables.records, equals('pk', recordsPartition(run)));
    let left = 2;

    const first = await purgeJob(platform, ref, platform.now() + MINUTE, { hasTime: () => left-- > 0 });
    const [recordsLeft, rowsLeft] = [await records(), await rowsOf(platform, ref)];
    await purgeJob(platform, ref, platform.now() + MINUTE);

    expect(first).toMatchObject({ purged: 0, isDone: false });
    expect(rowsLeft).toBe(1);
    expect(recordsLeft).toBeGreaterThan(0);
    expect(recordsLeft).toBeLessThan(400);
    expect([await records(), await rowsOf(platform, ref)]).toEqual([0, 0]);
  });
});

describe('a tenant with large definitions', () => {
  it('keeps no targets in the memory of its sweep', async () => {
    const platform = testPlatform(memoryDb());
    const tenant = newTenant();
    const target = { type: 'http', url: 'https://example.com', method: 'POST', headers: {}, body: 'x'.repeat(32_000) };
    for (let i = 0; i < 100; i++) {
      const job = await givenJob(platform, { tenant, id: `job-${i}`, target: target as never });
      if (i % 10 === 0) await triggerJob(platform, job);
    }
    platform.advance(2 * MINUTE);
    let largest = 0;
    const { client } = platform.db;
    const send = async (command: { readonly input: object }) => {
      const response: unknown = await client.send(command as never);
      largest = Math.max(largest, JSON.stringify(response).length);
      return response;
    };

    await sweepTenant({ ...platform, db: { ...platform.db, client: { send } as never } }, tenant);

    expect(platform.sent.length).toBe(20);
    // A hundred definitions have 3.2 MB.
    expect(largest).toBeLessThan(150_000);
  });
});
