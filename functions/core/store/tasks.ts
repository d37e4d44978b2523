import { NO_COUNTS, type OperatorCounts, withCountDefaults } from '../domain/flow/counts.ts';
import { formatSplitRanges, parseSplitRanges } from '../domain/flow/split-ranges.ts';
import type { Task } from '../domain/flow/task.ts';
import type { Lease, RunRef } from '../domain/run.ts';
import { type Db, get, type Item, put, query, transactAll, update, type Write } from './db.ts';
import { absent, all, any, atMost, beginsWith, type Clause, equals, equalsOrAbsent } from './expression.ts';
import { fromStoredBatch, type StoredBatch, toStoredBatch } from './flow-objects.ts';
import { recordsPartition, STAGED_ATTRIBUTE, TASK_PREFIX, taskKey } from './keys.ts';

/** Order of an operator's counts in the stored list. Lists keep the item small, which each page writes. */
const COUNT_ORDER = Object.keys(NO_COUNTS) as (keyof OperatorCounts)[];

function fromTask({ run, index, splits, resumePoints, staged, operators, lease, expiresAt, ...rest }: Task): Item {
  return {
    ...taskKey(run, index),
    ...rest,
    splits: formatSplitRanges(splits),
    left: Object.keys(resumePoints).length > 0 ? resumePoints : undefined,
    [STAGED_ATTRIBUTE]: staged && toStoredBatch(staged),
    operators: operators.map((counts) => COUNT_ORDER.map((count) => counts[count])),
    leaseToken: lease?.token,
    leaseUntil: lease?.until,
    ttl: expiresAt,
  };
}

/** Values of absent attributes. */
const DEFAULTS = {
  turn: null,
  position: null,
  part: null,
  dueAt: null,
  waitingSince: null,
  failure: null,
  healthySince: null,
  keptBytes: 0,
  countedMs: 0,
} as const;

function toTask(run: RunRef, item: Item): Task {
  const { pk, sk, splits, operators, leaseToken, leaseUntil, planned, left, ttl, ...rest } = item;
  const { [STAGED_ATTRIBUTE]: staged, ...fields } = rest;
  return {
    ...DEFAULTS,
    ...fields,
    run,
    resumePoints: left ?? {},
    staged: staged ? fromStoredBatch(staged as StoredBatch) : null,
    index: Number((sk as string).slice(TASK_PREFIX.length)),
    splits: parseSplitRanges(splits as string),
    operators: (operators as number[][]).map((values) =>
      withCountDefaults(Object.fromEntries(values.map((value, i) => [COUNT_ORDER[i], value]))),
    ),
    lease: leaseToken ? { token: leaseToken, until: leaseUntil } : null,
    expiresAt: ttl,
  } as unknown as Task;
}

/**
 * Creates the tasks of a run, replacing those of an earlier planning attempt, which never started.
 *
 * @returns `false` if a later attempt has created tasks
 */
export async function putTasks(db: Db, tasks: readonly Task[], attempt: number): Promise<boolean> {
  const earlier = /* guard: plan.tasks.attempt */ any(absent('pk'), atMost('planned', attempt));
  for (const task of tasks) {
    if (!(await put(db, db.tables.records, { ...fromTask(task), planned: attempt }, earlier))) return false;
  }
  return true;
}

export async function getTask(db: Db, run: RunRef, index: number): Promise<Task | undefined> {
  const item = await get(db, db.tables.records, taskKey(run, index));
  return item && toTask(run, item);
}

/** Returns the run's first `count` tasks, in order. */
export async function listTasks(db: Db, run: RunRef, count: number, consistent = true): Promise<Task[]> {
  if (count === 0) return [];
  const key = all(equals('pk', recordsPartition(run)), beginsWith('sk', TASK_PREFIX));
  const items = await query(db, db.tables.records, key, { consistent, limit: count });
  return items.map((item) => toTask(run, item));
}

const heldBy = ({ token }: Lease): Clause => equals('leaseToken', token);
/**
 * The task is unchanged since it was read. A worker with an expired lease may still commit; the write replaces the
 * whole row and must not undo that commit.
 */
const unchanged = ({ state, slice, lease, resends, at, turn, page, staged, part, records }: Task): Clause =>
  all(
    equals('state', state),
    equals('slice', slice),
    equals('resends', resends),
    equalsOrAbsent('leaseToken', lease?.token),
    // guard: task.change.lease-until
    equalsOrAbsent('leaseUntil', lease?.until),
    equals('at', at),
    equalsOrAbsent('turn', turn),
    // guard: task.change.page
    equals('page', page),
    equalsOrAbsent(STAGED_ATTRIBUTE, staged && toStoredBatch(staged)),
    equalsOrAbsent('part', part),
    equals('records', records),
  );

/**
 * Writes a task under its lease.
 *
 * @returns `false` if the lease was lost
 */
export async function commitTask(db: Db, task: Task, lease: Lease): Promise<boolean> {
  return put(db, db.tables.records, fromTask(task), /* guard: task.commit.lease */ heldBy(lease));
}

/**
 * Writes a task together with other items.
 *
 * @returns the indices of the writes whose condition does not hold; the task has index 0
 */
export async function commitTaskWith(
  db: Db,
  task: Task,
  lease: Lease,
  writes: readonly Write[],
): Promise<readonly number[]> {
  return transactAll(db, [
    { table: db.tables.records, put: fromTask(task), /* guard: task.commit-with.lease */ condition: heldBy(lease) },
    ...writes,
  ]);
}

/**
 * Changes a task without a worker, or with a lost one.
 *
 * @returns `false` if the task changed since `seen` was read
 */
export async function changeTask(db: Db, seen: Task, next: Task): Promise<boolean> {
  return put(db, db.tables.records, fromTask(next), /* guard: task.change.unchanged */ unchanged(seen));
}

/**
 * Changes a task together with other items.
 *
 * @returns the indices of the writes whose condition does not hold; the task has index 0
 */
export async function changeTaskWith(
  db: Db,
  seen: Task,
  next: Task,
  writes: readonly Write[],
): Promise<readonly number[]> {
  const change = { table: db.tables.records, put: fromTask(next), condition: unchanged(seen) };
  return transactAll(db, [change, ...writes]);
}

/** @returns `false` if the lease was lost */
export async function renewTaskLease(db: Db, task: Pick<Task, 'run' | 'index'>, lease: Lease): Promise<boolean> {
  const set = { leaseUntil: lease.until };
  return (
    await update(
      db,
      db.tables.records,
      taskKey(task.run, task.index),
      { set },
      // guard: task.renew.lease
      heldBy(lease),
    )
  ).ok;
}
