import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CatchUp, NO_CATCH_UP } from '../../functions/core/domain/catch-up.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import { addPause, endPause } from '../../functions/core/domain/pause.ts';
import { tickUlid } from '../../functions/core/domain/run-id.ts';
import { HOUR_MS, MINUTE_MS } from '../../functions/core/domain/timing.ts';
import { handleDeadLetteredTick } from '../../functions/core/engine/dead-letter/handle-tick.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { dispatchTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { changePauses } from '../../functions/core/engine/start/pause-job.ts';
import { sweepBackfills } from '../../functions/core/engine/sweep/sweep-backfills.ts';
import { sweepMissedTicks } from '../../functions/core/engine/sweep/sweep-missed-ticks.ts';
import { listBackfills } from '../../functions/core/store/backfills.ts';
import { advanceTickWatermark, getJobState } from '../../functions/core/store/job-states.ts';
import { getRun, getTickRows } from '../../functions/core/store/runs.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { faultyDb } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { toSqsRecord } from '../helpers/fakes/memory-queue.ts';
import { START, type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { iterations } from '../helpers/iterations.ts';

/** Ticks that were missed, of jobs that catch up. */

const db = memoryDb();
const iso = (time: number) => new Date(time).toISOString();
const always = () => true;
const ALL: CatchUp = { ...NO_CATCH_UP, mode: 'all' };
const LAST: CatchUp = { ...NO_CATCH_UP, mode: 'last' };

/** Returns the time of the hourly tick `index` after the start of the test clock. */
const tick = (index: number) => iso(START + index * HOUR_MS);

/** An hourly job whose ticks are covered until `START`, some hours and 30 minutes later. */
async function given(catchUp: CatchUp, hours: number, overrides: Partial<Job> = {}) {
  const platform = testPlatform(db);
  const job = await givenJob(platform, { schedule: '0 * * * *', catchUp, ...overrides });
  await advanceTickWatermark(db, job, iso(START));
  platform.advance(hours * HOUR_MS + 30 * MINUTE_MS);
  return { platform, job };
}

const refOf = ({ tenant, id: jobId, incarnation }: Job) => ({ tenant, jobId, incarnation });
const dispatch = (platform: TestPlatform, job: Job, scheduledAt: string) =>
  dispatchTick(platform, { v: 1, ...refOf(job), scheduledAt });

async function stateOf(job: Job) {
  const state = await getJobState(db, job.tenant, job.id);
  if (!state) throw new Error('no state');
  return state;
}

const sweepOnce = async (platform: TestPlatform, job: Job) => sweepMissedTicks(platform, job, await stateOf(job));

/** Sweeps until nothing is due. */
async function sweep(platform: TestPlatform, job: Job): Promise<void> {
  for (let due: number | null = 0; due !== null && due <= platform.now(); ) due = await sweepOnce(platform, job);
}

/** Delivers and executes until no message is left. Returns the scheduled times of the executed runs, in their order. */
async function drain(platform: TestPlatform): Promise<string[]> {
  const executed: string[] = [];
  while (platform.ticks.length + platform.sent.length > 0) {
    for (const message of platform.ticks.splice(0)) await dispatchTick(platform, message);
    for (const message of platform.sent.splice(0)) {
      const run = await getRun(db, message);
      const execute = async () => {
        executed.push(run?.scheduledAt ?? '');
        return anOutcome();
      };
      await processRunMessage(platform, execute, message);
    }
  }
  return executed;
}

/** Returns the state of the run of each tick, the reason of a tick that was skipped, or `none`. */
async function rowsOf(job: Job, ticks: readonly string[]): Promise<string[]> {
  const rows = await getTickRows(
    db,
    refOf(job),
    ticks.map((scheduledAt) => tickUlid(refOf(job), scheduledAt)),
  );
  return rows.map((row) => row?.run?.state ?? row?.skipped?.reason ?? 'none');
}

const backfillsOf = (platform: TestPlatform, job: Job) =>
  listBackfills(db, refOf(job), { limit: 100, before: null, now: platform.now() });

describe('a job that catches up all ticks', () => {
  it('runs every missed tick, oldest first, one after the other', async () => {
    const { platform, job } = await given(ALL, 3);

    await sweep(platform, job);

    expect(await drain(platform)).toEqual([tick(1), tick(2), tick(3)]);
    expect(await rowsOf(job, [tick(1), tick(2), tick(3)])).toEqual(['completed', 'completed', 'completed']);
    expect((await stateOf(job)).ticksThrough).toBe(tick(3));
    expect(await backfillsOf(platform, job)).toMatchObject([
      { cause: 'catch_up', state: 'completed', done: 3, skipped: 0, createdBy: null },
    ]);
  });

  it('records ticks outside its window, and all but the newest of its limit, as missed', async () => {
    const { platform, job } = await given({ ...ALL, windowSeconds: (4 * HOUR_MS) / 1_000, limit: 2 }, 6);

    await sweep(platform, job);

    expect(await drain(platform)).toEqual([tick(5), tick(6)]);
    expect(await rowsOf(job, [1, 2, 3, 4, 5].map(tick))).toEqual(['missed', 'missed', 'missed', 'missed', 'completed']);
  });

  it('leaves ticks that have a row', async () => {
    const { platform, job } = await given(ALL, 0);
    platform.advance(-30 * MINUTE_MS + HOUR_MS);
    await dispatch(platform, job, tick(1));
    await drain(platform);
    platform.advance(HOUR_MS + 30 * MINUTE_MS);

    await sweep(platform, job);

    expect(await drain(platform)).toEqual([tick(2)]);
  });

  it('makes one run of a tick whose message is late, and of the sweep', async () => {
    const { platform, job } = await given(ALL, 2);

    await dispatch(platform, job, tick(1));
    const before = await rowsOf(job, [tick(1)]);
    await sweep(platform, job);
    await dispatch(platform, job, tick(2));

    expect(before).toEqual(['none']);
    expect(await drain(platform)).toEqual([tick(1), tick(2)]);
    await dispatch(platform, job, tick(2));
    expect(await drain(platform)).toEqual([]);
  });

  it('leaves a tick that became a dead letter to the sweep', async () => {
    const { platform, job } = await given(ALL, 1);
    const message = { v: 1, ...refOf(job), scheduledAt: tick(1) } as const;
    const record = toSqsRecord({ id: 'message', body: '', sentAt: START, receives: 5, visibleAt: START }, 'ticks');

    await handleDeadLetteredTick(platform, message, record);
    await sweep(platform, job);

    expect(await drain(platform)).toEqual([tick(1)]);
  });

  it('makes up each tick once under two sweeps at the same time', async () => {
    const { platform, job } = await given(ALL, 3);
    const state = await stateOf(job);
    const slow = interruptBefore(platform, { command: 'TransactWriteItemsCommand' }, async () => {
      platform.advance(HOUR_MS);
      await sweepMissedTicks(platform, job, state);
    });

    await sweepMissedTicks(slow, job, state);
    await sweep(platform, job);

    expect(await drain(platform)).toEqual([tick(1), tick(2), tick(3), tick(4)]);
    expect((await backfillsOf(platform, job)).map(({ total }) => total)).toEqual([1, 3]);
  });

  it('runs later missed ticks after those of an earlier catch-up', async () => {
    const { platform, job } = await given(ALL, 2);
    await sweep(platform, job);
    platform.advance(2 * HOUR_MS);
    await sweep(platform, job);
    platform.ticks.reverse();

    expect(await drain(platform)).toEqual([1, 2, 3, 4].map(tick));
  });

  it.each(['skip', 'queue', 'replace', 'allow'] as const)(
    'loses no tick under the policy %s',
    async (overlapPolicy) => {
      const { platform, job } = await given(ALL, 2, { overlapPolicy });
      platform.advance(30 * MINUTE_MS);
      await dispatch(platform, job, tick(3));

      await sweep(platform, job);

      expect((await drain(platform)).sort()).toEqual([tick(1), tick(2), tick(3)]);
    },
  );

  it('makes up the ticks of a pause after it', async () => {
    const { platform, job } = await given(ALL, 0);
    await changePauses(platform, job, (pauses) => addPause(pauses, iso(platform.now()), null));
    platform.advance(30 * MINUTE_MS);
    await dispatch(platform, job, tick(1));
    platform.advance(HOUR_MS + 30 * MINUTE_MS);
    await sweep(platform, job);
    const during = [await rowsOf(job, [tick(1), tick(2)]), await drain(platform)];
    await changePauses(platform, job, (pauses) => endPause(pauses, iso(platform.now())));

    await sweep(platform, job);

    expect(during).toEqual([['none', 'none'], []]);
    expect(await drain(platform)).toEqual([tick(1), tick(2)]);
  });
});

describe('a job that catches up the last tick', () => {
  it('runs the newest missed tick, and records the others as missed', async () => {
    const { platform, job } = await given(LAST, 3);

    await sweep(platform, job);

    expect(await drain(platform)).toEqual([tick(3)]);
    expect(await rowsOf(job, [tick(1), tick(2), tick(3)])).toEqual(['missed', 'missed', 'completed']);
  });
});

describe('a catch-up', () => {
  it.each([false, true])(
    'loses and repeats no tick after a crash at any call (answer lost: %s)',
    async (answerIsLost) => {
      for (let crashAtCall = 1; ; crashAtCall++) {
        const { platform, job } = await given({ ...ALL, limit: 2 }, 4);
        const crashing = withDb(platform, faultyDb(db, { crashAtCall, answerIsLost }));
        const isWhole = await sweep(crashing, job).then(
          () => true,
          () => false,
        );
        if (isWhole) break;
        platform.advance(MINUTE_MS);

        await sweep(platform, job);
        await sweepBackfills(platform, job.tenant, always);

        expect(await drain(platform), `call ${crashAtCall}`).toEqual([tick(3), tick(4)]);
        expect(await rowsOf(job, [1, 2, 3, 4].map(tick))).toEqual(['missed', 'missed', 'completed', 'completed']);
      }
    },
  );

  it('runs exactly the ticks that an oracle selects, for any delivered ticks, bounds and mode', async () => {
    const cases = fc.record({
      delivered: fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
      mode: fc.constantFrom('none', 'last', 'all'),
      window: fc.integer({ min: 1, max: 14 }),
      limit: fc.integer({ min: 1, max: 6 }),
    });

    await fc.assert(
      fc.asyncProperty(cases, async ({ delivered, mode, window, limit }) => {
        const rule = { mode, limit, windowSeconds: (window * HOUR_MS) / 1_000 } as CatchUp;
        const { platform, job } = await given(rule, 0);
        platform.advance(-30 * MINUTE_MS);
        for (const [i, isDelivered] of delivered.entries()) {
          platform.advance(HOUR_MS);
          if (isDelivered) await dispatch(platform, job, tick(i + 1));
          await drain(platform);
        }
        platform.advance(30 * MINUTE_MS);

        await sweep(platform, job);
        const executed = await drain(platform);

        const missed = delivered.flatMap((isDelivered, i) => (isDelivered ? [] : [i + 1]));
        const recent = missed.filter(
          (index) => (delivered.length - index) * HOUR_MS + 30 * MINUTE_MS <= window * HOUR_MS,
        );
        const count = { none: 0, last: 1, all: limit }[rule.mode];
        const expected = count === 0 ? [] : recent.slice(-count);
        expect(executed).toEqual(expected.map(tick));
        const others = missed.filter((index) => !expected.includes(index));
        expect(await rowsOf(job, others.map(tick))).toEqual(others.map(() => 'missed'));
      }),
      { seed: Number(process.env.TEST_SEED ?? 20_261_130), numRuns: iterations(40, 500) },
    );
  });
});
