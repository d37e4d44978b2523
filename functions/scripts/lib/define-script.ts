import type { Report, RunInfo } from '../../core/executors/script/protocol.ts';

export type { Report, RunInfo };

/**
 * Writes lines to the run's output: `info` to stdout, the others to stderr. Objects are formatted as by `console.log`.
 */
export interface Log {
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
}

/**
 * Values of the tenant that persist between runs. All scripts of the tenant share them: prefix keys with the script's
 * name.
 */
export interface State {
  /** @returns `undefined` if the key has no value */
  get<T = unknown>(key: string): Promise<T | undefined>;
  /**
   * @param key 1–256 characters
   * @param value JSON of at most 100 KB
   * @throws if the key or the value is invalid
   */
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
}

/** The context of one run of a script. */
export interface ScriptContext<Args> {
  readonly args: Args;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Aborts on a cancel or at the timeout, 5 s before the process is killed. A script that never reads the signal is
   * ended at once.
   */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly state: State;
  readonly run: RunInfo;
  /** Reports progress. May be called repeatedly; the last report is kept if the run fails later. */
  readonly report: (report: Report) => void;
}

/** Types of the arguments that a job may have. An element may be optional. */
export type ScriptInput = readonly (string | undefined)[];

/**
 * A script.
 *
 * @typeParam Args what `run()` receives as `args`
 * @typeParam Input the arguments that jobs may have: the type of the parameter of `args()`
 */
export interface Script<Args, Input extends ScriptInput = readonly string[]> {
  /**
   * Parses the job's `args`; an exception fails the run. A type of the parameter, such as `[day: string, size?:
   * \`${number}\`]`, is checked where a project defines a job with this script.
   *
   * @defaultValue the strings unchanged
   */
  readonly args?: (args: Input) => Args;
  /**
   * Executes the script. The run ends when the result settles, even if handles are open. A rejection ends it with exit
   * code 1 and the stack on stderr; `process.exitCode` and `process.exit()` work as usual. The result is ignored.
   */
  readonly run: (context: ScriptContext<Args>) => unknown;
}

/**
 * Declares a script. A file in `functions/scripts/` exports it as default and gives it its name.
 *
 * @example
 * ```ts
 * export default defineScript({
 *   args: ([name = 'world']) => ({ name }),
 *   run: ({ args, log }) => log.info(`Hello, ${args.name}`),
 * });
 * ```
 */
export function defineScript<Args = readonly string[], Input extends ScriptInput = readonly string[]>(
  script: Script<Args, Input>,
): Script<Args, Input> {
  return script;
}
