import { InvalidInput, JobdeckError } from './errors.ts';

/** Valid names of secrets. They need no escaping in a URL path and are not `.` or `..`. */
const SECRET_NAME = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$/;

/** The rule in words, to follow "must be". */
export const SECRET_NAME_RULE = '1–64 of A–Z a–z 0–9 _ . - and not only a dot or two';

export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** Maximum size of a secret's value in bytes (UTF-8). */
const MAX_SECRET_BYTES = 4_096;

/** Maximum number of secrets of a tenant. */
export const MAX_SECRETS = 100;

/** Maximum number of references in all values of a job. Each may cost a read of the store at each run. */
const MAX_REFERENCES = 20;

/** `{{secret:name}}`. `validateSecretReferences` validates the name. */
const REFERENCE = /\{\{secret:([^{}]*)\}\}/g;
/** Text that is intended as a reference, even if malformed. */
const REFERENCE_ATTEMPT = /\{\{\s*secret\b/gi;

/** Returns a reference to a secret as written in a job. */
export const formatSecretReference = (name: string): string => `{{secret:${name}}}`;

/** Returns the names of the secrets that a value references, without duplicates. */
export function secretNamesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(REFERENCE)].map(([, name = '']) => name))];
}

/** Replaces each reference in a value. */
export function substituteSecrets(text: string, secretOf: (name: string) => string): string {
  return text.replaceAll(REFERENCE, (_, name: string) => secretOf(name));
}

/**
 * Validates the syntax of secret references. The existence of the secrets is not checked.
 *
 * @param values texts with their field paths
 * @throws InvalidInput without the value, which may contain a secret
 */
export function validateSecretReferences(values: readonly (readonly [field: string, text: string])[]): void {
  let references = 0;
  for (const [field, text] of values) {
    const names = [...text.matchAll(REFERENCE)].map(([, name = '']) => name);
    if (names.length !== [...text.matchAll(REFERENCE_ATTEMPT)].length || !names.every(isSecretName)) {
      const right = `${formatSecretReference('name')}, without spaces and the name being ${SECRET_NAME_RULE}`;
      throw new InvalidInput(field, `must refer to a secret as ${right}`);
    }
    references += names.length;
    if (references > MAX_REFERENCES) {
      throw new InvalidInput(field, `must not raise the job's secret references above ${MAX_REFERENCES}`);
    }
  }
}

/** @throws InvalidInput if a value references a secret in a field that does not support secrets */
export function assertNoSecretReferences(field: string, text: string, instead: string): void {
  if (text.search(REFERENCE_ATTEMPT) >= 0)
    throw new InvalidInput(field, `must not refer to a secret; only ${instead} may`);
}

/**
 * Validates the value of a secret.
 *
 * @throws InvalidInput without the value
 */
export function validateSecretValue(value: string): void {
  const bytes = Buffer.byteLength(value);
  if (bytes < 1 || bytes > MAX_SECRET_BYTES) {
    throw new InvalidInput('value', `must be text of 1–${MAX_SECRET_BYTES} bytes, got ${bytes}`);
  }
  if (value.includes('\0')) throw new InvalidInput('value', 'must not hold a NUL character');
}

/** A value encrypted under a data key, and the data key encrypted under the stage's KMS key. */
export interface Envelope {
  /** Initialization vector (12 bytes), AES-256-GCM ciphertext and authentication tag (16 bytes). */
  readonly sealed: Uint8Array;
  readonly wrappedKey: Uint8Array;
}

/**
 * A secret exists but cannot be read or written now: the store or KMS is unavailable or throttles. A repetition may
 * succeed.
 */
export class SecretUnavailableError extends JobdeckError {
  constructor(what: string, cause: unknown) {
    super('unavailable', 'secret.unavailable', `${what} is not available now; try again later`, { cause });
    this.name = 'SecretUnavailableError';
  }
}

/** A secret cannot be decrypted: its row was damaged, copied from another place, or belongs to another stage. */
export class SecretDamagedError extends JobdeckError {
  constructor(what: string, remedy: string) {
    super('unprocessable', 'secret.damaged', `${what} cannot be decrypted; ${remedy}`);
    this.name = 'SecretDamagedError';
  }
}
