import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../../../../../../functions/core/domain/run.ts';
import { publishMetrics } from '../../../../../../functions/core/engine/counters/publish-metrics.ts';
import type { Db } from '../../../../../../functions/core/store/db.ts';
import { markUsedFeatures } from '../../../../../../functions/core/store/limits.ts';
import { putTenant } from '../../../../../../functions/core/store/tenants.ts';
import { givenJobCounts, givenRuns } from '../../../../../helpers/builders/counted-runs.ts';
import { endedRun } from '../../../../../helpers/builders/ended-run.ts';
import { aJob } from '../../../../../helpers/builders/jobs.ts';
import { START, type TestPlatform, testPlatform } from '../../../../../helpers/fakes/platform.ts';
import { recordCommands } from '../../../../../helpers/fakes/recording-db.ts';
import { startTestStore, type TestStore } from '../../../../../helpers/system/test-store.ts';

let store: TestStore;
beforeEach(async () => {
  store = await startTestStore();
});
afterEach(() => store.stop());

const MINUTE = 60_000;
const queued: Partial<Run> = { state: 'queued', startedAt: null, finishedAt: null, attempt: 0 };
const running: Partial<Run> = { state: 'running', finishedAt: null };
const failed: Partial<Run> = { state: 'failed', failure: { kind: 'error', message: 'exit code 1' } };

/** Creates a tenant with counted runs. */
async function givenTenant(platform: TestPlatform, ...overrides: readonly Partial<Run>[]) {
  const job = aJob();
  await putTenant(store.db, job.tenant);
  await givenRuns(platform, ...overrides.map((override, i) => endedRun(job, i + 1, override)));
  return job.tenant;
}

describe('publishMetrics', () => {
  it('publishes gauges of each tenant and of the stage', async () => {
    const platform = testPlatform(store.db);
    const at = (ms: number) => new Date(START + ms).toISOString();
    const busy = await givenTenant(
      platform,
      { ...queued, createdAt: at(0) },
      { ...queued, createdAt: at(5_000) },
      running,
    );
    const resting = await givenTenant(platform, {}, failed, { state: 'canceled' });
    const refused = await givenTenant(
      platform,
      { ...queued, createdAt: at(-30_000) },
      { ...running, state: 'stopping' },
    );
    await givenJobCounts(platform, refused, 2, 1);
    platform.advance(MINUTE);

    await publishMetrics(platform);

    const of = (tenant: string | undefined) => platform.measured.find((line) => line.tenant === tenant)?.values;
    const none = { PendingRuns: 0, ProcessingRuns: 0, FailedRuns: 0, OldestPendingAge: 0, FailedRegistrations: 0 };
    expect(of(busy)).toEqual({ ...none, PendingRuns: 2, ProcessingRuns: 1, OldestPendingAge: 60 });
    expect(of(resting)).toEqual({ ...none, FailedRuns: 1 });
    const ofRefused = { PendingRuns: 1, ProcessingRuns: 1, OldestPendingAge: 90, FailedRegistrations: 1 };
    expect(of(refused)).toEqual({ ...none, ...ofRefused });
    expect(of(undefined)).toEqual({
      PendingRuns: 3,
      ProcessingRuns: 2,
      FailedRuns: 1,
      OldestPendingAge: 90,
      FailedRegistrations: 1,
    });
  });

  it('publishes zeros for a tenant without runs', async () => {
    const platform = testPlatform(store.db);

    await publishMetrics(platform);

    const values = { PendingRuns: 0, ProcessingRuns: 0, FailedRuns: 0, OldestPendingAge: 0, FailedRegistrations: 0 };
    expect(platform.measured).toEqual([{ message: 'stage.measured', values }]);
  });

  it('queries the oldest run only for tenants with pending runs', async () => {
    const platform = testPlatform(store.db);
    await givenTenant(platform, queued);
    await givenTenant(platform, {}, running);
    const { db, requests } = recordCommands(store.db);

    await publishMetrics({ ...platform, db });

    // Queries: the tenants, and the five classes of queued runs of the tenant with pending runs. Reads: one counter per
    // tenant, the platform's counter, the mark of priorities, and the rows of runs that hold a slot.
    const queries = Array.from({ length: 6 }, () => 'Query');
    expect(requests.sort()).toEqual(['BatchGetItem', ...Array.from({ length: 4 }, () => 'GetItem'), ...queries]);
  });

  it('queries the partitions of all priorities for a tenant that has used priorities', async () => {
    const platform = testPlatform(store.db);
    const tenant = await givenTenant(platform, queued);
    await markUsedFeatures(store.db, tenant, { prioritiesSince: '2026-03-02T01:00:00.000Z' });
    const { db, requests } = recordCommands(store.db);

    await publishMetrics({ ...platform, db });

    expect(requests.filter((command) => command === 'Query')).toHaveLength(10);
  });

  it('publishes the other tenants but no stage gauges when a tenant cannot be read', async () => {
    const platform = testPlatform(store.db);
    const broken = await givenTenant(platform, running);
    const sound = await givenTenant(platform, running);

    await expect(publishMetrics({ ...platform, db: unreadable(store.db, broken) })).rejects.toThrow(
      'publish: 1 tenants failed',
    );

    expect(platform.measured.map(({ tenant }) => tenant)).toEqual([sound]);
    expect(platform.logged).toContainEqual(expect.objectContaining({ message: 'publish.failed' }));
  });
});

/** Wraps the store so that one tenant's partition cannot be read. */
function unreadable(db: Db, tenant: string): Db {
  const send = async (command: Parameters<Db['client']['send']>[0]) => {
    const { Key } = command.input as { readonly Key?: { readonly pk?: { readonly S?: string } } };
    if (Key?.pk?.S === tenant) throw new Error('throttled');
    return db.client.send(command);
  };
  return { ...db, client: { send } as unknown as Db['client'] };
}
