import type { Socket } from 'node:net';
import type { ScriptContext, State } from '../../../scripts/lib/define-script.ts';
import { truncate } from '../../domain/text.ts';
import {
  encodeLine,
  type FromScript,
  MAX_META_BYTES,
  MAX_STATE_BYTES,
  MAX_STATE_KEY_LENGTH,
  type Report,
  type RunInfo,
} from './protocol.ts';

/** Sends a script's messages to its worker. */
export interface ScriptChannel {
  send(message: FromScript): void;
  /** Sends a state request and returns the reply. */
  request(operation: 'get' | 'set' | 'delete', key: string, value?: unknown): Promise<unknown>;
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
  request(operation: 'get' | 'set' | 'delete', key: string, value?: unknown): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject });
    this.#socket.ref();
    this.send({ type: 'state', id, operation, key, ...(value !== undefined && { value }) });
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
    state: createState(channel),
    report: (report) => channel.send({ type: 'report', report: assertReport(report) }),
  };
}

function createState(channel: ScriptChannel): State {
  return {
    get: async <T>(key: string) => (await channel.request('get', assertKey(key))) as T | undefined,
    async set(key, value) {
      await channel.request('set', assertKey(key), assertValue(key, value));
    },
    async delete(key) {
      await channel.request('delete', assertKey(key));
    },
  };
}

function assertKey(key: unknown): string {
  if (typeof key !== 'string' || key.length < 1 || key.length > MAX_STATE_KEY_LENGTH) {
    throw new TypeError(
      `state: a key must be 1–${MAX_STATE_KEY_LENGTH} characters, got ${truncate(JSON.stringify(key) ?? typeof key, 300)}`,
    );
  }
  return key;
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
