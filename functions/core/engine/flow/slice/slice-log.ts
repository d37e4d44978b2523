import type { LogLevel, LogLine } from '../../../domain/flow/log-line.ts';
import { type Json, jsonBytes } from '../../../domain/json.ts';
import type { Db } from '../../../store/db.ts';
import { putLogLines } from '../../../store/flow-logs.ts';
import type { RecordOwner } from '../../../store/run-item.ts';

/** Maximum number of lines per slice, so that a failing loop cannot fill the store. */
const MAX_LINES = 500;

/** Milliseconds between two writes while the slice runs. */
const WRITE_INTERVAL_MS = 1_000;

type Details = { readonly [name: string]: Json };

/** Buffers the log lines of a slice until they are written, and counts the warnings of its operators. */
export class SliceLog {
  readonly #task: number | null;
  readonly #now: () => number;
  #lines: LogLine[] = [];
  #lineCount = 0;
  #pendingWrite: Promise<void> = Promise.resolve();
  #writtenBytes = 0;
  readonly #warnings = new Map<string, number>();

  /** @param task index of the task; `null` for the planner */
  constructor(task: number | null, now: () => number) {
    this.#task = task;
    this.#now = now;
  }

  /** @param operator id of the operator; `null` for the run */
  write(level: LogLevel, operator: string | null, message: string, details: Details = {}): void {
    if (level === 'warn' && operator !== null) this.#warnings.set(operator, (this.#warnings.get(operator) ?? 0) + 1);
    this.#lineCount += 1;
    if (this.#lineCount > MAX_LINES) return;
    const last = this.#lineCount === MAX_LINES;
    this.#lines.push({
      time: this.#now(),
      line: this.#lineCount,
      level: last ? 'warn' : level,
      operator: last ? null : operator,
      task: this.#task,
      message: last ? `this slice has logged ${MAX_LINES} lines; further lines are dropped` : message,
      details: last ? {} : details,
    });
  }

  /** Returns the number of warnings per operator id since the last call. */
  takeWarnings(): ReadonlyMap<string, number> {
    const taken = new Map(this.#warnings);
    this.#warnings.clear();
    return taken;
  }

  /**
   * Writes the buffered lines.
   *
   * @returns the bytes written since the last call
   */
  async flush(db: Db, run: RecordOwner): Promise<number> {
    await this.#writePending(db, run);
    const bytes = this.#writtenBytes;
    this.#writtenBytes = 0;
    return bytes;
  }

  /** Writes lines every second until disposed, so that a client that follows the run does not wait for a slow page. */
  startWriting(db: Db, run: RecordOwner): AsyncDisposable {
    // Failed lines are written with the next ones.
    const timer = setInterval(() => void this.#writePending(db, run).catch(() => {}), WRITE_INTERVAL_MS);
    return {
      [Symbol.asyncDispose]: async () => {
        clearInterval(timer);
        await this.#pendingWrite.catch(() => {});
      },
    };
  }

  /** Writes are sequential: a visible line implies that all earlier lines are visible. */
  async #writePending(db: Db, run: RecordOwner): Promise<void> {
    this.#pendingWrite = this.#pendingWrite.catch(() => {}).then(() => this.#putLines(db, run));
    await this.#pendingWrite;
  }

  async #putLines(db: Db, run: RecordOwner): Promise<void> {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    const written = this.#now();
    try {
      await putLogLines(
        db,
        run,
        lines.map((line) => ({ ...line, written })),
      );
    } catch (error) {
      this.#lines.unshift(...lines);
      throw error;
    }
    this.#writtenBytes += jsonBytes(lines);
  }
}
