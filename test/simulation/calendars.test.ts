import { describe, expect, it } from 'vitest';
import { MAX_CALENDARS } from '../../functions/core/domain/calendar.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import { addPause, endPause } from '../../functions/core/domain/pause.ts';
import { tickUlid } from '../../functions/core/domain/run-id.ts';
import { dispatchTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { changePauses } from '../../functions/core/engine/start/pause-job.ts';
import { sweepMissedTicks } from '../../functions/core/engine/sweep/sweep-missed-ticks.ts';
import { findCalendar, listCalendars, putCalendar, removeCalendar } from '../../functions/core/store/calendars.ts';
import { advanceTickWatermark, getJobState } from '../../functions/core/store/job-states.ts';
import { createJob, getJob, replaceJob } from '../../functions/core/store/jobs.ts';
import { getTickRows } from '../../functions/core/store/runs.ts';
import { aJob, givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';

/** Calendars and pauses that change beside a tick. */

const MINUTE = 60_000;
const iso = (time: number) => new Date(time).toISOString();
const TODAY = iso(START).slice(0, 10);
const AT = iso(START);

async function givenCalendar(platform: TestPlatform, tenant: Job['tenant'], dates: readonly string[]) {
  const seen = await findCalendar(platform.db, tenant, 'off');
  expect(await putCalendar(platform.db, tenant, { name: 'off', dates }, seen, AT)).toBe(true);
}

/** Creates a job with a tick at 10:00, whose ticks are expected since 9:30, and the calendar `off`. */
async function given(dates: readonly string[], changes: Partial<Job> = {}) {
  let lag = 0;
  const platform = testPlatform(memoryDb(undefined, () => lag));
  const tenant = newTenant();
  await givenCalendar(platform, tenant, dates);
  const job = await givenJob(platform, { tenant, schedule: '0 * * * *', excludeCalendars: ['off'], ...changes });
  await advanceTickWatermark(platform.db, job, iso(START - 30 * MINUTE));
  /** Hides all later changes from eventually consistent reads. */
  const hideChanges = () => {
    lag = Number.POSITIVE_INFINITY;
  };
  return { platform, job, hideChanges };
}

const dispatch = (platform: TestPlatform, { tenant, id: jobId, incarnation }: Job, scheduledAt = AT) =>
  dispatchTick(platform, { v: 1, tenant, jobId, incarnation, scheduledAt });

/** Returns the state of the tick's row: `skipped`, or the state of its run; `undefined` without a row. */
async function rowOf(platform: TestPlatform, { tenant, id: jobId, incarnation }: Job, scheduledAt = AT) {
  const ref = { tenant, jobId, incarnation };
  const [row] = await getTickRows(platform.db, ref, [tickUlid(ref, scheduledAt)]);
  return row && (row.run?.state ?? 'skipped');
}

const stateOf = async (platform: TestPlatform, { tenant, id }: Job) => {
  const state = await getJobState(platform.db, tenant, id);
  if (!state) throw new Error('no state');
  return state;
};

async function sweep(platform: TestPlatform, job: Job) {
  return sweepMissedTicks(platform, job, await stateOf(platform, job));
}

describe('a calendar', () => {
  it('that excludes the date of a tick leaves no row, and none that the sweep expects', async () => {
    const { platform, job } = await given([TODAY]);

    await dispatch(platform, job);
    platform.advance(15 * MINUTE);
    await sweep(platform, job);

    expect(await rowOf(platform, job)).toBeUndefined();
    expect(platform.sent).toEqual([]);
    expect(platform.logged).toContainEqual(expect.objectContaining({ message: 'tick.dropped' }));
  });

  it('that is changed between the registration and a tick decides the tick', async () => {
    const { platform, job } = await given([]);
    const other = await givenJob(platform, { tenant: job.tenant, id: 'other', requireCalendars: ['off'] });
    await dispatch(platform, job, AT);
    await dispatch(platform, other, AT);

    await givenCalendar(platform, job.tenant, [TODAY]);
    platform.advance(60 * MINUTE);
    const later = iso(START + 60 * MINUTE);
    await dispatch(platform, job, later);
    await dispatch(platform, other, later);

    const rows = [await rowOf(platform, job), await rowOf(platform, job, later)];
    expect(rows).toEqual(['queued', undefined]);
    expect([await rowOf(platform, other), await rowOf(platform, other, later)]).toEqual([undefined, 'queued']);
  });

  it('whose date is removed after the tick does not make the tick a missed one', async () => {
    const { platform, job } = await given([TODAY]);
    await dispatch(platform, job);

    await givenCalendar(platform, job.tenant, []);
    platform.advance(15 * MINUTE);
    await sweep(platform, job);

    expect(await rowOf(platform, job)).toBeUndefined();
  });

  it('does not excuse a lost tick on another date', async () => {
    const { platform, job } = await given([iso(START - 86_400_000).slice(0, 10)]);

    platform.advance(15 * MINUTE);
    await sweep(platform, job);

    expect(await rowOf(platform, job)).toBe('skipped');
  });

  it('excuses a tick on its date whose message was lost', async () => {
    const { platform, job } = await given([TODAY]);

    platform.advance(15 * MINUTE);
    const next = await sweep(platform, job);

    expect(await rowOf(platform, job)).toBeUndefined();
    expect((await stateOf(platform, job)).ticksThrough).toBe(AT);
    expect(next).toBe(START + 70 * MINUTE);
  });

  it('is not deleted while a definition begins to name it', async () => {
    const { platform, job } = await given([]);
    const { db } = platform;
    const seen = await findCalendar(db, job.tenant, 'off');
    if (!seen) throw new Error('no calendar');
    await replaceJob(db, { ...job, excludeCalendars: [], version: 2 });
    await replaceJob(db, { ...job, excludeCalendars: ['off'], version: 3 });

    const removed = await removeCalendar(db, job.tenant, seen);

    expect(removed).toBe(false);
    expect(await findCalendar(db, job.tenant, 'off')).toBeDefined();
  });

  it('is named by no definition that is stored after its deletion', async () => {
    const platform = testPlatform(memoryDb());
    const job = aJob({ excludeCalendars: ['gone'] });

    const created = createJob(platform.db, job);

    await expect(created).rejects.toThrow('A calendar of the job was deleted meanwhile; try again');
    expect(await getJob(platform.db, job.tenant, job.id)).toBeUndefined();
  });

  it('keeps the first of two concurrent changes', async () => {
    const { platform, job } = await given([]);
    const seen = await findCalendar(platform.db, job.tenant, 'off');
    await givenCalendar(platform, job.tenant, [TODAY]);

    const second = await putCalendar(platform.db, job.tenant, { name: 'off', dates: ['2020-01-01'] }, seen, AT);

    expect(second).toBe(false);
    expect((await findCalendar(platform.db, job.tenant, 'off'))?.dates).toEqual([TODAY]);
  });
});

describe('a new calendar', () => {
  it('has at most 99 others beside it, even after concurrent creations', async () => {
    const db = memoryDb();
    const tenant = newTenant();
    const create = (name: string) => putCalendar(db, tenant, { name, dates: [TODAY] }, undefined, AT);
    for (let i = 0; i < MAX_CALENDARS - 2; i++) await create(`c${i}`);

    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map(create));

    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(2);
    expect(refused).toMatchObject([{ reason: { code: 'calendars.full' } }, { reason: { code: 'calendars.full' } }]);
    expect(await listCalendars(db, tenant)).toHaveLength(MAX_CALENDARS);
  });

  it('exists once after concurrent creations of its name', async () => {
    const db = memoryDb();
    const tenant = newTenant();
    const create = (date: string) => putCalendar(db, tenant, { name: 'off', dates: [date] }, undefined, AT);

    const created = await Promise.all([create('2026-01-01'), create('2026-01-02')]);

    expect(created.filter(Boolean)).toHaveLength(1);
  });
});

describe('a pause', () => {
  const pause = (platform: TestPlatform, job: Job, until: string | null = null) =>
    changePauses(platform, job, (pauses) => addPause(pauses, iso(START - MINUTE), until));
  const resume = (platform: TestPlatform, job: Job) =>
    changePauses(platform, job, (pauses) => endPause(pauses, iso(platform.now())));

  it('leaves no row of a tick, delivered or lost, and counts none as missed', async () => {
    const { platform, job } = await given([]);
    await pause(platform, job, iso(START + 90 * MINUTE));
    await dispatch(platform, job);
    const later = [60, 120].map((minutes) => iso(START + minutes * MINUTE));

    platform.advance(140 * MINUTE);
    await sweep(platform, job);

    const rows = [await rowOf(platform, job), ...(await Promise.all(later.map((tick) => rowOf(platform, job, tick))))];
    expect(rows).toEqual([undefined, undefined, 'skipped']);
  });

  it('holds for a tick whose dispatcher reads the state before the pause', async () => {
    const { platform, job, hideChanges } = await given([]);
    hideChanges();
    await pause(platform, job);

    await dispatch(platform, job);

    expect(await rowOf(platform, job)).toBeUndefined();
    expect((await stateOf(platform, job)).pauses).toHaveLength(1);
  });

  it('holds for no tick after its end, although the dispatcher reads an outdated state', async () => {
    const { platform, job, hideChanges } = await given([]);
    await pause(platform, job);
    hideChanges();
    await resume(platform, job);
    platform.advance(60 * MINUTE);
    const later = iso(START + 60 * MINUTE);

    await dispatch(platform, job, later);

    expect((await stateOf(platform, job)).pauses[0]?.until).toBe(AT);
    expect(await rowOf(platform, job, later)).toBe('queued');
  });

  it('keeps the run of a tick that was decided before it, although the message is delivered again', async () => {
    const { platform, job } = await given([]);
    await dispatch(platform, job);
    await pause(platform, job);

    await dispatch(platform, job);

    expect(await rowOf(platform, job)).toBe('queued');
    expect(platform.sent).toHaveLength(2);
  });
});
