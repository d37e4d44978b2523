import { isExactNumber } from '../../../../domain/exact-json.ts';
import { leaveToJsonata, type Scope, spend, type Value } from './scope.ts';

/** Maximum nesting of a result. */
const MAX_DEPTH = 500;
/** Text that JSON writes as it is, with one byte a character. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Returns the size of a result as JSON, in bytes (UTF-8).
 *
 * @throws Undecided if JSON would change the result or refuse it
 */
export function resultSize(value: Value, scope: Scope, depth = 0): number {
  if (typeof value === 'string') return textSize(value, scope);
  if (typeof value === 'boolean') return value ? 4 : 5;
  if (value === undefined) return leaveToJsonata();
  if (typeof value !== 'number') return value === null ? 4 : objectSize(value, scope, depth);
  // JSON writes -0 as 0.
  return Number.isFinite(value) && !Object.is(value, -0) ? String(value).length : leaveToJsonata();
}

function objectSize(value: object, scope: Scope, depth: number): number {
  if (depth === MAX_DEPTH) leaveToJsonata();
  if (Array.isArray(value)) {
    spend(scope, value.length + 1);
    let bytes = 2 + Math.max(0, value.length - 1);
    for (const item of value as readonly Value[]) bytes += resultSize(item, scope, depth + 1);
    return bytes;
  }
  if (isExactNumber(value)) return value.rawJSON.length;
  if ('_jsonata_function' in value || '_jsonata_lambda' in value) leaveToJsonata();
  const names = Object.keys(value);
  spend(scope, names.length + 1);
  // Braces, colons and commas.
  let bytes = 2 + names.length + Math.max(0, names.length - 1);
  for (const name of names)
    bytes += textSize(name, scope) + resultSize((value as Record<string, Value>)[name], scope, depth + 1);
  return bytes;
}

function textSize(text: string, scope: Scope): number {
  spend(scope, text.length);
  return PLAIN.test(text) ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));
}
