import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Job } from '../../../../../../functions/core/domain/job.ts';
import { failUnclaimedRun } from '../../../../../../functions/core/engine/execute/fail-unclaimed-run.ts';
import { processRunMessage } from '../../../../../../functions/core/engine/execute/process-run-message.ts';
import { cancelAndWait } from '../../../../../../functions/core/engine/finalize/cancel-run.ts';
import { startTick } from '../../../../../../functions/core/engine/start/dispatch-tick.ts';
import { triggerJob } from '../../../../../../functions/core/engine/start/trigger-job.ts';
import { givenJob } from '../../../../../helpers/builders/jobs.ts';
import { anOutcome } from '../../../../../helpers/builders/outcomes.ts';
import { START, type TestPlatform, testPlatform } from '../../../../../helpers/fakes/platform.ts';
import { sweepExpiredLeases } from '../../../../../helpers/simulations/sweep-expired-leases.ts';
import { startTestStore, type TestStore } from '../../../../../helpers/system/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store.stop());

/** Creates a run whose message was sent and that waits for a worker. */
async function givenQueued(overrides: Partial<Job> = {}) {
  const platform = testPlatform(store.db);
  const job = await givenJob(platform, { schedule: null, ...overrides });
  await triggerJob(platform, job);
  return { platform, job, message: taken(platform) };
}

function taken(platform: TestPlatform) {
  const [message] = platform.sent.splice(0);
  if (!message) throw new Error('no message was sent');
  return message;
}

const failing = anOutcome({ status: 'error', exitCode: 1, message: 'exit code 1', durationMs: 34 });

/** Creates an execution that takes `ms` milliseconds by the platform's clock. */
const taking =
  (platform: TestPlatform, ms: number, outcome = anOutcome()) =>
  async () => {
    platform.advance(ms);
    return outcome;
  };

describe('metrics of a run', () => {
  it('emits queue latency, duration and completion of a completed run in one line', async () => {
    const { platform, job, message } = await givenQueued();
    platform.advance(1_500);

    await processRunMessage(platform, taking(platform, 15, anOutcome({ durationMs: 12 })), message);

    const values = { QueueLatency: 1_500, RunsCompleted: 1, RunDuration: 15 };
    expect(platform.measured).toEqual([{ message: 'run.executed', values, tenant: job.tenant }]);
  });

  it('emits the failure of a failed run', async () => {
    const { platform, message } = await givenQueued();

    await processRunMessage(platform, taking(platform, 40, failing), message);

    expect(platform.measured.map(({ values }) => values)).toEqual([
      { QueueLatency: 0, RunsFailed: 1, RunDuration: 40 },
    ]);
  });

  it('emits the queue latency with the first attempt and the end with the last', async () => {
    const retry = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;
    const { platform, message } = await givenQueued({ retry });

    await processRunMessage(platform, taking(platform, 40, failing), message);
    platform.advance(1_000);
    await processRunMessage(platform, taking(platform, 40, failing), taken(platform));

    expect(platform.measured.map(({ values }) => values)).toEqual([
      { QueueLatency: 0 },
      { RunsFailed: 1, RunDuration: 1_080 },
    ]);
  });

  it('emits the cancel latency of a canceled queued run, and neither completion nor failure', async () => {
    const { platform, message } = await givenQueued();

    await cancelAndWait(platform, message, 'ana', async () => true);

    expect(platform.measured.map(({ values }) => values)).toEqual([{ CancelLatency: 0 }]);
  });

  it('emits the lease expiry and the failure of a lost run', async () => {
    const { platform, job, message } = await givenQueued();
    const crash = async () => {
      throw new Error('the worker is gone');
    };
    await processRunMessage(platform, crash, message).catch(() => {});

    platform.advance(61_000);
    await sweepExpiredLeases(platform, job.tenant);

    const values = { LeaseExpiries: 1, RunsFailed: 1, RunDuration: 61_000 };
    expect(platform.measured).toEqual([{ message: 'run.lost', values, tenant: job.tenant }]);
  });

  it('emits the failure of a run that no worker could claim once', async () => {
    const { platform, message } = await givenQueued();

    await failUnclaimedRun(platform, message, 3);
    await failUnclaimedRun(platform, message, 3);

    expect(platform.measured.map(({ values }) => values)).toEqual([{ RunsFailed: 1 }]);
  });
});

describe('metrics of a tick', () => {
  const tick = new Date(START).toISOString();

  it.each(['missed', 'late'] as const)('emits one missed tick for a tick that was skipped as %s', async (skip) => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);

    await startTick(platform, job, tick, skip);
    await startTick(platform, job, tick, skip);

    expect(platform.measured).toEqual([{ message: 'tick.missed', values: { MissedTicks: 1 }, tenant: job.tenant }]);
  });

  it('emits nothing for the tick of a disabled job', async () => {
    const platform = testPlatform(store.db);

    await startTick(platform, await givenJob(platform), tick, 'disabled');

    expect(platform.measured).toEqual([]);
  });
});
