import { isExactNumber } from '../../../domain/exact-json.ts';
import type { Json } from '../../../domain/json.ts';

export type JsonObject = { readonly [name: string]: Json };

export const isJsonObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);

/** Returns the kind of a value for a message: `a list`. */
export function describeKind(value: Json): string {
  if (value === null) return 'null';
  if (isExactNumber(value)) return 'a number';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
