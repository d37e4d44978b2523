import { expect, test } from 'vitest';
import { changeJob } from '../../functions/api/definition/write-job.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import { REMOVAL_MS } from '../../functions/core/domain/run-removal.ts';
import { DAY_MS, MAX_TIMEOUT_MS, RUN_CREATION_GRACE_MS } from '../../functions/core/domain/timing.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { dispatchTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { sweepDeletedJobs } from '../../functions/core/engine/sweep/purge.ts';
import { query } from '../../functions/core/store/db.ts';
import { equals } from '../../functions/core/store/expression.ts';
import { getFormerJob, MAX_FORMER_VERSIONS } from '../../functions/core/store/former-jobs.ts';
import { deleteJob, getJob, replaceJob } from '../../functions/core/store/jobs.ts';
import { formerJobsPartition } from '../../functions/core/store/keys.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';

/** Former definitions of a job remain available for its runs. */

const store = { db: memoryDb() };

const refOf = ({ tenant, id: jobId, incarnation }: Job) => ({ tenant, jobId, incarnation });
const listFormerJobs = (job: Job) =>
  query(store.db, store.db.tables.records, equals('pk', formerJobsPartition(refOf(job))));

async function renamed(platform: TestPlatform, job: Job, name: string): Promise<Job> {
  const find = async () => (await getJob(store.db, job.tenant, job.id)) as Job;
  return changeJob(platform, find, ({ tenant, id, incarnation, version, createdAt, updatedAt, ...definition }) => ({
    ...definition,
    name,
  }));
}

test('records the job version at the start of each attempt', async () => {
  const platform = testPlatform(store.db);
  const retry = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;
  const job = await givenJob(platform, { retry });
  const { tenant, jobId, incarnation } = refOf(job);
  await dispatchTick(platform, { v: 1, tenant, jobId, incarnation, scheduledAt: new Date(START).toISOString() });
  const [message] = platform.sent.splice(0);
  if (!message) throw new Error('no message was sent');
  const versionOf = async () => (await getRun(store.db, message))?.jobVersion;
  const queued = await versionOf();
  await renamed(platform, job, 'Second');

  await processRunMessage(
    platform,
    async () => anOutcome({ status: 'error', exitCode: 1, message: 'exit code 1' }),
    message,
  );
  const first = await versionOf();
  await renamed(platform, job, 'Third');
  platform.advance(1_000);
  await processRunMessage(platform, async () => anOutcome(), message);

  expect([queued, first, await versionOf()]).toEqual([null, 2, 3]);
  expect(await getFormerJob(store.db, refOf(job), 2)).toMatchObject({ name: 'Second', version: 2 });
});

test('stores the former definition together with the change that replaces it', async () => {
  const platform = testPlatform(store.db);
  const job = await givenJob(platform, {
    name: 'First',
    startAt: null,
    target: { type: 'http', url: 'https://a.test/', method: 'GET', headers: {}, body: null },
  });

  await renamed(platform, job, 'Second');
  await renamed(platform, job, 'Second');
  const late = await replaceJob(
    store.db,
    { ...job, name: 'Late', version: 2 },
    { job: { ...job, name: 'Never' }, keptUntil: 0 },
  );

  expect(late).toBe(false);
  expect(await getFormerJob(store.db, refOf(job), 1)).toEqual(job);
  expect(await getFormerJob(store.db, refOf(job), 2)).toBeUndefined();
  const [item] = await listFormerJobs(job);
  // The former definition is kept as long as the runs that started with it.
  expect(item?.ttl).toBe((START + 30 * DAY_MS + REMOVAL_MS + MAX_TIMEOUT_MS) / 1_000);
});

test('keeps a limited number of former definitions and removes them with the job', async () => {
  const platform = testPlatform(store.db);
  let job = await givenJob(platform);
  for (let i = 0; i < MAX_FORMER_VERSIONS + 2; i++) job = await renamed(platform, job, `Name ${i}`);

  expect(await listFormerJobs(job)).toHaveLength(MAX_FORMER_VERSIONS);
  expect(await getFormerJob(store.db, refOf(job), 2)).toBeUndefined();
  expect(await getFormerJob(store.db, refOf(job), 3)).toMatchObject({ version: 3, name: 'Name 1' });
  await deleteJob(store.db, job, new Date(platform.now()).toISOString());
  platform.advance(RUN_CREATION_GRACE_MS + 1);
  await sweepDeletedJobs(platform, job.tenant);
  expect(await listFormerJobs(job)).toEqual([]);
});
