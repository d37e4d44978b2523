import { describe, expect, test } from 'vitest';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run, SkippedTick } from '../../functions/core/domain/run.ts';
import { publicRunId } from '../../functions/core/domain/run-id.ts';
import { REMOVAL_MS } from '../../functions/core/domain/run-removal.ts';
import { failUnclaimedRun } from '../../functions/core/engine/execute/fail-unclaimed-run.ts';
import { acknowledgeFailure, withdrawAcknowledgement } from '../../functions/core/engine/failures/acknowledge-run.ts';
import { findFailures } from '../../functions/core/engine/failures/find-failures.ts';
import { JobRedriver, type Redrivable } from '../../functions/core/engine/failures/redrive-job.ts';
import { startTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { deleteJob } from '../../functions/core/store/jobs.ts';
import { listHistory } from '../../functions/core/store/run-lists.ts';
import { getRun, getTickRows, putRun, touchRun } from '../../functions/core/store/runs.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { givenJob, newTenant } from '../helpers/builders/jobs.ts';
import { Crash, type Faults, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';

const store = { db: memoryDb() };

const MINUTE = 60_000;
const ANA = { by: 'ana@acme.test', note: null };
const BOUNDS = { limit: 100, maxRows: 1_000, hasTime: () => true };
const refOf = (job: Job) => ({ tenant: job.tenant, jobId: job.id, incarnation: job.incarnation });

/** Stores failed runs of the job, one per second. */
async function failuresOf(platform: TestPlatform, job: Job, count: number, overrides: Partial<Run> = {}) {
  const runs = Array.from({ length: count }, (_, i) =>
    endedRun(job, i + 1, { state: 'failed', failure: { kind: 'error', message: `no ${i}` }, ...overrides }),
  );
  for (const run of runs) await putRun(platform.db, run);
  return runs;
}

async function redrivenOf(platform: TestPlatform, job: Job): Promise<readonly Run[]> {
  const rows = await listHistory(platform.db, refOf(job), { limit: 1_000, now: platform.now() });
  return rows.filter((row) => row.state !== 'skipped').filter(({ redrivenFrom }) => redrivenFrom !== null);
}

const DEFAULTS = { dryRun: false, acknowledgedBy: 'ana@acme.test' };

/** Redrives these rows in one request. */
async function redrive(platform: TestPlatform, job: Job, rows: readonly Redrivable[], options = {}) {
  const redrives = new JobRedriver(platform, job, { ...DEFAULTS, ...options });
  const outcomes = [];
  for (const row of rows) outcomes.push(await redrives.redrive(row));
  return outcomes;
}

const kindsOf = (outcomes: readonly { readonly kind: string }[]) => outcomes.map(({ kind }) => kind);

describe('a redrive', () => {
  test('starts a new run that refers to the failed one, and acknowledges the failed one', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const scheduledAt = new Date(START - 5 * MINUTE).toISOString();
    const [failed] = await failuresOf(platform, job, 1, { trigger: 'schedule', scheduledAt });

    await redrive(platform, job, [failed as Run]);

    const [run] = await redrivenOf(platform, job);
    expect(run).toMatchObject({ state: 'queued', trigger: 'manual', redrivenFrom: failed?.ulid, scheduledAt });
    expect(platform.sent).toMatchObject([{ jobId: job.id, ulid: run?.ulid }]);
    expect(await getRun(platform.db, failed as Run)).toMatchObject({
      state: 'failed',
      acknowledged: { by: 'ana@acme.test', note: `redriven as ${publicRunId(run as Run)}` },
    });
  });

  test('leaves the failure unacknowledged on request', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const [failed] = await failuresOf(platform, job, 1);

    await redrive(platform, job, [failed as Run], { acknowledgedBy: null });

    expect(await getRun(platform.db, failed as Run)).toMatchObject({ acknowledged: null });
  });

  test('follows the overlap policy', async () => {
    const platform = testPlatform(store.db);
    const outcomes: Record<string, readonly string[]> = {};
    for (const overlapPolicy of ['skip', 'queue', 'allow', 'replace'] as const) {
      const job = await givenJob(platform, { overlapPolicy });
      const runs = await failuresOf(platform, job, 3);
      const pretended = await redrive(platform, job, runs, { dryRun: true });
      expect(await redrivenOf(platform, job)).toEqual([]);
      const done = await redrive(platform, job, runs);
      expect(kindsOf(pretended)).toEqual(kindsOf(done));
      outcomes[overlapPolicy] = kindsOf(done);
    }

    expect(outcomes).toEqual({
      skip: ['started', 'skipped', 'skipped'],
      queue: ['started', 'started', 'skipped'],
      allow: ['started', 'started', 'started'],
      replace: ['started', 'skipped', 'skipped'],
    });
  });

  test('skips a failure of a disabled job', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { enabled: false });
    const failed = await failuresOf(platform, job, 1);

    expect(await redrive(platform, job, failed)).toEqual([
      { kind: 'skipped', reason: "job 'sync-email' is disabled", by: null },
    ]);
  });

  test.each(['completed', 'canceled', 'running'] as const)('skips a %s run', async (state) => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);

    expect(await redrive(platform, job, [endedRun(job, 1, { state })])).toMatchObject([
      { kind: 'skipped', reason: `did not fail: it is ${state}` },
    ]);
  });

  test('starts a run for a missed tick, and none for a deliberately skipped one', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const scheduledAt = new Date(START - 30 * MINUTE).toISOString();
    await startTick(platform, job, scheduledAt, 'missed');
    await startTick(platform, job, new Date(START - 29 * MINUTE).toISOString(), 'disabled');
    const [disabled, missed] = (await listHistory(platform.db, refOf(job), {
      limit: 10,
      now: platform.now(),
    })) as SkippedTick[];

    const outcomes = await redrive(platform, job, [missed, disabled] as SkippedTick[]);

    expect(outcomes).toMatchObject([
      { kind: 'started' },
      { kind: 'skipped', reason: 'was skipped as it should be (disabled)' },
    ]);
    expect(await redrivenOf(platform, job)).toMatchObject([{ redrivenFrom: missed?.ulid, scheduledAt }]);
  });

  test('starts a run for a failure whose message became a dead letter', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const queued = await triggerJob(platform, job);
    await failUnclaimedRun(platform, queued, 3);

    const { runs: lost } = await findFailures(platform, job.tenant, {}, BOUNDS);
    const outcomes = await redrive(platform, job, lost);

    expect(lost).toMatchObject([{ ulid: queued.ulid, failure: { kind: 'lost' } }]);
    expect(kindsOf(outcomes)).toEqual(['started']);
  });

  test('starts one run for concurrent requests', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { overlapPolicy: 'allow' });
    const [failed] = await failuresOf(platform, job, 1);

    const outcomes = await Promise.all(Array.from({ length: 6 }, () => redrive(platform, job, [failed as Run])));

    const [run, ...others] = await redrivenOf(platform, job);
    expect(others).toEqual([]);
    expect(kindsOf(outcomes.flat()).filter((kind) => kind === 'started')).toHaveLength(1);
    expect(outcomes.flat().every(({ by }) => by?.ulid === run?.ulid)).toBe(true);
  });

  test.each(['skip', 'allow'] as const)(
    'starts one run after a crash at each of its calls (policy %s)',
    async (overlapPolicy) => {
      const found: string[] = [];
      let crashed = 0;
      for (let crashAtCall = 1; ; crashAtCall++) {
        const before = crashed;
        for (const answerIsLost of [false, true]) {
          const platform = testPlatform(store.db);
          const job = await givenJob(platform, { overlapPolicy });
          const [failed] = await failuresOf(platform, job, 1);
          const crashing: Faults = { crashAtCall, answerIsLost };
          const broken = { ...platform, db: faultyDb(platform.db, crashing) };
          crashed += await redrive(broken, job, [failed as Run]).then(
            () => 0,
            (error: unknown) => Number(error instanceof Crash),
          );
          // A lock whose run is not stored is freed after a minute.
          platform.advance(61_000);
          const again = (await getRun(platform.db, failed as Run)) as Run;
          await redrive(platform, job, [again]);
          await redrive(platform, job, [again]);
          const runs = await redrivenOf(platform, job);
          const { acknowledged } = (await getRun(platform.db, failed as Run)) as Run;
          if (runs.length !== 1 || !acknowledged) found.push(`call ${crashAtCall}: ${runs.length} runs`);
        }
        if (crashed === before) break;
      }

      expect(found).toEqual([]);
      expect(crashed).toBeGreaterThan(8);
    },
  );
});

describe('a failure whose retention is over', () => {
  test('starts one redriven run while it is shown', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { overlapPolicy: 'allow' });
    const [failed] = (await failuresOf(platform, job, 1, { purgeAt: new Date(START - MINUTE).toISOString() })) as [Run];

    await redrive(platform, job, [failed]);
    await withdrawAcknowledgement(platform, failed);
    platform.advance(MINUTE);
    await redrive(platform, job, [failed]);

    expect(await redrivenOf(platform, job)).toHaveLength(1);
  });
});

describe('an acknowledgement', () => {
  test('keeps the first author and note, and can be removed', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const [failed] = (await failuresOf(platform, job, 1)) as [Run];

    const first = await acknowledgeFailure(platform, failed, { by: 'ana', note: 'known' });
    platform.advance(MINUTE);
    const second = await acknowledgeFailure(platform, failed, { by: 'bo', note: null });

    expect([first?.changed, second?.changed]).toEqual([true, false]);
    expect(second?.run).toMatchObject({ state: 'failed', acknowledged: { by: 'ana', note: 'known' } });
    expect(await withdrawAcknowledgement(platform, failed)).toMatchObject({
      changed: true,
      run: { acknowledged: null },
    });
    expect(await withdrawAcknowledgement(platform, failed)).toMatchObject({
      changed: false,
      run: { acknowledged: null },
    });
  });

  test('survives a rebuild that touches the run', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const [failed] = (await failuresOf(platform, job, 1)) as [Run];
    await acknowledgeFailure(platform, failed, ANA);

    await touchRun(platform.db, failed, 7);

    expect(await getRun(platform.db, failed)).toMatchObject({ generation: 7, acknowledged: { by: 'ana@acme.test' } });
  });

  test('rejects a run that did not fail, and returns undefined for a missing run', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const completed = endedRun(job, 1);
    await putRun(platform.db, completed);

    await expect(acknowledgeFailure(platform, completed, ANA)).rejects.toMatchObject({ code: 'run.not_failed' });
    await expect(withdrawAcknowledgement(platform, completed)).rejects.toMatchObject({ code: 'run.not_failed' });
    expect(await acknowledgeFailure(platform, endedRun(job, 2), ANA)).toBeUndefined();
    expect(await getTickRows(platform.db, refOf(job), [endedRun(job, 2).ulid])).toEqual([undefined]);
  });
});

describe('findFailures', () => {
  test('returns unacknowledged failures up to the limit, newest first', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const runs = await failuresOf(platform, job, 5);
    await acknowledgeFailure(platform, runs[4] as Run, ANA);

    const { runs: found, remaining: left } = await findFailures(platform, job.tenant, {}, { ...BOUNDS, limit: 3 });

    expect(found.map(({ number }) => number)).toEqual([4, 3, 2]);
    expect(left).toBe(1);
  });

  test('returns a failure again after its acknowledgement is removed', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    const [failed] = (await failuresOf(platform, job, 1)) as [Run];
    const find = (rows: number) => findFailures(platform, job.tenant, {}, { ...BOUNDS, maxRows: rows });

    await acknowledgeFailure(platform, failed, ANA);
    // The row of an acknowledged failure is not read at all.
    expect(await find(0)).toMatchObject({ runs: [], remaining: 0, outOfTime: false });
    await withdrawAcknowledgement(platform, failed);
    expect(await find(0)).toMatchObject({ runs: [], remaining: 1, outOfTime: false });
    expect(await find(1)).toEqual({ runs: [failed], remaining: 0, outOfTime: false });
  });

  test('omits failures of deleted jobs, of expired runs and of other tenants', async () => {
    const platform = testPlatform(store.db);
    const tenant = newTenant();
    const deletedJob = await givenJob(platform, { tenant, id: 'gone' });
    const job = await givenJob(platform, { tenant });
    const other = await givenJob(platform);
    await failuresOf(platform, deletedJob, 1);
    await failuresOf(platform, other, 1);
    await failuresOf(platform, job, 1, { purgeAt: new Date(START - REMOVAL_MS).toISOString() });
    await deleteJob(platform.db, deletedJob, new Date(START).toISOString());

    expect(await findFailures(platform, tenant, {}, BOUNDS)).toMatchObject({
      runs: [],
      remaining: 0,
      outOfTime: false,
    });
  });

  test('filters by job, cause, creation time and failure time', async () => {
    const platform = testPlatform(store.db);
    const tenant = newTenant();
    const job = await givenJob(platform, { tenant });
    const other = await givenJob(platform, { tenant, id: 'other' });
    const runs = await failuresOf(platform, job, 3);
    await failuresOf(platform, other, 2, { failure: { kind: 'timeout', message: 'slow' } });
    const numbers = async (filter: Parameters<typeof findFailures>[2]) =>
      (await findFailures(platform, tenant, filter, BOUNDS)).runs.map(({ jobId, number }) => `${jobId} ${number}`);

    expect(await numbers({ jobId: 'other' })).toEqual(['other 2', 'other 1']);
    expect(await numbers({ failedBefore: runs[1]?.finishedAt ?? '', jobId: job.id })).toEqual(['sync-email 1']);
    const created = { from: runs[1]?.createdAt ?? '', through: runs[2]?.createdAt ?? '', oldestFirst: true };
    expect(await numbers({ created, jobId: job.id })).toEqual(['sync-email 2', 'sync-email 3']);
  });

  test('reads at most the given number of rows and returns the number of unread ones', async () => {
    const platform = testPlatform(store.db);
    const job = await givenJob(platform);
    await failuresOf(platform, job, 6);
    const cause = 'ffffffffffff';

    expect(await findFailures(platform, job.tenant, { cause }, { ...BOUNDS, maxRows: 4 })).toEqual({
      runs: [],
      remaining: 2,
      outOfTime: false,
    });
    const late = { ...BOUNDS, hasTime: () => false };
    expect(await findFailures(platform, job.tenant, {}, late)).toEqual({ runs: [], remaining: 6, outOfTime: true });
  });
});
