import type { LogLevel, LogLine } from '../../domain/flow/log-line.ts';
import type { Json } from '../../domain/json.ts';
import type { RunRef } from '../../domain/run.ts';
import type { Db } from '../../store/db.ts';
import { putLogLines } from '../../store/flow-logs.ts';

/** Lines that one slice may write: a task that goes wrong in a loop does not fill the store. */
const MOST_LINES = 500;

type Details = { readonly [name: string]: Json };

/** What a slice has to say, until it is written down, and how often its operators warned. */
export class SliceLog {
  readonly #task: number;
  readonly #now: () => number;
  #lines: LogLine[] = [];
  #written = 0;
  readonly #warnings = new Map<string, number>();

  constructor(task: number, now: () => number) {
    this.#task = task;
    this.#now = now;
  }

  /** @param operator id of an operator; null: the run */
  write(level: LogLevel, operator: string | null, message: string, details: Details = {}): void {
    if (level === 'warn' && operator !== null) this.#warnings.set(operator, (this.#warnings.get(operator) ?? 0) + 1);
    this.#written += 1;
    if (this.#written > MOST_LINES) return;
    const last = this.#written === MOST_LINES;
    this.#lines.push({
      time: this.#now(),
      line: this.#written,
      level: last ? 'warn' : level,
      operator: last ? null : operator,
      task: this.#task,
      message: last ? `this slice has said ${MOST_LINES} things; the rest of it is not kept` : message,
      details: last ? {} : details,
    });
  }

  /** Warnings of operators, by id, since the last time. */
  takeWarnings(): ReadonlyMap<string, number> {
    const taken = new Map(this.#warnings);
    this.#warnings.clear();
    return taken;
  }

  async flush(db: Db, run: RunRef): Promise<void> {
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length > 0) await putLogLines(db, run, lines);
  }
}
