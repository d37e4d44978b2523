import { InvalidInput } from '../../core/domain/errors.ts';

/** The valid values of the header `Idempotency-Key`. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/**
 * Reads the header `Idempotency-Key`.
 *
 * @returns `undefined` if the request has no such header
 * @throws InvalidInput if the header is malformed
 */
export function readIdempotencyKey(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const value = headers['idempotency-key'];
  if (value === undefined || IDEMPOTENCY_KEY.test(value)) return value;
  throw new InvalidInput('idempotency-key', `must be 1–255 printable ASCII characters, got ${value.length}`);
}
