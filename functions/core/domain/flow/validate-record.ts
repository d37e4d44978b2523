import { InvalidInput } from '../errors.ts';
import type { Json } from '../json.ts';

/** Maximum nesting of lists and objects in a record. */
const MAX_RECORD_DEPTH = 32;

/** Rejects numbers such as 1e999, which JSON can express but a double cannot hold. */
export function validateJson(field: string, value: Json, depth = 0): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new InvalidInput(field, 'must not contain numbers beyond the range of a double');
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MAX_RECORD_DEPTH)
    throw new InvalidInput(field, `must be nested at most ${MAX_RECORD_DEPTH} levels deep`);
  for (const item of Object.values(value)) validateJson(field, item, depth + 1);
}
