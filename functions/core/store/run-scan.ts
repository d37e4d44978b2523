import type { Run, RunState } from '../domain/run.ts';
import { type CountedState, isDelayed } from '../domain/run-counts.ts';
import { LEASE_MS } from '../domain/timing.ts';
import { type Db, type Item, put, queryPages } from './db.ts';
import { absent, all, between, equals } from './expression.ts';
import { type JobRef, LAST_CHARACTER, RUN_PREFIXES, rebuildMarkerKey, runPartition } from './keys.ts';
import { toTtl } from './ttl.ts';

/** The fields of a run that a recount needs. */
export interface ScannedRun {
  readonly ulid: string;
  readonly counted: CountedState;
  readonly storedBytes: number;
  readonly isDelayed: boolean;
  readonly integrationId: string | null;
  readonly generation: number;
  /** ISO time. */
  readonly createdAt: string;
  /** Time of the newest recorded change in epoch milliseconds; for a running run its last heartbeat. */
  readonly changedAt: number;
}

const ATTRIBUTES = [
  'sk',
  'state',
  'integrationId',
  'generation',
  'createdKey',
  'startedAt',
  'finishedAt',
  'sentAt',
  'dueAt',
  'leaseUntil',
  'acknowledgedAt',
  'storedBytes',
  'waiting',
];

const FIRST_ULID = '';

/** Walks all existing runs of a job, page by page, oldest first, including those whose retention is over. */
export async function* scanRuns(
  db: Db,
  job: JobRef,
  { from = FIRST_ULID, consistent }: { readonly from?: string; readonly consistent: boolean },
): AsyncGenerator<ScannedRun[]> {
  const range = between('sk', RUN_PREFIXES.run + from, RUN_PREFIXES.run + LAST_CHARACTER);
  const key = all(equals('pk', runPartition(job)), range);
  const options = { consistent, attributes: ATTRIBUTES };
  for await (const page of queryPages(db, db.tables.runs, key, options)) yield page.map(toScannedRun);
}

function toScannedRun(item: Item): ScannedRun {
  const time = (text: unknown) => (typeof text === 'string' ? Date.parse(text) : 0);
  const [createdAt = ''] = (item.createdKey as string).split('#');
  const times = [createdAt, item.startedAt, item.finishedAt, item.sentAt, item.dueAt, item.acknowledgedAt].map(time);
  return {
    ulid: (item.sk as string).slice(RUN_PREFIXES.run.length),
    counted: item.acknowledgedAt ? 'acknowledged' : (item.state as RunState),
    storedBytes: (item.storedBytes as number | undefined) ?? 0,
    isDelayed: isDelayed({
      state: item.state as RunState,
      waiting: (item.waiting as Run['waiting'] | undefined) ?? null,
    }),
    integrationId: (item.integrationId as string | undefined) ?? null,
    generation: (item.generation as number | undefined) ?? 0,
    createdAt,
    changedAt: Math.max(...times, time(item.leaseUntil) - LEASE_MS),
  };
}

/** Writes a rebuild marker among a job's runs, once. */
export async function putRebuildMarker(
  db: Db,
  job: JobRef,
  fence: { readonly generation: number; readonly integrationIds: readonly string[] },
  expiresAt: number,
): Promise<void> {
  const { tenant, jobId, incarnation } = job;
  const ttl = toTtl(expiresAt);
  const item = { ...rebuildMarkerKey(job, fence.generation), tenant, jobId, incarnation, ...fence, ttl };
  await put(db, db.tables.runs, item, absent('pk'));
}
