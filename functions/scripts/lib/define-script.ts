import type { TriggeredRun } from '../../core/executors/execution.ts';
import type { Report, RunInfo } from '../../core/executors/script/protocol.ts';

export type { Report, RunInfo, TriggeredRun };

/**
 * Writes lines to the run's output: `info` to stdout, the others to stderr. Objects are formatted as by `console.log`.
 */
export interface Log {
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
}

/** Options of `State.set`. */
export interface SetOptions {
  /**
   * Seconds until the value expires, 1–31622400.
   *
   * @defaultValue the value does not expire
   */
  readonly ttlSeconds?: number;
}

/**
 * Values of the tenant that persist between runs, in the namespace `default`. All scripts of the tenant share them: use a
 * namespace for each script, or prefix keys with its name. `GET /state` shows them to members of the tenant.
 */
export interface State {
  /** @returns `undefined` if the key has no value, or the value has expired */
  get<T = unknown>(key: string): Promise<T | undefined>;
  /**
   * @param key 1–256 characters
   * @param value JSON of at most 100 KB
   * @throws if the key or the value is invalid, or the tenant has the maximum number of values
   */
  set(key: string, value: unknown, options?: SetOptions): Promise<void>;
  delete(key: string): Promise<void>;
  /**
   * Returns the values of another namespace. Those of a namespace that starts with `_` are for scripts alone: the API
   * neither shows nor changes them.
   *
   * @param name 1–64 of `A–Z a–z 0–9 _ . -`, a letter, digit or `_` first
   * @throws if the name is invalid
   */
  namespace(name: string): State;
}

/** The input of a run that a script starts: the fields of `POST /jobs/{id}/run`, and `key`. */
export interface TriggerInput {
  /** Any JSON value of at most 256 KB. It must fit the schema of the job's script. */
  readonly payload?: unknown;
  /** Replaces the arguments of a script job. */
  readonly args?: readonly string[];
  /** Added to the variables of a script job. Refused if one of all these variables refers to a secret. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Priority among the runs that wait for a slot; 1 is the most urgent.
   *
   * @defaultValue that of the job
   */
  readonly priority?: 1 | 2 | 3 | 4 | 5;
  /** At most 20. */
  readonly tags?: readonly string[];
  /** At most 500 characters. */
  readonly note?: string;
  /** ISO 8601, at most 365 days ahead. */
  readonly run_at?: string;
  /** Seconds until the run starts. Excludes `run_at`. */
  readonly delay_s?: number;
  /** Seconds after which the run is canceled if it has not started. */
  readonly expires_in_s?: number;
  /**
   * Identifies the start within the calling run and the job, 1–255 characters. A repeat with the same key, also in a later
   * attempt, starts nothing and returns the first run.
   *
   * @defaultValue the ordinal of the call, among those for the same job without a key
   */
  readonly key?: string;
}

/**
 * Starts a run of a job of the tenant and returns at once. The started run shows the calling run as its parent.
 *
 * @param job id of the job
 * @throws Error with the property `code`: `job.not_found`, `job.disabled`, `run.overlap`, `input.invalid`,
 *   `payload.too_large`, `input.secrets`, `trigger.key_reused`, `trigger.too_many`, `trigger.too_many_pending`,
 *   `trigger.too_deep`, `trigger.not_running`, `trigger.failed`, or a limit of the tenant such as `limit.delayedRuns`
 */
export type Trigger = (job: string, input?: TriggerInput) => Promise<TriggeredRun>;

/** The context of one run of a script. */
export interface ScriptContext<Args, Payload = unknown> {
  readonly args: Args;
  /** The payload of the trigger, or what the script's schema makes of it. `undefined` for a run without a payload. */
  readonly payload: Payload;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Aborts on a cancel or at the timeout, 5 s before the process is killed. A script that never reads the signal is
   * ended at once.
   */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly state: State;
  readonly trigger: Trigger;
  readonly run: RunInfo;
  /** Reports progress. May be called repeatedly; the last report is kept if the run fails later. */
  readonly report: (report: Report) => void;
}

/**
 * A schema of Standard Schema 1 (https://standardschema.dev), as zod, Valibot and ArkType create them: the part that a
 * script needs.
 */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly output: Output } | undefined;
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/** A schema of payloads. A JSON Schema is of draft 2020-12 and has no references to other documents. */
export type PayloadSchema<Payload> = StandardSchema<Payload> | Readonly<Record<string, unknown>>;

/** Types of the arguments that a job may have. An element may be optional. */
export type ScriptInput = readonly (string | undefined)[];

/**
 * A script.
 *
 * @typeParam Args what `run()` receives as `args`
 * @typeParam Input the arguments that jobs may have: the type of the parameter of `args()`
 * @typeParam Payload what `run()` receives as `payload`
 */
export interface Script<Args, Input extends ScriptInput = readonly string[], Payload = unknown> {
  /**
   * The purpose of the script, 1–500 characters. `GET /scripts` and `jobdeck scripts` show it to those who define jobs. A
   * literal: it is read when the script is bundled.
   *
   * @defaultValue none
   */
  readonly description?: string;
  /**
   * Form of the arguments, 1–200 characters: `<day> [size]`.
   *
   * @defaultValue none
   */
  readonly usage?: string;
  /**
   * Parses the job's `args`; an exception fails the run. A type of the parameter, such as `[day: string, size?:
   * \`${number}\`]`, is checked where a project defines a job with this script.
   *
   * @defaultValue the strings unchanged
   */
  readonly args?: (args: Input) => Args;
  /**
   * The schema of payloads: one of zod or of another library with Standard Schema, or a JSON Schema. A trigger with a
   * payload that does not fit is refused with the path of the field. A Standard Schema also validates the payload before
   * `run()`, which receives its result; a payload that does not fit, or is missing, then fails the run.
   *
   * @defaultValue any payload
   */
  readonly payload?: PayloadSchema<Payload>;
  /**
   * Executes the script. The run ends when the result settles, even if handles are open. A rejection ends it with exit
   * code 1 and the stack on stderr; `process.exitCode` and `process.exit()` work as usual. The result is ignored.
   */
  readonly run: (context: ScriptContext<Args, Payload>) => unknown;
}

/**
 * Declares a script. A file in `functions/scripts/` exports it as default and gives it its name.
 *
 * @example
 * ```ts
 * export default defineScript({
 *   description: 'Prints a greeting.',
 *   usage: '[name]',
 *   args: ([name = 'world']) => ({ name }),
 *   run: ({ args, log }) => log.info(`Hello, ${args.name}`),
 * });
 * ```
 */
export function defineScript<
  Args = readonly string[],
  Input extends ScriptInput = readonly string[],
  Payload = unknown,
>(script: Script<Args, Input, Payload>): Script<Args, Input, Payload> {
  return script;
}
