import type { OperatorCounts } from '../../../domain/flow/counts.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { Lease } from '../../../domain/run.ts';
import { type Db, isDefinitelyNotApplied, type Write } from '../../../store/db.ts';
import { commitTask, commitTaskWith } from '../../../store/tasks.ts';
import { addOperatorCounts } from './slice-context.ts';

/** The task is somebody else's by now: nothing of this worker's counts any more. */
export class LeaseLostError extends Error {
  constructor() {
    super('the lease on the task was lost');
    this.name = 'LeaseLost';
  }
}

/** A task in the hands of the slice that claimed it. */
export class LeasedTask {
  readonly #db: Db;
  readonly #lease: () => Lease;
  #task: Task;
  #commits = 0;
  #idleMs = 0;
  #blockedMs = 0;
  #keptBytes = 0;
  #isUnsure = false;
  #since = performance.now();

  /** @param lease the lease as it was renewed last */
  constructor(db: Db, task: Task, lease: () => Lease) {
    this.#db = db;
    this.#task = task;
    this.#lease = lease;
  }

  get task(): Task {
    return this.#task;
  }

  /** How often this slice has moved the task on. */
  get commits(): number {
    return this.#commits;
  }

  /** Takes another split in hand, with nothing of it: the next commit tells. */
  switchTo(changes: Pick<Task, 'turn' | 'left' | 'position' | 'page'>): void {
    this.#task = { ...this.#task, ...changes };
  }

  /** Counts what its operators warned of: the next commit tells. */
  addWarnings(operators: readonly OperatorCounts[]): void {
    this.#task = { ...this.#task, operators: addOperatorCounts(this.#task.operators, operators) };
  }

  /** Notes time that was spent waiting, for the next commit. */
  addWaitTime({ idleMs = 0, blockedMs = 0 }: { readonly idleMs?: number; readonly blockedMs?: number }): void {
    this.#idleMs += idleMs;
    this.#blockedMs += blockedMs;
  }

  /** Notes bytes that were left to be looked at, for the next commit. */
  addStoredBytes(bytes: number): void {
    this.#keptBytes += bytes;
  }

  /**
   * Moves the task on: position and counts together, or not at all.
   *
   * @throws LeaseLost
   */
  async commit(changes: Partial<Task>): Promise<void> {
    await this.commitWith(changes, []);
  }

  /**
   * Moves the task on together with others' items, all or nothing. The indices of those of `writes` whose condition did
   * not hold: none when it was moved. When nobody can tell whether it was, this worker lets go of the task: others' items
   * may say what it did, and its next commit would undo it. Its row is then for whoever finds its lease run out.
   *
   * @throws LeaseLost
   */
  async commitWith(changes: Partial<Task>, writes: readonly Write[]): Promise<readonly number[]> {
    if (this.#isUnsure) throw new LeaseLostError();
    const lease = this.#lease();
    const now = performance.now();
    const { idleMs, blockedMs, busyMs, keptBytes } = this.#task;
    const waited = {
      idleMs: idleMs + this.#idleMs,
      blockedMs: blockedMs + this.#blockedMs,
      busyMs: busyMs + Math.round(now - this.#since),
    };
    const next = { ...this.#task, lease, ...waited, keptBytes: keptBytes + this.#keptBytes, ...changes };
    const failed = await this.#save(next, lease, writes);
    if (failed.includes(0)) throw new LeaseLostError();
    if (failed.length > 0) return failed.map((index) => index - 1);
    this.#task = next;
    this.#commits += 1;
    this.#idleMs = 0;
    this.#blockedMs = 0;
    this.#keptBytes = 0;
    this.#since = now;
    return [];
  }

  async #save(next: Task, lease: Lease, writes: readonly Write[]): Promise<readonly number[]> {
    if (writes.length === 0) return (await commitTask(this.#db, next, lease)) ? [] : [0];
    try {
      return await commitTaskWith(this.#db, next, lease, writes);
    } catch (error) {
      // guard: task.unsure-write
      this.#isUnsure = !isDefinitelyNotApplied(error);
      throw error;
    }
  }
}
