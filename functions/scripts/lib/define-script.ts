import type { Report, RunInfo } from '../../core/executors/script/protocol.ts';

export type { Report, RunInfo };

/** Lines for the run's output: `info` goes to stdout, the others to stderr. Objects are shown as `console.log` does. */
export interface Log {
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
}

/** Values of the tenant's that survive runs. All of its scripts share them: prefix keys with the script's name. */
export interface State {
  /** The value, or undefined when there is none. */
  get<T = unknown>(key: string): Promise<T | undefined>;
  /** `value` must be JSON of at most 100 KB, the key 1–256 characters: else it rejects and says which is wrong. */
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
}

/** What a run of a script is given. */
export interface ScriptContext<Args> {
  readonly args: Args;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Aborted when the run is to end: by a cancel or its timeout, 5 s before it is killed. A script that never asks
   * for the signal ends at once instead.
   */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly state: State;
  readonly run: RunInfo;
  /** Says how much was done; may be called again, and what was said stays when the run fails later. */
  readonly report: (report: Report) => void;
}

export interface Script<Args> {
  /** Makes the typed arguments of the job's `args`; what it throws fails the run. Left out: the strings as they are. */
  readonly args?: (args: readonly string[]) => Args;
  /**
   * The work. The run is over when it settles, whatever is still open. A rejection ends it with exit code 1 and the
   * stack on stderr; `process.exitCode` and `process.exit()` mean what they always do. What it returns is ignored.
   */
  readonly run: (context: ScriptContext<Args>) => unknown;
}

/**
 * Declares a script: the default export of a file of `functions/scripts/`, whose name is the script's.
 *
 * @example
 * export default defineScript({
 *   args: ([name = 'world']) => ({ name }),
 *   run: ({ args, log }) => log.info(`Hello, ${args.name}`),
 * });
 */
export function defineScript<Args = readonly string[]>(script: Script<Args>): Script<Args> {
  return script;
}
