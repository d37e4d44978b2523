import type { Json } from '../json.ts';

export const LOG_LEVELS = ['info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What an operator of a flow run, or the run itself, had to say. Never a record, never a secret. */
export interface LogLine {
  /** Epoch milliseconds. */
  readonly time: number;
  /** Told apart from others of its time and task. */
  readonly line: number;
  readonly level: LogLevel;
  /** Id of the operator; null: the run. */
  readonly operator: string | null;
  readonly task: number;
  readonly message: string;
  readonly details: { readonly [name: string]: Json };
}
