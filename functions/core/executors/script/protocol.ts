import type { Json } from '../../domain/json.ts';
import {
  isStateKey,
  isStateNamespace,
  isStateTtl,
  MAX_STATE_BYTES,
  type StatePlace,
} from '../../domain/script-state.ts';
import { isTriggerKey, MAX_TRIGGER_BYTES, type TriggerKey } from '../../domain/script-trigger.ts';
import { truncate } from '../../domain/text.ts';

/** File descriptor of the control channel in the script's process. */
export const CONTROL_FD = 3;
/** Maximum bytes (JSON, UTF-8) of a report's `meta`, which is part of the run's row. */
export const MAX_META_BYTES = 8 * 1024;

/** Maximum UTF-16 code units of a script's failure message. */
export const MAX_FAILURE_MESSAGE = 1000;

/** A run, as its script sees it. */
export interface RunInfo {
  readonly runId: string;
  readonly tenant: string;
  readonly jobId: string;
  readonly attempt: number;
  /** ISO 8601; `null` for a run that was not started by a schedule. */
  readonly scheduledAt: string | null;
}

/** A script's report on its work. Fields of a later report replace those of an earlier one. */
export interface Report {
  readonly itemsProcessed?: number;
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Message from the worker to the script's process, one JSON object per line. */
export type ToScript =
  | {
      type: 'start';
      script: string;
      args: readonly string[];
      env: Readonly<Record<string, string>>;
      /** `undefined` if the run has none. */
      payload?: Json | undefined;
      run: RunInfo;
      /** The run's folder, the only writable one. */
      folder: string;
    }
  | ScriptReply;

/** The reply to a request. */
export interface ScriptReply {
  readonly type: 'reply';
  readonly id: number;
  readonly value?: unknown;
  /** Message, if the request failed. */
  readonly error?: string;
  /** Stable code of the error, such as `job.not_found`. */
  readonly code?: string;
}

/** A request of a script to start a run. */
export interface ScriptTrigger {
  readonly job: string;
  readonly key: TriggerKey;
  /** Fields of a trigger. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** A request of a script for its state. */
export type StateRequest = StatePlace &
  (
    | { readonly operation: 'get' | 'delete' }
    | {
        readonly operation: 'set';
        readonly value: unknown;
        /** Seconds until the value expires, or `null` for a value that does not expire. */
        readonly ttlSeconds: number | null;
      }
  );

/** Message from the script's process to the worker, one JSON object per line. */
export type FromScript =
  | { type: 'started' }
  | ({ type: 'state'; id: number } & StateRequest)
  | ({ type: 'trigger'; id: number } & ScriptTrigger)
  | { type: 'report'; report: Report }
  | { type: 'failed'; message: string };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Validates a message from a script's process, whose content the script controls.
 *
 * @returns the message, or `undefined` if it is malformed
 */
export function parseFromScript(message: unknown): FromScript | undefined {
  if (!isObject(message)) return undefined;
  switch (message.type) {
    case 'started':
      return { type: 'started' };
    case 'failed':
      return { type: 'failed', message: truncate(String(message.message), MAX_FAILURE_MESSAGE) };
    case 'report': {
      const report = parseReport(message.report);
      return report && { type: 'report', report };
    }
    case 'state': {
      const { id, operation, namespace, key, value, ttlSeconds } = message;
      if (typeof id !== 'number' || !isStateNamespace(namespace) || !isStateKey(key)) return undefined;
      const place = { type: 'state' as const, id, namespace, key };
      if (operation === 'get' || operation === 'delete') return { ...place, operation };
      if (operation !== 'set' || value === undefined || byteLength(value) > MAX_STATE_BYTES) return undefined;
      return ttlSeconds === null || isStateTtl(ttlSeconds) ? { ...place, operation, value, ttlSeconds } : undefined;
    }
    case 'trigger': {
      const { id, job, key, input } = message;
      if (typeof id !== 'number' || typeof job !== 'string' || !isTriggerKey(key) || !isObject(input)) return undefined;
      return { type: 'trigger', id, job, key, input };
    }
    default:
      return undefined;
  }
}

function parseReport(report: unknown): Report | undefined {
  if (!isObject(report)) return undefined;
  const { itemsProcessed, meta } = report;
  if (itemsProcessed !== undefined && !(Number.isSafeInteger(itemsProcessed) && Number(itemsProcessed) >= 0))
    return undefined;
  if (meta !== undefined && !(isObject(meta) && byteLength(meta) <= MAX_META_BYTES)) return undefined;
  return {
    ...(itemsProcessed !== undefined && { itemsProcessed: Number(itemsProcessed) }),
    ...(meta !== undefined && { meta }),
  };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns the size of a JSON value in bytes of UTF-8 */
export function byteLength(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

/** Maximum characters of a line from a script's process: the input of a run and its envelope. */
export const MAX_LINE_LENGTH = 2 * MAX_TRIGGER_BYTES;

export function encodeLine(message: ToScript | FromScript): string {
  return `${JSON.stringify(message)}\n`;
}
