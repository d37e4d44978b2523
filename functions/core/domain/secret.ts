import { InvalidInput } from './errors.ts';

/** Valid names of secrets. They need no escaping in a URL path or an SSM parameter name and are not `.` or `..`. */
const SECRET_NAME = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$/;

/** The rule in words, to follow "must be". */
export const SECRET_NAME_RULE = '1–64 of A–Z a–z 0–9 _ . - and not only a dot or two';

export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** Maximum size of a secret's value in bytes (UTF-8), the limit of SSM's standard tier. */
const MAX_SECRET_BYTES = 4_096;

/** Maximum number of secrets of a tenant. An account and region holds 10,000 parameters for all tenants. */
export const MAX_SECRETS = 100;

/** Maximum number of references in all values of a job. Each may cost a call to SSM at each run. */
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
  // SSM rejects such values, because parameters cannot reference parameters.
  if (/\{\{.*\}\}/s.test(value)) throw new InvalidInput('value', 'must not hold {{…}}');
}
