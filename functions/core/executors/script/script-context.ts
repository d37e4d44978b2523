import type { Socket } from 'node:net';
import type { ScriptContext, SetOptions, State } from '../../../scripts/lib/define-script.ts';
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
import { truncate } from '../../domain/text.ts';
import {
  encodeLine,
  type FromScript,
  MAX_META_BYTES,
  type Report,
  type RunInfo,
  type StateRequest,
} from './protocol.ts';

/** Sends a script's messages to its worker. */
export interface ScriptChannel {
  send(message: FromScript): void;
  /** Sends a state request and returns the reply. */
  request(request: StateRequest): Promise<unknown>;
}

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

  /** Sends a state request. Keeps the process alive until the reply arrives. */
  request(request: StateRequest): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject });
    this.#socket.ref();
    this.send({ type: 'state', id, ...request });
    return promise;
  }

  reply(id: number, value: unknown, error: string | undefined): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#socket.unref();
    if (error === undefined) pending?.resolve(value);
    else pending?.reject(new Error(error));
  }
}

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
export function createMessages(channel: ScriptChannel): Pick<ScriptContext<unknown, unknown>, 'state' | 'report'> {
  return {
    state: createState(channel, DEFAULT_NAMESPACE),
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
