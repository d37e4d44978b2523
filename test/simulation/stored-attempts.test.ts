import { describe, expect, it } from 'vitest';
import { toAttemptViews } from '../../functions/api/runner/attempts-view.ts';
import { mayHaveStoredAttempts } from '../../functions/core/domain/attempt.ts';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { REMOVAL_MS } from '../../functions/core/domain/run-removal.ts';
import { DAY_MS } from '../../functions/core/domain/timing.ts';
import { failUnclaimedRun } from '../../functions/core/engine/execute/fail-unclaimed-run.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { purgeTenant } from '../../functions/core/engine/sweep/sweep-purge.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { captureText } from '../../functions/core/executors/output/output.ts';
import { listAttempts } from '../../functions/core/store/attempts.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { sweepExpiredLeases } from '../helpers/simulations/sweep-expired-leases.ts';

const db = memoryDb();
/** The delay of 8 s becomes 6 s with the platform's random number. */
const RETRY = { attempts: 3, backoff: 'fixed', delaySeconds: 8, maxDelaySeconds: 8 } as const;

/** A queued run with its message. */
async function given() {
  const platform = testPlatform(db);
  const job = await givenJob(platform, { schedule: null, retry: RETRY });
  const ref = await triggerJob(platform, job);
  return { platform, job, ref };
}

/** An execution that takes 400 ms by the platform's clock and fails with `text` on both streams. */
const failing =
  (platform: TestPlatform, text = 'cannot connect') =>
  async () => {
    platform.advance(400);
    const output = { stdout: captureText(`trying: ${text}`), stderr: captureText(text) };
    return anOutcome({ status: 'error', exitCode: 3, message: 'exit code 3', durationMs: 390, ...output });
  };
const succeeding = (platform: TestPlatform) => async () => {
  platform.advance(1_000);
  return anOutcome({ durationMs: 990 });
};

/** Processes the next run message at its due time. */
async function next(platform: TestPlatform, execute: Parameters<typeof processRunMessage>[1]): Promise<void> {
  const message = platform.sent.shift();
  if (!message) throw new Error('no message was sent');
  platform.advance(message.delayMs ?? 0);
  await processRunMessage(platform, execute, message);
}

/** Returns the attempts of a run as the API shows them. */
async function attemptsOf({ db }: TestPlatform, ref: RunRef) {
  const run = await getRun(db, ref);
  if (!run) throw new Error('the run does not exist');
  return toAttemptViews(run, mayHaveStoredAttempts(run) ? await listAttempts(db, ref) : []);
}

const at = (ms: number) => new Date(START + ms).toISOString();

describe('a run with stored attempts', () => {
  it('shows times, reason and output of each attempt, which with the waits between them add up to its duration', async () => {
    const { platform, ref } = await given();
    await next(platform, failing(platform));
    await next(platform, succeeding(platform));

    expect(await attemptsOf(platform, ref)).toEqual([
      {
        attempt: 1,
        status: 'error',
        started_at: at(0),
        finished_at: at(400),
        duration_ms: 400,
        execution_ms: 390,
        exit_code: 3,
        reason: 'exit code 3',
        job_version: 1,
        stdout: 'trying: cannot connect',
        stderr: 'cannot connect',
        output_truncated: false,
      },
      {
        attempt: 2,
        status: 'ok',
        started_at: at(6_400),
        finished_at: at(7_400),
        duration_ms: 1_000,
        execution_ms: 990,
        exit_code: 0,
        reason: null,
        job_version: 1,
        stdout: 'done',
        stderr: '',
        output_truncated: false,
      },
    ]);
    expect(await getRun(db, ref)).toMatchObject({ startedAt: at(0), finishedAt: at(7_400) });
  });

  it('stores no attempt if the first attempt is the last', async () => {
    const { platform, ref } = await given();

    await next(platform, succeeding(platform));

    expect(await listAttempts(db, ref)).toEqual([]);
    expect(await attemptsOf(platform, ref)).toMatchObject([{ attempt: 1, status: 'ok', duration_ms: 1_000 }]);
  });

  it('keeps the last lines of a long output', async () => {
    const { platform, ref } = await given();
    const lines = Array.from({ length: 300 }, (_, line) => `line ${line}`);
    await next(platform, failing(platform, lines.join('\n')));

    const [first] = await attemptsOf(platform, ref);

    expect(first).toMatchObject({ output_truncated: true, stderr: lines.slice(-100).join('\n') });
  });

  it('shows an attempt whose worker was lost, and ignores a late report of that worker', async () => {
    const { platform, ref, job } = await given();
    await next(platform, async () => {
      platform.advance(61_000);
      await sweepExpiredLeases(platform, job.tenant);
      return failing(platform)();
    });

    expect(await attemptsOf(platform, ref)).toMatchObject([
      {
        attempt: 1,
        status: 'error',
        finished_at: at(61_000),
        reason: expect.stringContaining('stopped sending heartbeats'),
      },
    ]);
    await next(platform, succeeding(platform));
    expect(await attemptsOf(platform, ref)).toMatchObject([{ attempt: 1 }, { attempt: 2, status: 'ok' }]);
  });

  it('ends with the attempt before a cancel or before a message that became a dead letter', async () => {
    for (const end of [
      (platform: TestPlatform, ref: RunRef) => cancelRun(platform, ref, 'ana@acme.test'),
      (platform: TestPlatform, ref: RunRef) => failUnclaimedRun(platform, ref, 3),
    ]) {
      const { platform, ref } = await given();
      await next(platform, failing(platform));
      await end(platform, ref);

      expect(await attemptsOf(platform, ref)).toMatchObject([{ attempt: 1, status: 'error', reason: 'exit code 3' }]);
    }
  });

  it('shows the attempt that is running', async () => {
    const { platform, ref } = await given();
    await next(platform, failing(platform));
    await next(platform, async () => {
      const [, second] = await attemptsOf(platform, ref);
      expect(second).toMatchObject({ attempt: 2, status: 'running', started_at: at(6_400), finished_at: null });
      return anOutcome();
    });
  });

  it('shows the result of a run that is stopped while its attempt fails', async () => {
    const { platform, ref } = await given();
    await next(platform, async () => {
      await cancelRun(platform, ref, 'ana@acme.test');
      return failing(platform)();
    });

    expect(await listAttempts(db, ref)).toEqual([]);
    expect(await attemptsOf(platform, ref)).toMatchObject([{ attempt: 1, status: 'error' }]);
  });

  it('counts attempts in its stored bytes, and deletes them with the run', async () => {
    const { platform, ref, job } = await given();
    await next(platform, failing(platform));
    const bytes = Buffer.byteLength('trying: cannot connect') + Buffer.byteLength('cannot connect');
    expect(await getRun(db, ref)).toMatchObject({ storedBytes: bytes });

    await cancelRun(platform, ref, 'ana@acme.test');
    platform.advance(30 * DAY_MS + REMOVAL_MS);
    await purgeTenant(platform, job.tenant);

    expect(await getRun(db, ref)).toBeUndefined();
    expect(await listAttempts(db, ref)).toEqual([]);
  });

  it('stores an attempt exactly if the retry was queued, for a crash of the worker at any call', async () => {
    let crashes = 0;
    for (let crashAtCall = 1, crashed = true; crashed; crashAtCall++) {
      for (const answerIsLost of [false, true]) {
        const { platform, ref, job } = await given();
        const faulty = { ...platform, db: faultyDb(platform.db, { crashAtCall, answerIsLost }) };
        const message = platform.sent.shift();
        if (!message) throw new Error('no message was sent');
        crashed = await processRunMessage(faulty, failing(platform), message).then(
          () => false,
          (error: unknown) => {
            if (error instanceof Crash) return true;
            throw error;
          },
        );
        if (crashed) crashes++;
        for (let minute = 0; minute < 4; minute++) {
          platform.advance(61_000);
          await sweepTenant(platform, job.tenant);
          for (let left = platform.sent.shift(); left; left = platform.sent.shift()) {
            await processRunMessage(platform, succeeding(platform), left);
          }
        }

        const run = await getRun(db, ref);
        expect(run).toMatchObject({ state: 'completed' });
        const numbers = (await attemptsOf(platform, ref)).map(({ attempt }) => attempt);
        expect({ crashAtCall, numbers }).toEqual({ crashAtCall, numbers: [1, 2].slice(0, run?.attempt) });
      }
    }
    expect(crashes).toBeGreaterThan(4);
  });
});
