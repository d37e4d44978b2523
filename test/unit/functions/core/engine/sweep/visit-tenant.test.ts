import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endNotice } from '../../../../../../functions/core/domain/notification/delivery.ts';
import type { Run } from '../../../../../../functions/core/domain/run.ts';
import { notify } from '../../../../../../functions/core/engine/notifications/notify.ts';
import { triggerJob } from '../../../../../../functions/core/engine/start/trigger-job.ts';
import { isScheduledMinute } from '../../../../../../functions/core/engine/sweep/scheduled-minute.ts';
import {
  visitTenant,
  FULL_SWEEP_INTERVAL_MINUTES as WHOLE,
} from '../../../../../../functions/core/engine/sweep/visit-tenant.ts';
import { advanceTickWatermark } from '../../../../../../functions/core/store/job-states.ts';
import { givenRuns } from '../../../../../helpers/builders/counted-runs.ts';
import { failedRun } from '../../../../../helpers/builders/deliveries.ts';
import { endedRun } from '../../../../../helpers/builders/ended-run.ts';
import { givenJob, newTenant } from '../../../../../helpers/builders/jobs.ts';
import { type TestPlatform, testPlatform } from '../../../../../helpers/fakes/platform.ts';
import { recordCommands } from '../../../../../helpers/fakes/recording-db.ts';
import { startTestStore, type TestStore } from '../../../../../helpers/system/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store.stop());

const MINUTE = 60_000;

/** Advances the clock to the next minute with or without a full sweep. */
function toMinute(platform: TestPlatform, tenant: Run['tenant'], whole: boolean): void {
  do platform.advance(MINUTE);
  while (isScheduledMinute(tenant, platform.now(), WHOLE) !== whole);
}

/** Creates a job whose run lost its message and is not counted. */
async function givenLostRun(platform: TestPlatform) {
  const job = await givenJob(platform, { schedule: null });
  await triggerJob(platform, job);
  platform.sent.length = 0;
  // Long enough ago for a resend.
  platform.advance(2 * MINUTE);
  return job;
}

describe('visitTenant', () => {
  it('skips the runs of a tenant whose counter shows none active', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { schedule: null });
    await givenRuns(platform, endedRun(job, 1));
    toMinute(platform, job.tenant, false);
    const { db, requests } = recordCommands(store.db);

    await visitTenant({ ...platform, db }, job.tenant);

    expect(requests).toContain('GetItem');
    // The lists of jobs, states, registrations and deleted jobs.
    expect(requests.filter((request) => request === 'Query')).toHaveLength(5);
    expect(requests).not.toContain('BatchGetItem');
  });

  it.each(['queued', 'running', 'stopping'] as const)(
    'sweeps the runs when the counter shows one that is %s',
    async (state) => {
      const platform = testPlatform(store.db);
      const job = await givenLostRun(platform);
      const active = { state, lease: null, startedAt: null, finishedAt: null } as const;
      const other = await givenJob(platform, { tenant: job.tenant, id: 'other', overlapPolicy: 'allow' });
      await givenRuns(platform, endedRun(other, 1, { ...active, waiting: state === 'queued' ? 'limit' : null }));
      toMinute(platform, job.tenant, false);

      await visitTenant(platform, job.tenant);

      expect(platform.sent).toContainEqual(expect.objectContaining({ jobId: job.id }));
    },
  );

  it('sweeps the runs once in ten minutes whatever the counter shows', async () => {
    const platform = testPlatform(store.db);
    const job = await givenLostRun(platform);

    const visits: number[] = [];
    for (let minute = 0; minute < WHOLE && platform.sent.length === 0; minute++) {
      platform.advance(MINUTE);
      await visitTenant(platform, job.tenant);
      visits.push(platform.now());
    }

    expect(platform.sent).toEqual([expect.objectContaining({ jobId: job.id })]);
    expect(visits.map((now) => isScheduledMinute(job.tenant, now, WHOLE))).toEqual([
      ...Array.from({ length: visits.length - 1 }, () => false),
      true,
    ]);
  });

  it('looks for missed ticks whatever the counter shows', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { schedule: '0 * * * *' });
    await advanceTickWatermark(store.db, job, new Date(platform.now()).toISOString());
    platform.advance(70 * MINUTE);
    toMinute(platform, job.tenant, false);

    await visitTenant(platform, job.tenant);

    expect(platform.measured).toContainEqual(expect.objectContaining({ values: { MissedTicks: 1 } }));
  });

  it('resends lost notification messages whatever the counter shows', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { onFailure: '#alerts' });
    const notice = endNotice(failedRun(platform, job, 1));
    await notify(platform, notice ? [notice] : []);
    const lost = platform.notifications.splice(0);
    toMinute(platform, job.tenant, false);
    platform.advance(WHOLE * MINUTE);

    await visitTenant(platform, job.tenant);

    expect(lost).toHaveLength(1);
    expect(platform.notifications).toEqual(lost);
  });
});

describe('isScheduledMinute', () => {
  it('returns true once in the interval and spreads the tenants', () => {
    const tenants = Array.from({ length: 50 }, newTenant);
    const minutes = Array.from({ length: 20 }, (_, minute) => minute * MINUTE);
    const turns = tenants.map((tenant) => minutes.filter((now) => isScheduledMinute(tenant, now, WHOLE)));

    for (const times of turns) expect(times).toEqual([times[0], (times[0] ?? 0) + WHOLE * MINUTE]);
    expect(new Set(turns.map(([first]) => first)).size).toBeGreaterThan(5);
  });
});
