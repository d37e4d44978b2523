import type { ErrorRef } from '../domain/flow/error-id.ts';
import type { ErrorWork } from '../domain/flow/error-work.ts';
import type { Run, RunRef } from '../domain/run.ts';
import { type Db, getMany, type Item, put, query, queryPages, remove, update, type Write } from './db.ts';
import { absent, all, between, type Clause, equals, equalsOrAbsent, exists } from './expression.ts';
import {
  type JobRef,
  LAST_CHARACTER,
  type RecordPlace,
  RUN_WITH_ERRORS_PREFIX,
  recordErrorKey,
  recordErrorPrefix,
  recordsPartition,
  runsWithErrorsPartition,
  runWithErrorsKey,
} from './keys.ts';
import { detailTtlOf, isPurgeDue, type RecordOwner } from './run-item.ts';
import { getRuns } from './runs.ts';

/** An error of a flow and the run in which the record failed. */
export interface FlowError {
  readonly run: Run;
  readonly error: ErrorWork;
}

/** A place in the list of a flow's errors: behind an error, or behind all errors of a run. */
export interface ErrorPosition {
  readonly ulid: string;
  /** @defaultValue the end of the run's errors */
  readonly place?: RecordPlace | undefined;
}

/** Entries and errors that one query reads. */
const RUNS_PAGE = 25;
const ERRORS_PAGE = 100;

/** Adds a run to the list of its flow's runs with failed records. Idempotent; a repeat extends the life of the entry. */
export async function putRunWithErrors(db: Db, run: RecordOwner, now: number): Promise<void> {
  await put(db, db.tables.records, { ...runWithErrorsKey(run), ttl: detailTtlOf(run, now) });
}

/** Removes a run from the list of its flow's runs with failed records. */
export async function removeRunWithErrors(db: Db, run: RunRef): Promise<void> {
  await remove(db, db.tables.records, runWithErrorsKey(run));
}

/**
 * Walks the errors of a flow page by page: those of the newest run first, and those of a run by operator and position. Runs
 * that must not be shown are left out. A page may be empty.
 *
 * @param now epoch milliseconds
 */
export async function* walkErrors(
  db: Db,
  job: JobRef,
  now: number,
  after?: ErrorPosition,
): AsyncGenerator<readonly FlowError[]> {
  const newest = RUN_WITH_ERRORS_PREFIX + (after?.ulid ?? LAST_CHARACTER);
  const key = all(equals('pk', runsWithErrorsPartition(job)), between('sk', RUN_WITH_ERRORS_PREFIX, newest));
  const options = { consistent: true, newestFirst: true, page: RUNS_PAGE };
  for await (const items of queryPages(db, db.tables.records, key, options)) {
    const ulids = items.map(({ sk }) => (sk as string).slice(RUN_WITH_ERRORS_PREFIX.length));
    const isLeft = (ulid: string) => ulid !== after?.ulid || after.place !== undefined;
    const refs = ulids.filter(isLeft).map((ulid) => ({ ...job, ulid }));
    for (const run of await getRuns(db, refs)) {
      if (run && !isPurgeDue(run, now)) yield* walkRun(db, run, run.ulid === after?.ulid ? after.place : undefined);
    }
  }
}

async function* walkRun(db: Db, run: Run, after?: RecordPlace): AsyncGenerator<readonly FlowError[]> {
  const prefix = recordErrorPrefix();
  const from = after ? recordErrorKey(run, after).sk : prefix;
  const key = all(equals('pk', recordsPartition(run)), between('sk', from, prefix + LAST_CHARACTER));
  for await (const items of queryPages(db, db.tables.records, key, { consistent: true, page: ERRORS_PAGE })) {
    // The item at `after` itself was visited before.
    const left = items.filter(({ sk }) => !after || sk !== from);
    yield left.map((item) => ({ run, error: toErrorWork(item) }));
  }
}

/** Returns the errors in order, read consistently; `undefined` for one that does not exist or must not be shown. */
export async function getErrors(db: Db, refs: readonly ErrorRef[], now: number): Promise<(FlowError | undefined)[]> {
  const keys = refs.map((ref) => ({ table: db.tables.records, key: recordErrorKey(ref.run, ref) }));
  const [items, runs] = await Promise.all([
    getMany(db, keys),
    getRuns(
      db,
      refs.map(({ run }) => run),
    ),
  ]);
  return items.map((item, i) => {
    const run = runs[i];
    return item && run && !isPurgeDue(run, now) ? { run, error: toErrorWork(item) } : undefined;
  });
}

/** Returns whether a flow has a run with failed records, eventually consistent. */
export async function hasRunsWithErrors(db: Db, job: JobRef): Promise<boolean> {
  const items = await query(db, db.tables.records, equals('pk', runsWithErrorsPartition(job)), {
    limit: 1,
    attributes: ['pk', 'sk'],
  });
  return items.length > 0;
}

function toErrorWork(item: Item): ErrorWork {
  const { pk, sk, ttl, ...error } = item;
  return { attempts: 1, ...error } as unknown as ErrorWork;
}

/** Matches an error that is not resolved, and whose retry is the one that was read. */
const isAsRead = ({ retry }: Pick<ErrorWork, 'retry'>): Clause =>
  all(exists('pk'), absent('resolvedAt'), equalsOrAbsent('retry', retry));

/**
 * Claims an error for the run that retries it. An error of which another run's retry has not ended must not be claimed.
 *
 * @param seen the error as read
 * @param retry ULID of the run that claims it
 * @returns the claimed error; `undefined` if it was resolved or claimed meanwhile, or has expired
 */
export async function claimError(db: Db, run: RunRef, seen: ErrorWork, retry: string): Promise<ErrorWork | undefined> {
  const condition = /* guard: error.claim.as-read */ isAsRead(seen);
  const { ok, item } = await update(db, db.tables.records, recordErrorKey(run, seen), { set: { retry } }, condition);
  return ok && item ? toErrorWork(item) : undefined;
}

/** The outcome of a retry. */
export type RetryOutcome =
  | { readonly resolvedAt: string; readonly resolvedBy: string }
  | { readonly message: string; readonly retriedAt: string };

/**
 * Returns the transactional write of the outcome of a retry. The condition fails unless the error is claimed by the run.
 *
 * @param claimed the error as claimed
 */
export const outcomeWrite = (db: Db, run: RunRef, claimed: ErrorWork, outcome: RetryOutcome): Write => ({
  table: db.tables.records,
  update: recordErrorKey(run, claimed),
  changes: {
    set: { ...outcome, retry: null, ...('message' in outcome && { attempts: claimed.attempts + 1 }) },
  },
  condition: /* guard: error.outcome.claimed */ isAsRead(claimed),
});

/**
 * Resolves an error.
 *
 * @param seen the error as read
 * @returns `false` if it was resolved or claimed meanwhile, or has expired
 */
export async function resolveError(
  db: Db,
  run: RunRef,
  seen: ErrorWork,
  { resolvedAt, resolvedBy }: { readonly resolvedAt: string; readonly resolvedBy: string },
): Promise<boolean> {
  const condition = /* guard: error.resolve.as-read */ isAsRead(seen);
  const changes = { set: { resolvedAt, resolvedBy, retry: null } };
  return (await update(db, db.tables.records, recordErrorKey(run, seen), changes, condition)).ok;
}

/** Changes of an error by a user. Null removes a value, `undefined` keeps it. */
export interface ErrorEdit {
  /** JSON of the record. */
  readonly edited?: string | undefined;
  readonly assignedTo?: string | null | undefined;
  readonly note?: string | null | undefined;
}

/**
 * Changes an error. A record may be set only while no retry has claimed the error.
 *
 * @param seen the error as read
 * @returns the changed error; `undefined` if it was edited, resolved or claimed meanwhile, or has expired
 */
export async function editError(db: Db, run: RunRef, seen: ErrorWork, edit: ErrorEdit): Promise<ErrorWork | undefined> {
  const isUnchanged = /* guard: error.edit.revision */ equalsOrAbsent('revision', seen.revision);
  const condition = all(
    edit.edited === undefined ? exists('pk') : /* guard: error.edit.as-read */ isAsRead(seen),
    isUnchanged,
  );
  const changes = { set: { ...edit, revision: (seen.revision ?? 0) + 1 } };
  const { ok, item } = await update(db, db.tables.records, recordErrorKey(run, seen), changes, condition);
  return ok && item ? toErrorWork(item) : undefined;
}
