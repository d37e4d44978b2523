import { describe, expect, it } from 'vitest';
import type { Job } from '../../../../../../functions/core/domain/job.ts';
import { registrationContent } from '../../../../../../functions/core/domain/registration.ts';
import { ticksThroughAfter } from '../../../../../../functions/core/engine/start/job-schedule.ts';
import { aJob } from '../../../../../helpers/builders/jobs.ts';
import { START } from '../../../../../helpers/fakes/platform.ts';

const MINUTE = 60_000;
const iso = (time: number) => new Date(time).toISOString();

/** Has a watermark one minute before the tick of its run. */
const advancedBy = (job: Job) =>
  ticksThroughAfter(job, { scheduledAt: iso(START) }, { ticksThrough: iso(START - MINUTE) });

describe('a job whose schedules are several', () => {
  const several = aJob({ schedule: null, schedules: [{ schedule: '* * * * *', timezone: 'UTC', payload: null }] });

  it('has a watermark that advances to the tick of its run', () => {
    expect(advancedBy(several)).toBe(iso(START));
  });

  it('keeps its watermark while an earlier tick of another schedule may be missing', () => {
    const schedules = ['* * * * *', 'rate(1 minute)'].map((schedule) => ({ schedule, timezone: 'UTC', payload: null }));
    const run = { scheduledAt: iso(START) };

    const through = ticksThroughAfter({ ...several, schedules }, run, { ticksThrough: iso(START - 2 * MINUTE) });

    expect(through).toBeUndefined();
  });

  it('has a registration that depends on its schedules', () => {
    const contents = [several, { ...several, schedules: [] }, { ...several, enabled: false }].map(registrationContent);

    expect(contents).toEqual([expect.stringContaining('* * * * *'), '', '']);
  });

  it('has no ticks to cover without schedules', () => {
    expect(advancedBy({ ...several, schedules: [] })).toBeUndefined();
  });
});
