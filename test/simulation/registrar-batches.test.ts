import { beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import { scheduleNames } from '../../functions/core/domain/registration.ts';
import { registerChanges } from '../../functions/core/engine/registration/register-changes.ts';
import { requestOutdated } from '../../functions/core/engine/registration/request-reconcile.ts';
import { deleteJob, replaceJob } from '../../functions/core/store/jobs.ts';
import { getReconcileRequest } from '../../functions/core/store/reconcile-requests.ts';
import { getRegistration, removeRegistration } from '../../functions/core/store/registrations.ts';
import { listTenants } from '../../functions/core/store/tenants.ts';
import { putTombstone } from '../../functions/core/store/tombstones.ts';
import { givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, testPlatform } from '../helpers/fakes/platform.ts';
import {
  changeOfJob,
  recordOfRequest,
  removalOfRequest,
  type TestRegistrar,
  testRegistrar,
} from '../helpers/fakes/test-registrar.ts';

/** Batches of the registrar: one tenant's changes and failures beside the changes of others. */
const HOUR = 3_600_000;
let registrar: TestRegistrar;

beforeEach(() => {
  registrar = testRegistrar(testPlatform(memoryDb()));
});

const scheduleOf = (job: Job) => scheduleNames(job).filter((name) => registrar.schedules.names.includes(name));
const request = (job: Job) => getReconcileRequest(registrar.platform.db, job.tenant, job.id);
const ofJob = (job: Job) => (name: string) => scheduleNames(job).includes(name);

async function changed(job: Job, changes: Partial<Job>): Promise<Job> {
  const next = { ...job, ...changes, version: job.version + 1 };
  if (!(await replaceJob(registrar.platform.db, next))) throw new Error('not replaced');
  return next;
}

async function failToRegister(job: Job): Promise<void> {
  registrar.beforeCall = async (name) => {
    if (ofJob(job)(name)) throw new Error('service unavailable');
  };
  await registerChanges(registrar, [changeOfJob(job, { after: job })]);
  registrar.beforeCall = async () => {};
}

/** Lets the sweeper request outdated jobs, and the stream deliver the request of this job to the registrar. */
async function sweepAndRegister(job: Job): Promise<void> {
  const deferred = await request(job);
  await requestOutdated(registrar.platform, job.tenant, [job], 0);
  const sent = await request(job);
  if (sent && sent.revision !== deferred?.revision)
    await registerChanges(registrar, [recordOfRequest(job.tenant, sent)]);
}

describe('registerChanges', () => {
  it('registers a job once for all of its changes in a batch', async () => {
    let job = await givenJob(registrar.platform);
    const records = [changeOfJob(job, { after: job })];
    for (let i = 0; i < 99; i++) {
      const before = job;
      job = await changed(job, { timezone: i % 2 === 0 ? 'Europe/Berlin' : 'UTC' });
      records.push(changeOfJob(job, { before, after: job }));
    }

    await registerChanges(registrar, records);

    expect(registrar.calls).toHaveLength(2);
    expect(await getRegistration(registrar.platform.db, job.tenant, job.id)).toMatchObject({ version: 100 });
  });

  it('makes no pass for the removal of a fulfilled request', async () => {
    const job = await givenJob(registrar.platform);
    await failToRegister(job);
    const fulfilled = await request(job);
    if (!fulfilled) throw new Error('nothing was deferred');
    registrar.calls.splice(0);

    const failed = await registerChanges(registrar, [removalOfRequest(job.tenant, fulfilled)]);

    expect(failed).toEqual([]);
    expect(registrar.calls).toEqual([]);
    expect(registrar.platform.logged.map(({ message }) => message)).not.toContain('registration.record_skipped');
  });

  it('does not list a deleted tenant again for a late change', async () => {
    const job = await givenJob(registrar.platform);
    await putTombstone(registrar.platform.db, job.tenant, job.createdAt);

    await registerChanges(registrar, [changeOfJob(job, { after: job })]);

    expect(await listTenants(registrar.platform.db)).toEqual([]);
    expect(registrar.schedules.names).toEqual([]);
  });

  it('keeps no request for a job of a deleted tenant whose schedules cannot be removed', async () => {
    const job = await givenJob(registrar.platform);
    await registerChanges(registrar, [changeOfJob(job, { after: job })]);
    await putTombstone(registrar.platform.db, job.tenant, job.createdAt);
    await deleteJob(registrar.platform.db, job, job.createdAt);
    registrar.beforeCall = async () => Promise.reject(new Error('service unavailable'));

    const failed = await registerChanges(registrar, [changeOfJob(job, { before: job })]);

    expect(failed).toEqual([]);
    expect(await request(job)).toBeUndefined();
  });

  it('removes the schedules of an incarnation that an earlier change of the batch replaced', async () => {
    const first = await givenJob(registrar.platform);
    await registerChanges(registrar, [changeOfJob(first, { after: first })]);
    await removeRegistration(registrar.platform.db, first.tenant, first.id, first.incarnation);
    await deleteJob(registrar.platform.db, first, first.createdAt);
    const second = await givenJob(registrar.platform, { tenant: first.tenant, incarnation: 'def67890' });

    await registerChanges(registrar, [
      changeOfJob(first, { before: first, after: first }),
      changeOfJob(first, { before: first }),
      changeOfJob(second, { after: second }),
    ]);

    expect([scheduleOf(first), scheduleOf(second)].map(({ length }) => length)).toEqual([0, 1]);
  });

  it('registers the jobs of a batch at the same time, the first of each tenant before the second of another', async () => {
    const busy = newTenant();
    const many = await Promise.all(
      Array.from({ length: 30 }, (_, i) => givenJob(registrar.platform, { tenant: busy, id: `busy-${i}` })),
    );
    const other = await givenJob(registrar.platform);
    let concurrent = 0;
    let most = 0;
    const started: string[] = [];
    registrar.beforeCall = async (name) => {
      started.push(name);
      most = Math.max(most, ++concurrent);
      await new Promise(setImmediate);
      concurrent--;
    };

    await registerChanges(
      registrar,
      [...many, other].map((job) => changeOfJob(job, { after: job })),
    );

    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThanOrEqual(20);
    const firsts = [...many.slice(0, 2), other].map((job) => started.findIndex(ofJob(job)));
    expect(firsts[2]).toBeLessThan(started.findIndex(ofJob(many[20] as Job)));
    expect(registrar.schedules.names).toHaveLength(31);
  });

  it('registers other jobs of a batch beside one that fails, and reports no failure to the stream', async () => {
    const failing = await givenJob(registrar.platform);
    const other = await givenJob(registrar.platform);
    registrar.beforeCall = async (name) => {
      if (ofJob(failing)(name)) throw new Error('service unavailable');
    };

    const failed = await registerChanges(registrar, [
      changeOfJob(failing, { after: failing }),
      changeOfJob(other, { after: other }),
    ]);

    expect(failed).toEqual([]);
    expect([scheduleOf(failing), scheduleOf(other)].map(({ length }) => length)).toEqual([0, 1]);
    expect(await request(failing)).toMatchObject({ attempts: 0, dueAt: new Date(START + 45_000).toISOString() });
    expect(registrar.platform.measured).toMatchObject([{ message: 'registration.deferred', tenant: failing.tenant }]);
  });

  it('defers the jobs for which a batch has no time left', async () => {
    const jobs = await Promise.all(Array.from({ length: 25 }, () => givenJob(registrar.platform)));
    registrar.beforeCall = async () => registrar.platform.advance(10_000);

    const failed = await registerChanges(
      registrar,
      jobs.map((job) => changeOfJob(job, { after: job })),
    );

    expect(failed).toEqual([]);
    const deferred = await Promise.all(jobs.map(request));
    const registered = jobs.filter((job) => scheduleOf(job).length === 1);
    expect(deferred.filter(Boolean).length + registered.length).toBe(25);
    expect(registered.length).toBeGreaterThan(0);
    expect(registered.length).toBeLessThan(25);
  });

  it('reports a job to the stream that can be neither registered nor deferred', async () => {
    const job = await givenJob(registrar.platform);
    registrar.beforeCall = async () => Promise.reject(new Error('service unavailable'));
    const stuck = interruptBefore(registrar.platform, { command: 'PutItemCommand', table: 'jobs' }, async () =>
      Promise.reject(new Error('no capacity')),
    );
    const record = changeOfJob(job, { after: job });

    const failed = await registerChanges({ ...registrar, platform: stuck }, [record]);

    expect(failed).toEqual([record.dynamodb?.SequenceNumber]);
  });

  it('writes the newest schedule last if two processes register one job at the same time', async () => {
    const job = await givenJob(registrar.platform);
    let isFirst = true;
    registrar.beforeCall = async () => {
      if (!isFirst) return;
      isFirst = false;
      const newest = await changed(job, { timezone: 'Europe/Berlin' });
      await registerChanges(registrar, [changeOfJob(newest, { before: job, after: newest })]);
    };

    await registerChanges(registrar, [changeOfJob(job, { after: job })]);

    expect(registrar.schedules.inputOf(scheduleOf(job)[0] ?? '')).toMatchObject({
      ScheduleExpressionTimezone: 'Europe/Berlin',
    });
    expect(await getRegistration(registrar.platform.db, job.tenant, job.id)).toMatchObject({ version: 2 });
  });

  it('leaves no schedule of a job that is deleted while it is registered', async () => {
    const job = await givenJob(registrar.platform);
    let isFirst = true;
    registrar.beforeCall = async () => {
      if (!isFirst) return;
      isFirst = false;
      await deleteJob(registrar.platform.db, job, job.createdAt);
      await registerChanges(registrar, [changeOfJob(job, { before: job })]);
    };

    await registerChanges(registrar, [changeOfJob(job, { after: job })]);

    expect(scheduleOf(job)).toEqual([]);
  });
});

describe('a deferred job', () => {
  it('registers at the request of the sweeper, which is removed', async () => {
    const job = await givenJob(registrar.platform);
    await failToRegister(job);
    registrar.platform.advance(HOUR);

    await sweepAndRegister(job);

    expect(scheduleOf(job)).toHaveLength(1);
    expect(await request(job)).toBeUndefined();
  });

  it('waits longer for each request, and receives none before it is due', async () => {
    const job = await givenJob(registrar.platform);
    const delays: number[] = [];
    for (let i = 0; i < 8; i++) {
      await failToRegister(job);
      const { dueAt = '' } = (await request(job)) ?? {};
      delays.push(Date.parse(dueAt) - registrar.platform.now());
      await requestOutdated(registrar.platform, job.tenant, [job], 0);
      expect(await request(job)).toMatchObject({ attempts: i, dueAt });
      registrar.platform.advance(Date.parse(dueAt) - registrar.platform.now());
      await requestOutdated(registrar.platform, job.tenant, [job], 0);
    }

    expect(delays.map((ms) => ms / 45_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('loses its schedules at a request if it was deleted', async () => {
    const job = await givenJob(registrar.platform);
    await registerChanges(registrar, [changeOfJob(job, { after: job })]);
    await deleteJob(registrar.platform.db, job, job.createdAt);
    registrar.beforeCall = async () => Promise.reject(new Error('service unavailable'));
    await registerChanges(registrar, [changeOfJob(job, { before: job })]);
    registrar.beforeCall = async () => {};
    registrar.platform.advance(HOUR);

    await requestOutdated(registrar.platform, job.tenant, [], 0);
    const sent = await request(job);
    if (sent) await registerChanges(registrar, [recordOfRequest(job.tenant, sent)]);

    expect(scheduleOf(job)).toEqual([]);
    expect(await getRegistration(registrar.platform.db, job.tenant, job.id)).toBeUndefined();
    expect(await request(job)).toBeUndefined();
  });

  it('keeps a request that was written again while it was fulfilled', async () => {
    const job = await givenJob(registrar.platform);
    await failToRegister(job);
    registrar.platform.advance(HOUR);
    await requestOutdated(registrar.platform, job.tenant, [job], 0);
    const sent = await request(job);
    registrar.platform.advance(HOUR);
    await requestOutdated(registrar.platform, job.tenant, [job], 0);

    await registerChanges(registrar, sent ? [recordOfRequest(job.tenant, sent)] : []);

    expect(await request(job)).toMatchObject({ attempts: 2 });
  });

  it('keeps the former incarnations whose schedules were not removed, although a later change is registered', async () => {
    const first = await givenJob(registrar.platform);
    await registerChanges(registrar, [changeOfJob(first, { after: first })]);
    await removeRegistration(registrar.platform.db, first.tenant, first.id, first.incarnation);
    await deleteJob(registrar.platform.db, first, first.createdAt);
    const second = await givenJob(registrar.platform, { tenant: first.tenant, incarnation: 'def67890' });
    registrar.beforeCall = async (name) => {
      if (ofJob(first)(name)) throw new Error('service unavailable');
    };
    await registerChanges(registrar, [changeOfJob(first, { before: first }), changeOfJob(second, { after: second })]);
    registrar.beforeCall = async () => {};
    await registerChanges(registrar, [changeOfJob(second, { before: second, after: second })]);
    registrar.platform.advance(HOUR);

    await sweepAndRegister(second);

    expect([scheduleOf(first), scheduleOf(second)].map(({ length }) => length)).toEqual([0, 1]);
  });
});
