import type { OperatorCounts } from '../../../domain/flow/counts.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { Lease } from '../../../domain/run.ts';
import { type Db, isDefinitelyNotApplied, type Write } from '../../../store/db.ts';
import { commitTask, commitTaskWith } from '../../../store/tasks.ts';
import { addOperatorCounts } from './operator-counts.ts';

/** Another worker may hold the task. This worker must write nothing more. */
export class LeaseLostError extends Error {
  constructor() {
    super('the lease on the task was lost');
    this.name = 'LeaseLost';
  }
}

/** A task that a slice has claimed. */
export class LeasedTask {
  readonly #db: Db;
  readonly #lease: () => Lease;
  #task: Task;
  #commits = 0;
  #idleMs = 0;
  /** The slice has put the run into the list of runs with failed records. */
  isListedWithErrors = false;
  #blockedMs = 0;
  #keptBytes = 0;
  #hasUnknownOutcome = false;
  #lastCommitAt = performance.now();

  /** @param lease returns the lease after its latest renewal */
  constructor(db: Db, task: Task, lease: () => Lease) {
    this.#db = db;
    this.#task = task;
    this.#lease = lease;
  }

  get task(): Task {
    return this.#task;
  }

  /** Number of commits of this slice. */
  get commits(): number {
    return this.#commits;
  }

  /** Switches to another split. The next commit stores the switch. */
  switchTo(changes: Pick<Task, 'turn' | 'resumePoints' | 'position' | 'page'>): void {
    this.#task = { ...this.#task, ...changes };
  }

  /** Adds warnings of operators to the counts. The next commit stores them. */
  addWarnings(operators: readonly OperatorCounts[]): void {
    this.#task = { ...this.#task, operators: addOperatorCounts(this.#task.operators, operators) };
  }

  /** Adds time spent waiting, in milliseconds. The next commit stores it. */
  addWaitTime({ idleMs = 0, blockedMs = 0 }: { readonly idleMs?: number; readonly blockedMs?: number }): void {
    this.#idleMs += idleMs;
    this.#blockedMs += blockedMs;
  }

  /** Adds bytes of errors, previews and log lines. The next commit stores them. */
  addStoredBytes(bytes: number): void {
    this.#keptBytes += bytes;
  }

  /**
   * Commits changes of the task: position and counts together.
   *
   * @throws LeaseLostError
   */
  async commit(changes: Partial<Task>): Promise<void> {
    await this.commitWith(changes, []);
  }

  /**
   * Commits changes of the task and other writes in one transaction.
   *
   * After an error with an unknown outcome this worker gives up the task: the other writes may have been applied, and
   * its next commit would contradict them. The lease then expires and the sweeper recovers the task.
   *
   * @returns the indices of the writes whose condition failed; nothing was written unless it is empty
   * @throws LeaseLostError
   */
  async commitWith(changes: Partial<Task>, writes: readonly Write[]): Promise<readonly number[]> {
    if (this.#hasUnknownOutcome) throw new LeaseLostError();
    const lease = this.#lease();
    const now = performance.now();
    const { idleMs, blockedMs, busyMs, keptBytes } = this.#task;
    const waited = {
      idleMs: idleMs + this.#idleMs,
      blockedMs: blockedMs + this.#blockedMs,
      busyMs: busyMs + Math.round(now - this.#lastCommitAt),
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
    this.#lastCommitAt = now;
    return [];
  }

  async #save(next: Task, lease: Lease, writes: readonly Write[]): Promise<readonly number[]> {
    if (writes.length === 0) return (await commitTask(this.#db, next, lease)) ? [] : [0];
    try {
      return await commitTaskWith(this.#db, next, lease, writes);
    } catch (error) {
      // guard: task.unsure-write
      this.#hasUnknownOutcome = !isDefinitelyNotApplied(error);
      throw error;
    }
  }
}
