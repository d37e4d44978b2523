import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_CATCH_UP } from '../../functions/core/domain/catch-up.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import { timetableOf } from '../../functions/core/domain/job-timetable.ts';
import { parseTick, type TickMessage } from '../../functions/core/domain/messages.ts';
import { scheduleNames } from '../../functions/core/domain/registration.ts';
import { nextTicks } from '../../functions/core/domain/schedule/index.ts';
import { type Registrar, reconcileJob } from '../../functions/core/engine/registration/reconcile-job.ts';
import { requestAllOutdated } from '../../functions/core/engine/registration/request-all-outdated.ts';
import { advanceTickWatermark, getJobState } from '../../functions/core/store/job-states.ts';
import { deleteJob, replaceJob } from '../../functions/core/store/jobs.ts';
import { getReconcileRequest } from '../../functions/core/store/reconcile-requests.ts';
import { getRegistration, putRegistration, removeRegistration } from '../../functions/core/store/registrations.ts';
import { type Scheduler, startScheduler } from '../../lib/local/scheduler/service.ts';
import { Clock } from '../../lib/local/support/clock.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { Crash } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { START, testPlatform } from '../helpers/fakes/platform.ts';
import { startTestStore, type TestStore } from '../helpers/system/test-store.ts';
import { waitForAssertion } from '../helpers/wait.ts';

const GROUP = 'jobdeck-test';
const folder = mkdtempSync(join(tmpdir(), 'jobdeck-registrar-'));
const clock = new Clock();
const delivered: TickMessage[] = [];
let store: TestStore;
let scheduler: Scheduler;
let registrar: Registrar;

beforeAll(async () => {
  clock.set(START);
  store = await startTestStore();
  scheduler = await startScheduler(folder, {
    clock,
    log: () => {},
    targets: {
      async deliver(_target, payload) {
        const tick = parseTick(payload);
        if (tick) delivered.push(tick);
      },
      async sendDeadLetter() {},
    },
  });
  scheduler.declare([GROUP], []);
  scheduler.start();
  registrar = {
    platform: { ...testPlatform(store.db), now: () => clock.now() },
    scheduler: new SchedulerClient({
      endpoint: scheduler.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
    target: {
      group: GROUP,
      ticksQueueArn: 'arn:aws:sqs:us-east-1:000000000000:ticks',
      roleArn: 'arn:aws:iam::000000000000:role/scheduler',
      deadLetterArn: 'arn:aws:sqs:us-east-1:000000000000:ticks-dead-letters',
    },
  };
});
afterAll(async () => {
  registrar.scheduler.destroy();
  await scheduler.stop();
  await store.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Reads the existing schedules of this incarnation of a job from the scheduler. */
async function schedulesOf(job: Job) {
  const { Schedules } = await registrar.scheduler.send(new ListSchedulesCommand({ GroupName: GROUP }));
  const names = (Schedules ?? []).map(({ Name = '' }) => Name).filter((name) => scheduleNames(job).includes(name));
  return Promise.all(
    names.sort().map((Name) => registrar.scheduler.send(new GetScheduleCommand({ GroupName: GROUP, Name }))),
  );
}

async function changed(job: Job, changes: Partial<Job>): Promise<Job> {
  const next = { ...job, ...changes, version: job.version + 1 };
  if (!(await replaceJob(store.db, next))) throw new Error('not replaced');
  await reconcileJob(registrar, job.tenant, job.id);
  return next;
}

describe('reconcile', () => {
  it('registers a job and starts to expect its ticks', async () => {
    const job = await givenJob(testPlatform(store.db), { schedule: '*/5 9-17 * * mon-fri', timezone: 'Europe/Berlin' });

    await reconcileJob(registrar, job.tenant, job.id);

    expect(await schedulesOf(job)).toMatchObject([
      {
        ScheduleExpressionTimezone: 'Europe/Berlin',
        State: 'ENABLED',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: registrar.target.ticksQueueArn, DeadLetterConfig: { Arn: registrar.target.deadLetterArn } },
      },
    ]);
    expect(await getRegistration(store.db, job.tenant, job.id)).toMatchObject({ status: 'registered', version: 1 });
    expect((await getJobState(store.db, job.tenant, job.id))?.ticksThrough).not.toBeNull();
  });

  it('keeps the watermark of a job that catches up when the job is enabled again, not when its schedule changes', async () => {
    const throughs: (string | null | undefined)[] = [];
    for (const mode of ['none', 'all'] as const) {
      const job = await givenJob(testPlatform(store.db), { catchUp: { ...NO_CATCH_UP, mode } });
      const old = '2020-01-01T00:00:00.000Z';
      await advanceTickWatermark(store.db, job, old);
      const through = async () => {
        const state = await getJobState(store.db, job.tenant, job.id);
        return state?.ticksThrough === old ? 'kept' : state?.ticksThrough && 'advanced';
      };
      const disabled = await changed(job, { enabled: false });
      const enabled = await changed(disabled, { enabled: true });
      throughs.push(await through());
      await changed(enabled, { schedule: '0 5 * * *' });
      throughs.push(await through());
    }

    expect(throughs).toEqual(['advanced', 'advanced', 'kept', 'advanced']);
  });

  it('registers two schedules for a cron that restricts both day fields, and one after the change', async () => {
    const job = await givenJob(testPlatform(store.db), { schedule: '0 4 1 * mon' });
    await reconcileJob(registrar, job.tenant, job.id);
    const both = await schedulesOf(job);

    await changed(job, { schedule: '0 4 1 * *' });

    expect(both).toHaveLength(2);
    expect(await schedulesOf(job)).toHaveLength(1);
  });

  it('registers each of several schedules, and removes those that a change leaves out', async () => {
    const several = ['0 4 1 * mon', '0 5 * * *', 'rate(2 hours)'].map((schedule) => ({
      schedule,
      timezone: 'Europe/Berlin',
      payload: { schedule },
    }));
    const job = await givenJob(testPlatform(store.db), { schedule: '0 4 1 * mon', schedules: several });
    await reconcileJob(registrar, job.tenant, job.id);
    const all = await schedulesOf(job);

    const one = await changed(job, { schedules: [] });
    const left = await schedulesOf(one);
    await deleteJob(store.db, one, new Date(START).toISOString());
    await reconcileJob(registrar, job.tenant, job.id);

    expect(all.map(({ ScheduleExpression }) => ScheduleExpression)).toEqual([
      'cron(0 4 1 * ? *)',
      'cron(0 4 ? * 2 *)',
      'cron(0 5 * * ? *)',
      'rate(2 hours)',
    ]);
    expect(left).toHaveLength(2);
    expect(await schedulesOf(job)).toEqual([]);
  });

  it('removes all of several schedules although the pass that created them crashed', async () => {
    const schedules = ['0 4 * * *', '0 5 * * *', '0 6 * * *'].map((schedule) => ({
      schedule,
      timezone: 'UTC',
      payload: null,
    }));
    const job = await givenJob(testPlatform(store.db), { schedule: '0 4 * * *', schedules });
    const crashing = interruptBefore(
      testPlatform(store.db),
      { command: 'UpdateItemCommand', table: 'jobs' },
      async () => {
        throw new Crash('crashed');
      },
    );
    await expect(reconcileJob({ ...registrar, platform: crashing }, job.tenant, job.id)).rejects.toThrow('crashed');
    const created = await schedulesOf(job);
    await deleteJob(store.db, job, new Date(START).toISOString());

    await reconcileJob(registrar, job.tenant, job.id);

    expect(created).toHaveLength(3);
    expect(await schedulesOf(job)).toEqual([]);
  });

  it.each([
    { title: 'a new job with several schedules', schedules: 3, before: true },
    { title: 'a disabled job that gets a schedule', schedules: 0, before: false },
  ])('removes the schedules of a crashed pass when its job is disabled meanwhile: $title', async (example) => {
    const schedules = ['0 4 * * *', '0 5 * * *', '0 6 * * *']
      .slice(0, example.schedules)
      .map((schedule) => ({ schedule, timezone: 'UTC', payload: null }));
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { schedule: '0 4 * * *', schedules, enabled: example.before });
    if (!example.before) await reconcileJob(registrar, job.tenant, job.id);
    const enabled = { ...job, enabled: true, version: 2 };
    await replaceJob(store.db, enabled);
    const crashing = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, async () => {
      throw new Crash('crashed');
    });
    await expect(reconcileJob({ ...registrar, platform: crashing }, job.tenant, job.id)).rejects.toThrow('crashed');
    const created = await schedulesOf(job);

    await changed(enabled, { enabled: false });

    expect(created).toHaveLength(Math.max(1, example.schedules));
    expect(await schedulesOf(job)).toEqual([]);
  });

  it('restores the schedule of a job whose change and its reversal met a crash', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { schedule: '0 4 * * *' });
    await reconcileJob(registrar, job.tenant, job.id);
    const before = await schedulesOf(job);
    const other = { ...job, schedule: '0 5 * * *', version: 2 };
    await replaceJob(store.db, other);
    const crashing = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, async () => {
      throw new Crash('crashed');
    });
    await expect(reconcileJob({ ...registrar, platform: crashing }, job.tenant, job.id)).rejects.toThrow('crashed');

    await changed(other, { schedule: '0 4 * * *' });

    expect((await schedulesOf(job)).map((one) => one.ScheduleExpression)).toEqual(
      before.map((one) => one.ScheduleExpression),
    );
  });

  it('removes the schedule of a job that is disabled, ended or deleted, or has no schedule', async () => {
    let job = await givenJob(testPlatform(store.db));
    const counts: number[] = [];
    for (const changes of [
      { enabled: true },
      { enabled: false },
      { enabled: true },
      { schedule: null },
      { schedule: '* * * * *' },
      { endAt: new Date(START - 1).toISOString() },
      { endAt: null },
    ]) {
      job = await changed(job, changes);
      counts.push((await schedulesOf(job)).length);
    }

    await deleteJob(store.db, job, new Date(START).toISOString());
    await reconcileJob(registrar, job.tenant, job.id);

    expect(counts).toEqual([1, 0, 1, 0, 1, 0, 1]);
    expect(await schedulesOf(job)).toEqual([]);
    expect(await getRegistration(store.db, job.tenant, job.id)).toBeUndefined();
  });

  it('records the error of a rejected schedule until its cause is fixed', async () => {
    const job = await givenJob(testPlatform(store.db));
    await reconcileJob(registrar, job.tenant, job.id);

    const refused = await changed(job, { timezone: 'Mars/Olympus' });

    expect(await getRegistration(store.db, job.tenant, job.id)).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/timezone/i),
    });
    expect(await schedulesOf(job)).toEqual([]);

    await changed(refused, { timezone: 'UTC' });
    expect(await getRegistration(store.db, job.tenant, job.id)).toMatchObject({ status: 'registered', error: null });
    expect(await schedulesOf(job)).toHaveLength(1);
  });

  it('removes the former incarnation if a job is deleted and defined again', async () => {
    const first = await givenJob(testPlatform(store.db));
    await reconcileJob(registrar, first.tenant, first.id);
    await deleteJob(store.db, first, new Date(START).toISOString());
    const second = await givenJob(testPlatform(store.db), { tenant: first.tenant, incarnation: 'def67890' });

    await reconcileJob(registrar, first.tenant, first.id);

    expect([await schedulesOf(first), await schedulesOf(second)].map(({ length }) => length)).toEqual([0, 1]);
  });

  it('requests reconciliation for lost changes and for registrations of deleted jobs', async () => {
    const job = await givenJob(testPlatform(store.db));
    const deletedJob = await givenJob(testPlatform(store.db), { tenant: job.tenant, id: 'gone' });
    await reconcileJob(registrar, deletedJob.tenant, deletedJob.id);
    await deleteJob(store.db, deletedJob, new Date(START).toISOString());

    await requestAllOutdated(registrar.platform);

    expect(await getReconcileRequest(store.db, job.tenant, job.id)).toMatchObject({ attempts: 1 });
    expect(await getReconcileRequest(store.db, job.tenant, deletedJob.id)).toMatchObject({ attempts: 1 });
  });

  it('removes the schedules of a deleted job', async () => {
    const job = await givenJob(testPlatform(store.db));
    await reconcileJob(registrar, job.tenant, job.id);
    await deleteJob(store.db, job, new Date(START).toISOString());

    await reconcileJob(registrar, job.tenant, job.id);

    expect(await schedulesOf(job)).toEqual([]);
    expect(await getRegistration(store.db, job.tenant, job.id)).toBeUndefined();
  });

  it('updates schedules after a crash before they were recorded', async () => {
    const job = await givenJob(testPlatform(store.db));
    await reconcileJob(registrar, job.tenant, job.id);
    await removeRegistration(store.db, job.tenant, job.id, job.incarnation);
    await replaceJob(store.db, { ...job, timezone: 'Europe/Berlin', version: 2 });

    await reconcileJob(registrar, job.tenant, job.id);

    expect(await schedulesOf(job)).toMatchObject([{ ScheduleExpressionTimezone: 'Europe/Berlin' }]);
    expect(await getRegistration(store.db, job.tenant, job.id)).toMatchObject({ version: 2, status: 'registered' });
  });

  it('records nothing over a newer registration', async () => {
    const job = await givenJob(testPlatform(store.db));
    await reconcileJob(registrar, job.tenant, job.id);
    const late = await getRegistration(store.db, job.tenant, job.id);
    if (!late) throw new Error('nothing was recorded');
    await changed(job, { name: 'Another name' });

    expect(await putRegistration(store.db, job.tenant, late)).toBe(false);

    expect(await getRegistration(store.db, job.tenant, job.id)).toMatchObject({ version: 2 });
  });

  it('makes no call to the scheduler if a change does not affect the schedule', async () => {
    const job = await givenJob(testPlatform(store.db));
    await reconcileJob(registrar, job.tenant, job.id);
    const silent = {
      ...registrar,
      scheduler: { send: () => expect.unreachable('a call') } as unknown as SchedulerClient,
    };
    await replaceJob(store.db, { ...job, name: 'Another name', version: 2 });

    await reconcileJob(silent, job.tenant, job.id);

    expect(await getRegistration(store.db, job.tenant, job.id)).toMatchObject({ version: 2, status: 'registered' });
  });
});

describe('a registered schedule', () => {
  // The schedules of earlier tests would fire whenever the clock advances.
  beforeAll(async () => {
    const { Schedules } = await registrar.scheduler.send(new ListSchedulesCommand({ GroupName: GROUP }));
    for (const { Name } of Schedules ?? []) {
      await registrar.scheduler.send(new DeleteScheduleCommand({ GroupName: GROUP, Name }));
    }
  });

  it.each([
    ['* * * * *', 'UTC'],
    ['*/7 3,4 * * *', 'Europe/Berlin'],
    ['30 2 * * *', 'America/New_York'],
    ['0 0 1,15 * mon', 'Asia/Kolkata'],
    ['rate(3 minutes)', 'UTC'],
  ])('fires at the instants of next_run: %s in %s', async (schedule, timezone) => {
    clock.set(START);
    const job = await givenJob(testPlatform(store.db), { schedule, timezone });
    await reconcileJob(registrar, job.tenant, job.id);
    const expected = nextTicks(timetableOf(job), { after: clock.now(), count: 4 });

    for (const fire of expected) {
      clock.set(fire);
      await waitForAssertion(() =>
        expect(
          delivered.filter(({ tenant }) => tenant === job.tenant).map(({ scheduledAt }) => Date.parse(scheduledAt)),
        ).toContain(fire),
      );
    }

    const fired = delivered
      .filter(({ tenant }) => tenant === job.tenant)
      .map(({ scheduledAt }) => Date.parse(scheduledAt));
    expect([...new Set(fired)].sort((a, b) => a - b)).toEqual(expected);
    await changed(job, { enabled: false });
  });
});
