import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { convertToAttr } from '@aws-sdk/util-dynamodb';

export type Attributes = Record<string, AttributeValue>;

/**
 * Converts an item to DynamoDB attributes, without undefined values. AWS's `marshall` inspects `constructor` and
 * `toString` to classify objects, but tenants' objects may have fields with these names.
 *
 * Text is made well-formed in values and in names at any depth, because DynamoDB rejects requests with half of a
 * surrogate pair; U+FFFD replaces it. No other code needs to do so.
 *
 * @throws Error for values that DynamoDB would not store unchanged
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
