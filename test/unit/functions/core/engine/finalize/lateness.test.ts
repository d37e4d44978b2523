import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toRunView } from '../../../../../../functions/api/runner/run-view.ts';
import { runDeltas } from '../../../../../../functions/core/domain/counters.ts';
import type { Job } from '../../../../../../functions/core/domain/job.ts';
import { isLateToFinish, isLateToStart } from '../../../../../../functions/core/domain/lateness.ts';
import type { Run } from '../../../../../../functions/core/domain/run.ts';
import { claimQueuedRun } from '../../../../../../functions/core/engine/execute/claim-run.ts';
import { failExpiredRun } from '../../../../../../functions/core/engine/execute/fail-expired-run.ts';
import { finishAttempt } from '../../../../../../functions/core/engine/execute/finish-attempt.ts';
import { dispatchTick } from '../../../../../../functions/core/engine/start/dispatch-tick.ts';
import { jitterOf } from '../../../../../../functions/core/engine/start/job-schedule.ts';
import { triggerJob } from '../../../../../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../../../../../functions/core/engine/sweep/sweep-tenant.ts';
import { flagLate, getRun } from '../../../../../../functions/core/store/runs.ts';
import { endedRun } from '../../../../../helpers/builders/ended-run.ts';
import { aJob, givenJob } from '../../../../../helpers/builders/jobs.ts';
import { anOutcome } from '../../../../../helpers/builders/outcomes.ts';
import { START, type TestPlatform, testPlatform } from '../../../../../helpers/fakes/platform.ts';
import { startTestStore, type TestStore } from '../../../../../helpers/system/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

const SECOND = 1_000;
const iso = (time: number) => new Date(time).toISOString();

interface RunFixture {
  readonly platform: TestPlatform;
  readonly job: Job;
  /** Reads the run's row. */
  readonly run: () => Promise<Run>;
  readonly sweep: () => Promise<void>;
  /** Names of the emitted lateness metrics. */
  readonly emittedMetrics: () => readonly string[];
}

/** Creates a job with a queued run. */
async function createQueuedRun(overrides: Partial<Job>, by: 'tick' | 'hand' = 'tick'): Promise<RunFixture> {
  const platform = testPlatform(store.db);
  const job = await givenJob(platform, overrides);
  const { tenant, id: jobId, incarnation } = job;
  if (by === 'hand') await triggerJob(platform, job);
  else await dispatchTick(platform, { v: 1, tenant, jobId, incarnation, scheduledAt: iso(START), jittered: true });
  const [ref] = platform.sent;
  if (!ref) throw new Error('no run was started');
  return {
    platform,
    job,
    run: async () => (await getRun(store.db, ref)) as Run,
    sweep: async () => void (await sweepTenant(platform, tenant)),
    emittedMetrics: () =>
      platform.measured.flatMap(({ values }) => Object.keys(values).filter((name) => name.startsWith('Late'))),
  };
}

async function claimed({ platform, run }: RunFixture) {
  const taken = await claimQueuedRun(platform, await run());
  if (!taken) throw new Error('the run cannot be claimed');
  return taken;
}

describe('lateness of a start', () => {
  test('flags the run once after its grace period and lets it continue', async () => {
    const late = await createQueuedRun({ startGraceSeconds: 120 });
    late.platform.advance(120 * SECOND);
    await late.sweep();
    expect(late.emittedMetrics()).toEqual([]);

    late.platform.advance(1);
    await late.sweep();
    const flaggedAt = iso(late.platform.now());
    late.platform.advance(60 * SECOND);
    await late.sweep();
    const { run } = await claimed(late);

    expect(run).toMatchObject({ state: 'running', lateStartAt: flaggedAt, lateFinishAt: null });
    expect(late.emittedMetrics()).toEqual(['LateStarts']);
    expect(toRunView(run)).toMatchObject({ late_start_at: flaggedAt, late_finish_at: null });
  });

  test('flags a late start at the claim when the sweeper has not seen the run', async () => {
    const late = await createQueuedRun({ startGraceSeconds: 10 });
    late.platform.advance(11 * SECOND);

    const { run } = await claimed(late);
    await late.sweep();

    expect(run.lateStartAt).toBe(iso(late.platform.now()));
    expect(late.emittedMetrics()).toEqual(['LateStarts']);
  });

  test('flags the run once when worker and sweeper race', async () => {
    const late = await createQueuedRun({ startGraceSeconds: 10 });
    late.platform.advance(11 * SECOND);
    const seen = await late.run();
    const racing = async () => {
      const flagged = await flagLate(store.db, seen, 'start', iso(late.platform.now() - 1));
      return Number(flagged);
    };

    const [bySweeper] = await Promise.all([racing(), claimed(late)]);

    expect(bySweeper + late.emittedMetrics().length).toBe(1);
  });

  test('flags no late start when the run starts in time, however late it ends', async () => {
    const late = await createQueuedRun({ startGraceSeconds: 60 });
    late.platform.advance(60 * SECOND);
    const taken = await claimed(late);
    late.platform.advance(50 * SECOND);

    await late.sweep();
    await finishAttempt(late.platform, taken, anOutcome());

    expect(await late.run()).toMatchObject({ state: 'completed', lateStartAt: null, lateFinishAt: null });
    expect(late.emittedMetrics()).toEqual([]);
  });

  test('includes the jitter of the tick in the grace period', async () => {
    const late = await createQueuedRun({ startGraceSeconds: 60, jitterSeconds: 600 });
    const jitter = jitterOf(late.job);
    expect(jitter).toBeGreaterThan(0);
    late.platform.advance(60 * SECOND + jitter);
    await late.sweep();
    expect(late.emittedMetrics()).toEqual([]);

    late.platform.advance(1);
    await late.sweep();

    expect(late.emittedMetrics()).toEqual(['LateStarts']);
  });

  test('counts from the creation of a run without a tick', async () => {
    const late = await createQueuedRun({ startGraceSeconds: 60, jitterSeconds: 600 }, 'hand');
    late.platform.advance(60 * SECOND + 1);

    await late.sweep();

    expect(late.emittedMetrics()).toEqual(['LateStarts']);
  });

  test('flags nothing when the grace period is 0', async () => {
    const late = await createQueuedRun({ startGraceSeconds: 0, finishGraceSeconds: 0 });
    late.platform.advance(9 * 3_600 * SECOND);

    await late.sweep();
    const taken = await claimed(late);
    late.platform.advance(50 * SECOND);
    await finishAttempt(late.platform, taken, anOutcome());

    expect(late.emittedMetrics()).toEqual([]);
  });

  test('flags a run that waits for the previous run', async () => {
    const late = await createQueuedRun({ startGraceSeconds: 60, overlapPolicy: 'queue' });
    await claimed(late);
    await triggerJob(late.platform, late.job);
    late.platform.advance(61 * SECOND);

    await late.sweep();

    expect(late.emittedMetrics()).toEqual(['LateStarts']);
    expect(await late.run()).toMatchObject({ lateStartAt: null });
  });
});

describe('lateness of an end', () => {
  test('flags the run once after its grace period and lets it continue', async () => {
    const late = await createQueuedRun({ finishGraceSeconds: 30 });
    const taken = await claimed(late);
    late.platform.advance(30 * SECOND + 1);
    await late.sweep();
    const flaggedAt = iso(late.platform.now());
    late.platform.advance(5 * SECOND);
    await late.sweep();

    await finishAttempt(late.platform, taken, anOutcome());

    expect(await late.run()).toMatchObject({ state: 'completed', lateStartAt: null, lateFinishAt: flaggedAt });
    expect(late.emittedMetrics()).toEqual(['LateFinishes']);
  });

  test('flags a late end at the end when the sweeper has not seen the run', async () => {
    const late = await createQueuedRun({ finishGraceSeconds: 30 });
    const taken = await claimed(late);
    late.platform.advance(30 * SECOND + 1);

    await finishAttempt(late.platform, taken, anOutcome({ status: 'error', message: 'no' }));

    const run = await late.run();
    expect(run).toMatchObject({ state: 'failed', lateFinishAt: run.finishedAt });
    expect(late.emittedMetrics()).toEqual(['LateFinishes']);
  });

  test('flags a late end when the sweeper ends a lost run', async () => {
    const late = await createQueuedRun({ finishGraceSeconds: 30 });
    const { run, lease } = await claimed(late);
    late.platform.advance(31 * SECOND);

    await failExpiredRun(late.platform, run, lease);

    expect(await late.run()).toMatchObject({ state: 'failed', lateFinishAt: iso(late.platform.now()) });
    expect(late.emittedMetrics()).toEqual(['LateFinishes']);
  });

  test('flags a run that waits for its next attempt', async () => {
    const retry = { attempts: 3, backoff: 'fixed', delaySeconds: 600, maxDelaySeconds: 600 } as const;
    const late = await createQueuedRun({ finishGraceSeconds: 30, retry });
    await finishAttempt(late.platform, await claimed(late), anOutcome({ status: 'error' }));
    late.platform.advance(31 * SECOND);

    await late.sweep();
    await late.sweep();

    expect(await late.run()).toMatchObject({ state: 'queued', lateStartAt: null, lateFinishAt: expect.any(String) });
    expect(late.emittedMetrics()).toEqual(['LateFinishes']);
  });

  test('flags start and end once each', async () => {
    const late = await createQueuedRun({ startGraceSeconds: 10, finishGraceSeconds: 10 });
    late.platform.advance(11 * SECOND);
    const taken = await claimed(late);
    late.platform.advance(11 * SECOND);
    await finishAttempt(late.platform, taken, anOutcome());

    expect(await late.run()).toMatchObject({ lateStartAt: expect.any(String), lateFinishAt: expect.any(String) });
    expect(late.emittedMetrics()).toEqual(['LateStarts', 'LateFinishes']);
  });

  test('rejects a flag after the run has ended', async () => {
    const late = await createQueuedRun({ finishGraceSeconds: 30 });
    await finishAttempt(late.platform, await claimed(late), anOutcome());

    expect(await flagLate(store.db, await late.run(), 'finish', iso(START))).toBe(false);
    expect(await late.run()).toMatchObject({ lateFinishAt: null });
  });
});

describe('isLateToStart and isLateToFinish', () => {
  const graces = { startGraceSeconds: 60, finishGraceSeconds: 60 };

  test('counts a redriven run from its creation, whatever its tick', () => {
    const again = endedRun(aJob(), 1, { trigger: 'manual', scheduledAt: iso(START - 9e6), createdAt: iso(START) });

    expect(isLateToStart(graces, again, START + 60_000, 0)).toBe(false);
    expect(isLateToStart(graces, again, START + 60_001, 0)).toBe(true);
  });

  test('reports no late end of a run that has not started', () => {
    expect(isLateToFinish(graces, { startedAt: null }, START + 9e9)).toBe(false);
  });
});

test('lateness is counted when it is flagged and not again by later changes', () => {
  const job = aJob();
  const queued = endedRun(job, 1, { state: 'queued', startedAt: null, finishedAt: null });
  const flagged = { ...queued, lateStartAt: iso(START) };
  const started = { ...flagged, state: 'running' as const, startedAt: iso(START) };
  const both = { ...endedRun(job, 1), lateStartAt: iso(START), lateFinishAt: iso(START) };
  const totals = (before: Run | undefined, after: Run | undefined) =>
    runDeltas(before, after)
      .filter(
        ({ counter, add }) => counter.kind === 'tenant' && Object.keys(add).some((name) => name.startsWith('t_late')),
      )
      .map(({ add }) => add);

  expect(totals(queued, flagged)).toEqual([{ t_lateStarts: 1 }]);
  expect(totals(flagged, started)).toEqual([]);
  expect(totals(started, both)).toEqual([{ t_lateFinishes: 1 }]);
  expect(totals(undefined, both)).toEqual([{ t_lateStarts: 1, t_lateFinishes: 1 }]);
  expect(totals(both, undefined)).toEqual([]);
});
