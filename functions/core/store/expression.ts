import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { toAttribute } from './attribute.ts';

/** Collects the names and values of one request, without duplicates. */
class Aliases {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, AttributeValue> = {};

  name(attribute: string): string {
    const alias = `#${attribute}`;
    this.names[alias] = attribute;
    return alias;
  }

  value(value: unknown): string {
    const alias = `:v${Object.keys(this.values).length}`;
    if (value !== undefined) this.values[alias] = toAttribute(value);
    return alias;
  }
}

/** A clause of a condition, key condition or filter. Clauses can be named and combined before they are rendered. */
export type Clause = (aliases: Aliases) => string;

const compare =
  (operator: string) =>
  (attribute: string, value: unknown): Clause =>
  (a) =>
    `${a.name(attribute)} ${operator} ${a.value(value)}`;

export const equals = compare('=');
export const below = compare('<');
export const atMost = compare('<=');
export const above = compare('>');
export const exists =
  (attribute: string): Clause =>
  (a) =>
    `attribute_exists(${a.name(attribute)})`;
export const absent =
  (attribute: string): Clause =>
  (a) =>
    `attribute_not_exists(${a.name(attribute)})`;
export const beginsWith =
  (attribute: string, prefix: string): Clause =>
  (a) =>
    `begins_with(${a.name(attribute)}, ${a.value(prefix)})`;
export const between =
  (attribute: string, low: unknown, high: unknown): Clause =>
  (a) =>
    `${a.name(attribute)} BETWEEN ${a.value(low)} AND ${a.value(high)}`;
/** Joins clauses. DynamoDB rejects redundant parentheses, so a single clause has none. */
const join =
  (operator: 'AND' | 'OR') =>
  (...clauses: readonly Clause[]): Clause =>
  (a) => {
    const [only, ...others] = clauses;
    if (only && others.length === 0) return only(a);
    return clauses.map((clause) => `(${clause(a)})`).join(` ${operator} `);
  };

export const all = join('AND');
export const any = join('OR');
/** Matches an attribute with this value, or a missing attribute if the value is null. */
export const equalsOrAbsent = (attribute: string, value: unknown): Clause =>
  value === null || value === undefined ? absent(attribute) : equals(attribute, value);

/** The changes of an update. Null in `set` removes the attribute: the store does not distinguish absent from null. */
export interface Changes {
  readonly set?: Readonly<Record<string, unknown>>;
  /** Sets attributes to the former value of a number plus another. */
  readonly setSum?: Readonly<Record<string, { readonly of: string; readonly plus: number }>>;
  /** Sets attributes only if they are absent. */
  readonly setOnce?: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, number>>;
}

interface Rendered {
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

function rendered(aliases: Aliases): Rendered {
  return {
    ...(Object.keys(aliases.names).length > 0 && { ExpressionAttributeNames: aliases.names }),
    ...(Object.keys(aliases.values).length > 0 && { ExpressionAttributeValues: aliases.values }),
  };
}

/** Returns UpdateExpression and ConditionExpression with their names and values. */
export function updateExpression(
  changes: Changes,
  condition?: Clause,
): Rendered & { readonly UpdateExpression: string; readonly ConditionExpression?: string } {
  const aliases = new Aliases();
  const entries = Object.entries(changes.set ?? {}).filter(([, value]) => value !== undefined);
  const set = entries.filter(([, v]) => v !== null).map(([k, v]) => `${aliases.name(k)} = ${aliases.value(v)}`);
  const remove = entries.filter(([, v]) => v === null).map(([k]) => aliases.name(k));
  const once = Object.entries(changes.setOnce ?? {}).map(
    ([k, v]) => `${aliases.name(k)} = if_not_exists(${aliases.name(k)}, ${aliases.value(v)})`,
  );
  const sums = Object.entries(changes.setSum ?? {}).map(
    ([k, { of, plus }]) => `${aliases.name(k)} = ${aliases.name(of)} + ${aliases.value(plus)}`,
  );
  const add = Object.entries(changes.add ?? {}).map(([k, v]) => `${aliases.name(k)} ${aliases.value(v)}`);
  const clauses = [
    ...(set.length + sums.length + once.length > 0 ? [`SET ${[...set, ...sums, ...once].join(', ')}`] : []),
    ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
    ...(add.length > 0 ? [`ADD ${add.join(', ')}`] : []),
  ];
  const ConditionExpression = condition?.(aliases);
  return {
    UpdateExpression: clauses.join(' '),
    ...(ConditionExpression !== undefined && { ConditionExpression }),
    ...rendered(aliases),
  };
}

/** Returns the ConditionExpression of a put or delete. */
export function conditionExpression(condition: Clause): Rendered & { readonly ConditionExpression: string } {
  const aliases = new Aliases();
  return { ConditionExpression: condition(aliases), ...rendered(aliases) };
}

/** Returns the ProjectionExpression of a read by key; empty without `attributes`. */
export function projectionExpression(
  attributes?: readonly string[],
): Pick<Rendered, 'ExpressionAttributeNames'> & { readonly ProjectionExpression?: string } {
  if (!attributes) return {};
  const aliases = new Aliases();
  const ProjectionExpression = attributes.map((attribute) => aliases.name(attribute)).join(', ');
  return { ProjectionExpression, ExpressionAttributeNames: aliases.names };
}

/** Returns the KeyConditionExpression of a query, and a ProjectionExpression for `attributes`. */
export function keyExpression(
  key: Clause,
  attributes?: readonly string[],
): Rendered & { readonly KeyConditionExpression: string; readonly ProjectionExpression?: string } {
  const aliases = new Aliases();
  const KeyConditionExpression = key(aliases);
  const ProjectionExpression = attributes?.map((attribute) => aliases.name(attribute)).join(', ');
  return {
    KeyConditionExpression,
    ...(ProjectionExpression !== undefined && { ProjectionExpression }),
    ...rendered(aliases),
  };
}
