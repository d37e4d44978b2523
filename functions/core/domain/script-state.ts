import { createHash } from 'node:crypto';

/** A value in the state of a tenant: JSON that scripts and API clients keep between runs. */
export interface StatePlace {
  /** Matches `STATE_NAMESPACE`. */
  readonly namespace: string;
  /** 1–`MAX_STATE_KEY_LENGTH` characters. */
  readonly key: string;
}

/** Namespace of `state.get(key)` in a script. */
export const DEFAULT_NAMESPACE = 'default';
export const STATE_NAMESPACE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
export const STATE_NAMESPACE_RULE = '1–64 of A–Z a–z 0–9 _ . -, a letter, digit or _ first';
/** Maximum bytes (JSON, UTF-8) of a value. */
export const MAX_STATE_BYTES = 100 * 1024;
/** Maximum characters of a key. */
export const MAX_STATE_KEY_LENGTH = 256;
/** Maximum number of values of a tenant, in all namespaces. With `MAX_STATE_BYTES` it bounds the bytes of a tenant to 1 GB. */
export const MAX_STATE_VALUES = 10_000;
/** Maximum seconds until a value expires: a year. */
export const MAX_STATE_TTL_SECONDS = 366 * 24 * 3_600;

/**
 * @returns whether a namespace belongs to scripts alone, for tokens that they exchange, for example: its name starts with
 *   `_`, and the API neither shows nor changes it
 */
export const isPrivateNamespace = (namespace: string): boolean => namespace.startsWith('_');

export const isStateNamespace = (namespace: unknown): namespace is string =>
  typeof namespace === 'string' && STATE_NAMESPACE.test(namespace);

/** @returns whether a key has a valid length and is text that UTF-8 can express */
export const isStateKey = (key: unknown): key is string =>
  typeof key === 'string' && key.length >= 1 && key.length <= MAX_STATE_KEY_LENGTH && key.isWellFormed();

export const isStateTtl = (seconds: unknown): seconds is number =>
  Number.isSafeInteger(seconds) && Number(seconds) >= 1 && Number(seconds) <= MAX_STATE_TTL_SECONDS;

/** Returns the version of a value, which is the same for the same JSON. */
export const stateTag = (json: string): string => createHash('sha256').update(json).digest('base64url').slice(0, 22);

/** The tenant has the maximum number of values. */
export class StateFullError extends Error {
  override readonly name = 'StateFullError';

  constructor() {
    super(`the tenant has ${MAX_STATE_VALUES} values, which is the maximum; delete some, or let them expire`);
  }
}
