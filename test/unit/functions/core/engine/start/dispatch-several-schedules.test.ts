import { describe, expect, it } from 'vitest';
import type { Job } from '../../../../../../functions/core/domain/job.ts';
import { tickUlid } from '../../../../../../functions/core/domain/run-id.ts';
import { dispatchTick } from '../../../../../../functions/core/engine/start/dispatch-tick.ts';
import { nextRunTimes } from '../../../../../../functions/core/engine/start/job-schedule.ts';
import { getRunOptions } from '../../../../../../functions/core/engine/start/run-options.ts';
import { getRun } from '../../../../../../functions/core/store/runs.ts';
import { givenJob } from '../../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../../../../../helpers/fakes/platform.ts';

const HOUR = 3_600_000;
const iso = (time: number) => new Date(time).toISOString();

/** Fires each hour with a payload, and at 12:00 in Berlin (10:00 UTC in summer) with another. */
const givenSeveral = (platform: TestPlatform): Promise<Job> =>
  givenJob(platform, {
    schedule: '0 12 * * *',
    timezone: 'Europe/Berlin',
    overlapPolicy: 'allow',
    schedules: [
      { schedule: '0 12 * * *', timezone: 'Europe/Berlin', payload: { of: 'noon' } },
      { schedule: '0 * * * *', timezone: 'UTC', payload: { of: 'hour' } },
      { schedule: '30 * * * *', timezone: 'UTC', payload: null },
    ],
  });

async function dispatch(platform: TestPlatform, { tenant, id: jobId, incarnation }: Job, scheduledAt: string) {
  await dispatchTick(platform, { v: 1, tenant, jobId, incarnation, scheduledAt });
  const ref = { tenant, jobId, incarnation };
  const run = await getRun(platform.db, { ...ref, ulid: tickUlid(ref, scheduledAt) });
  return run && { run, options: await getRunOptions(platform.db, run) };
}

describe('a job with several schedules', () => {
  it('has the times of all of them as its next runs, each once', async () => {
    const platform = testPlatform(memoryDb());
    const job = await givenSeveral(platform);

    const next = nextRunTimes(job, START - 1, 4, undefined);

    expect(next).toEqual([START, START + HOUR / 2, START + HOUR, START + 1.5 * HOUR].map(iso));
  });

  it('runs once with the payload of the first schedule at a time of two', async () => {
    const platform = testPlatform(memoryDb());
    const job = await givenSeveral(platform);

    const both = await dispatch(platform, job, iso(START));
    const again = await dispatch(platform, job, iso(START));

    expect(both?.options.input).toEqual({ payload: { of: 'noon' } });
    expect(again?.run.number).toBe(both?.run.number);
  });

  it('gives each run the payload of its own schedule', async () => {
    const platform = testPlatform(memoryDb());
    const job = await givenSeveral(platform);

    platform.advance(HOUR / 2);
    const half = await dispatch(platform, job, iso(START + HOUR / 2));
    platform.advance(HOUR / 2);
    const hour = await dispatch(platform, job, iso(START + HOUR));

    expect(hour?.options.input).toEqual({ payload: { of: 'hour' } });
    expect(half?.run.state).toBe('queued');
    expect(half?.options.input).toBeNull();
  });
});
