import { describe, expect, it } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run, RunRef } from '../../functions/core/domain/run.ts';
import { NO_OPTIONS, type TriggerRequest } from '../../functions/core/domain/run-input.ts';
import { PRIORITIES, type Priority } from '../../functions/core/domain/run-priority.ts';
import { MINUTE_MS, SECOND_MS } from '../../functions/core/domain/timing.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelExpiredRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { moveRun } from '../../functions/core/engine/start/delay-run.ts';
import { startDelayedRun } from '../../functions/core/engine/start/start-delayed.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { getLimits } from '../../functions/core/store/limits.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';
import { recordCommands } from '../helpers/fakes/recording-db.ts';
import { refusingDb } from '../helpers/fakes/refusing-db.ts';
import { requireRun } from '../helpers/simulations/require-run.ts';

const db = memoryDb();

const trigger = (platform: TestPlatform, job: Job, request: Partial<TriggerRequest> = {}) =>
  triggerJob(platform, job, undefined, { ...NO_OPTIONS, ...request });

/** A platform of a tenant with one slot, whose job has runs at the same time. */
async function given(overrides: Partial<Job> = {}, concurrentRuns = 1) {
  const platform = testPlatform(db, { concurrentRuns });
  const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow', ...overrides });
  return { platform, job };
}

/** Executes the oldest run that has a message. */
async function workOne(platform: TestPlatform, outcome = anOutcome()): Promise<void> {
  const message = platform.sent.shift();
  if (message) await processRunMessage(platform, async () => outcome, message);
}

/** Executes all runs that have a message, and returns their ULIDs in order. */
async function work(platform: TestPlatform): Promise<readonly string[]> {
  const order: string[] = [];
  for (let next = platform.sent.shift(); next; next = platform.sent.shift()) {
    order.push(next.ulid);
    await processRunMessage(platform, async () => anOutcome(), next);
  }
  return order;
}

const stateOf = async (platform: TestPlatform, ref: RunRef) => {
  const { state, waiting, canceledBy } = await requireRun(platform, ref);
  return { state, waiting, canceledBy };
};
const EXPIRED = { state: 'canceled', waiting: null, canceledBy: 'expiry' };

describe('a run with a priority', () => {
  it('admits the most urgent run first, and the oldest of a priority first', async () => {
    const { platform, job } = await given();
    const first = await trigger(platform, job);
    const waiting: [Priority, Run][] = [];
    for (const priority of [5, 3, 1, 4, 2, 1, 3] as const) {
      platform.advance(SECOND_MS);
      waiting.push([priority, await trigger(platform, job, { priority })]);
    }

    const order = await work(platform);

    const expected = PRIORITIES.flatMap((wanted) => waiting.filter(([priority]) => priority === wanted));
    expect(order).toEqual([first.ulid, ...expected.map(([, { ulid }]) => ulid)]);
  });

  it('has the priority of its job unless its trigger names one', async () => {
    const { platform, job } = await given({ priority: 2 });

    const runs = [await trigger(platform, job), await trigger(platform, job, { priority: 5 })];

    expect(runs.map(({ priority }) => priority)).toEqual([2, 5]);
    expect(await getLimits(db, job.tenant, platform.defaultLimits)).toMatchObject({
      prioritiesSince: expect.any(String),
    });
  });

  it('keeps it when a retry comes to wait', async () => {
    const { platform, job } = await given({
      retry: { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 },
    });
    const urgent = await trigger(platform, job, { priority: 1 });
    await workOne(platform, anOutcome({ status: 'error', message: 'failed' }));
    const others = [await trigger(platform, job), await trigger(platform, job)];
    const [retry] = platform.sent.filter(({ ulid }) => ulid === urgent.ulid);
    platform.sent.splice(0);
    platform.advance(2 * SECOND_MS);

    await processRunMessage(platform, async () => anOutcome(), retry ?? urgent);
    platform.sent.push({ ...(others[0] as Run), delayMs: 0 } as never);

    expect(await stateOf(platform, urgent)).toMatchObject({ waiting: 'limit' });
    expect(await work(platform)).toEqual([others[0]?.ulid, urgent.ulid, others[1]?.ulid]);
  });

  it.each([{ overlapPolicy: 'allow' }, { overlapPolicy: 'skip' }] as const)(
    'finds the end of a run that was claimed before the first use of priorities, with the overlap policy $overlapPolicy',
    async (policy) => {
      const { platform, job } = await given(policy);
      const other = await givenJob(platform, { tenant: job.tenant, id: 'other', overlapPolicy: 'allow' });
      const first = await trigger(platform, job);
      const waiting: string[] = [];
      platform.sent.splice(0);

      await processRunMessage(
        platform,
        async () => {
          for (const priority of [5, 1] as const) waiting.unshift((await trigger(platform, other, { priority })).ulid);
          return anOutcome();
        },
        first,
      );

      expect(await work(platform)).toEqual(waiting);
    },
  );

  it('marks a run that was claimed before the first use of priorities once', async () => {
    const { platform, job } = await given();
    await trigger(platform, job);
    await trigger(platform, job, { priority: 1 });
    const { db: recorded, requests } = recordCommands(db);

    await trigger(withDb(platform, recorded), job, { priority: 1 });

    // The state of the job.
    expect(requests.filter((command) => command === 'UpdateItem')).toHaveLength(1);
  });

  it('costs the sweep of a tenant without priorities no queries', async () => {
    const linesOf = async (request: Partial<TriggerRequest>) => {
      const { platform, job } = await given();
      await trigger(platform, job);
      await trigger(platform, job, request);
      const lines: string[] = [];
      const recording = refusingDb(db, ({ command, input }) => {
        lines.push(...(command === 'Query' ? (/limit(?:-\d)?(?=")/.exec(input) ?? []) : []));
        return false;
      });
      await sweepTenant(withDb(platform, recording), job.tenant);
      return [...new Set(lines)].sort();
    };

    expect(await linesOf({})).toEqual(['limit']);
    expect(await linesOf({ priority: 1 })).toEqual(['limit', 'limit-1', 'limit-2', 'limit-4', 'limit-5']);
  });

  it('is executed in spite of a crash at any call of the run before it', async () => {
    for (let call = 1, crashed = true; crashed; call++) {
      const { platform, job } = await given();
      await trigger(platform, job);
      const urgent = await trigger(platform, job, { priority: 1 });
      const [message] = platform.sent.splice(0);
      const crashing = withDb(platform, faultyDb(db, { crashAtCall: call, answerIsLost: true }));
      crashed = await processRunMessage(crashing, async () => anOutcome(), message ?? urgent).then(
        () => false,
        (error: unknown) => error instanceof Crash,
      );

      for (let minute = 0; minute < 4; minute++) {
        platform.advance(2 * MINUTE_MS);
        await sweepTenant(platform, job.tenant);
        await work(platform);
      }

      expect(await stateOf(platform, urgent)).toMatchObject({ state: 'completed' });
    }
  });
});

describe('a run with an expiry', () => {
  it('is canceled by its claim if it is claimed too late', async () => {
    const { platform, job } = await given({ expiresInSeconds: 60 });
    const run = await trigger(platform, job);
    platform.advance(MINUTE_MS);

    await work(platform);

    expect(await stateOf(platform, run)).toEqual(EXPIRED);
  });

  it('starts a moment before its expiry', async () => {
    const { platform, job } = await given();
    const run = await trigger(platform, job, { expiresInSeconds: 60 });
    platform.advance(MINUTE_MS - 1);

    await work(platform);

    expect(await stateOf(platform, run)).toMatchObject({ state: 'completed' });
  });

  it('gives its place to the next one that waits for a slot', async () => {
    const { platform, job } = await given();
    await trigger(platform, job);
    const late = await trigger(platform, job, { expiresInSeconds: 60 });
    platform.advance(SECOND_MS);
    const next = await trigger(platform, job);
    platform.advance(MINUTE_MS);

    await workOne(platform);

    expect(await stateOf(platform, late)).toEqual(EXPIRED);
    expect(platform.sent).toMatchObject([{ ulid: next.ulid }]);
  });

  it('does not keep a slot empty for those behind it, however many expired together', async () => {
    const { platform, job } = await given();
    await trigger(platform, job);
    for (let late = 0; late < 30; late++) await trigger(platform, job, { expiresInSeconds: 60 });
    platform.advance(MINUTE_MS);
    const next = await trigger(platform, job);

    await workOne(platform);

    expect(platform.sent).toMatchObject([{ ulid: next.ulid }]);
  });

  it('is canceled by the sweep while it waits for a slot', async () => {
    const { platform, job } = await given();
    await trigger(platform, job);
    const run = await trigger(platform, job, { expiresInSeconds: 60, priority: 5 });
    platform.advance(MINUTE_MS);

    await sweepTenant(platform, job.tenant);

    expect(await stateOf(platform, run)).toEqual(EXPIRED);
  });

  it('is canceled by the sweep if its message was lost', async () => {
    const { platform, job } = await given();
    const run = await trigger(platform, job, { expiresInSeconds: 60 });
    platform.sent.splice(0);
    platform.advance(MINUTE_MS);

    await sweepTenant(platform, job.tenant);

    expect(await stateOf(platform, run)).toEqual(EXPIRED);
  });

  it('is canceled by the sweep while it waits for the lock, which goes to no one else', async () => {
    const { platform, job } = await given({ overlapPolicy: 'queue' }, 10);
    const first = await trigger(platform, job);
    const run = await trigger(platform, job, { expiresInSeconds: 60 });
    platform.advance(MINUTE_MS);

    await sweepTenant(platform, job.tenant);
    await work(platform);
    const next = await trigger(platform, job);
    await work(platform);

    expect(await stateOf(platform, run)).toEqual(EXPIRED);
    expect([await stateOf(platform, first), await stateOf(platform, next)]).toMatchObject([
      { state: 'completed' },
      { state: 'completed' },
    ]);
  });

  it('does not expire between its attempts', async () => {
    const { platform, job } = await given({
      expiresInSeconds: 60,
      retry: { attempts: 2, backoff: 'fixed', delaySeconds: 120, maxDelaySeconds: 120 },
    });
    const run = await trigger(platform, job);
    await workOne(platform, anOutcome({ status: 'error', message: 'failed' }));
    platform.advance(2 * MINUTE_MS);

    await sweepTenant(platform, job.tenant);
    await work(platform);

    expect(await stateOf(platform, run)).toMatchObject({ state: 'completed' });
  });

  it('is not canceled if its first attempt starts meanwhile', async () => {
    const { platform, job } = await given({}, 10);
    const seen = await trigger(platform, job, { expiresInSeconds: 60 });
    await processRunMessage(
      platform,
      async () => {
        await cancelExpiredRun(platform, seen);
        return anOutcome();
      },
      seen,
    );

    expect(await stateOf(platform, seen)).toMatchObject({ state: 'completed', canceledBy: null });
  });

  it('is not canceled between its attempts by a process that read it before', async () => {
    const { platform, job } = await given({
      retry: { attempts: 2, backoff: 'fixed', delaySeconds: 120, maxDelaySeconds: 120 },
    });
    const seen = await trigger(platform, job, { expiresInSeconds: 60 });
    await workOne(platform, anOutcome({ status: 'error', message: 'failed' }));

    await cancelExpiredRun(platform, seen);

    expect(await stateOf(platform, seen)).toMatchObject({ state: 'queued' });
  });

  it('leaves no place behind after a crash at any call of its cancellation', async () => {
    for (let call = 1, crashed = true; crashed; call++) {
      const { platform, job } = await given({ overlapPolicy: 'queue' });
      const run = await trigger(platform, job, { expiresInSeconds: 60 });
      const next = await trigger(platform, job);
      const [message] = platform.sent.splice(0);
      platform.advance(MINUTE_MS);
      const crashing = withDb(platform, faultyDb(db, { crashAtCall: call, answerIsLost: true }));
      crashed = await processRunMessage(crashing, async () => anOutcome(), message ?? run).then(
        () => false,
        (error: unknown) => error instanceof Crash,
      );

      for (let minute = 0; minute < 4; minute++) {
        platform.advance(2 * MINUTE_MS);
        await sweepTenant(platform, job.tenant);
        await work(platform);
      }

      expect(await stateOf(platform, run)).toEqual(EXPIRED);
      expect(await stateOf(platform, next)).toMatchObject({ state: 'completed' });
    }
  });
});

describe('a delayed run with an expiry', () => {
  const inMs = (platform: TestPlatform, ms: number) => new Date(platform.now() + ms).toISOString();
  const givenDelayed = async () => {
    const { platform, job } = await given();
    const delay = { runAt: inMs(platform, 10 * MINUTE_MS) };
    return { platform, job, run: await trigger(platform, job, { expiresInSeconds: 60, delay }) };
  };

  it('counts from its start', async () => {
    const { platform, run } = await givenDelayed();

    platform.advance(10 * MINUTE_MS + 30 * SECOND_MS);
    await startDelayedRun(platform, run);
    await work(platform);

    expect(run.expiresAt).toBe(new Date(Date.parse(run.runAt ?? '') + MINUTE_MS).toISOString());
    expect(await stateOf(platform, run)).toMatchObject({ state: 'completed' });
  });

  it('is canceled if its start is overdue by more', async () => {
    const { platform, run } = await givenDelayed();

    platform.advance(11 * MINUTE_MS);
    await startDelayedRun(platform, run);

    expect(await stateOf(platform, run)).toEqual(EXPIRED);
  });

  it('is moved with its start', async () => {
    const { platform, run } = await givenDelayed();
    const runAt = inMs(platform, 20 * MINUTE_MS);

    const moved = await moveRun(platform, run, runAt);

    expect(moved.run).toMatchObject({ runAt, expiresAt: new Date(Date.parse(runAt) + MINUTE_MS).toISOString() });
  });
});
