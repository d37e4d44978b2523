import { isExactNumber } from '../../../../domain/exact-json.ts';
import { type Column, MAX_COLUMNS } from '../../../../domain/flow/column.ts';
import type { Json } from '../../../../domain/json.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import { toCellOf } from './to-cell.ts';

/** Kind of a value, by which the type of its column is inferred. `long`: an integer that no double represents. */
type Kind = 'boolean' | 'integer' | 'long' | 'double' | 'string' | 'other';

/**
 * Returns the columns of the objects among values: their fields, in order of appearance. A column has the type that holds all of its values
 * unchanged: `boolean`, `integer`, `double` (also for integers of up to 2⁵³ among other numbers), `string` (also without a
 * value), otherwise `json`: lists, objects, decimals that no double represents, and values of several kinds. An object that
 * would bring more columns than a file may have brings none.
 */
export function inferColumns(values: readonly Json[]): readonly Column[] {
  const kinds = new Map<string, Set<Kind>>();
  for (const object of values) {
    if (!isJsonObject(object) || countNew(object, kinds) > MAX_COLUMNS - kinds.size) continue;
    for (const [name, value] of Object.entries(object)) {
      const found = kinds.get(name) ?? new Set();
      kinds.set(name, found);
      if (value !== null) found.add(kindOf(value));
    }
  }
  return Array.from(kinds, ([name, found]) => ({ name, type: typeOf(found) }));
}

const countNew = (object: JsonObject, known: ReadonlyMap<string, unknown>): number =>
  Object.keys(object).filter((name) => !known.has(name)).length;

function kindOf(value: Json): Kind {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return value.isWellFormed() ? 'string' : 'other';
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return 'other';
    return Number.isSafeInteger(value) ? 'integer' : 'double';
  }
  return isExactNumber(value) && toInteger(value) !== undefined ? 'long' : 'other';
}

const toInteger = toCellOf('integer');

function typeOf(kinds: ReadonlySet<Kind>): string {
  const isWithin = (...allowed: Kind[]) => [...kinds].every((kind) => allowed.includes(kind));
  if (isWithin('string')) return 'string';
  if (isWithin('boolean')) return 'boolean';
  if (isWithin('integer', 'long')) return 'integer';
  return isWithin('integer', 'double') ? 'double' : 'json';
}
