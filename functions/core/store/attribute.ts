import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { convertToAttr } from '@aws-sdk/util-dynamodb';

export type Attributes = Record<string, AttributeValue>;

/**
 * An item as DynamoDB takes it; what is undefined in it is left out. AWS's `marshall` looks at `constructor` and
 * `toString` to know what an object is, and tenants' objects may have fields of these names.
 *
 * Text is made well-formed here and nowhere else, in values and in names at any depth: DynamoDB refuses a request that
 * holds half of a surrogate pair, and no write may fail for one. U+FFFD stands in its place.
 *
 * @throws Error when there is something in it that DynamoDB would not keep as it is
 */
export function toAttributes(item: object): Attributes {
  const given = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name.toWellFormed(), toAttribute(value)]));
}

export function toAttribute(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value.toWellFormed() };
  if (Array.isArray(value)) return { L: value.filter((one) => one !== undefined).map(toAttribute) };
  if (isPlain(value)) return { M: toAttributes(value) };
  return convertToAttr(value);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
