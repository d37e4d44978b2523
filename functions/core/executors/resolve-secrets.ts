import { isHeaderValue } from '../domain/header-value.ts';
import type { ExecutableTarget } from '../domain/job.ts';
import { SecretDamagedError, secretNamesIn, substituteSecrets } from '../domain/secret.ts';

/** A target with its secrets filled in, for one attempt. It is never stored or logged. */
export interface ResolvedTarget {
  readonly target: ExecutableTarget;
  /** Values of the secrets to which the target refers, by name. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** A secret that is missing or invalid in its place. The message contains its name, not its value. */
export class UnusableSecretError extends Error {
  constructor(name: string, why: string) {
    super(`secret '${name}' ${why}`);
    this.name = 'UnusableSecretError';
  }
}

type ReadValue = (name: string) => Promise<string | undefined>;

/**
 * Replaces secret references in the header values of an `http` target, or in the `env` of a script.
 *
 * @param read returns the value of one of the tenant's secrets, or `undefined` if the secret does not exist
 * @throws UnusableSecretError
 * @throws SecretUnavailableError if a secret cannot be read now
 */
export async function resolveSecrets(target: ExecutableTarget, read: ReadValue): Promise<ResolvedTarget> {
  if (target.type !== 'http' && target.type !== 'script') return { target, secrets: new Map() };
  const fields = target.type === 'http' ? target.headers : target.env;
  const names = [...new Set(Object.values(fields).flatMap(secretNamesIn))];
  if (names.length === 0) return { target, secrets: new Map() };
  const values = new Map(await Promise.all(names.map(async (name) => [name, await required(name, read)] as const)));
  if (target.type === 'http') {
    for (const [name, value] of values) {
      if (!isHeaderValue(value))
        throw new UnusableSecretError(name, 'must be one line of printable characters in a header');
    }
  }
  const filled = Object.fromEntries(
    Object.entries(fields).map(([field, text]) => [field, substituteSecrets(text, (name) => values.get(name) ?? '')]),
  );
  return {
    target: target.type === 'http' ? { ...target, headers: filled } : { ...target, env: filled },
    secrets: values,
  };
}

async function required(name: string, read: ReadValue): Promise<string> {
  const value = await readUsable(name, read);
  if (value === undefined) throw new UnusableSecretError(name, `does not exist; PUT /v1/secrets/${name} sets it`);
  return value;
}

/**
 * Reads a secret.
 *
 * @throws UnusableSecretError if the secret cannot be decrypted
 * @throws SecretUnavailableError
 */
export async function readUsable(name: string, read: ReadValue): Promise<string | undefined> {
  try {
    return await read(name);
  } catch (error) {
    if (!(error instanceof SecretDamagedError)) throw error;
    throw new UnusableSecretError(name, `cannot be decrypted; PUT /v1/secrets/${name} sets it again`);
  }
}
