import { LRUCache } from 'lru-cache';
import { NotEmulated } from '../template/resolve.ts';

/** A policy statement with every element normalized to a list. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  /** ARN patterns; empty in trust policies. */
  readonly resources: readonly string[];
  /** ARNs of the trusted principals; empty in identity policies. */
  readonly principals: readonly string[];
  readonly conditions: readonly Condition[];
}

interface Condition {
  readonly operator: Operator;
  readonly key: string;
  readonly values: readonly string[];
}

/** An action on a resource, with the context that conditions refer to. */
export interface AccessRequest {
  /** For example `dynamodb:GetItem`. */
  readonly action: string;
  readonly resource: string;
  /** Values by condition key; keys that the request does not have are absent. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

type Operator = keyof typeof OPERATORS;

/** `ForAllValues`: matches if every value of the key is wanted, or if the request does not have the key. */
const each =
  (matches: (value: string, expected: string) => boolean) =>
  (actual: readonly string[] | undefined, expected: ExpectedValues) =>
    (actual ?? []).every((value) => expected.some((one) => matches(value, one)));
/** Matches if the request has the key and one of its values is wanted. */
const some =
  (matches: (value: string, expected: string) => boolean) =>
  (actual: readonly string[] | undefined, expected: ExpectedValues) =>
    actual?.some((value) => expected.some((one) => matches(value, one))) ?? false;
const not =
  (test: ReturnType<typeof some>): ReturnType<typeof some> =>
  (actual, expected) =>
    !test(actual, expected);

type ExpectedValues = readonly string[];
const equals = (value: string, expected: string) => value === expected;

const OPERATORS = {
  StringEquals: some(equals),
  StringNotEquals: not(some(equals)),
  StringLike: some(like),
  StringNotLike: not(some(like)),
  ArnEquals: some(like),
  ArnLike: some(like),
  Bool: some(equals),
  Null: (actual: readonly string[] | undefined, expected: ExpectedValues) =>
    expected.includes(String(actual === undefined)),
  'ForAllValues:StringEquals': each(equals),
  'ForAllValues:StringLike': each(like),
} as const;

/** Compiled patterns. Each request evaluates dozens; those with a session's tag differ by tenant. */
const compiled = new LRUCache<string, RegExp>({ max: 5_000 });

/** Matches a value against a pattern with the wildcards `*` and `?`. */
function like(value: string, pattern: string): boolean {
  let expression = compiled.get(pattern);
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    expression = new RegExp(`^${source}$`, 's');
    compiled.set(pattern, expression);
  }
  return expression.test(value);
}

/**
 * Parses the statements of a policy document of the template.
 *
 * @param where location of the document, for error messages
 *
 * @throws NotEmulated for policy elements and condition operators that the local IAM does not implement
 */
export function parseStatements(document: unknown, where: string): readonly Statement[] {
  const { Statement: statements } = document as { readonly Statement: readonly Readonly<Record<string, unknown>>[] };
  return statements.map((statement) => {
    const { Sid: _, Effect, Action, Resource, Principal, Condition: actual = {}, ...others } = statement;
    const [other] = Object.keys(others);
    if (other !== undefined) throw new NotEmulated(`${where}: ${other} in a policy is not emulated on this machine`);
    const conditions = Object.entries(actual as Record<string, Record<string, unknown>>).flatMap(([operator, keys]) => {
      if (!(operator in OPERATORS)) {
        throw new NotEmulated(`${where}: the condition ${operator} is not emulated on this machine`);
      }
      return Object.entries(keys).map(([key, values]) => ({
        operator: operator as Operator,
        key,
        values: toStrings(values),
      }));
    });
    const principals = Object.values((Principal as Record<string, unknown> | undefined) ?? {}).flatMap(toStrings);
    const effect = Effect === 'Deny' ? 'Deny' : 'Allow';
    return { effect, actions: toStrings(Action), resources: toStrings(Resource), principals, conditions };
  });
}

const toStrings = (value: unknown): readonly string[] =>
  value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(String);

/**
 * Evaluates statements for a request: at least one statement applies, and each that applies allows.
 *
 * @param tags session tags of the caller
 */
export function isAllowed(
  statements: readonly Statement[],
  request: AccessRequest,
  tags: Readonly<Record<string, string>> = {},
): boolean {
  const applicable = statements.filter((statement) => applies(statement, request, tags));
  return applicable.length > 0 && applicable.every(({ effect }) => effect === 'Allow');
}

function applies(
  statement: Statement,
  { action, resource, context }: AccessRequest,
  tags: Readonly<Record<string, string>>,
) {
  const substitute = (patterns: readonly string[]) =>
    patterns.flatMap((pattern) => substituteTags(pattern, tags) ?? []);
  return (
    statement.actions.some((pattern) => like(action.toLowerCase(), pattern.toLowerCase())) &&
    (statement.resources.length === 0 || substitute(statement.resources).some((pattern) => like(resource, pattern))) &&
    statement.conditions.every(({ operator, key, values }) => OPERATORS[operator](context[key], substitute(values)))
  );
}

/**
 * Replaces the policy variables of a pattern by session tags.
 *
 * @returns `undefined` if the session does not have one of the tags
 */
function substituteTags(pattern: string, tags: Readonly<Record<string, string>>): string | undefined {
  const names = [...pattern.matchAll(VARIABLE)].map(([, name = '']) => name);
  if (names.some((name) => tags[name] === undefined)) return undefined;
  return pattern.replaceAll(VARIABLE, (_, name: string) => tags[name] ?? '');
}

const VARIABLE = /\$\{aws:PrincipalTag\/([^}]+)\}/g;
