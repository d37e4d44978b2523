import { InvalidInput } from './errors.ts';

/** Names of secrets: what a path and a parameter's name can hold as it is, and no step up or down a path. */
const SECRET_NAME = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$/;

/** The same in words, to follow "must be". */
export const SECRET_NAME_RULE = '1–64 of A–Z a–z 0–9 _ . - and not only a dot or two';

export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

/** Bytes (UTF-8) of a secret's value: the standard tier of SSM holds no more. */
const MAX_SECRET_BYTES = 4_096;

/** Secrets that a tenant may have: an account and region has 10,000 parameters for all tenants together. */
export const MAX_SECRETS = 100;

/** References that the values of one job may hold together: each may be a call at its run. */
const MAX_REFERENCES = 20;

/** `{{secret:name}}`. What stands between the colon and the end need not be a name: `checkReferences` says so. */
const REFERENCE = /\{\{secret:([^{}]*)\}\}/g;
/** What can only be meant as a reference. */
const REFERENCE_ATTEMPT = /\{\{\s*secret\b/gi;

/** A value as jobs are to write it so that the secret takes its place. */
export const formatSecretReference = (name: string): string => `{{secret:${name}}}`;

/** The secrets that a value refers to, each once. */
export function secretNamesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(REFERENCE)].map(([, name = '']) => name))];
}

/** The value with each of its references replaced by what it refers to. */
export function substituteSecrets(text: string, secretOf: (name: string) => string): string {
  return text.replaceAll(REFERENCE, (_, name: string) => secretOf(name));
}

/**
 * Checks how values refer to secrets, but not whether there are such.
 *
 * @param values by the field that each is of
 * @throws InvalidInput that does not repeat the value: it may be a secret
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
      throw new InvalidInput(field, `must not bring the job's references to secrets over ${MAX_REFERENCES}`);
    }
  }
}

/** @throws InvalidInput when a value refers to a secret where none is filled in */
export function assertNoSecretReferences(field: string, text: string, instead: string): void {
  if (text.search(REFERENCE_ATTEMPT) >= 0) throw new InvalidInput(field, `must not refer to a secret: ${instead} may`);
}

/**
 * Checks the value of a secret.
 *
 * @throws InvalidInput that does not repeat it
 */
export function validateSecretValue(value: string): void {
  const bytes = Buffer.byteLength(value);
  if (bytes < 1 || bytes > MAX_SECRET_BYTES) {
    throw new InvalidInput('value', `must be text of 1–${MAX_SECRET_BYTES} bytes, got ${bytes}`);
  }
  if (value.includes('\0')) throw new InvalidInput('value', 'must not hold a NUL character');
  // SSM refuses them: parameters cannot refer to parameters.
  if (/\{\{.*\}\}/s.test(value)) throw new InvalidInput('value', 'must not hold {{…}}');
}
