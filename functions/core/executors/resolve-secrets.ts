import { isHeaderValue } from '../domain/header-value.ts';
import type { ExecutableTarget } from '../domain/job.ts';
import { secretNamesIn, substituteSecrets } from '../domain/secret.ts';
import { Redaction } from './output/redaction.ts';

/** A target with its secrets in it. It is for this attempt alone: nothing of it is stored or logged. */
export interface ResolvedTarget {
  readonly target: ExecutableTarget;
  /** Undefined when the target refers to no secret. */
  readonly redaction: Redaction | undefined;
}

/** Why a secret cannot take its place, in words that name it and do not tell it. */
export class UnusableSecretError extends Error {
  constructor(name: string, why: string) {
    super(`secret '${name}' ${why}`);
    this.name = 'SecretUnusable';
  }
}

type ReadValue = (name: string) => Promise<string | undefined>;

/**
 * Puts secrets in the place of their references: in the header values of an `http` target, in the `env` of a script.
 *
 * @param read the value of one of the tenant's secrets; undefined when there is none
 * @throws SecretUnusable, and what `read` rejects with
 */
export async function resolveSecrets(target: ExecutableTarget, read: ReadValue): Promise<ResolvedTarget> {
  const fields = target.type === 'http' ? target.headers : target.env;
  const names = [...new Set(Object.values(fields).flatMap(secretNamesIn))];
  if (names.length === 0) return { target, redaction: undefined };
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
    redaction: new Redaction(values),
  };
}

async function required(name: string, read: ReadValue): Promise<string> {
  const value = await read(name);
  if (value === undefined) throw new UnusableSecretError(name, `does not exist; PUT /v1/secrets/${name} sets it`);
  return value;
}
