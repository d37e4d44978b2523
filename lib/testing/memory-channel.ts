import { isDeepStrictEqual } from 'node:util';
import { JobdeckError } from '../../functions/core/domain/errors.ts';
import { hashedUlid, publicRunId } from '../../functions/core/domain/run-id.ts';
import { DEFAULT_NAMESPACE, type StatePlace } from '../../functions/core/domain/script-state.ts';
import { keyReusedError, type TriggerKey } from '../../functions/core/domain/script-trigger.ts';
import type { TriggeredRun } from '../../functions/core/executors/execution.ts';
import type {
  FromScript,
  Report,
  ScriptTrigger,
  StateRequest,
} from '../../functions/core/executors/script/protocol.ts';
import { type ScriptChannel, triggerError } from '../../functions/core/executors/script/script-context.ts';
import type { TriggerInput } from '../../functions/scripts/lib/define-script.ts';

/** A run that a script started. */
export interface TriggerCall {
  readonly job: string;
  /** The key of the call, or the ordinal of a call without one among those for the job. */
  readonly key: TriggerKey;
  /** The fields of the call beside `key`, as JSON. */
  readonly input: Omit<TriggerInput, 'key'>;
  /** The id that the script received. */
  readonly run: string;
}

/** Called before a run is recorded. The script receives an error that it throws. */
export type OnTrigger = (call: TriggerCall) => void | Promise<void>;

/**
 * The worker's end of a script that runs in the same process: stores the state as JSON, and keeps the reports and the runs
 * that the script starts.
 */
export class MemoryChannel implements ScriptChannel {
  readonly reports: Report[] = [];
  readonly triggers: TriggerCall[] = [];
  readonly #values = new Map<string, { readonly json: string; readonly expiresAt: number }>();
  readonly #onTrigger: OnTrigger;

  constructor(onTrigger: OnTrigger = () => {}) {
    this.#onTrigger = onTrigger;
  }

  send(message: FromScript): void {
    // Reports are copied as the control channel of a process does.
    if (message.type === 'report') this.reports.push(JSON.parse(JSON.stringify(message.report)) as Report);
  }

  async request(request: StateRequest): Promise<unknown> {
    const name = nameOf(request);
    if (request.operation === 'set') {
      const { value, ttlSeconds } = request;
      const expiresAt = ttlSeconds === null ? Number.POSITIVE_INFINITY : Date.now() + ttlSeconds * 1_000;
      this.#values.set(name, { json: JSON.stringify(value), expiresAt });
    }
    if (request.operation === 'delete') this.#values.delete(name);
    const stored = request.operation === 'get' ? this.#values.get(name) : undefined;
    return stored && stored.expiresAt > Date.now() ? (JSON.parse(stored.json) as unknown) : undefined;
  }

  async trigger({ job, key, input }: ScriptTrigger): Promise<TriggeredRun> {
    // Reads the schemas of the API for scripts that start runs only.
    const { readTriggerFields } = await import('./read-trigger-fields.ts');
    const copy = JSON.parse(JSON.stringify(input)) as TriggerCall['input'];
    try {
      const run_at = readTriggerFields(copy);
      const earlier = this.triggers.find((call) => call.job === job && call.key === key);
      if (earlier && !isDeepStrictEqual(earlier.input, copy)) throw keyReusedError(key);
      const ulid = hashedUlid(Date.now(), `${job}#${typeof key}#${key}`);
      const call = earlier ?? {
        job,
        key,
        input: copy,
        run: publicRunId({ jobId: job, incarnation: 'test000000', ulid }),
      };
      if (!earlier) {
        await this.#onTrigger(call);
        this.triggers.push(call);
      }
      return { run: call.run, run_at, repeated: earlier !== undefined };
    } catch (error) {
      throw error instanceof JobdeckError ? triggerError(error.code, `trigger '${job}': ${error.message}`) : error;
    }
  }

  /**
   * Returns a copy of the values that have not expired: by their keys, and for other namespaces than `default` by
   * `<namespace>#<key>`.
   */
  state(): Record<string, unknown> {
    const now = Date.now();
    const alive = [...this.#values].filter(([, { expiresAt }]) => expiresAt > now);
    return Object.fromEntries(alive.map(([name, { json }]) => [name, JSON.parse(json) as unknown]));
  }
}

const nameOf = ({ namespace, key }: StatePlace) => (namespace === DEFAULT_NAMESPACE ? key : `${namespace}#${key}`);
