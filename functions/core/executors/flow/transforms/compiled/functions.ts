import type { Json } from '../../../../domain/json.ts';
import { refuse } from './ast.ts';
import { finite, toBoolean, toText } from './operators.ts';
import { type Evaluate, leaveToJsonata, type Scope, spend, type Value } from './scope.ts';

/** Compiles the call of a function, if it is one of those below with a number of arguments that they take. */
export function compileCall(name: unknown, given: readonly Evaluate[]): Evaluate {
  const [a, b, c] = given;
  if (typeof name !== 'string' || !a || given.length > MAX_ARGUMENTS) return refuse(`$${String(name)}`);
  if (given.length === 1 && Object.hasOwn(OF_ONE, name)) {
    const call = OF_ONE[name as keyof typeof OF_ONE];
    return (scope) => call(a(scope), scope);
  }
  if (Object.hasOwn(OF_TWO, name) && b && !c) {
    const call = OF_TWO[name as keyof typeof OF_TWO];
    return (scope) => call(a(scope), b(scope), scope);
  }
  if (name === 'substring' && b && c) return (scope) => substring(text(a(scope), scope), b(scope), c(scope));
  return refuse(`$${name}`);
}

const MAX_ARGUMENTS = 3;

const OF_ONE = {
  exists: (value: Value) => value !== undefined,
  not: (value: Value) => (value === undefined ? undefined : !toBoolean(value)),
  boolean: (value: Value) => (value === undefined ? undefined : toBoolean(value)),
  string: (value: Value) => (value === undefined ? undefined : toText(value)),
  number: (value: Value, scope: Scope) => number(value, scope),
  uppercase: (value: Value, scope: Scope) => text(value, scope)?.toUpperCase(),
  lowercase: (value: Value, scope: Scope) => text(value, scope)?.toLowerCase(),
  trim: (value: Value, scope: Scope) => {
    const given = text(value, scope);
    return given === undefined ? undefined : trim(given);
  },
  length: (value: Value, scope: Scope) => {
    const given = text(value, scope);
    return given === undefined ? undefined : Array.from(given).length;
  },
  abs: (value: Value) => apply(Math.abs, value),
  floor: (value: Value) => apply(Math.floor, value),
  ceil: (value: Value) => apply(Math.ceil, value),
  round: (value: Value) => apply((given) => round(given), value),
  count: (value: Value) => {
    if (value === undefined) return 0;
    return Array.isArray(value) ? value.length : 1;
  },
  sum: (value: Value, scope: Scope) => {
    const list = numbers(value, scope);
    return list && finite(list.reduce((sum, item) => sum + item, 0));
  },
  average: (value: Value, scope: Scope) => {
    const list = numbers(value, scope);
    if (!list || list.length === 0) return undefined;
    return finite(list.reduce((sum, item) => sum + item, 0)) / list.length;
  },
  max: (value: Value, scope: Scope) => extreme(Math.max, numbers(value, scope)),
  min: (value: Value, scope: Scope) => extreme(Math.min, numbers(value, scope)),
  join: (value: Value, scope: Scope) => join(value, '', scope),
} as const;

const OF_TWO = {
  round: (value: Value, precision: Value) => {
    if (precision === undefined) return apply((given) => round(given), value);
    if (typeof precision !== 'number') leaveToJsonata();
    return apply((given) => round(given, precision), value);
  },
  substring: (value: Value, start: Value, scope: Scope) => substring(text(value, scope), start, undefined),
  substringBefore: (value: Value, mark: Value, scope: Scope) => {
    const [given, at] = findIn(value, mark, scope);
    return at < 0 ? given : given?.slice(0, at);
  },
  substringAfter: (value: Value, mark: Value, scope: Scope) => {
    const [given, at] = findIn(value, mark, scope);
    return at < 0 ? given : given?.slice(at + (mark as string).length);
  },
  contains: (value: Value, part: Value, scope: Scope) => {
    const [given, at] = findIn(value, part, scope);
    return given === undefined ? undefined : at >= 0;
  },
  join: (value: Value, separator: Value, scope: Scope) => {
    if (typeof separator !== 'string') leaveToJsonata();
    return join(value, separator, scope);
  },
  split: (value: Value, separator: Value, scope: Scope) => {
    if (typeof separator !== 'string') leaveToJsonata();
    return text(value, scope)?.split(separator);
  },
} as const;

/** Maximum items of a list of which the largest or smallest is found. */
const MAX_COMPARED = 10_000;

/** Returns an argument that must be text, or no value. */
function text(value: Value, scope: Scope): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') return leaveToJsonata();
  spend(scope, value.length);
  return value;
}

/** Returns the text, and the index of a part in it or -1. */
function findIn(value: Value, part: Value, scope: Scope): readonly [text: string | undefined, at: number] {
  if (typeof part !== 'string') return leaveToJsonata();
  const given = text(value, scope);
  return [given, given?.indexOf(part) ?? -1];
}

/** Applies a function to an argument that must be a number, or no value. */
function apply(operation: (value: number) => number, value: Value): number | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'number' ? finite(operation(value)) : leaveToJsonata();
}

const NUMBER = /^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$/;

function number(value: Value, scope: Scope): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const given = text(value, scope) ?? '';
  return NUMBER.test(given) ? finite(Number.parseFloat(given)) : leaveToJsonata();
}

/** Joins white space, and removes it at both ends. */
function trim(value: string): string {
  const joined = value.replaceAll(/[ \t\n\r]+/g, ' ');
  const from = joined.startsWith(' ') ? joined.slice(1) : joined;
  return from.endsWith(' ') ? from.slice(0, -1) : from;
}

/** Positions are those of code points, and may be negative: from the end. */
function substring(value: string | undefined, start: Value, length: Value): string | undefined {
  if (typeof start !== 'number' || (length !== undefined && typeof length !== 'number')) return leaveToJsonata();
  if (value === undefined) return undefined;
  const points = Array.from(value);
  const from = points.length + start < 0 ? 0 : start;
  if (length === undefined) return points.slice(from).join('');
  if (length <= 0) return '';
  return points.slice(from, from >= 0 ? from + length : points.length + from + length).join('');
}

/** Rounds to an even neighbor at half; decimal places are shifted as text, so that no digit changes. */
function round(value: number, precision = 0): number {
  const shifted = precision === 0 ? value : shift(value, precision);
  const nearest = Math.round(shifted);
  const isHalf = Math.abs(nearest - shifted) === 0.5 && Math.abs(nearest % 2) === 1;
  const even = isHalf ? nearest - 1 : nearest;
  const result = precision === 0 ? even : shift(even, -precision);
  return result === 0 ? 0 : result;
}

function shift(value: number, places: number): number {
  const [digits = '', exponent] = value.toString().split('e');
  return Number(`${digits}e${exponent === undefined ? places : Number(exponent) + places}`);
}

/** Returns an argument that must be a list of numbers, or one number, or no value. */
function numbers(value: Value, scope: Scope): readonly number[] | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number') return [value];
  if (!Array.isArray(value)) return leaveToJsonata();
  spend(scope, value.length);
  const list = value as readonly Json[];
  return list.every((item) => typeof item === 'number') ? (list as readonly number[]) : leaveToJsonata();
}

function extreme(of: (...values: number[]) => number, list: readonly number[] | undefined): number | undefined {
  if (!list || list.length === 0) return undefined;
  // JSONata passes the list as arguments, of which there is a limit.
  return list.length > MAX_COMPARED ? leaveToJsonata() : list.reduce((found, item) => of(found, item));
}

function join(value: Value, separator: string, scope: Scope): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return leaveToJsonata();
  const list = value as readonly Json[];
  spend(scope, list.length * (1 + separator.length));
  for (const item of list) spend(scope, typeof item === 'string' ? item.length : leaveToJsonata());
  return (list as readonly string[]).join(separator);
}
