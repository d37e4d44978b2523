import type { Socket } from 'node:net';
import type { ScriptContext, SetOptions, State, TriggerInput } from '../../../scripts/lib/define-script.ts';
import {
  DEFAULT_NAMESPACE,
  isStateKey,
  isStateNamespace,
  isStateTtl,
  MAX_STATE_BYTES,
  MAX_STATE_KEY_LENGTH,
  MAX_STATE_TTL_SECONDS,
  STATE_NAMESPACE_RULE,
} from '../../domain/script-state.ts';
import { isTriggerKey, MAX_TRIGGER_BYTES, MAX_TRIGGER_KEY_LENGTH } from '../../domain/script-trigger.ts';
import { truncate } from '../../domain/text.ts';
import type { TriggeredRun } from '../execution.ts';
import {
  encodeLine,
  type FromScript,
  MAX_META_BYTES,
  type Report,
  type RunInfo,
  type ScriptReply,
  type ScriptTrigger,
  type StateRequest,
} from './protocol.ts';

/** Sends a script's messages to its worker. */
export interface ScriptChannel {
  send(message: FromScript): void;
  /** Sends a state request and returns the reply. */
  request(request: StateRequest): Promise<unknown>;
  /**
   * Requests the start of a run.
   *
   * @throws Error with the property `code`
   */
  trigger(request: ScriptTrigger): Promise<TriggeredRun>;
}

/** A message whose reply has the same id. */
type Request = Extract<FromScript, { readonly id: number }>;
/** A request before it has an id. */
type Unsent<Message> = Message extends Request ? Omit<Message, 'id'> : never;

/** The script's end of the control channel. */
export class ControlChannel implements ScriptChannel {
  readonly #socket: Socket;
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #lastId = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(message: FromScript): void {
    this.#socket.write(encodeLine(message));
  }

  request(request: StateRequest): Promise<unknown> {
    return this.#ask({ type: 'state', ...request });
  }

  async trigger(request: ScriptTrigger): Promise<TriggeredRun> {
    return (await this.#ask({ type: 'trigger', ...request })) as TriggeredRun;
  }

  /** Sends a request. Keeps the process alive until the reply arrives. */
  #ask(request: Unsent<Request>): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject });
    this.#socket.ref();
    this.send({ ...request, id } as Request);
    return promise;
  }

  reply({ id, value, error, code }: ScriptReply): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#socket.unref();
    if (error === undefined) pending?.resolve(value);
    else pending?.reject(code === undefined ? new Error(error) : triggerError(code, error));
  }
}

/** Returns an error of `trigger`. Its stack shows the code. */
export const triggerError = (code: string, message: string): Error =>
  Object.assign(new Error(message), { name: 'TriggerError', code });

/** Creates the object passed to a script. `args` and `payload` have the types of the script's own parser and schema. */
export function createScriptContext<Args, Payload>(
  channel: ControlChannel,
  run: RunInfo,
  args: Args,
  payload: Payload,
): ScriptContext<Args, Payload> {
  let abort: AbortController | undefined;
  return {
    args,
    payload,
    env: process.env,
    run,
    log: { info: console.log, warn: console.warn, error: console.error },
    ...createMessages(channel),
    // Created on first access: without a listener, SIGTERM ends a script that ignores the signal.
    get signal(): AbortSignal {
      if (!abort) {
        const controller = new AbortController();
        process.on('SIGTERM', () => controller.abort());
        abort = controller;
      }
      return abort.signal;
    },
  };
}

/** Creates the functions of a script's context that send messages. They reject invalid keys, values and reports. */
export function createMessages(
  channel: ScriptChannel,
): Pick<ScriptContext<unknown, unknown>, 'state' | 'trigger' | 'report'> {
  return {
    state: createState(channel, DEFAULT_NAMESPACE),
    trigger: createTrigger(channel),
    report: (report) => channel.send({ type: 'report', report: assertReport(report) }),
  };
}

function createState(channel: ScriptChannel, namespace: string): State {
  return {
    get: async <T>(key: string) =>
      (await channel.request({ operation: 'get', namespace, key: assertKey(key) })) as T | undefined,
    async set(key, value, { ttlSeconds }: SetOptions = {}) {
      const place = { namespace, key: assertKey(key) };
      const stored = { value: assertValue(key, value), ttlSeconds: assertTtl(key, ttlSeconds) };
      await channel.request({ operation: 'set', ...place, ...stored });
    },
    async delete(key) {
      await channel.request({ operation: 'delete', namespace, key: assertKey(key) });
    },
    namespace: (name) => createState(channel, assertNamespace(name)),
  };
}

function createTrigger(channel: ScriptChannel): ScriptContext<unknown>['trigger'] {
  /** Calls without a key, by job. */
  const calls = new Map<string, number>();
  return async (job, { key: given, ...input }: TriggerInput = {}) => {
    if (typeof job !== 'string') throw invalidTrigger(`job: must be the id of a job, got ${formatReceived(job)}`);
    if (given !== undefined && (typeof given !== 'string' || !isTriggerKey(given))) {
      throw invalidTrigger(`key: must be 1–${MAX_TRIGGER_KEY_LENGTH} characters, got ${formatReceived(given)}`);
    }
    for (const [field, value] of Object.entries(input)) {
      // JSON has `null` instead, which means that the field is absent.
      if (typeof value !== 'number' || Number.isFinite(value)) continue;
      throw invalidTrigger(`${field}: must be a finite number, got ${value}`);
    }
    const bytes = Buffer.byteLength(JSON.stringify(input));
    if (bytes > MAX_TRIGGER_BYTES) {
      throw invalidTrigger(
        `payload: must have, with the other fields, at most ${MAX_TRIGGER_BYTES} bytes as JSON, got ${bytes}`,
      );
    }
    const ordinal = (calls.get(job) ?? 0) + 1;
    if (given === undefined) calls.set(job, ordinal);
    return channel.trigger({ job, key: given ?? ordinal, input });
  };
}

const invalidTrigger = (message: string): Error => triggerError('input.invalid', `trigger: ${message}`);

const formatReceived = (value: unknown) => truncate(JSON.stringify(value) ?? typeof value, 300);

function assertNamespace(name: unknown): string {
  if (isStateNamespace(name)) return name;
  throw new TypeError(`state: a namespace must be ${STATE_NAMESPACE_RULE}, got ${formatReceived(name)}`);
}

function assertKey(key: unknown): string {
  if (isStateKey(key)) return key;
  throw new TypeError(`state: a key must be 1–${MAX_STATE_KEY_LENGTH} characters, got ${formatReceived(key)}`);
}

function assertTtl(key: string, seconds: unknown): number | null {
  if (seconds === undefined) return null;
  if (isStateTtl(seconds)) return seconds;
  throw new RangeError(
    `state '${key}': ttlSeconds must be an integer in 1–${MAX_STATE_TTL_SECONDS}, got ${formatReceived(seconds)}`,
  );
}

function assertValue(key: string, value: unknown): unknown {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError(`state '${key}': must be a JSON value, got ${typeof value}`);
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_STATE_BYTES) {
    throw new RangeError(`state '${key}': must be at most ${MAX_STATE_BYTES} bytes as JSON, got ${bytes}`);
  }
  return value;
}

function assertReport({ itemsProcessed, meta }: Report): Report {
  if (itemsProcessed !== undefined && !(Number.isSafeInteger(itemsProcessed) && itemsProcessed >= 0)) {
    throw new RangeError(`report: itemsProcessed must be an integer of at least 0, got ${itemsProcessed}`);
  }
  if (meta !== undefined && (typeof meta !== 'object' || meta === null || Array.isArray(meta))) {
    throw new TypeError('report: meta must be an object');
  }
  if (meta !== undefined && Buffer.byteLength(JSON.stringify(meta)) > MAX_META_BYTES) {
    throw new RangeError(`report: meta must be at most ${MAX_META_BYTES} bytes as JSON`);
  }
  return { ...(itemsProcessed !== undefined && { itemsProcessed }), ...(meta !== undefined && { meta }) };
}
