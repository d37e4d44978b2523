import type { Json } from '../json.ts';

export const LOG_LEVELS = ['info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A log line of a flow run or of one of its operators. It never contains a record or a secret. */
export interface LogLine {
  /** Time of the logged event, epoch milliseconds. */
  readonly time: number;
  /**
   * Time at which the line was stored, shortly after `time`.
   *
   * @defaultValue `time`
   */
  readonly written?: number;
  /** Distinguishes lines with the same time and task. */
  readonly line: number;
  readonly level: LogLevel;
  /** Id of the operator; null for a line of the run. */
  readonly operator: string | null;
  /** Index of the task; null for a line of the planner. */
  readonly task: number | null;
  readonly message: string;
  readonly details: { readonly [name: string]: Json };
}

/** A position in the storage order of a run's log lines. */
export interface LogPosition {
  /** Epoch milliseconds. */
  readonly written: number;
  readonly task: number;
  readonly line: number;
}

/** Sorts after the tasks, of which there are at most 64. */
const PLANNER_TASK = 99;
const LAST_LINE = 99_999;

export const LOG_START: LogPosition = { written: 0, task: 0, line: 0 };

export const logPositionOf = ({ time, written = time, task, line }: LogLine): LogPosition => ({
  written,
  task: task ?? PLANNER_TASK,
  line,
});

/**
 * Returns the position after all lines that were stored at or before `time`.
 *
 * @param time epoch milliseconds
 */
export const logPositionAt = (time: number): LogPosition => ({ written: time, task: PLANNER_TASK, line: LAST_LINE });

/** The position after every possible line. */
export const LOG_END: LogPosition = logPositionAt(9_999_999_999_999);

/**
 * Compares for sorting.
 *
 * @returns a negative number if `a` precedes `b`
 */
export function compareLogPositions(a: LogPosition, b: LogPosition): number {
  return a.written - b.written || a.task - b.task || a.line - b.line;
}
