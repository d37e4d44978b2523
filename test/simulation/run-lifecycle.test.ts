import { describe, expect, it, vi } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import { NO_RESULT, type Run, type RunRef } from '../../functions/core/domain/run.ts';
import { REMOVAL_MS } from '../../functions/core/domain/run-removal.ts';
import { DAY_MS } from '../../functions/core/domain/timing.ts';
import { claimQueuedRun } from '../../functions/core/engine/execute/claim-run.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelAndWait, cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { dispatchTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { inspectLock } from '../../functions/core/engine/start/overlap-lock.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { query, removeMany } from '../../functions/core/store/db.ts';
import { equals } from '../../functions/core/store/expression.ts';
import { advanceTickWatermark, getJobState } from '../../functions/core/store/job-states.ts';
import { type Key, runPartition } from '../../functions/core/store/keys.ts';
import { listHistory } from '../../functions/core/store/run-lists.ts';
import { finishRun, getRun } from '../../functions/core/store/runs.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { waitForAssertion } from '../helpers/wait.ts';

const store = { db: memoryDb() };

const MINUTE = 60_000;
const iso = (time: number) => new Date(time).toISOString();
const tickOf = (job: Job, scheduledAt: string) =>
  ({ v: 1, tenant: job.tenant, jobId: job.id, incarnation: job.incarnation, scheduledAt }) as const;
const refOf = (job: Job) => ({ tenant: job.tenant, jobId: job.id, incarnation: job.incarnation });

/**
 * Processes all run messages, including those that the processing sends.
 *
 * @returns the number of processed messages
 */
async function drain(platform: TestPlatform, outcome = anOutcome()): Promise<number> {
  let worked = 0;
  for (let next = platform.sent.shift(); next; next = platform.sent.shift()) {
    worked++;
    await processRunMessage(platform, async () => outcome, next);
  }
  return worked;
}

async function history(platform: TestPlatform, job: Job) {
  return (await listHistory(platform.db, refOf(job), { limit: 1_000, now: platform.now() })).reverse();
}

/** Takes the sent run message from the queue. */
function taken(platform: TestPlatform): RunRef {
  const [message] = platform.sent.splice(0);
  if (!message) throw new Error('no message was sent');
  return message;
}

/** Wraps a platform and holds back every call of one command until `resume`. */
function stallingAt(platform: TestPlatform, command: string) {
  const gate = Promise.withResolvers<void>();
  const { client } = platform.db;
  const send = async (sent: Parameters<typeof client.send>[0]) => {
    if (sent.constructor.name === command) await gate.promise;
    return client.send(sent);
  };
  const db = { ...platform.db, client: { send } as unknown as typeof client };
  return { stalling: { ...platform, db }, resume: gate.resolve };
}

/** Wraps a platform and fails at the nth store call, before it is made or after it (response lost). */
function crashingAt(platform: TestPlatform, n: number, when: 'before' | 'after'): TestPlatform {
  let calls = 0;
  const send = async (command: Parameters<typeof platform.db.client.send>[0]) => {
    calls++;
    if (calls === n && when === 'before') throw new Error('crash');
    const answer: unknown = await platform.db.client.send(command);
    if (calls === n) throw new Error('crash');
    return answer;
  };
  return { ...platform, db: { ...platform.db, client: { send } as unknown as typeof platform.db.client } };
}

/** Returns the status of a job's lock for a new run. */
async function lockStatus(platform: TestPlatform, job: Job) {
  const state = await getJobState(platform.db, job.tenant, job.id);
  return state && (await inspectLock(platform, job, state, '')).status;
}

describe('dispatch', () => {
  it('creates one run for a tick, with its number, lock and message', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);

    await dispatchTick(platform, tickOf(job, iso(START)));

    const [run] = (await history(platform, job)) as [Run];
    expect(run).toMatchObject({ state: 'queued', number: 1, trigger: 'schedule', scheduledAt: iso(START), attempt: 0 });
    expect(await getJobState(store.db, job.tenant, job.id)).toMatchObject({ lock: { ulid: run.ulid, number: 1 } });
    expect(platform.sent).toMatchObject([{ ulid: run.ulid }]);
  });

  it('creates one run for a tick that is delivered several times, at once and after the run has ended', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const tick = tickOf(job, iso(START));

    await Promise.all(Array.from({ length: 5 }, () => dispatchTick(platform, tick)));
    await drain(platform);
    await dispatchTick(platform, tick);
    await drain(platform);

    expect(await history(platform, job)).toMatchObject([{ state: 'completed', attempt: 1 }]);
    expect(await lockStatus(platform, job)).toBe('free');
  });

  it('skips a tick while a run of the job is active, and keeps it skipped on redelivery', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    await dispatchTick(platform, tickOf(job, iso(START)));

    await dispatchTick(platform, tickOf(job, iso(START + MINUTE)));
    await drain(platform);
    await dispatchTick(platform, tickOf(job, iso(START + MINUTE)));

    const rows = await history(platform, job);
    expect(rows.map(({ state, number }) => [state, number])).toEqual([
      ['completed', 1],
      ['skipped', 2],
    ]);
    expect(rows[1]).toMatchObject({ reason: 'overlap' });
  });

  it('skips a late tick and a tick of a disabled job, and ignores a tick of a deleted job', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const disabled = await givenJob(platform, { enabled: false });

    await dispatchTick(platform, tickOf(job, iso(START - 11 * MINUTE)));
    await dispatchTick(platform, tickOf(disabled, iso(START)));
    await dispatchTick(platform, { ...tickOf(job, iso(START)), incarnation: 'gone0000' });

    expect(await history(platform, job)).toMatchObject([{ state: 'skipped', reason: 'late' }]);
    expect(await history(platform, disabled)).toMatchObject([{ state: 'skipped', reason: 'disabled' }]);
  });

  it("delays a tick once by the job's jitter", async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { jitterSeconds: 300 });

    await dispatchTick(platform, tickOf(job, iso(START)));
    const [held] = platform.ticks as Parameters<typeof dispatchTick>[1][];
    await dispatchTick(platform, held as NonNullable<typeof held>);

    expect(held).toMatchObject({ jittered: true });
    expect(platform.ticks).toHaveLength(1);
    expect(await history(platform, job)).toMatchObject([{ state: 'queued' }]);
  });
});

describe('a crash at each call of the dispatcher', () => {
  // Exceeds the calls of one dispatch, so that the last iterations do not crash.
  const CALLS = 9;
  for (const when of ['before', 'after'] as const) {
    it(`creates one run from the redelivered tick and frees the lock, with the crash ${when} the call`, async () => {
      const seen = new Set<number>();
      for (let n = 1; n <= CALLS; n++) {
        const platform = testPlatform(store.db);
        const job = await givenJob(platform);
        const tick = tickOf(job, iso(START));

        await dispatchTick(crashingAt(platform, n, when), tick).catch(() => seen.add(n));
        await dispatchTick(platform, tick);
        await drain(platform);

        expect(await history(platform, job), `crash ${when} call ${n}`).toMatchObject([
          { state: 'completed', number: 1 },
        ]);
        expect(await lockStatus(platform, job), `crash ${when} call ${n}`).toBe('free');
      }
      expect(seen.size).toBeGreaterThanOrEqual(4);
    });

    it(`leaves the tick to the sweeper if its message is lost, with the crash ${when} the call`, async () => {
      for (let n = 1; n <= CALLS; n++) {
        const platform = testPlatform(store.db);
        const job = await givenJob(platform, { endAt: iso(START) });
        await advanceTickWatermark(store.db, job, iso(START - MINUTE));

        await dispatchTick(crashingAt(platform, n, when), tickOf(job, iso(START))).catch(() => {});
        platform.sent.length = 0;
        for (let minute = 0; minute < 15; minute++) {
          platform.advance(MINUTE);
          await sweepTenant(platform, job.tenant);
          await drain(platform);
        }

        const rows = await history(platform, job);
        expect(rows, `crash ${when} call ${n}`).toHaveLength(1);
        expect(['completed', 'skipped']).toContain(rows[0]?.state);
        expect(await lockStatus(platform, job), `crash ${when} call ${n}`).toBe('free');
      }
    });
  }
});

describe('a crash at each call of the worker', () => {
  const CALLS = 16;
  for (const when of ['before', 'after'] as const) {
    it(`ends the run once, frees the lock and runs the next tick, with the crash ${when} the call`, async () => {
      let crashes = 0;
      for (let n = 1; n <= CALLS; n++) {
        const platform = testPlatform(store.db);
        const job = await givenJob(platform);
        await dispatchTick(platform, tickOf(job, iso(START)));
        const message = taken(platform);

        await processRunMessage(crashingAt(platform, n, when), async () => anOutcome(), message).catch(() => crashes++);
        for (let minute = 0; minute < 4; minute++) {
          platform.advance(MINUTE);
          await sweepTenant(platform, job.tenant);
          await drain(platform);
        }
        await dispatchTick(platform, tickOf(job, iso(platform.now())));
        await drain(platform);

        const rows = await history(platform, job);
        expect(rows.map((row) => row.state)[1], `crash ${when} call ${n}`).toBe('completed');
        expect(['completed', 'failed'], `crash ${when} call ${n}`).toContain(rows[0]?.state);
        expect(await lockStatus(platform, job), `crash ${when} call ${n}`).toBe('free');
      }
      expect(crashes).toBeGreaterThanOrEqual(5);
    });
  }
});

describe('work', () => {
  it('executes the run once if its message is delivered several times', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    await dispatchTick(platform, tickOf(job, iso(START)));
    const message = taken(platform);
    let executed = 0;
    const execute = async () => {
      executed++;
      return anOutcome();
    };

    await Promise.all([1, 2, 3, 4].map(() => processRunMessage(platform, execute, message)));
    await processRunMessage(platform, execute, message);

    expect(executed).toBe(1);
  });

  it('writes nothing after the sweeper has failed the run as lost', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    await dispatchTick(platform, tickOf(job, iso(START)));
    const message = taken(platform);

    await processRunMessage(
      platform,
      async () => {
        platform.advance(61_000);
        await sweepTenant(platform, job.tenant);
        return anOutcome();
      },
      message,
    );

    const run = await getRun(store.db, message);
    expect(run).toMatchObject({ state: 'failed', failure: { kind: 'lost' }, exitCode: null, stdout: '' });
    expect(platform.logged.map(({ message: text }) => text)).toContain('run.lease_lost');
  });

  it('does not change the following attempt after losing the lease', async () => {
    const platform = testPlatform(store.db);
    const retry = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;
    const job = await givenJob(platform, { retry });
    await dispatchTick(platform, tickOf(job, iso(START)));
    const message = taken(platform);

    await processRunMessage(
      platform,
      async () => {
        platform.advance(61_000);
        await sweepTenant(platform, job.tenant);
        platform.advance(1_000);
        await drain(platform, anOutcome({ exitCode: 0, itemsProcessed: 7 }));
        return anOutcome({ status: 'error', exitCode: 1, message: 'exit code 1' });
      },
      message,
    );

    expect(await getRun(store.db, message)).toMatchObject({ state: 'completed', attempt: 2, itemsProcessed: 7 });
  });

  it("retries a failed run with the job's delays until its attempts are used up", async () => {
    const platform = testPlatform(store.db);
    const retry = { attempts: 3, backoff: 'exponential', delaySeconds: 10, maxDelaySeconds: 3_600 } as const;
    const job = await givenJob(platform, { retry });
    await dispatchTick(platform, tickOf(job, iso(START)));
    const failing = anOutcome({ status: 'error', exitCode: 3, message: 'exit code 3' });
    const delays: number[] = [];

    for (let next = platform.sent.shift(); next; next = platform.sent.shift()) {
      delays.push(next.delayMs);
      platform.advance(next.delayMs);
      await processRunMessage(platform, async () => failing, next);
    }

    expect(delays).toEqual([0, 7_500, 15_000]);
    const failure = { kind: 'error', message: 'exit code 3' };
    expect(await history(platform, job)).toMatchObject([{ state: 'failed', attempt: 3, exitCode: 3, failure }]);
  });

  it('leaves a retry to the sweeper if its delay exceeds the maximum of SQS', async () => {
    const platform = testPlatform(store.db);
    const retry = { attempts: 2, backoff: 'fixed', delaySeconds: 3_600, maxDelaySeconds: 3_600 } as const;
    const job = await givenJob(platform, { retry });
    await dispatchTick(platform, tickOf(job, iso(START)));
    await drain(platform, anOutcome({ status: 'error', exitCode: 1, message: 'exit code 1' }));

    platform.advance(20 * MINUTE);
    await sweepTenant(platform, job.tenant);
    const early = await drain(platform);
    platform.advance(30 * MINUTE);
    await sweepTenant(platform, job.tenant);
    await drain(platform);

    expect(early).toBe(0);
    expect(await history(platform, job)).toMatchObject([{ state: 'completed', attempt: 2 }]);
  });
});

describe('the concurrency limit of a tenant', () => {
  it('holds during a burst, and all queued runs complete', async () => {
    const platform = testPlatform(store.db, { concurrentRuns: 2 });
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    await Promise.all(Array.from({ length: 8 }, () => triggerJob(platform, job)));
    let running = 0;
    let most = 0;
    const execute = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      return anOutcome();
    };

    // Runs that are admitted beyond the limit would make each other wait in every round.
    for (let round = 0; round < 50 && platform.sent.length > 0; round++) {
      await Promise.all(platform.sent.splice(0).map((message) => processRunMessage(platform, execute, message)));
    }

    expect(most).toBe(2);
    const states = (await history(platform, job)).map(({ state }) => state);
    expect(states).toEqual(Array.from({ length: 8 }, () => 'completed'));
  });
});

describe('an overlap policy', () => {
  it('`queue` holds one run back, rejects the next, and starts the held run after the first has ended', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { overlapPolicy: 'queue' });
    for (const minute of [0, 1, 2]) await dispatchTick(platform, tickOf(job, iso(START + minute * MINUTE)));

    const before = (await history(platform, job)).map((row) => ('waiting' in row ? row.waiting : row.reason));
    await drain(platform);

    expect(before).toEqual([null, 'overlap', 'overlap']);
    expect((await history(platform, job)).map(({ state }) => state)).toEqual(['completed', 'completed', 'skipped']);
    expect(await lockStatus(platform, job)).toBe('free');
    expect(await getJobState(store.db, job.tenant, job.id)).toMatchObject({ waitingRun: null });
  });

  it('`queue` frees the place of a run that was never stored', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { overlapPolicy: 'queue', schedule: null });
    await triggerJob(platform, job);
    const { stalling } = stallingAt(platform, 'PutItemCommand');
    void triggerJob(stalling, job); // simulates a crash between reserving the place and storing the run
    await waitForAssertion(async () =>
      expect((await getJobState(store.db, job.tenant, job.id))?.waitingRun).not.toBeNull(),
    );
    await expect(triggerJob(platform, job)).rejects.toMatchObject({ kind: 'conflict' });

    platform.advance(2 * MINUTE);
    await sweepTenant(platform, job.tenant);

    const waiting = await triggerJob(platform, job);
    expect(waiting).toMatchObject({ waiting: 'overlap' });
    expect(await getJobState(store.db, job.tenant, job.id)).toMatchObject({ waitingRun: { ulid: waiting.ulid } });
  });

  it('`replace` cancels a queued run and starts the new one', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { overlapPolicy: 'replace' });
    for (const minute of [0, 1, 2]) await dispatchTick(platform, tickOf(job, iso(START + minute * MINUTE)));
    await drain(platform);

    expect((await history(platform, job)).map(({ state }) => state)).toEqual(['canceled', 'canceled', 'completed']);
  });

  it('`replace` stops a running run and starts the new one after its end', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { overlapPolicy: 'replace' });
    await dispatchTick(platform, tickOf(job, iso(START)));
    const first = taken(platform);

    await processRunMessage(
      platform,
      async () => {
        await dispatchTick(platform, tickOf(job, iso(START + MINUTE)));
        expect(platform.sent).toEqual([]);
        return anOutcome({ status: 'aborted', exitCode: null });
      },
      first,
    );
    await drain(platform);

    expect((await history(platform, job)).map(({ state }) => state)).toEqual(['canceled', 'completed']);
  });

  it('makes a run wait if its lock was taken over before it was stored', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const { stalling, resume } = stallingAt(platform, 'PutItemCommand');
    // The dispatcher stalls for over a minute between taking the lock and storing the run. The next tick takes over the
    // lock.
    const stalled = dispatchTick(stalling, tickOf(job, iso(START)));
    await waitForAssertion(async () => expect((await getJobState(store.db, job.tenant, job.id))?.lock).not.toBeNull());
    platform.advance(2 * MINUTE);
    await dispatchTick(platform, tickOf(job, iso(START + 2 * MINUTE)));
    const second = taken(platform);

    await processRunMessage(
      platform,
      async () => {
        resume();
        await stalled;
        await processRunMessage(
          platform,
          async () => expect.unreachable('two runs of the job at once'),
          taken(platform),
        );
        return anOutcome();
      },
      second,
    );
    platform.advance(2 * MINUTE);
    await sweepTenant(platform, job.tenant);
    await drain(platform);

    expect((await history(platform, job)).map(({ state }) => state)).toEqual(['completed', 'completed']);
  });

  it('keeps the lock of a run that is claimed while another start takes the lock over', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const { stalling, resume } = stallingAt(platform, 'PutItemCommand');
    const stalled = dispatchTick(stalling, tickOf(job, iso(START)));
    await waitForAssertion(async () => expect((await getJobState(store.db, job.tenant, job.id))?.lock).not.toBeNull());
    platform.advance(2 * MINUTE);
    // The next start has found no row of the lock's run. Before it takes the lock over, the row is written and claimed.
    const claimed = vi.fn<() => void>();
    const overtaken = interruptBefore(platform, { command: 'UpdateItemCommand', table: 'jobs' }, async () => {
      resume();
      await stalled;
      if (await claimQueuedRun(platform, taken(platform))) claimed();
    });

    await dispatchTick(overtaken, tickOf(job, iso(START + 2 * MINUTE)));

    expect(claimed).toHaveBeenCalledOnce();
    expect(platform.sent).toEqual([]);
    const rows = await history(platform, job);
    expect(rows.map(({ state }) => state)).toEqual(['running', 'skipped']);
    expect((await getJobState(store.db, job.tenant, job.id))?.lock?.ulid).toBe(rows[0]?.ulid);
  });
});

describe('cancelAndWait', () => {
  it('ends a queued run at once and frees its lock', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    await dispatchTick(platform, tickOf(job, iso(START)));
    const message = taken(platform);

    const run = await cancelAndWait(platform, message, 'ana@acme.test', async () => true);
    await processRunMessage(platform, async () => expect.unreachable('a canceled run'), message);

    expect(run).toMatchObject({ state: 'canceled', canceledBy: 'ana@acme.test', finishedAt: iso(START) });
    expect((await getJobState(store.db, job.tenant, job.id))?.lock).toBeNull();
    await expect(cancelAndWait(platform, message, 'ana', async () => true)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'run.ended',
    });
  });

  it('interrupts the execution of a running run', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    await dispatchTick(platform, tickOf(job, iso(START)));
    const message = taken(platform);

    await processRunMessage(
      platform,
      async ({ signal }) => {
        await cancelRun(platform, message, 'ana@acme.test');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return anOutcome({ status: 'aborted', exitCode: null });
      },
      message,
    );

    expect(await getRun(store.db, message)).toMatchObject({ state: 'canceled', canceledBy: 'ana@acme.test' });
  });

  it('ends the run at the expiry of its lease if the worker was lost', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    await dispatchTick(platform, tickOf(job, iso(START)));
    const message = taken(platform);
    await processRunMessage(platform, () => Promise.reject(new Error('crash')), message).catch(() => {});

    const requested = await cancelRun(platform, message, 'ana');
    platform.advance(61_000);
    await sweepTenant(platform, job.tenant);

    expect(requested).toMatchObject({ state: 'stopping' });
    expect(await getRun(store.db, message)).toMatchObject({ state: 'canceled', canceledBy: 'ana' });
  });
});

describe('a trigger with an idempotency key', () => {
  it('returns the first run for concurrent and later repeats', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { schedule: null });

    const runs = await Promise.all([1, 2, 3].map(() => triggerJob(platform, job, 'key-1')));
    await drain(platform);
    const later = await triggerJob(platform, job, 'key-1');
    const other = await triggerJob(platform, job, 'key-2');

    expect(new Set([...runs, later].map(({ ulid }) => ulid)).size).toBe(1);
    expect(other.ulid).not.toBe(later.ulid);
    expect(await history(platform, job)).toHaveLength(2);
  });

  it('starts a new run after a day', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { schedule: null });
    const first = await triggerJob(platform, job, 'key-1');
    await drain(platform);

    platform.advance(25 * 60 * MINUTE);
    const second = await triggerJob(platform, job, 'key-1');

    expect(second.ulid).not.toBe(first.ulid);
  });
});

describe('missed ticks', () => {
  it('get one row each after their grace period', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { schedule: '*/5 * * * *' });
    await advanceTickWatermark(store.db, job, iso(START));
    await dispatchTick(platform, tickOf(job, iso(START + 10 * MINUTE)));
    await drain(platform);

    platform.advance(40 * MINUTE);
    await sweepTenant(platform, job.tenant);
    await sweepTenant(platform, job.tenant);

    const rows = (await history(platform, job)).map((row) => [row.state, row.scheduledAt?.slice(11, 16)]);
    expect(rows).toEqual([
      ['skipped', '10:05'],
      ['completed', '10:10'],
      ['skipped', '10:15'],
      ['skipped', '10:20'],
      ['skipped', '10:25'],
      ['skipped', '10:30'],
    ]);
  });

  it('need no search while the dispatcher advances the mark', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    await advanceTickWatermark(store.db, job, iso(START - MINUTE));

    for (const minute of [0, 1, 2]) {
      await dispatchTick(platform, tickOf(job, iso(START + minute * MINUTE)));
      await drain(platform);
    }

    expect((await getJobState(store.db, job.tenant, job.id))?.ticksThrough).toBe(iso(START + MINUTE));
  });
});

describe('retention', () => {
  /** Returns the rows of a job as stored, with their expiry in seconds. */
  const rowsOf = (job: Job) => query(store.db, store.db.tables.runs, equals('pk', runPartition(refOf(job))));

  it('lets DynamoDB remove all rows of a tenant together, at the same hour of each day', async () => {
    const platform = testPlatform(store.db, { retentionDays: 1 });
    const job = await givenJob(platform, { schedule: null });
    for (let hours = 0; hours < 48; hours++) {
      await triggerJob(platform, job);
      await drain(platform);
      platform.advance(60 * MINUTE);
    }

    const times = new Set((await rowsOf(job)).map(({ ttl }) => ttl as number));

    expect([2, 3]).toContain(times.size);
    expect(new Set([...times].map((time) => time % (24 * 3_600))).size).toBe(1);
  });

  it('lets DynamoDB remove the rows of runs and skipped ticks, which the sweeper leaves', async () => {
    const platform = testPlatform(store.db, { retentionDays: 1 });
    const job = await givenJob(platform, { overlapPolicy: 'skip' });
    await dispatchTick(platform, tickOf(job, iso(START)));
    await dispatchTick(platform, tickOf(job, iso(START + MINUTE)));
    await drain(platform);

    platform.advance(DAY_MS + REMOVAL_MS - 2 * MINUTE);
    await sweepTenant(platform, job.tenant);

    const rows = await rowsOf(job);
    expect(rows.map(({ sk }) => String(sk)[0])).toEqual(['R', 'S']);
    for (const { ttl, purgeAt } of rows) {
      const delay = (ttl as number) * 1_000 - Date.parse(purgeAt as string);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThan(DAY_MS);
    }
  });

  it('shows an expired run until DynamoDB removes it, so that lists and counters agree', async () => {
    const platform = testPlatform(store.db, { retentionDays: 1 });
    const job = await givenJob(platform, { schedule: null });
    await triggerJob(platform, job);
    await drain(platform);
    platform.advance(DAY_MS + MINUTE);

    const shown = await history(platform, job);
    const [{ pk, sk } = {}] = await rowsOf(job);
    await removeMany(store.db, store.db.tables.runs, [{ pk, sk } as Key]);

    expect(shown).toHaveLength(1);
    expect(await history(platform, job)).toEqual([]);
  });

  it('hides a run that DynamoDB has not removed for three days, and the sweeper removes the run with its output', async () => {
    const platform = testPlatform(store.db, { retentionDays: 1 });
    const job = await givenJob(platform, { schedule: null });
    await triggerJob(platform, job);
    await drain(platform);

    platform.advance(DAY_MS + REMOVAL_MS);
    const shown = await history(platform, job);
    const stored = await rowsOf(job);
    for (let minute = 0; minute < 60; minute++) {
      platform.advance(MINUTE);
      await sweepTenant(platform, job.tenant);
    }

    expect(shown).toEqual([]);
    expect(stored).toHaveLength(1);
    expect(await rowsOf(job)).toEqual([]);
  });
});

describe('finishRun', () => {
  it('rejects a token other than that of the lease', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    await dispatchTick(platform, tickOf(job, iso(START)));
    const message = taken(platform);

    await processRunMessage(
      platform,
      async () => {
        const end = {
          state: 'failed',
          finishedAt: iso(START),
          purgeAt: iso(START),
          failure: null,
          ...NO_RESULT,
          exitCode: 9,
        } as const;
        const run = { ...message, flow: null, attempt: 1, state: 'running' } as const;
        const zombie = await finishRun(store.db, run, { token: 'another', until: iso(START) }, end);
        expect(zombie.ok).toBe(false);
        return anOutcome();
      },
      message,
    );

    expect(await getRun(store.db, message)).toMatchObject({ state: 'completed', exitCode: 0 });
  });
});
