import { randomUUID } from 'node:crypto';
import { ApiError } from '../cli/api.ts';
import { CommandFailed } from '../cli/errors.ts';
import type { Answer } from './answer.ts';

/**
 * Performs a request with an idempotency key, and adds the key to the answer.
 *
 * @param given the key of the caller; a new one by default
 * @throws CommandFailed that names the key, if the API does not respond or responds with a server error: the outcome is
 * unknown, and a repetition with the same key has the same effect once
 */
export async function withKey(given: string | undefined, request: (key: string) => Promise<Answer>): Promise<Answer> {
  const key = given ?? `mcp-${randomUUID()}`;
  try {
    return { ...(await request(key)), idempotency_key: key };
  } catch (error) {
    const isRejected = error instanceof ApiError && error.status < 500;
    if (isRejected || !(error instanceof CommandFailed)) throw error;
    throw new CommandFailed(
      `${error.message}\nThe outcome is unknown. Repeat the call with idempotency_key=${key}: it has the same effect once.`,
    );
  }
}
