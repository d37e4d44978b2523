/**
 * Filter criteria of event source mappings, in EventBridge pattern syntax.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */

const OPERATORS = ['prefix', 'suffix', 'exists', 'anything-but', 'numeric', 'equals-ignore-case'];

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type Test = (value: Json | undefined) => boolean;

/** A pattern that Lambda would reject. The message contains the path of the invalid element. */
export class InvalidFilter extends Error {
  constructor(path: readonly string[], message: string) {
    super(`filter pattern${path.length > 0 ? ` at ${path.join('.')}` : ''}: ${message}`);
    this.name = 'InvalidFilter';
  }
}

/**
 * Compiles filter patterns to a predicate.
 *
 * @param patterns JSON as in `FilterCriteria.Filters[].Pattern`. A record passes if one of them matches, or if there
 * are none
 *
 * @param dataKey member of the record that holds JSON in a string (`body` of an SQS message). A pattern on its content
 * drops messages of another format: plain text if it expects JSON, JSON if it expects plain text
 * @throws InvalidFilter
 */
export function compileFilters(patterns: readonly string[], dataKey?: string): (record: object) => boolean {
  const tests = patterns.map((pattern) => compileObject(parsePattern(pattern), []));
  return (record) => {
    if (tests.length === 0) return true;
    const event = (dataKey === undefined ? record : withParsed(record, dataKey)) as Json;
    return tests.some((test) => test(event));
  };
}

function parsePattern(text: string): { readonly [key: string]: Json } {
  let pattern: Json;
  try {
    pattern = JSON.parse(text) as Json;
  } catch (error) {
    throw new InvalidFilter([], `must be JSON, got ${text} (${String(error)})`);
  }
  if (!isObject(pattern)) throw new InvalidFilter([], `must be an object, got ${text}`);
  return pattern;
}

function withParsed(record: object, key: string): object {
  const data = (record as Record<string, unknown>)[key];
  if (typeof data !== 'string') return record;
  try {
    const parsed = JSON.parse(data) as Json;
    return isObject(parsed) ? { ...record, [key]: parsed } : record;
  } catch {
    return record;
  }
}

function compileObject(pattern: { readonly [key: string]: Json }, path: readonly string[]): Test {
  const members = Object.entries(pattern).map(([key, value]): Test => {
    const here = [...path, key];
    if (key === '$or') return compileOr(value, here);
    const test = compileMember(value, here);
    return (event) => test(isObject(event) ? event[key] : undefined);
  });
  if (members.length === 0) throw new InvalidFilter(path, 'an object must not be empty');
  const all: Test = (event) => members.every((member) => member(event));
  return (event) => (isArray(event) ? event.some(all) : all(event));
}

function compileOr(value: Json, path: readonly string[]): Test {
  if (!isArray(value) || value.length < 2) throw new InvalidFilter(path, 'must be an array of two or more patterns');
  const tests = value.map((alternative, index) => {
    const here = [...path, String(index)];
    if (!isObject(alternative)) throw new InvalidFilter(here, `must be an object, got ${JSON.stringify(alternative)}`);
    return compileObject(alternative, here);
  });
  return (event) => tests.some((test) => test(event));
}

function compileMember(value: Json, path: readonly string[]): Test {
  if (isObject(value)) return compileObject(value, path);
  if (!isArray(value)) throw new InvalidFilter(path, `a value must be in an array, got ${JSON.stringify(value)}`);
  if (value.length === 0) throw new InvalidFilter(path, 'an array must not be empty');
  const tests = value.map((matcher) => compileMatcher(matcher, path));
  return (event) => tests.some((test) => test(event));
}

function compileMatcher(matcher: Json, path: readonly string[]): Test {
  if (isArray(matcher)) throw new InvalidFilter(path, 'arrays must not be nested');
  if (!isObject(matcher)) return anyOf((value) => value === matcher);
  const [entry, ...more] = Object.entries(matcher);
  if (!entry || more.length > 0) throw new InvalidFilter(path, 'a match must name exactly one operator');
  const [operator, operand] = entry;
  const here = [...path, operator];
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') throw new InvalidFilter(here, `must be true or false, got ${show(operand)}`);
    return (value) => (value !== undefined && !isObject(value)) === operand;
  }
  if (operator === 'anything-but') return anyOf(not(compileAnythingBut(operand, here)));
  if (operator === 'numeric') return anyOf(compileNumeric(operand, here));
  return anyOf(compileText(operator, operand, here));
}

function compileAnythingBut(operand: Json, path: readonly string[]): (value: Json) => boolean {
  if (isObject(operand)) {
    const [entry, ...more] = Object.entries(operand);
    if (!entry || more.length > 0) throw new InvalidFilter(path, 'must name exactly one operator');
    const [operator, values] = entry;
    const tests = (isArray(values) ? values : [values]).map((value) =>
      compileText(operator, value, [...path, operator]),
    );
    return (value) => tests.some((test) => test(value));
  }
  const excluded = isArray(operand) ? operand : [operand];
  if (excluded.length === 0 || excluded.some((value) => typeof value === 'object' && value !== null)) {
    throw new InvalidFilter(path, `must be a value or an array of values, got ${show(operand)}`);
  }
  return (value) => excluded.includes(value);
}

function compileText(operator: string, operand: Json, path: readonly string[]): (value: Json) => boolean {
  if ((operator === 'prefix' || operator === 'suffix') && isObject(operand)) {
    const { 'equals-ignore-case': part, ...rest } = operand;
    if (typeof part !== 'string' || Object.keys(rest).length > 0) {
      throw new InvalidFilter(path, `must be a string or { "equals-ignore-case": string }, got ${show(operand)}`);
    }
    return compileFolded(operator, part);
  }
  if (typeof operand !== 'string') throw new InvalidFilter(path, `must be a string, got ${show(operand)}`);
  switch (operator) {
    case 'prefix':
      return (value) => typeof value === 'string' && value.startsWith(operand);
    case 'suffix':
      return (value) => typeof value === 'string' && value.endsWith(operand);
    case 'equals-ignore-case':
      return (value) => typeof value === 'string' && fold(value) === fold(operand);
    default:
      throw new InvalidFilter(path.slice(0, -1), `unknown operator "${operator}"; there are ${OPERATORS.join(', ')}`);
  }
}

function compileFolded(operator: 'prefix' | 'suffix', part: string): (value: Json) => boolean {
  const folded = fold(part);
  return (value) => {
    if (typeof value !== 'string') return false;
    return operator === 'prefix' ? fold(value).startsWith(folded) : fold(value).endsWith(folded);
  };
}

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function compileNumeric(operand: Json, path: readonly string[]): (value: Json) => boolean {
  const shape = 'must be like [">", 0, "<=", 5]';
  if (!isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw new InvalidFilter(path, `${shape}, got ${show(operand)}`);
  }
  const bounds: ((value: number) => boolean)[] = [];
  for (let i = 0; i < operand.length; i += 2) {
    const [operator, bound] = [operand[i], operand[i + 1]];
    const compare = typeof operator === 'string' ? COMPARE[operator] : undefined;
    if (!compare || typeof bound !== 'number') throw new InvalidFilter(path, `${shape}, got ${show(operand)}`);
    bounds.push((value) => compare(value, bound));
  }
  return (value) => typeof value === 'number' && bounds.every((bound) => bound(value));
}

/** Applies a test to a leaf or to each element of an array; a missing value never matches. */
function anyOf(test: (value: Json) => boolean): Test {
  return (value) => {
    if (value === undefined) return false;
    if (isArray(value)) return value.some((element) => !isObject(element) && test(element));
    return !isObject(value) && test(value);
  };
}

const not = (test: (value: Json) => boolean) => (value: Json) => !test(value);
const fold = (text: string) => text.toLowerCase();
const show = (value: Json) => JSON.stringify(value);
const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
