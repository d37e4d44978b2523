import { describe, expect, it } from 'vitest';
import type { Job } from '../../../../../../functions/core/domain/job.ts';
import { endNotice } from '../../../../../../functions/core/domain/notification/delivery.ts';
import { REMOVAL_MS } from '../../../../../../functions/core/domain/run-removal.ts';
import { SWEEP_DELAY_MS } from '../../../../../../functions/core/domain/sweep-agenda.ts';
import type { TenantId } from '../../../../../../functions/core/domain/tenant.ts';
import { DAY_MS, HOUR_MS, LATE_AFTER_MS, LOCK_SETTLE_MS } from '../../../../../../functions/core/domain/timing.ts';
import { processRunMessage } from '../../../../../../functions/core/engine/execute/process-run-message.ts';
import { notify } from '../../../../../../functions/core/engine/notifications/notify.ts';
import { triggerJob } from '../../../../../../functions/core/engine/start/trigger-job.ts';
import { nextEntry, sweepDueTenant } from '../../../../../../functions/core/engine/sweep/sweep-due-tenant.ts';
import { getDelivery } from '../../../../../../functions/core/store/deliveries.ts';
import { advanceTickWatermark, getJobState } from '../../../../../../functions/core/store/job-states.ts';
import { putRegistration } from '../../../../../../functions/core/store/registrations.ts';
import { type AgendaEntry, getAgendaEntry, hastenSweep } from '../../../../../../functions/core/store/sweep-agenda.ts';
import { putTombstone } from '../../../../../../functions/core/store/tombstones.ts';
import { givenAgendaEntry } from '../../../../../helpers/builders/agenda.ts';
import { givenRuns } from '../../../../../helpers/builders/counted-runs.ts';
import { failedRun, listAllDeliveries } from '../../../../../helpers/builders/deliveries.ts';
import { endedRun } from '../../../../../helpers/builders/ended-run.ts';
import { givenJob, newTenant } from '../../../../../helpers/builders/jobs.ts';
import { anOutcome } from '../../../../../helpers/builders/outcomes.ts';
import { Crash } from '../../../../../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../../../../../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../../../../../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../../../../../helpers/fakes/platform.ts';

const db = memoryDb();
const MINUTE = 60_000;

const entryOf = async (tenant: TenantId): Promise<Partial<AgendaEntry>> => (await getAgendaEntry(db, tenant)) ?? {};

/** Creates a registered job of a tenant that is due. */
async function givenDueJob(platform: TestPlatform, overrides: Partial<Job> = {}): Promise<Job> {
  const job = await givenJob(platform, overrides);
  const { tenant, id: jobId, incarnation, version } = job;
  const updatedAt = new Date(platform.now()).toISOString();
  const registration = { jobId, incarnation, version, content: '', error: null, updatedAt };
  await putRegistration(db, tenant, { ...registration, status: job.schedule ? 'registered' : 'none' });
  if (job.schedule) await advanceTickWatermark(db, job, updatedAt);
  await givenAgendaEntry(db, tenant, platform.now());
  return job;
}

/** Creates a job whose run lost its message. */
async function givenLostRun(platform: TestPlatform): Promise<Job> {
  const job = await givenJob(platform, { schedule: null });
  await triggerJob(platform, job);
  platform.sent.length = 0;
  platform.advance(2 * MINUTE);
  return job;
}

describe('sweepDueTenant', () => {
  it('repairs the tenant and stays due each minute while a run is active', async () => {
    const platform = testPlatform(db);
    const { tenant } = await givenLostRun(platform);
    await givenAgendaEntry(db, tenant, platform.now());

    await sweepDueTenant(platform, { v: 1, tenant });

    expect(platform.sent).toHaveLength(1);
    expect(await entryOf(tenant)).toMatchObject({ sweepAt: platform.now() + SWEEP_DELAY_MS });
  });

  it('ignores a message whose tenant another sweep has postponed', async () => {
    const platform = testPlatform(db);
    const { tenant } = await givenLostRun(platform);
    await givenAgendaEntry(db, tenant, platform.now() + MINUTE);

    await sweepDueTenant(platform, { v: 1, tenant });
    await sweepDueTenant(platform, { v: 1, tenant: newTenant() });

    expect(platform.sent).toEqual([]);
  });

  it('expects the next tick of the earliest job, 10 minutes after its time', async () => {
    const platform = testPlatform(db);
    const { tenant } = await givenDueJob(platform, { schedule: '0 0 * * *' });
    await givenDueJob(platform, { tenant, id: 'earlier', schedule: '0 12 * * *' });

    await sweepDueTenant(platform, { v: 1, tenant });

    const noon = Date.UTC(2031, 4, 6, 12);
    expect(await entryOf(tenant)).toMatchObject({ sweepAt: noon + LATE_AFTER_MS, definitionsAt: noon + LATE_AFTER_MS });
  });

  it('records the tick of a silent scheduler when it is overdue', async () => {
    const platform = testPlatform(db);
    const { tenant } = await givenDueJob(platform, { schedule: '0 12 * * *' });
    await sweepDueTenant(platform, { v: 1, tenant });
    platform.advance(((await entryOf(tenant)).sweepAt ?? 0) - platform.now() + 1);

    await sweepDueTenant(platform, { v: 1, tenant });

    expect(platform.measured).toContainEqual(expect.objectContaining({ values: { MissedTicks: 1 } }));
  });

  it('expects nothing of a tenant without schedules, runs and deliveries', async () => {
    const platform = testPlatform(db);
    const { tenant } = await givenDueJob(platform, { schedule: null });

    await sweepDueTenant(platform, { v: 1, tenant });

    expect(await entryOf(tenant)).toMatchObject({ sweepAt: null, definitionsAt: null, delaysAt: null, purgeAt: null });
  });

  it('checks a registration a minute after the change of its job', async () => {
    const platform = testPlatform(db);
    const updatedAt = new Date(START - 1_000).toISOString();
    const { tenant } = await givenJob(platform, { schedule: null, updatedAt });
    await givenAgendaEntry(db, tenant, START);

    await sweepDueTenant(platform, { v: 1, tenant });

    expect(await entryOf(tenant)).toMatchObject({ sweepAt: START + MINUTE, definitionsAt: START - 1_000 + MINUTE });
  });

  it('reads no definitions while they are not due', async () => {
    const platform = testPlatform(db);
    const { tenant } = await givenDueJob(platform, { schedule: null });
    await sweepDueTenant(platform, { v: 1, tenant });
    await hastenSweep(db, tenant, START);
    const definitions: string[] = [];
    const send = (command: { readonly input: object }) => {
      const text = JSON.stringify(command.input);
      if (text.includes('DEF#') || text.includes('REG#')) definitions.push(text);
      return db.client.send(command as never);
    };

    await sweepDueTenant({ ...platform, db: { ...db, client: { send } as never } }, { v: 1, tenant });

    expect(definitions).toEqual([]);
    expect(await entryOf(tenant)).toMatchObject({ sweepAt: null });
  });

  it('checks pending deliveries, though the sweep began before the notifier created one', async () => {
    const platform = testPlatform(db);
    const job = await givenDueJob(platform, { schedule: null, onFailure: '#alerts' });
    await sweepDueTenant(platform, { v: 1, tenant: job.tenant });
    const notice = endNotice(failedRun(platform, job, 1));

    await notify(platform, notice ? [notice] : []);

    const [delivery] = await listAllDeliveries(platform, job.tenant);
    if (!delivery) throw new Error('no delivery was created');
    const { id, wakeAt } = delivery;
    expect(await entryOf(job.tenant)).toMatchObject({ sweepAt: Date.parse(wakeAt) });
    platform.notifications.length = 0;
    platform.advance(Date.parse(wakeAt) - START);
    await sweepDueTenant(platform, { v: 1, tenant: job.tenant });
    expect(platform.notifications).toEqual([expect.objectContaining({ id })]);
    const next = (await getDelivery(db, job.tenant, id, platform.now()))?.wakeAt ?? '';
    expect(await entryOf(job.tenant)).toMatchObject({ sweepAt: Date.parse(next) });
  });

  it('purges when DynamoDB should have removed the oldest row, at least hourly and at most daily', async () => {
    const platform = testPlatform(db);
    const job = await givenDueJob(platform, { schedule: null });
    const inHours = (hours: number) => new Date(START + hours * HOUR_MS - REMOVAL_MS).toISOString();
    await givenRuns(platform, endedRun(job, 1, { purgeAt: inHours(5) }));

    await sweepDueTenant(platform, { v: 1, tenant: job.tenant });
    const first = await entryOf(job.tenant);
    platform.advance(5 * HOUR_MS);
    await sweepDueTenant(platform, { v: 1, tenant: job.tenant });

    expect(first).toMatchObject({ sweepAt: START + 5 * HOUR_MS, purgeAt: START + 5 * HOUR_MS });
    expect(platform.logged).toContainEqual(expect.objectContaining({ message: 'runs.purged' }));
    // The counter still shows the row, whose removal the aggregator counts later.
    expect(await entryOf(job.tenant)).toMatchObject({ purgeAt: START + 5 * HOUR_MS + DAY_MS });
  });

  it('sweeps a tenant fully on request of the pass, whatever its entry shows', async () => {
    const platform = testPlatform(db);
    const { tenant } = await givenLostRun(platform);
    await givenAgendaEntry(db, tenant, platform.now() + DAY_MS);
    const unknown = await givenLostRun(platform);

    await sweepDueTenant(platform, { v: 1, tenant, full: true });
    await sweepDueTenant(platform, { v: 1, tenant: unknown.tenant, full: true });

    expect(platform.sent.map((run) => run.tenant)).toEqual([tenant, unknown.tenant]);
    expect(await entryOf(tenant)).toMatchObject({ sweepAt: platform.now() + SWEEP_DELAY_MS });
    expect(await getAgendaEntry(db, unknown.tenant)).toBeUndefined();
  });

  it('sweeps a tenant for a redelivered message of the pass, whose first receive ended half-way', async () => {
    const platform = testPlatform(db);
    const { tenant } = await givenLostRun(platform);
    await givenAgendaEntry(db, tenant, platform.now() + DAY_MS);
    const dying = interruptBefore(platform, { command: 'QueryCommand', table: 'runs' }, async () => {
      throw new Crash();
    });
    await expect(sweepDueTenant(dying, { v: 1, tenant, full: true })).rejects.toThrow(Crash);

    await sweepDueTenant(platform, { v: 1, tenant, full: true }, 2);

    expect(platform.sent.map((run) => run.tenant)).toEqual([tenant]);
  });

  it('frees the lock of an ended run 20 minutes after its start, without any other event', async () => {
    const platform = testPlatform(db);
    const job = await givenDueJob(platform, { schedule: null });
    const run = await triggerJob(platform, job);
    await processRunMessage(platform, async () => anOutcome(), run);

    await sweepDueTenant(platform, { v: 1, tenant: job.tenant });
    const { sweepAt } = await entryOf(job.tenant);
    platform.advance((sweepAt ?? 0) - platform.now());
    await sweepDueTenant(platform, { v: 1, tenant: job.tenant });

    expect(sweepAt).toBe(START + LOCK_SETTLE_MS);
    expect(await getJobState(db, job.tenant, job.id)).toMatchObject({ lock: null, lastRun: { ulid: run.ulid } });
    // The next purge.
    expect(await entryOf(job.tenant)).toMatchObject({ sweepAt: START + DAY_MS });
  });

  it.each([
    ['the pass had listed it', true],
    ['it was found in the agenda', false],
  ])('leaves a tenant that was deleted after %s', async (_, full) => {
    const platform = testPlatform(db);
    const { tenant } = await givenLostRun(platform);
    await givenAgendaEntry(db, tenant, platform.now());
    await putTombstone(db, tenant, new Date(platform.now()).toISOString());

    await sweepDueTenant(platform, { v: 1, tenant, ...(full && { full }) });

    expect(platform.sent).toEqual([]);
  });

  it('continues the walk over the definitions where a sweep ended for lack of time', async () => {
    const platform = testPlatform(db);
    const tenant = newTenant();
    for (const id of ['a', 'b', 'c', 'd', 'e']) await givenDueJob(platform, { tenant, id, schedule: '* * * * *' });
    platform.advance(30 * MINUTE);
    const missed = () => platform.measured.filter(({ values }) => 'MissedTicks' in values).length;
    const slow = {
      ...platform,
      metrics: {
        ...platform.metrics,
        event(...args: Parameters<typeof platform.metrics.event>) {
          platform.advance(1_000);
          platform.metrics.event(...args);
        },
      },
    };

    const progress: (string | undefined)[] = [];
    for (let sweep = 0; sweep < 4; sweep++) {
      await sweepDueTenant(slow, { v: 1, tenant });
      progress.push((await entryOf(tenant)).walkAfter);
      platform.advance(MINUTE);
    }

    // A job has missed 20 ticks, of which each takes a second; a sweep has 40 s.
    expect(progress.slice(0, 2)).toEqual(['b', 'd']);
    expect(missed()).toBeGreaterThanOrEqual(5 * 20);
    expect(platform.logged).toContainEqual(expect.objectContaining({ message: 'sweep.unfinished' }));
  });
});

describe('nextEntry', () => {
  const entry: AgendaEntry = {
    sweepAt: START,
    definitionsAt: null,
    delaysAt: null,
    purgeAt: null,
    walkAfter: undefined,
    retriesAfter: undefined,
    delaysAfter: undefined,
    hasActiveRuns: false,
    hasRuns: false,
    changes: 1,
    definitionChanges: 1,
  };
  const result = {
    nextAt: null,
    definitionsAt: undefined,
    delaysAt: undefined,
    after: undefined,
    retriesAfter: undefined,
    delaysAfter: undefined,
    purgeAt: undefined,
  };

  it('expects a sweep in a minute if the counter shows active runs that the index does not', () => {
    expect(nextEntry({ ...entry, hasActiveRuns: true }, result, START)).toMatchObject({ sweepAt: START + MINUTE });
  });

  it('keeps the time of definitions that were not walked', () => {
    const next = nextEntry({ ...entry, definitionsAt: START + HOUR_MS }, result, START);

    expect(next).toMatchObject({ sweepAt: START + HOUR_MS, definitionsAt: START + HOUR_MS });
  });

  it('expects a sweep when the message of a delayed run has to be sent', () => {
    const next = nextEntry(entry, { ...result, delaysAt: START + HOUR_MS }, START);

    expect(next).toMatchObject({ sweepAt: START + HOUR_MS, delaysAt: START + HOUR_MS });
  });

  it('expects a further walk over the delayed runs while one is unfinished, and after its last part', () => {
    const unfinished = nextEntry(entry, { ...result, delaysAt: START + HOUR_MS, delaysAfter: 'a' }, START);
    const last = nextEntry({ ...entry, delaysAfter: 'a' }, { ...result, delaysAt: START + HOUR_MS }, START);

    expect(unfinished).toMatchObject({ sweepAt: START + MINUTE, delaysAt: 0, delaysAfter: 'a' });
    expect(last).toMatchObject({ sweepAt: START + MINUTE, delaysAt: 0, delaysAfter: undefined });
  });

  it('leaves a minute between two sweeps', () => {
    expect(nextEntry(entry, { ...result, nextAt: START + 1 }, START)).toMatchObject({ sweepAt: START + MINUTE });
  });

  it('continues an unfinished purge in the next sweep', () => {
    const next = nextEntry({ ...entry, hasRuns: true }, { ...result, purgeAt: START }, START);

    expect(next).toMatchObject({ sweepAt: START + MINUTE, purgeAt: START });
  });

  it('schedules a purge for a tenant that has runs again', () => {
    expect(nextEntry({ ...entry, hasRuns: true }, result, START)).toMatchObject({ purgeAt: START + DAY_MS });
  });
});
