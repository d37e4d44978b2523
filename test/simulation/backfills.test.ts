import { describe, expect, it } from 'vitest';
import type { Backfill, BackfillRef } from '../../functions/core/domain/backfill.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import { NO_OPTIONS } from '../../functions/core/domain/run-input.ts';
import { HOUR_MS, MINUTE_MS } from '../../functions/core/domain/timing.ts';
import { advanceBackfill } from '../../functions/core/engine/backfill/advance-backfill.ts';
import { controlBackfill } from '../../functions/core/engine/backfill/control-backfill.ts';
import { type BackfillRequest, requestBackfill } from '../../functions/core/engine/backfill/create-backfill.ts';
import { handleDeadLetteredTick } from '../../functions/core/engine/dead-letter/handle-tick.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { JobRedriver } from '../../functions/core/engine/failures/redrive-job.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { dispatchTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepBackfills } from '../../functions/core/engine/sweep/sweep-backfills.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { getBackfill, getBackfillWithTicks, listOpenBackfills } from '../../functions/core/store/backfills.ts';
import { get, put, query } from '../../functions/core/store/db.ts';
import { equals } from '../../functions/core/store/expression.ts';
import { getJobState } from '../../functions/core/store/job-states.ts';
import { deleteJob, replaceJob } from '../../functions/core/store/jobs.ts';
import { backfillsPartition, counterKey, inputKey } from '../../functions/core/store/keys.ts';
import { getRunInput } from '../../functions/core/store/run-inputs.ts';
import { listHistory } from '../../functions/core/store/run-lists.ts';
import { getAgendaEntry } from '../../functions/core/store/sweep-agenda.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { faultyDb } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { toSqsRecord } from '../helpers/fakes/memory-queue.ts';
import { START, type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { refusingDb } from '../helpers/fakes/refusing-db.ts';

const db = memoryDb();
const iso = (time: number) => new Date(time).toISOString();
const always = () => true;

/** The three hourly ticks before the start of the test clock. */
const RANGE = { from: iso(START - 3 * HOUR_MS), to: iso(START - HOUR_MS) };
const TICKS = [3, 2, 1].map((hours) => iso(START - hours * HOUR_MS));

const aRequest = (overrides: Partial<BackfillRequest> = {}): BackfillRequest => ({
  ...NO_OPTIONS,
  ...RANGE,
  order: 'asc',
  concurrency: 1,
  createdBy: 'ana',
  ...overrides,
});

/** A platform with an hourly job. */
async function given(overrides: Partial<Job> = {}, limits: Parameters<typeof testPlatform>[1] = {}) {
  const platform = testPlatform(db, limits);
  return { platform, job: await givenJob(platform, { schedule: '0 * * * *', ...overrides }) };
}

/** Delivers the messages of ticks. */
async function dispatchAll(platform: TestPlatform): Promise<void> {
  for (const tick of platform.ticks.splice(0)) await dispatchTick(platform, tick);
}

/** Executes the runs that have a message now. */
async function work(platform: TestPlatform, status: 'ok' | 'error' = 'ok'): Promise<void> {
  for (const message of platform.sent.splice(0))
    await processRunMessage(platform, async () => anOutcome({ status }), message);
}

/** Delivers and executes until no message is left. */
async function runAll(platform: TestPlatform): Promise<void> {
  while (platform.ticks.length + platform.sent.length > 0) {
    await dispatchAll(platform);
    await work(platform);
  }
}

/** Stores a counter of the tenant, whose next sweep is due in an hour. */
async function hastenable(platform: TestPlatform, { tenant }: Job): Promise<void> {
  const key = counterKey(tenant, { kind: 'tenant' });
  await put(db, db.tables.counters, { ...key, sweepAt: iso(platform.now() + HOUR_MS), sweepShard: '0' });
}

async function runsOf(job: Job): Promise<Run[]> {
  const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
  const rows = await listHistory(db, ref, { limit: 99, now: START });
  return rows.filter((row) => row.state !== 'skipped').sort((a, b) => a.number - b.number);
}

const ticksOf = async (job: Job) => (await runsOf(job)).map(({ scheduledAt }) => scheduledAt);

async function current(platform: TestPlatform, ref: BackfillRef): Promise<Backfill> {
  const found = await getBackfill(db, ref, platform.now());
  if (!found) throw new Error(`there is no backfill ${ref.id}`);
  return found;
}

describe('a backfill', () => {
  it('starts one run for each tick of its range, one after the other, and completes', async () => {
    const { platform, job } = await given();

    const created = await requestBackfill(platform, job, undefined, aRequest());

    expect(created).toMatchObject({ state: 'running', total: 3, done: 0, failed: 0 });
    await dispatchAll(platform);
    expect(await ticksOf(job)).toEqual(TICKS.slice(0, 1));
    await runAll(platform);
    expect(await runsOf(job)).toMatchObject(
      TICKS.map((scheduledAt) => ({ scheduledAt, trigger: 'manual', state: 'completed', backfill: created.id })),
    );
    expect(await current(platform, created)).toMatchObject({
      state: 'completed',
      done: 3,
      active: [],
      finishedAt: iso(START),
    });
  });

  it('starts the newest tick first in descending order', async () => {
    const { platform, job } = await given();

    await requestBackfill(platform, job, undefined, aRequest({ order: 'desc' }));
    await runAll(platform);

    expect(await ticksOf(job)).toEqual(TICKS.toReversed());
  });

  it('has as many active runs as its concurrency', async () => {
    const { platform, job } = await given();

    const created = await requestBackfill(platform, job, undefined, aRequest({ concurrency: 2 }));
    await dispatchAll(platform);

    expect(platform.sent).toHaveLength(2);
    expect(await current(platform, created)).toMatchObject({ active: [0, 1], position: 2 });
  });

  it.each([
    { concurrentRuns: 1, active: 1 },
    { concurrentRuns: 2, active: 1 },
    { concurrentRuns: 3, active: 2 },
  ])('leaves a slot of its tenant: $active active runs of $concurrentRuns', async ({ concurrentRuns, active }) => {
    const { platform, job } = await given({}, { concurrentRuns });

    await requestBackfill(platform, job, undefined, aRequest({ concurrency: 3 }));
    await dispatchAll(platform);

    expect((await runsOf(job)).map(({ waiting }) => waiting)).toEqual(Array.from({ length: active }, () => null));
    await runAll(platform);
    expect((await runsOf(job)).map(({ state }) => state)).toEqual(['completed', 'completed', 'completed']);
  });

  it('shares the slots with the other backfills of its tenant, and leaves one', async () => {
    const { platform, job } = await given({ overlapPolicy: 'allow' }, { concurrentRuns: 6 });
    const others = await Promise.all(
      ['second', 'third'].map((id) => givenJob(platform, { ...job, id, incarnation: `${id}0`.slice(0, 6) })),
    );
    const range = { from: iso(START - 20 * HOUR_MS), concurrency: 10 };
    for (const one of [job, ...others]) await requestBackfill(platform, one, undefined, aRequest(range));
    const active: number[] = [];

    for (let round = 0; platform.ticks.length + platform.sent.length > 0; round++) {
      await dispatchAll(platform);
      const runs = (await Promise.all([job, ...others].map(runsOf))).flat();
      active.push(runs.filter(({ state }) => state === 'queued').length);
      if (round < 3) await sweepBackfills(platform, job.tenant, always);
      await work(platform);
    }

    expect(Math.max(...active)).toBeLessThanOrEqual(5);
    for (const one of [job, ...others]) {
      expect((await runsOf(one)).filter(({ state }) => state === 'completed').length).toBeGreaterThan(0);
    }
  });

  it('chooses no tick while one of its runs waits for a slot', async () => {
    const { platform, job } = await given({ overlapPolicy: 'allow' }, { concurrentRuns: 4 });
    for (let i = 0; i < 3; i++) await triggerJob(platform, job);
    const from = iso(START - 9 * HOUR_MS);
    const created = await requestBackfill(platform, job, undefined, aRequest({ from, concurrency: 3 }));
    await dispatchAll(platform);
    const runs = (await runsOf(job)).filter(({ backfill }) => backfill !== null);
    await cancelRun(platform, runs[0] as Run, 'ana');

    await advanceBackfill(platform, created);

    expect(runs.map(({ waiting }) => waiting)).toEqual([null, 'limit', 'limit']);
    expect((await runsOf(job)).filter(({ waiting }) => waiting === 'limit')).toHaveLength(1);
    expect(await current(platform, created)).toMatchObject({ position: 3, active: [1, 2] });
  });

  it('goes on at once when a run expires in the line', async () => {
    const { platform, job } = await given({ expiresInSeconds: 60 }, { concurrentRuns: 1 });
    const other = await givenJob(platform, { tenant: job.tenant, id: 'other', schedule: null });
    await triggerJob(platform, other);
    const created = await requestBackfill(platform, job, undefined, aRequest());
    await dispatchAll(platform);
    platform.advance(MINUTE_MS);

    await work(platform);
    await dispatchAll(platform);

    expect(await runsOf(job)).toMatchObject([{ canceledBy: 'expiry' }, { state: 'queued', waiting: null }]);
    expect(await current(platform, created)).toMatchObject({ active: [1], position: 2 });
  });

  it.each(['skip', 'queue', 'replace', 'allow'] as const)(
    'takes no lock under the policy %s',
    async (overlapPolicy) => {
      const { platform, job } = await given({ overlapPolicy });
      const live = await triggerJob(platform, job);
      const before = await getJobState(db, job.tenant, job.id);

      await requestBackfill(platform, job, undefined, aRequest());
      await dispatchAll(platform);

      const after = await getJobState(db, job.tenant, job.id);
      expect([after?.lock, after?.waitingRun]).toEqual([before?.lock, null]);
      expect(platform.sent.map(({ ulid }) => ulid)).toEqual([live.ulid, (await runsOf(job))[1]?.ulid]);
      await runAll(platform);
      expect((await runsOf(job)).map(({ state }) => state)).toEqual([
        'completed',
        'completed',
        'completed',
        'completed',
      ]);
    },
  );

  it('leaves the schedule: a tick starts while its runs are active', async () => {
    const { platform, job } = await given({ overlapPolicy: 'skip' });
    await requestBackfill(platform, job, undefined, aRequest({ concurrency: 3 }));
    await dispatchAll(platform);

    await dispatchTick(platform, {
      v: 1,
      tenant: job.tenant,
      jobId: job.id,
      incarnation: job.incarnation,
      scheduledAt: iso(START),
    });

    expect((await runsOf(job)).at(-1)).toMatchObject({
      scheduledAt: iso(START),
      backfill: null,
      state: 'queued',
      waiting: null,
    });
  });

  it('has the intervals of a rate before the creation of its job', async () => {
    const { platform, job } = await given({ schedule: 'rate(90 minutes)', createdAt: iso(START - 30 * MINUTE_MS) });

    await requestBackfill(platform, job, undefined, aRequest({ from: iso(START - 4 * HOUR_MS), to: iso(START) }));
    await runAll(platform);

    expect(await ticksOf(job)).toEqual([210, 120, 30].map((minutes) => iso(START - minutes * MINUTE_MS)));
  });

  it('gives the runs of a rate before the creation of its job the payload of their schedule', async () => {
    const schedules = [
      { schedule: 'rate(1 hour)', timezone: 'UTC', payload: { from: 'rate' } },
      { schedule: '30 * * * *', timezone: 'UTC', payload: { from: 'cron' } },
    ];
    const createdAt = iso(START - 30 * MINUTE_MS);
    const { platform, job } = await given({ schedule: 'rate(1 hour)', schedules, createdAt });
    const range = { from: iso(START - 3 * HOUR_MS), to: iso(START - HOUR_MS) };

    await requestBackfill(platform, job, undefined, aRequest(range));
    await runAll(platform);

    const inputs = await Promise.all((await runsOf(job)).map((run) => getRunInput(db, run)));
    expect(inputs).toEqual([{ payload: { from: 'rate' } }, { payload: { from: 'rate' } }]);
  });

  it('counts runs that fail, and runs that are canceled', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());
    await dispatchAll(platform);
    await work(platform, 'error');
    await dispatchAll(platform);
    const [, second] = await runsOf(job);
    if (second) await cancelRun(platform, second, 'ana');

    await runAll(platform);

    expect(await current(platform, created)).toMatchObject({ state: 'completed', done: 1, failed: 1, canceled: 1 });
  });

  it('keeps a run active during its retries', async () => {
    const { platform, job } = await given({
      retry: { attempts: 2, backoff: 'fixed', delaySeconds: 0, maxDelaySeconds: 0 },
    });
    const created = await requestBackfill(platform, job, undefined, aRequest());
    await dispatchAll(platform);

    await work(platform, 'error');
    await advanceBackfill(platform, created);

    expect(await current(platform, created)).toMatchObject({ failed: 0, active: [0] });
    await runAll(platform);
    expect(await current(platform, created)).toMatchObject({ state: 'completed', done: 3 });
  });

  it('gives its input, tags and note to every run, and removes a large input at its end', async () => {
    const { platform, job } = await given();
    const input = { payload: 'x'.repeat(1_000) };

    const created = await requestBackfill(
      platform,
      job,
      undefined,
      aRequest({ input, tags: ['again'], note: 'fixed' }),
    );
    await runAll(platform);

    const runs = await runsOf(job);
    expect(await Promise.all(runs.map((run) => getRunInput(db, run)))).toEqual([input, input, input]);
    expect(runs).toMatchObject(TICKS.map(() => ({ tags: ['again'], note: 'fixed' })));
    expect(await get(db, db.tables.records, inputKey({ ...created, ulid: created.id }))).toBeUndefined();
  });

  it('leaves only its row when it is over, which expires after the retention, and the number of backfills', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());

    await runAll(platform);

    const rows = await query(db, db.tables.records, equals('pk', backfillsPartition(job.tenant)));
    expect(rows.map(({ sk }) => sk)).toEqual([
      `BACKFILL#${job.id}#${job.incarnation}#${created.id}`,
      'BACKFILLS-VERSION',
    ]);
    expect(await getBackfill(db, created, START + 31 * 24 * HOUR_MS)).toBeUndefined();
  });

  it('is created once for an idempotency key', async () => {
    const { platform, job } = await given();
    const first = await requestBackfill(platform, job, 'key', aRequest());

    const repeated = await requestBackfill(platform, job, 'key', aRequest());

    expect(repeated.id).toBe(first.id);
    await expect(requestBackfill(platform, job, 'key', aRequest({ concurrency: 2 }))).rejects.toThrow('another body');
  });

  it('can be redriven run by run when runs failed', async () => {
    const { platform, job } = await given();
    await requestBackfill(platform, job, undefined, aRequest({ concurrency: 3 }));
    await dispatchAll(platform);
    await work(platform, 'error');
    const [failed] = await runsOf(job);

    const redriver = new JobRedriver(platform, job, { dryRun: false, acknowledgedBy: 'ana' });
    const redriven = failed && (await redriver.redrive(failed));

    expect(redriven).toMatchObject({ kind: 'started' });
    expect((await runsOf(job)).at(-1)).toMatchObject({
      scheduledAt: TICKS[0],
      redrivenFrom: failed?.ulid,
      backfill: null,
    });
  });

  it('holds while its job is disabled, and continues by the sweep when the job is enabled', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());
    await dispatchAll(platform);
    await replaceJob(db, { ...job, enabled: false, version: 2 });
    await runAll(platform);
    const held = await current(platform, created);
    await replaceJob(db, { ...job, enabled: true, version: 3 });

    await sweepBackfills(platform, job.tenant, always);
    await runAll(platform);

    expect(held).toMatchObject({ state: 'running', done: 1, position: 1, active: [] });
    expect(await current(platform, created)).toMatchObject({ state: 'completed', done: 3 });
  });

  it('holds while a limit of its tenant is used up, instead of skipping its ticks', async () => {
    const { platform, job } = await given({}, { storedBytes: 0 });
    const created = await requestBackfill(testPlatform(db), job, undefined, aRequest());

    await advanceBackfill(platform, created);

    expect(await current(platform, created)).toMatchObject({ position: 0 });
    expect(await runsOf(job)).toEqual([]);
  });

  it('ends when its job is deleted', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());
    await dispatchAll(platform);
    await deleteJob(db, job, iso(platform.now()));

    await sweepTenant(platform, job.tenant);
    await runAll(platform);

    expect(await current(platform, created)).toMatchObject({
      state: 'canceled',
      canceledBy: 'job deleted',
      canceled: 1,
    });
    expect(await listOpenBackfills(db, job.tenant)).toEqual([]);
  });

  it('ends after a year', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());
    await controlBackfill(platform, created, 'pause', 'ana');
    platform.advance(366 * 24 * HOUR_MS);

    await sweepBackfills(platform, job.tenant, always);

    expect(await current(platform, created)).toMatchObject({ state: 'canceled', canceledBy: 'age: 365 days' });
  });

  it('leaves no missed tick if its message becomes a dead letter', async () => {
    const { platform, job } = await given();
    await requestBackfill(platform, job, undefined, aRequest());
    const [tick] = platform.ticks.splice(0);

    const record = toSqsRecord({ id: 'message', body: '', sentAt: START, receives: 5, visibleAt: START }, 'ticks');
    if (tick) await handleDeadLetteredTick(platform, tick, record);

    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    expect(await listHistory(db, ref, { limit: 9, now: START })).toEqual([]);
  });

  it('may have ten siblings at most that have not ended', async () => {
    const { platform, job } = await given();
    for (let i = 0; i < 10; i++) await requestBackfill(platform, job, undefined, aRequest());

    await expect(requestBackfill(platform, job, undefined, aRequest())).rejects.toThrow('may have 10 backfills');
  });

  it('may have ten siblings at most if several are requested at once', async () => {
    const { platform, job } = await given();
    for (let i = 0; i < 8; i++) await requestBackfill(platform, job, undefined, aRequest());

    const requests = Array.from({ length: 4 }, () => requestBackfill(platform, job, undefined, aRequest()));
    const results = await Promise.allSettled(requests);

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await listOpenBackfills(db, job.tenant)).toHaveLength(10);
  });
});

describe('controlBackfill', () => {
  it('pauses: active runs end and are counted, and no other starts until it is resumed', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());
    await dispatchAll(platform);

    await controlBackfill(platform, created, 'pause', 'ana');
    await runAll(platform);
    const paused = await current(platform, created);
    await controlBackfill(platform, created, 'resume', 'ana');
    await runAll(platform);

    expect(paused).toMatchObject({ state: 'paused', done: 1, active: [] });
    expect(await current(platform, created)).toMatchObject({ state: 'completed', done: 3 });
  });

  it('cancels: active runs are canceled, and no other starts', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest({ concurrency: 2 }));
    await dispatchAll(platform);

    const canceled = await controlBackfill(platform, created, 'cancel', 'ana');
    await runAll(platform);

    expect(canceled).toMatchObject({ state: 'canceled', canceledBy: 'ana' });
    expect(await current(platform, created)).toMatchObject({ canceled: 2, active: [], position: 2 });
    expect((await runsOf(job)).map(({ state, canceledBy }) => [state, canceledBy])).toEqual([
      ['canceled', 'ana'],
      ['canceled', 'ana'],
    ]);
    expect(await listOpenBackfills(db, job.tenant)).toEqual([]);
  });

  it('changes nothing when repeated, and rejects an action on an ended backfill', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());

    await controlBackfill(platform, created, 'cancel', 'ana');
    const repeated = await controlBackfill(platform, created, 'cancel', 'ben');

    expect(repeated?.canceledBy).toBe('ana');
    await expect(controlBackfill(platform, created, 'resume', 'ana')).rejects.toThrow(
      'Cannot resume canceled backfill',
    );
  });

  it('loses no pause to a step at the same time', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());
    const interrupted = interruptBefore(platform, { command: 'PutItemCommand', table: 'records' }, () =>
      controlBackfill(platform, created, 'pause', 'ana'),
    );

    await advanceBackfill(interrupted, created);

    expect(await current(platform, created)).toMatchObject({ state: 'paused', position: 0 });
    expect(await runsOf(job)).toEqual([]);
  });
});

describe('a backfill after faults', () => {
  it('counts a run once if its end is reported twice, and beside the sweep', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());
    await dispatchAll(platform);
    await work(platform);
    const [ended] = platform.ticks.splice(0);
    const interrupted = interruptBefore(platform, { command: 'PutItemCommand', table: 'records' }, () =>
      sweepBackfills(platform, job.tenant, always),
    );

    if (ended) {
      await dispatchTick(interrupted, ended);
      await dispatchTick(platform, ended);
    }

    expect(await current(platform, created)).toMatchObject({ done: 1, position: 2, active: [1] });
    expect(await ticksOf(job)).toEqual(TICKS.slice(0, 2));
  });

  it('starts no second run while a start is under way', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());
    const interrupted = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, () =>
      advanceBackfill(platform, created),
    );

    await advanceBackfill(interrupted, created);

    expect((await runsOf(job)).map(({ number }) => number)).toEqual([1]);
    expect(await getJobState(db, job.tenant, job.id)).toMatchObject({ runNumber: 1 });
  });

  it('is advanced by the sweep if a message is lost', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());
    platform.ticks.splice(0);

    for (let i = 0; i < 4; i++) {
      platform.advance(MINUTE_MS);
      await sweepTenant(platform, job.tenant);
      await work(platform);
      platform.ticks.splice(0);
    }

    expect(await current(platform, created)).toMatchObject({ state: 'completed', done: 3 });
  });

  it('costs the sweep of a tenant without backfills no query', async () => {
    const { platform, job } = await given();
    const listsOf = async () => {
      const lists: string[] = [];
      const recording = refusingDb(db, ({ command, input }) => {
        if (command === 'Query' && input.includes(backfillsPartition(job.tenant))) lists.push(input);
        return false;
      });
      await sweepTenant(withDb(platform, recording), job.tenant);
      return lists.length;
    };

    const before = await listsOf();
    await requestBackfill(platform, job, undefined, aRequest());

    expect(before).toBe(0);
    expect(await listsOf()).toBeGreaterThan(0);
  });

  it('makes the sweep due until it is over, except while it is paused', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());

    const running = await sweepBackfills(platform, job.tenant, always);
    await controlBackfill(platform, created, 'pause', 'ana');
    const paused = await sweepBackfills(platform, job.tenant, always);

    expect([running.at, paused.at]).toEqual([platform.now() + MINUTE_MS, null]);
  });

  it('makes the sweep due in an hour while its job is disabled', async () => {
    const { platform, job } = await given();
    await requestBackfill(platform, job, undefined, aRequest());
    await replaceJob(db, { ...job, enabled: false, version: 2 });

    const held = await sweepBackfills(platform, job.tenant, always);

    expect(held.at).toBe(platform.now() + HOUR_MS);
  });

  it('makes the sweep due before it is created, and a lost message then delays it by a minute', async () => {
    const { platform, job } = await given();
    await hastenable(platform, job);
    const crashing = interruptBefore(platform, { command: 'TransactWriteItemsCommand', table: 'records' }, () =>
      Promise.reject(new Error('crash')),
    );

    await requestBackfill(crashing, job, undefined, aRequest()).catch(() => undefined);

    expect(await getAgendaEntry(db, job.tenant)).toMatchObject({ sweepAt: platform.now() + MINUTE_MS });
  });

  it('makes the sweep due when it is resumed', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());
    await controlBackfill(platform, created, 'pause', 'ana');
    await hastenable(platform, job);

    await controlBackfill(platform, created, 'resume', 'ana');

    expect(await getAgendaEntry(db, job.tenant)).toMatchObject({ sweepAt: platform.now() + MINUTE_MS });
  });

  it('has one run for each tick after a crash at any call of its creation, its steps and the ends of its runs', async () => {
    for (const answerIsLost of [false, true]) {
      let isCrashed = true;
      for (let crashAtCall = 1; isCrashed; crashAtCall++) {
        const { platform, job } = await given({ overlapPolicy: 'queue' });
        const crashing = withDb(platform, faultyDb(db, { crashAtCall, answerIsLost }));
        isCrashed = await requestBackfill(crashing, job, 'key', aRequest({ input: { payload: 'x'.repeat(999) } }))
          .then(() => runAll(crashing))
          .then(
            () => false,
            () => true,
          );
        platform.advance(2 * MINUTE_MS);

        const created = await requestBackfill(platform, job, 'key', aRequest({ input: { payload: 'x'.repeat(999) } }));
        for (let sweeps = 0; sweeps < 8; sweeps++) {
          await runAll(platform);
          platform.advance(2 * MINUTE_MS);
          await sweepTenant(platform, job.tenant);
        }

        const { state, active, done, failed } = await current(platform, created);
        expect({ crashAtCall, answerIsLost, state, active, ended: done + failed }).toEqual({
          crashAtCall,
          answerIsLost,
          state: 'completed',
          active: [],
          ended: 3,
        });
        expect(new Set(await ticksOf(job))).toEqual(new Set(TICKS));
        expect(await runsOf(job)).toHaveLength(TICKS.length);
        expect(await getBackfillWithTicks(db, created)).toMatchObject({ ticks: undefined });
      }
    }
  });

  it('is canceled with its runs after a crash at any call of a cancellation', async () => {
    let isCrashed = true;
    for (let crashAtCall = 1; isCrashed; crashAtCall++) {
      const { platform, job } = await given();
      const created = await requestBackfill(platform, job, undefined, aRequest({ concurrency: 2 }));
      await dispatchAll(platform);
      const crashing = withDb(platform, faultyDb(db, { crashAtCall }));
      isCrashed = await controlBackfill(crashing, created, 'cancel', 'ana')
        .then(() => dispatchAll(crashing))
        .then(
          () => false,
          () => true,
        );

      await controlBackfill(platform, created, 'cancel', 'ana');
      for (let sweeps = 0; sweeps < 3; sweeps++) {
        platform.advance(MINUTE_MS);
        await sweepTenant(platform, job.tenant);
        await runAll(platform);
      }

      expect({ crashAtCall, ...(await current(platform, created)) }).toMatchObject({ active: [], canceled: 2 });
      expect(await listOpenBackfills(db, job.tenant)).toEqual([]);
    }
  });

  it('gives up a run without a row five minutes after its cancellation', async () => {
    const { platform, job } = await given();
    const created = await requestBackfill(platform, job, undefined, aRequest());
    const crashing = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, () =>
      Promise.reject(new Error('crash')),
    );
    await advanceBackfill(crashing, created).catch(() => undefined);
    await controlBackfill(platform, created, 'cancel', 'ana');
    await advanceBackfill(platform, created);
    const before = await current(platform, created);
    platform.advance(5 * MINUTE_MS);

    await sweepBackfills(platform, job.tenant, always);

    expect([before.active, (await current(platform, created)).active]).toEqual([[0], []]);
    expect(await runsOf(job)).toEqual([]);
  });
});
