import { NotEmulated } from '../template/resolve.ts';

/** A statement of a policy, with its lists as lists. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  /** Patterns of ARNs; none in a role's trust policy. */
  readonly resources: readonly string[];
  /** ARNs of who is meant; in a trust policy only. */
  readonly principals: readonly string[];
  readonly conditions: readonly Condition[];
}

interface Condition {
  readonly operator: Operator;
  readonly key: string;
  readonly values: readonly string[];
}

/** What is asked: an action on a resource, and what policies may look at beside. */
export interface AccessRequest {
  /** `dynamodb:GetItem` */
  readonly action: string;
  readonly resource: string;
  /** Values by condition key; a key that the request does not have is not there. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

type Operator = keyof typeof OPERATORS;

/** Every value that the request has for the key is one of these: so are all, where it has none. */
const each =
  (matches: (value: string, wanted: string) => boolean) => (given: readonly string[] | undefined, wanted: Wanted) =>
    (given ?? []).every((value) => wanted.some((one) => matches(value, one)));
/** The request has the key, and its value is one of these. */
const some =
  (matches: (value: string, wanted: string) => boolean) => (given: readonly string[] | undefined, wanted: Wanted) =>
    given?.some((value) => wanted.some((one) => matches(value, one))) ?? false;
const not =
  (test: ReturnType<typeof some>): ReturnType<typeof some> =>
  (given, wanted) =>
    !test(given, wanted);

type Wanted = readonly string[];
const same = (value: string, wanted: string) => value === wanted;

const OPERATORS = {
  StringEquals: some(same),
  StringNotEquals: not(some(same)),
  StringLike: some(like),
  StringNotLike: not(some(like)),
  ArnEquals: some(like),
  ArnLike: some(like),
  Bool: some(same),
  Null: (given: readonly string[] | undefined, wanted: Wanted) => wanted.includes(String(given === undefined)),
  'ForAllValues:StringEquals': each(same),
  'ForAllValues:StringLike': each(like),
} as const;

/** `*` stands for any characters, `?` for one. */
function like(value: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

/**
 * The statements of a policy document of the template.
 *
 * @throws NotEmulated for what this machine's IAM cannot judge, saying where it stands
 */
export function parseStatements(document: unknown, where: string): readonly Statement[] {
  const { Statement: statements } = document as { readonly Statement: readonly Readonly<Record<string, unknown>>[] };
  return statements.map((statement) => {
    const { Sid: _, Effect, Action, Resource, Principal, Condition: given = {}, ...others } = statement;
    const [other] = Object.keys(others);
    if (other !== undefined) throw new NotEmulated(`${where}: ${other} in a policy is not emulated on this machine`);
    const conditions = Object.entries(given as Record<string, Record<string, unknown>>).flatMap(([operator, keys]) => {
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

/** Whether the statements allow what is asked of one whose session has these tags. */
export function isAllowed(
  statements: readonly Statement[],
  asked: AccessRequest,
  tags: Readonly<Record<string, string>> = {},
): boolean {
  const applying = statements.filter((statement) => applies(statement, asked, tags));
  return applying.length > 0 && applying.every(({ effect }) => effect === 'Allow');
}

function applies(
  statement: Statement,
  { action, resource, context }: AccessRequest,
  tags: Readonly<Record<string, string>>,
) {
  const filled = (patterns: readonly string[]) => patterns.flatMap((pattern) => fill(pattern, tags) ?? []);
  return (
    statement.actions.some((pattern) => like(action.toLowerCase(), pattern.toLowerCase())) &&
    (statement.resources.length === 0 || filled(statement.resources).some((pattern) => like(resource, pattern))) &&
    statement.conditions.every(({ operator, key, values }) => OPERATORS[operator](context[key], filled(values)))
  );
}

/** A pattern with the session's tags in it; undefined when it names one that the session has not. */
function fill(pattern: string, tags: Readonly<Record<string, string>>): string | undefined {
  const names = [...pattern.matchAll(VARIABLE)].map(([, name = '']) => name);
  if (names.some((name) => tags[name] === undefined)) return undefined;
  return pattern.replaceAll(VARIABLE, (_, name: string) => tags[name] ?? '');
}

const VARIABLE = /\$\{aws:PrincipalTag\/([^}]+)\}/g;
