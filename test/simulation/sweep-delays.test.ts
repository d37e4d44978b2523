import { describe, expect, it } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { MINUTE_MS } from '../../functions/core/domain/timing.ts';
import { sweepDueTenant } from '../../functions/core/engine/sweep/sweep-due-tenant.ts';
import { DELAYS_PAGE } from '../../functions/core/engine/sweep/sweep-limits.ts';
import { advanceTickWatermark } from '../../functions/core/store/job-states.ts';
import { putRun } from '../../functions/core/store/runs.ts';
import { getAgendaEntry } from '../../functions/core/store/sweep-agenda.ts';
import { givenAgendaEntry } from '../helpers/builders/agenda.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';

/** A tenant with more delayed runs than one sweep can start. */
const db = memoryDb();
/** A fifth of the delayed runs that a tenant may have at most. */
const MANY = 2_000;
const RUN_AT = START + 60 * MINUTE_MS;
const DELAYED = {
  state: 'queued',
  waiting: 'delay',
  startedAt: null,
  finishedAt: null,
  runAt: new Date(RUN_AT).toISOString(),
} as const;

async function givenDelayed(job: Job, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await putRun(db, endedRun(job, i, DELAYED));
}

type SendTick = TestPlatform['queues']['sendTick'];

const withSendTick = (platform: TestPlatform, sendTick: SendTick): TestPlatform => ({
  ...platform,
  queues: { ...platform.queues, sendTick },
});

/**
 * Sweeps the tenant each minute until `RUN_AT`.
 *
 * @returns the number of sweeps until nothing more was sent
 */
async function sweepUntilStart(platform: TestPlatform, tenant: TenantId): Promise<number> {
  let useful = 0;
  for (let sweep = 1; platform.now() < RUN_AT; sweep++) {
    const endsAt = platform.now() + MINUTE_MS;
    const before = platform.ticks.length;
    await sweepDueTenant(platform, { v: 1, tenant }).catch(() => {});
    if (platform.ticks.length > before) useful = sweep;
    platform.advance(Math.max(0, endsAt - platform.now()));
  }
  return useful;
}

describe('a tenant with many delayed runs that are due in the same minute', () => {
  it('gets the messages of all sent in time, each once, in several sweeps that do their other work, too', async () => {
    const platform = testPlatform(db);
    const job = await givenJob(platform, { id: 'delayed', schedule: null });
    await givenDelayed(job, MANY);
    const { tenant } = job;
    const ticking = await givenJob(platform, { tenant, id: 'ticking', schedule: '30 10 * * *' });
    await advanceTickWatermark(db, ticking, new Date(START).toISOString());
    platform.advance(45 * MINUTE_MS);
    await givenAgendaEntry(db, tenant, platform.now());
    const startsAt = new Set<number>();
    // Ten are sent at the same time, so each takes 150 ms, five times as long as usual.
    const slow = withSendTick(platform, async (tick, delayMs) => {
      startsAt.add(platform.now() + delayMs);
      platform.advance(15);
      await platform.queues.sendTick(tick, delayMs);
    });
    await sweepDueTenant(slow, { v: 1, tenant });
    const missed = platform.measured.filter(({ values }) => 'MissedTicks' in values);
    const first = platform.ticks.length;

    const sweeps = await sweepUntilStart(slow, tenant);

    expect(first).toBeLessThan(MANY / 2);
    expect(missed).toHaveLength(1);
    expect(sweeps).toBeLessThan(5);
    expect(new Set(platform.ticks.map(({ ulid }) => ulid)).size).toBe(MANY);
    expect(platform.ticks).toHaveLength(MANY);
    expect([...startsAt]).toEqual([RUN_AT]);
  });
});

describe('a tenant whose oldest delayed runs fail again and again', () => {
  it('gets those behind them sent by later sweeps', async () => {
    const platform = testPlatform(db);
    const broken = await givenJob(platform, { id: 'broken', schedule: null });
    const failing = 3 * DELAYS_PAGE;
    await givenDelayed(broken, failing);
    const job = await givenJob(platform, { tenant: broken.tenant, id: 'good', schedule: null });
    const run = endedRun(job, failing, DELAYED);
    await putRun(db, run);
    platform.advance(45 * MINUTE_MS);
    await givenAgendaEntry(db, job.tenant, platform.now());
    const slow = withSendTick(platform, async (tick, delayMs) => {
      platform.advance(150);
      if (tick.jobId === broken.id) throw new Error('no connection');
      await platform.queues.sendTick(tick, delayMs);
    });

    const sweeps = await sweepUntilStart(slow, job.tenant);

    expect(sweeps).toBe(4);
    expect(platform.ticks).toMatchObject([{ ulid: run.ulid }]);
    expect(await getAgendaEntry(db, job.tenant)).toMatchObject({ delaysAt: 0 });
  });
});
