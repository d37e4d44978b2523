import { InvalidInput } from '../errors.ts';

/**
 * Maximum size of an S3 key or prefix in bytes. With the tenant's folder and the page it stays below the 1,024 of S3.
 */
const MAX_KEY_BYTES = 512;
/** Validates a key within the tenant's folder. */
export function validateKey(field: string, key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) throw new InvalidInput(field, `must have at most ${MAX_KEY_BYTES} bytes, got ${bytes}`);
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(key)) throw new InvalidInput(field, 'must be printable characters');
  if (key.startsWith('/')) throw new InvalidInput(field, `must not begin with /, got '${key}'`);
  if (/(^|\/)\.{1,2}(\/|$)/.test(key))
    throw new InvalidInput(field, `must not contain the path segments . or .., got '${key}'`);
}
