import type { Job } from '../../functions/core/domain/job.ts';
import { purgeTime } from '../../functions/core/domain/timing.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { claimRun, finishRun, putRun } from '../../functions/core/store/runs.ts';
import type { LambdaStreamRecord } from '../../lib/local/event-sources/stream-event.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import { aJob, newTenant } from '../helpers/builders/jobs.ts';
import { tappedDb } from '../helpers/fakes/memory-db.ts';
import { START } from '../helpers/fakes/platform.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const JOBS_PER_TENANT = 100;
const MINUTE_MS = 60_000;
/** Shortest duration of a run; the seed adds up to a second. */
const RUN_MS = 600;
const RETENTION_DAYS = 30;

/** The load of one shard of the Runs stream. */
export interface CounterLoad {
  /** Number of jobs. Each runs once a minute. */
  readonly jobs: number;
  /** Seconds of each minute in which the runs start: 60 spreads them evenly. */
  readonly startSeconds: number;
  readonly minutes: number;
  readonly seed: number;
}

/** The stream records written in each second. */
export type RecordsBySecond = readonly (readonly LambdaStreamRecord[])[];

/**
 * Creates the stream records of scheduled script runs, 100 jobs a tenant: creation, claim and end of each run, as the
 * store writes them.
 */
export async function createCounterLoad(load: CounterLoad): Promise<RecordsBySecond> {
  const random = seededRandom(load.seed);
  const { db, taps } = tappedDb(['runs']);
  const jobs = createJobs(load.jobs);
  const writes: Write[] = [];
  for (let minute = 0; minute < load.minutes; minute++) {
    for (const job of jobs) {
      const createdAt = START + minute * MINUTE_MS + Math.floor(random() * load.startSeconds * 1_000);
      writes.push(...lifeOfRun(db, job, minute, createdAt, Math.floor(random() * 1_000)));
    }
  }
  const records: LambdaStreamRecord[][] = [];
  for (const { at, write } of writes.sort((a, b) => a.at - b.at)) {
    await write();
    const second = Math.floor((at - START) / 1_000);
    while (records.length <= second) records.push([]);
    for (const record of (await taps[0]?.take()) ?? []) records[second]?.push(asInAws(record, at));
  }
  return records;
}

function createJobs(count: number): readonly Job[] {
  const tenants = Array.from({ length: Math.ceil(count / JOBS_PER_TENANT) }, newTenant);
  return Array.from({ length: count }, (_, i) =>
    aJob({
      tenant: tenants[i % tenants.length] as Job['tenant'],
      id: `nightly-sync-${i}`,
      integrationId: i % 4 === 0 ? `shop-${i % 8}` : null,
    }),
  );
}

interface Write {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly write: () => Promise<unknown>;
}

function lifeOfRun(db: Db, job: Job, number: number, createdAt: number, extraMs: number): readonly Write[] {
  const claimedAt = createdAt + 80 + (extraMs % 40);
  const durationMs = RUN_MS + extraMs;
  const endedAt = claimedAt + durationMs;
  const scheduledAt = new Date(createdAt - (createdAt % MINUTE_MS)).toISOString();
  const queued = endedRun(job, number, {
    state: 'queued',
    trigger: 'schedule',
    scheduledAt,
    integrationId: job.integrationId,
    createdAt: new Date(createdAt).toISOString(),
    startedAt: null,
    finishedAt: null,
    attempt: 0,
    jobVersion: null,
    executionMs: null,
    exitCode: null,
  });
  const lease = { token: queued.ulid, until: new Date(claimedAt + MINUTE_MS).toISOString() };
  const end = {
    state: 'completed',
    finishedAt: new Date(endedAt).toISOString(),
    purgeAt: purgeTime(endedAt, RETENTION_DAYS),
    failure: null,
    exitCode: 0,
    executionMs: durationMs,
    stdout: `synced ${extraMs} records\n`,
    stderr: '',
    stdoutParts: 0,
    stderrParts: 0,
    itemsProcessed: extraMs,
    storedBytes: 0,
    meta: null,
  } as const;
  return [
    { at: createdAt, write: () => putRun(db, queued) },
    { at: claimedAt, write: () => claimRun(db, queued, lease, new Date(claimedAt).toISOString(), { jobVersion: 1 }) },
    { at: endedAt, write: () => finishRun(db, queued, lease, end) },
  ];
}

/** Gives a record its time, and a sequence number of the length of DynamoDB's. */
function asInAws(record: LambdaStreamRecord, at: number): LambdaStreamRecord {
  const { dynamodb } = record;
  const SequenceNumber = `4421584500000${dynamodb.SequenceNumber.padStart(15, '0')}`;
  return {
    ...record,
    dynamodb: { ...dynamodb, SequenceNumber, ApproximateCreationDateTime: Math.floor(at / 1_000) },
  };
}
