import { NO_COUNTS, type OperatorCounts, withCountDefaults } from '../domain/flow/counts.ts';
import { formatSplitRanges, parseSplitRanges } from '../domain/flow/split-ranges.ts';
import type { Task } from '../domain/flow/task.ts';
import type { Lease, RunRef } from '../domain/run.ts';
import { type Db, get, type Item, put, query, transactAll, update, type Write } from './db.ts';
import { absent, all, any, atMost, beginsWith, type Clause, equals, equalsOrAbsent } from './expression.ts';
import { recordsPartition, TASK_PREFIX, taskKey } from './keys.ts';

/** The order of an operator's counts in an item: an item is paid for by the kilobyte at every page. */
const COUNT_ORDER = Object.keys(NO_COUNTS) as (keyof OperatorCounts)[];

function fromTask({ run, index, splits, left, operators, lease, ...rest }: Task): Item {
  return {
    ...taskKey(run, index),
    ...rest,
    splits: formatSplitRanges(splits),
    left: Object.keys(left).length > 0 ? left : undefined,
    operators: operators.map((counts) => COUNT_ORDER.map((count) => counts[count])),
    leaseToken: lease?.token,
    leaseUntil: lease?.until,
  };
}

/** What an item without it stands for. */
const DEFAULTS = {
  turn: null,
  left: {},
  position: null,
  hand: null,
  part: null,
  dueAt: null,
  failure: null,
  healthySince: null,
  keptBytes: 0,
} as const;

function toTask(run: RunRef, item: Item): Task {
  const { pk, sk, splits, operators, leaseToken, leaseUntil, planned, ...rest } = item;
  return {
    ...DEFAULTS,
    ...rest,
    run,
    index: Number((sk as string).slice(TASK_PREFIX.length)),
    splits: parseSplitRanges(splits as string),
    operators: (operators as number[][]).map((values) =>
      withCountDefaults(Object.fromEntries(values.map((value, i) => [COUNT_ORDER[i], value]))),
    ),
    lease: leaseToken ? { token: leaseToken, until: leaseUntil } : null,
  } as unknown as Task;
}

/**
 * Makes the tasks of a run, or makes them anew: those of an earlier attempt at planning were never started. False when a
 * later attempt was here.
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

/** The run's first `count` tasks, in order. */
export async function listTasks(db: Db, run: RunRef, count: number, consistent = true): Promise<Task[]> {
  if (count === 0) return [];
  const key = all(equals('pk', recordsPartition(run)), beginsWith('sk', TASK_PREFIX));
  const items = await query(db, db.tables.records, key, { consistent, limit: count });
  return items.map((item) => toTask(run, item));
}

const heldBy = ({ token }: Lease): Clause => equals('leaseToken', token);
/**
 * Nobody claimed it, renewed it, moved it on or let go of it since it was read. A worker whose lease has run out by the
 * clock of who takes it may still commit: what is written then is the whole row, and must not undo that.
 */
const unchanged = ({ state, slice, lease, resends, at, turn, page, hand, part, records }: Task): Clause =>
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
    equalsOrAbsent('hand', hand),
    equalsOrAbsent('part', part),
    equals('records', records),
  );

/** Writes a task under the lease of its holder; false when it is somebody else's by now. */
export async function commitTask(db: Db, task: Task, lease: Lease): Promise<boolean> {
  return put(db, db.tables.records, fromTask(task), /* guard: task.commit.lease */ heldBy(lease));
}

/** Writes a task together with others' items; the indices of the writes whose condition did not hold, the task's is 0. */
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

/** Writes what becomes of a task that nobody works on, or whose worker is lost; false when it changed since `seen`. */
export async function changeTask(db: Db, seen: Task, next: Task): Promise<boolean> {
  return put(db, db.tables.records, fromTask(next), /* guard: task.change.unchanged */ unchanged(seen));
}

/** The same together with others' items; the indices of the writes whose condition did not hold, the task's is 0. */
export async function changeTaskWith(
  db: Db,
  seen: Task,
  next: Task,
  writes: readonly Write[],
): Promise<readonly number[]> {
  const change = { table: db.tables.records, put: fromTask(next), condition: unchanged(seen) };
  return transactAll(db, [change, ...writes]);
}

/** Renews the lease on a task; false when it is somebody else's by now. */
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
