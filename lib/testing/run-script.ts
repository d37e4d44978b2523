import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { format } from 'node:util';
import { DEFAULT_TIMEOUT_MS } from '../../functions/api/definition/job-request.ts';
import type { Json } from '../../functions/core/domain/json.ts';
import { DEFAULT_NAMESPACE, isStateNamespace } from '../../functions/core/domain/script-state.ts';
import { parsePayload } from '../../functions/core/executors/script/parse-payload.ts';
import type { Report, RunInfo } from '../../functions/core/executors/script/protocol.ts';
import { createMessages } from '../../functions/core/executors/script/script-context.ts';
import type { Log, Script, ScriptContext, ScriptInput } from '../../functions/scripts/lib/define-script.ts';
import { MemoryChannel, type OnTrigger, type TriggerCall } from './memory-channel.ts';
import { overrideExit, ScriptExit } from './override-exit.ts';
import { StopWatch } from './stop-watch.ts';

/** A line that a script logged. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

/** Options of `runScript`. */
export interface RunScriptOptions<Input extends ScriptInput> {
  /**
   * Arguments as a job has them.
   *
   * @defaultValue none
   */
  readonly args?: Input;
  /**
   * Payload of the run, any JSON value. It is copied as JSON.
   *
   * @defaultValue none
   */
  readonly payload?: unknown;
  /** Variables of the job, added to `TMPDIR`, `HOME` and `TZ`. Variables of the test's process are not visible in `env`. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * State of the tenant before the run: values by their keys, or by `<namespace>#<key>` for another namespace than
   * `default`. The object is not changed.
   */
  readonly state?: Readonly<Record<string, unknown>>;
  /**
   * Time that `Date` shows during the run: it stands still. Only one script of a process may run with a time of its own.
   *
   * @defaultValue real time
   */
  readonly now?: Date;
  /** Cancels the run, as a user does. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds until the timeout of the run.
   *
   * @defaultValue 300000
   */
  readonly timeoutMs?: number;
  /**
   * Called for each run that the script starts, before `trigger` returns. The script receives an error that it throws.
   *
   * @defaultValue every run can be started
   */
  readonly onTrigger?: OnTrigger;
  /** Changes of the fields of `context.run`. */
  readonly run?: Partial<RunInfo>;
}

/** The outcome of a run. */
export interface ScriptResult {
  readonly status: 'ok' | 'error' | 'timeout' | 'canceled';
  /** Exit code that the process of the script would have; `null` after a timeout and a cancel. */
  readonly exitCode: number | null;
  /** The exception that ended the run; `undefined` if there was none. */
  readonly error: unknown;
  /** State of the tenant after the run, with keys as in `RunScriptOptions.state`. */
  readonly state: Readonly<Record<string, unknown>>;
  readonly logs: readonly LogLine[];
  /** The runs that the script started, in their order, each once. */
  readonly triggers: readonly TriggerCall[];
  /** The reports in their order. */
  readonly reports: readonly Report[];
  /** The report that the run would show: each field as last reported. */
  readonly report: Report;
}

/** The run that a script sees unless `run` changes it. */
const RUN: RunInfo = {
  runId: 'test.test000000.01JNXA3V5T9YV0Q2Z6W8M4R7B1',
  tenant: 'test',
  jobId: 'test',
  attempt: 1,
  scheduledAt: null,
};

/** Ends when the previous run has ended: runs share `process.exitCode` and the clock of the process. */
let previousRun: Promise<unknown> = Promise.resolve();

/**
 * Runs a script in the process of a test with the rules of production: arguments are parsed by the script, keys and values
 * of the state and reports are validated, values of the state are copied as JSON, and `process.exit()` and
 * `process.exitCode` end or mark this run only. Runs of one process take turns.
 *
 * Other than in production, the script has the rights and variables of the test's process, and is not killed: after a
 * timeout or a cancel its code may continue although the result has been returned. Output of `console` is not captured.
 *
 * @throws TypeError or RangeError for an invalid key or value in `state`
 *
 * @example
 * ```ts
 * import { runScript } from 'jobdeck/testing';
 * import syncOrders from '../scripts/sync-orders.ts';
 * const { status, logs } = await runScript(syncOrders, { args: ['50'], state: { 'sync-orders:after': 7 } });
 * console.log(status, logs);
 * ```
 */
export function runScript<Args, Input extends ScriptInput, Payload>(
  script: Script<Args, Input, Payload>,
  options: RunScriptOptions<Input> = {},
): Promise<ScriptResult> {
  const run = previousRun.then(() => execute(script, options));
  previousRun = run.catch(() => {});
  return run;
}

async function execute<Args, Input extends ScriptInput, Payload>(
  script: Script<Args, Input, Payload>,
  options: RunScriptOptions<Input>,
): Promise<ScriptResult> {
  const { args = [] as unknown as Input, env = {}, now, signal, timeoutMs = DEFAULT_TIMEOUT_MS, run } = options;
  const channel = new MemoryChannel(options.onTrigger);
  const messages = createMessages(channel);
  for (const [name, value] of Object.entries(options.state ?? {})) {
    const [namespace, key] = splitName(name);
    await messages.state.namespace(namespace).set(key, value);
  }
  const logs: LogLine[] = [];
  const log = createLog(logs);
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-run-'));
  const stop = new StopWatch(timeoutMs, signal);
  const exit = overrideExit();
  if (now) mock.timers.enable({ apis: ['Date'], now });
  try {
    const context: Omit<ScriptContext<Args, Payload>, 'args' | 'payload'> = {
      env: { TMPDIR: folder, HOME: folder, TZ: 'UTC', ...env },
      log,
      ...messages,
      run: { ...RUN, ...run },
      get signal() {
        return stop.signal;
      },
    };
    const end = await Promise.race([
      runToEnd(script, { args, payload: toJson(options.payload) }, context, exit.code),
      exit.called.then((exitCode) => ({ exitCode, error: undefined })),
      stop.reached.then(() => ({ exitCode: null, error: undefined })),
    ]);
    if (end.error !== undefined) log.error(end.error);
    return {
      error: end.error,
      exitCode: stop.reason ? null : end.exitCode,
      status: stop.reason ?? (end.exitCode === 0 ? 'ok' : 'error'),
      state: channel.state(),
      logs: [...logs],
      triggers: [...channel.triggers],
      reports: [...channel.reports],
      report: Object.assign({}, ...channel.reports) as Report,
    };
  } finally {
    if (now) mock.timers.reset();
    exit.restore();
    stop.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Splits the name of a value into its namespace and key. A name with an invalid namespace is a key with a `#`. */
function splitName(name: string): readonly [namespace: string, key: string] {
  const end = name.indexOf('#');
  const namespace = name.slice(0, Math.max(end, 0));
  return isStateNamespace(namespace) ? [namespace, name.slice(end + 1)] : [DEFAULT_NAMESPACE, name];
}

/** Runs a script until its promise settles. */
async function runToEnd<Args, Input extends ScriptInput, Payload>(
  script: Script<Args, Input, Payload>,
  { args, payload }: { readonly args: Input; readonly payload: Json | undefined },
  context: Omit<ScriptContext<Args, Payload>, 'args' | 'payload'>,
  exitCode: () => number,
): Promise<{ readonly exitCode: number; readonly error: unknown }> {
  try {
    // Without a parser, the script receives the arguments unchanged.
    const parsed = script.args ? script.args(args) : (args as unknown as Args);
    await script.run(
      Object.defineProperties(
        {},
        {
          ...Object.getOwnPropertyDescriptors(context),
          args: { value: parsed, enumerable: true },
          payload: { value: await parsePayload(script.payload, payload), enumerable: true },
        },
      ) as ScriptContext<Args, Payload>,
    );
    return { exitCode: exitCode(), error: undefined };
  } catch (error) {
    if (error instanceof ScriptExit) return { exitCode: exitCode(), error: undefined };
    return { exitCode: exitCode() || 1, error };
  }
}

/** Returns a copy as the worker sends it to a script. */
const toJson = (payload: unknown): Json | undefined =>
  payload === undefined || payload === null ? undefined : (JSON.parse(JSON.stringify(payload)) as Json);

/** Creates a log that formats values as `console.log` does. */
function createLog(lines: LogLine[]): Log {
  const writer =
    (level: LogLine['level']) =>
    (...values: unknown[]): void => {
      lines.push({ level, text: format(...values) });
    };
  return { info: writer('info'), warn: writer('warn'), error: writer('error') };
}
