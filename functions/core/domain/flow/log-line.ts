import type { Json } from '../json.ts';

export const LOG_LEVELS = ['info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What an operator of a flow run, or the run itself, had to say. Never a record, never a secret. */
export interface LogLine {
  /** When it was said, epoch milliseconds. */
  readonly time: number;
  /** When it was written down, a moment later. @default at once */
  readonly written?: number;
  /** Told apart from others of its time and task. */
  readonly line: number;
  readonly level: LogLevel;
  /** Id of the operator; null: the run. */
  readonly operator: string | null;
  /** Null: none of the tasks, but whoever planned the run. */
  readonly task: number | null;
  readonly message: string;
  readonly details: { readonly [name: string]: Json };
}

/** A place in the order in which a run's lines were written down: behind all that it does not sort before. */
export interface LogPosition {
  /** Epoch milliseconds. */
  readonly written: number;
  readonly task: number;
  readonly line: number;
}

/** Behind the tasks, of which there are 64 at most. */
const PLANNER_TASK = 99;
const LAST_LINE = 99_999;

export const LOG_START: LogPosition = { written: 0, task: 0, line: 0 };

export const logPositionOf = ({ time, written = time, task, line }: LogLine): LogPosition => ({
  written,
  task: task ?? PLANNER_TASK,
  line,
});

/** Behind all that was written down by then. @param time epoch milliseconds */
export const logPositionAt = (time: number): LogPosition => ({ written: time, task: PLANNER_TASK, line: LAST_LINE });

/** Behind all lines there can be. */
export const LOG_END: LogPosition = logPositionAt(9_999_999_999_999);

/** Negative when `a` comes before `b`. */
export function compareLogPositions(a: LogPosition, b: LogPosition): number {
  return a.written - b.written || a.task - b.task || a.line - b.line;
}
