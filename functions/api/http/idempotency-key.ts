import { InvalidInput } from '../../core/domain/errors.ts';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/**
 * The `Idempotency-Key` of a request; undefined when it has none.
 *
 * @throws InvalidInput
 */
export function readIdempotencyKey(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const value = headers['idempotency-key'];
  if (value === undefined || IDEMPOTENCY_KEY.test(value)) return value;
  throw new InvalidInput('idempotency-key', `must be 1–255 printable ASCII characters, got ${value.length}`);
}
